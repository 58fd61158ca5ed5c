"""The function that users call."""

from __future__ import annotations

from pyfabric.sizing.dot1qbb import dot1qbb
from pyfabric.sizing.request import Request
from pyfabric.sizing.result import Headroom
from pyfabric.sizing.sonic import sonic_nvidia
from pyfabric.spec import checked
from pyfabric.units import Quantity


@checked
def headroom(
    rate: Quantity,
    cable: Quantity | None = None,
    *,
    delay: Quantity | None = None,
    mtu: Quantity | None = None,
    lossless_mtu: Quantity | None = None,
    model: str | None = None,
    classes: int = 1,
    ports: int = 1,
    delay_per_metre: Quantity | None = None,
    reaction: Quantity | None = None,
    interface: Quantity | None = None,
    latency: Quantity | None = None,
    cell: Quantity | None = None,
    smallest_frame: Quantity | None = None,
    drain: Quantity | None = None,
    asic: str | None = None,
    lanes: int | None = None,
    gearbox: Quantity | None = None,
    small_packet_percent: Quantity | None = None,
    shared_headroom: bool | None = None,
) -> Headroom:
    """Memory that one lossless class of an ingress port needs above its XOFF threshold.

    rate: of the link. cable: its length, 1 mm to 100,000 km (an int counts millimetres).
    mtu: largest frame of any class on the link, L2 bytes with FCS (9216 B; sonic-nvidia: 9100 B).
    lossless_mtu: that of the lossless class (mtu; sonic-nvidia: 1024 B). A RoCE packet with 4096 B
        of payload is a frame of up to 4174 B.
    model: "802.1Qbb", the delay value of IEEE 802.1Q annex N, or "sonic-nvidia", the formula of
        SONiC's dynamic buffer model (buffer_headroom_mellanox.lua); the second when asic is given.
    classes, ports: how many of them, for the sums (1, 1).

    802.1Qbb only:
    delay: one-way propagation, instead of cable. delay_per_metre: of the cable (5 ns).
    reaction: of the peer, from XOFF's arrival until it binds at a frame boundary; "802.3" (the
        default): the upper bound of IEEE 802.3 annex 31B.3.7. pyfabric's own nodes have 200 ns.
    interface: through this station's MAC and PHY, out and in together; "802.3" (the default): an
        upper bound; pyfabric's own nodes have 0. latency: from the MAC to the buffer (0).
    cell: memory is taken in cells of this size; smallest_frame: of the lossless class (64 B).
    drain: rate, at most the link's, at which the port's bytes leave after XON, for
        full_throughput_bytes (rate).

    sonic-nvidia only:
    asic: "spectrum-1" to "spectrum-6". lanes: 8 buffer more (fewer). gearbox: its delay (0; 400 ns
        on SN3800). small_packet_percent: of LOSSLESS_TRAFFIC_PATTERN (100). shared_headroom: a
        shared headroom pool is in use (False).

    Raises ScenarioError that lists every fault, values without effect included.
    """
    request = Request(
        rate=rate,
        cable=cable,
        delay=delay,
        mtu=mtu,
        lossless_mtu=lossless_mtu,
        model=model,
        classes=classes,
        ports=ports,
        delay_per_metre=delay_per_metre,
        reaction=reaction,
        interface=interface,
        latency=latency,
        cell=cell,
        smallest_frame=smallest_frame,
        drain=drain,
        asic=asic,
        lanes=lanes,
        gearbox=gearbox,
        small_packet_percent=small_packet_percent,
        shared_headroom=shared_headroom,
    )
    return sonic_nvidia(request) if request.is_sonic else dot1qbb(request)
