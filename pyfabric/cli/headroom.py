"""``pyfabric headroom``: the memory of a lossless link, every term shown."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from pyfabric.cli.outcome import DONE

Text = str | None


def headroom(
    rate: Annotated[str, typer.Option(help="Rate of the link, such as 400G.")],
    cable: Annotated[Text, typer.Option(help="Length of the cable, such as 300m or 80km.")] = None,
    delay: Annotated[Text, typer.Option(help="Instead: one-way delay, such as 1.5us.")] = None,
    mtu: Annotated[
        Text, typer.Option(help="Largest frame of any class (9216; sonic-nvidia: 9100).")
    ] = None,
    lossless_mtu: Annotated[
        Text, typer.Option(help="Largest frame of the class (as --mtu; sonic-nvidia: 1024).")
    ] = None,
    model: Annotated[
        Text, typer.Option(help="802.1Qbb, or sonic-nvidia (the default with --asic).")
    ] = None,
    classes: Annotated[int, typer.Option(help="Lossless classes of a port.")] = 1,
    ports: Annotated[int, typer.Option(help="Ports.")] = 1,
    delay_per_metre: Annotated[Text, typer.Option(help="Of the cable (5ns).")] = None,
    reaction: Annotated[Text, typer.Option(help="Of the peer, such as 200ns (802.3).")] = None,
    interface: Annotated[Text, typer.Option(help="Own MAC and PHY, out and in (802.3).")] = None,
    latency: Annotated[Text, typer.Option(help="Own pipeline before the buffer (0ns).")] = None,
    cell: Annotated[Text, typer.Option(help="Cell size of the buffer, such as 144.")] = None,
    smallest_frame: Annotated[Text, typer.Option(help="Of the class, with --cell (64).")] = None,
    drain: Annotated[Text, typer.Option(help="Rate at which the buffer empties (--rate).")] = None,
    asic: Annotated[Text, typer.Option(help="spectrum-1 to spectrum-6, for sonic-nvidia.")] = None,
    lanes: Annotated[int | None, typer.Option(help="Lanes of the port; 8 buffer more.")] = None,
    gearbox: Annotated[Text, typer.Option(help="Delay of a gearbox (0ns; SN3800 400ns).")] = None,
    small_packet_percent: Annotated[
        Text, typer.Option(help="Of the traffic pattern (100).")
    ] = None,
    shared_headroom: Annotated[
        bool, typer.Option("--shared-headroom", help="A shared headroom pool is in use.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Compute the headroom of a lossless link, by 802.1Qbb or as SONiC does for NVIDIA chips."""
    from pyfabric.sizing import headroom as compute

    found = compute(
        rate=rate,
        cable=cable,
        delay=delay,
        mtu=_bytes(mtu),
        lossless_mtu=_bytes(lossless_mtu),
        model=model,
        classes=classes,
        ports=ports,
        delay_per_metre=delay_per_metre,
        reaction=reaction,
        interface=interface,
        latency=latency,
        cell=_bytes(cell),
        smallest_frame=_bytes(smallest_frame),
        drain=drain,
        asic=asic,
        lanes=lanes,
        gearbox=gearbox,
        small_packet_percent=small_packet_percent,
        shared_headroom=shared_headroom or None,
    )
    print(json.dumps(found.to_dict(), indent=2) if as_json else found)
    return DONE


def _bytes(text: Text) -> Text | int:
    """Frame sizes are written without a unit, as switches have them; with one is fine."""
    return int(text) if text is not None and text.isascii() and text.isdecimal() else text
