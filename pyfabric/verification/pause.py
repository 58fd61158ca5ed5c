"""PFC at both ends of every link that a lossless class uses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.ports import Ints
from pyfabric.verification.fabric import Fabric, alike
from pyfabric.verification.finding import Checked, Finding
from pyfabric.verification.routes import Traffic
from pyfabric.verification.text import count_text

_QUANTUM_BYTES = 64  # 512 bit times (IEEE 802.3 annex 31B.2)


def check_pause(fabric: Fabric, traffic: Traffic) -> Checked:
    """Every node on the way of a class that is lossless somewhere keeps it so: it pauses, and the
    sender before it obeys.
    """
    found: list[Finding] = []
    somewhere = int(np.bitwise_or.reduce(fabric.lossless))
    for cls in traffic.classes:
        if somewhere >> cls & 1:
            found += _of_class(fabric, cls, traffic.used(cls), traffic.carries_data(cls))
    found += _lossy(traffic, somewhere)
    found += _refresh(fabric)
    found += _slow(fabric)
    links = sum(int(traffic.used(cls).sum()) for cls in traffic.classes if somewhere >> cls & 1)
    return Checked(
        found, f"PFC at both ends: {count_text(links, 'pair')} of link direction and class"
    )


def _of_class(fabric: Fabric, cls: int, used: NDArray[np.bool_], data: bool) -> list[Finding]:
    """``used`` [P]: ports that transmit frames of the class."""
    sender, receiver = fabric.node, fabric.node[fabric.peer]
    into = used & fabric.stores[receiver]
    lossless = (fabric.lossless >> cls & 1) == 1
    pauses = lossless & (fabric.mode > 0)
    what = "" if data else " (acknowledgements or CNPs alone)"
    severity = "error" if data else "warning"
    found = []
    lossy = np.unique(receiver[into & ~lossless[receiver] & ~fabric.mapped[receiver]])
    for same in alike(lossy, fabric.profile[lossy], fabric.is_switch[lossy].astype(np.int64)):
        found.append(_breaks(fabric, cls, what, severity, same))
    mute = np.unique(receiver[into & (lossless & ~pauses)[receiver]])
    for same in alike(mute, fabric.profile[mute], fabric.is_switch[mute].astype(np.int64)):
        found.append(_off(fabric, cls, what, severity, same))
    deaf = np.flatnonzero(into & lossless[receiver] & (fabric.mode[sender] == 0))
    deaf = deaf[~np.isin(sender[deaf], mute)]
    for same in alike(
        deaf, fabric.profile[sender[deaf]], fabric.is_switch[sender[deaf]].astype(np.int64)
    ):
        found.append(_ignores(fabric, cls, what, severity, same))
    return found


def _breaks(fabric: Fabric, cls: int, what: str, severity: str, nodes: Ints) -> Finding:
    node = int(nodes[0])
    classes = sorted({cls, *(c for c in range(8) if fabric.lossless[node] >> c & 1)})
    at_switch = bool(fabric.is_switch[node])
    return Finding(
        severity,
        "pfc",
        "node",
        fabric.node_names(nodes),
        f"class {cls}{what} is lossless elsewhere on its way but lossy here: when a queue fills, "
        "its frames are dropped, and nothing pauses the sender.",
        {"priority": cls},
        fabric.fix(node, lossless_priorities=classes) if at_switch else {},
        "the same lossless classes at all nodes that the class passes",
    )


def _off(fabric: Fabric, cls: int, what: str, severity: str, nodes: Ints) -> Finding:
    node = int(nodes[0])
    at_switch = bool(fabric.is_switch[node])
    return Finding(
        severity,
        "pfc",
        "node",
        fabric.node_names(nodes),
        f"class {cls}{what} is lossless here, but PFC is off: nothing stops the sender when the "
        "buffer fills, and frames are dropped"
        + ("." if at_switch else "; the host takes data more slowly than its link brings them."),
        {"priority": cls},
        fabric.fix(node, pfc__enabled=True) if at_switch else fabric.fix(node, pfc=True),
        "PFC on, or the class lossy everywhere",
    )


def _ignores(fabric: Fabric, cls: int, what: str, severity: str, ports: Ints) -> Finding:
    node = int(fabric.node[ports[0]])
    at_switch = bool(fabric.is_switch[node])
    return Finding(
        severity,
        "pfc",
        "port",
        tuple(fabric.port_name(port) for port in ports.tolist()),
        f"class {cls}{what} is lossless at the receiver, and the sender does not obey its XOFF: it "
        "goes on, and no headroom is enough.",
        {"priority": cls},
        fabric.fix(node, pfc__enabled=True) if at_switch else fabric.fix(node, pfc=True),
        "PFC on at the sender",
    )


def _lossy(traffic: Traffic, somewhere: int) -> list[Finding]:
    """Data in classes that are lossless nowhere: nobody may take silence about them for a proof."""
    data = [cls for cls in traffic.classes if traffic.carries_data(cls)]
    fabric = traffic.net.fabric
    used = fabric.qos[fabric.mapped]
    promised = int(np.bitwise_or.reduce(fabric.column("qos_pfc_mask")[used], initial=0))
    lossy = [cls for cls in data if not (somewhere | promised) >> cls & 1]  # `maps` tells the rest
    if not lossy:
        return []
    return [
        Finding(
            "note" if len(lossy) < len(data) else "warning",
            "pfc",
            "class",
            tuple(f"priority {cls}" for cls in lossy),
            "data of the workload in a class that is lossless nowhere: it may be dropped, and "
            "nothing here says anything about it.",
            advice="switch.lossless_priorities with the class, if it is to be lossless",
        )
    ]


def _refresh(fabric: Fabric) -> list[Finding]:
    """Pauses that end before XOFF, repeated at half time, gets past a largest frame."""
    frames = fabric.frames
    waiting = frames.largest + frames.pfc + 2 * frames.gap
    smallest = -(-2 * waiting // _QUANTUM_BYTES)
    quanta = fabric.column("node_pfc_quanta")
    short = (fabric.mode == 1) & fabric.stores & (fabric.lossless > 0) & (quanta < smallest)
    nodes = np.flatnonzero(short)
    return [
        Finding(
            "error",
            "pfc",
            "node",
            fabric.node_names(same),
            f"a pause of {int(quanta[same[0]])} quanta ends before XOFF can be repeated behind a "
            f"largest frame of {frames.largest} B (at least {smallest}): the peer sends into a "
            "full buffer.",
            {"quanta": int(quanta[same[0]]), "needed_quanta": smallest},
            {"switch.pfc.quanta": 65535} if fabric.profiles is not None else {},
            "the longest pause, 65535 quanta; XON ends it sooner",
        )
        for same in alike(nodes, quanta[nodes])
    ]


def _slow(fabric: Fabric) -> list[Finding]:
    """NICs that hand data on below line rate pause their switch (SIGCOMM'16, Guo et al.)."""
    rate = fabric.column("node_receive_rate_bps")
    line = np.maximum.reduceat(fabric.column("port_rate_bps"), fabric.first[:-1])
    nodes = np.flatnonzero((rate > 0) & (rate < line) & ~fabric.is_switch)
    return [
        Finding(
            "warning",
            "pfc",
            "host",
            fabric.node_names(same),
            f"takes data at {rate[same[0]] / 1e9:g} Gb/s behind a link of "
            f"{line[same[0]] / 1e9:g} Gb/s: under load the NIC pauses its switch, whose queues "
            "then pause others.",
            {"receive_rate_bps": int(rate[same[0]]), "rate_bps": int(line[same[0]])},
            advice="a receive rate of at least the link's",
        )
        for same in alike(nodes, rate[nodes], line[nodes], fabric.profile[nodes])
    ]
