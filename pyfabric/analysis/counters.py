"""Counters under the names that operators know.

``ethtool``: the port counters of the Linux driver mlx5 (``ethtool -S``; kernel documentation
``networking/device_drivers/ethernet/mellanox/mlx5/counters.rst``) and the RDMA counters beside them
(``rdma statistic show``, ``/sys/class/infiniband/*/ports/*/hw_counters``), per host. ``sonic``: the
statistics of the Switch Abstraction Interface (``saiport.h, saiqueue.h, saibuffer.h``) that SONiC
polls (``show pfc counters``, ``show priority-group watermark``), per switch. docs/explain.md says
what differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.errors import Fault, PyfabricError, ScenarioError, unknown

if TYPE_CHECKING:
    from pyfabric.results import Result, Table

Ints = NDArray[np.int64]

STYLES: Final = ("ethtool", "sonic")
_US: Final = 10**6

#: One counter: name, node, port or -1, priority or -1, value; all but the name [rows].
_Counter = tuple[str, Ints, Ints, Ints, Ints]

#: RDMA counter -> (column of ``queue_pairs``, whether it is of the receiver of the data).
_RDMA: Final = {
    "np_ecn_marked_roce_packets": ("marked_packets", True),
    "np_cnp_sent": ("cnps_sent", True),
    "rp_cnp_handled": ("cnps_received", False),
    "out_of_sequence": ("out_of_sequence", True),
    "duplicate_request": ("duplicates", True),
    "packet_seq_err": ("naks_received", False),
}


def counter_table(result: Result, style: str) -> Table:
    """Columns ``node, node_name, port, port_name, priority, counter, value``: one row per counter.

    ``port`` and ``priority`` are -1 for counters of a whole host or port. Times are microseconds,
    rounded down, sizes bytes. Raises ScenarioError for an unknown style.
    """
    if style not in STYLES:
        raise ScenarioError(Fault("counters.style", unknown("style", style, STYLES)))
    if "xoff_received" not in result.classes:
        raise PyfabricError("an earlier version saved this result, without counters per class")
    from pyfabric.results.table import Table, Words

    made = list(_ethtool(result) if style == "ethtool" else _sonic(result))
    names = tuple(name for name, *_ in made)
    code = np.repeat(np.arange(len(made)), [len(values) for *_, values in made])
    node, port, priority, value = (
        np.concatenate([np.zeros(0, dtype=np.int64), *(entry[i] for entry in made)])
        for i in range(1, 5)
    )
    order = np.lexsort((code, priority, port, node))
    ports = result.ports
    node_names = dict(zip(ports["node"].tolist(), ports["node_name"].tolist(), strict=True))
    texts = tuple(node_names.get(number, "") for number in range(max(node_names, default=-1) + 1))
    return Table(
        "counters",
        {
            "node": node[order],
            "node_name": Words(node[order], texts),
            "port": port[order],
            "port_name": Words(port[order], tuple(ports["name"].tolist())),
            "priority": priority[order],
            "counter": Words(code[order], names),
            "value": value[order],
        },
        ("port", "priority"),
    )


def _by_class(result: Result, at_switch: bool) -> tuple[Table, Ints]:
    """(rows of ``classes`` at switches or at hosts, their priorities that occur)."""
    classes = result.classes
    rows = result.ports["at_switch"][classes["port"]] == at_switch
    taken = classes.take(rows)
    return taken, np.unique(taken["priority"])


def _per_priority(table: Table, priority: int, name: str, values: Ints) -> _Counter:
    rows = table["priority"] == priority
    return (
        name,
        table["node"][rows],
        table["port"][rows],
        table["priority"][rows],
        values[rows],
    )


def _ethtool(result: Result) -> Iterator[_Counter]:
    hosts, priorities = _by_class(result, at_switch=False)
    ended = result.pauses.take(result.pauses["end_ps"] >= 0)
    key = ended["port"] * 8 + ended["priority"]
    ends = np.bincount(key, minlength=len(result.ports) * 8)
    told = _peer_paused(result, hosts)
    for n in priorities.tolist():
        for name, values in {
            f"rx_prio{n}_pause": hosts["xoff_received"] + hosts["xon_received"],
            f"rx_prio{n}_pause_duration": hosts["paused_ps"] // _US,
            f"rx_prio{n}_pause_transition": ends[hosts["port"] * 8 + hosts["priority"]],
            f"tx_prio{n}_pause": hosts["xoff_sent"] + hosts["xon_sent"],
            f"tx_prio{n}_pause_duration": told // _US,
        }.items():
            yield _per_priority(hosts, n, name, values)
    yield from _rdma(result)


def _peer_paused(result: Result, classes: Table) -> Ints:
    """How long the other end of each row's port was paused in its class."""
    held = np.zeros(len(result.ports) * 8, dtype=np.int64)
    everywhere = result.classes
    held[everywhere["port"] * 8 + everywhere["priority"]] = everywhere["paused_ps"]
    paused: Ints = held[result.ports["peer"][classes["port"]] * 8 + classes["priority"]]
    return paused


def _rdma(result: Result) -> Iterator[_Counter]:
    pairs, ports = result.queue_pairs, result.ports
    hosts = np.unique(ports["node"][~ports["at_switch"]])
    size = int(hosts.max(initial=-1)) + 1
    none = np.full(len(hosts), -1, dtype=np.int64)

    def summed(node: Ints, values: Ints) -> Ints:
        total = np.zeros(size, dtype=np.int64)
        np.add.at(total, node, values)
        mine: Ints = total[hosts]
        return mine

    for name, (column, at_receiver) in _RDMA.items():
        node = pairs["rx_node" if at_receiver else "tx_node"]
        yield name, hosts, none, none, summed(node, pairs[column])
    requester = np.where(pairs["read"], pairs["rx_node"], pairs["tx_node"])
    yield "local_ack_timeout_err", hosts, none, none, summed(requester, pairs["timeouts"])


def _sonic(result: Result) -> Iterator[_Counter]:
    table, priorities = _by_class(result, at_switch=True)
    for n in priorities.tolist():
        for name, values in {
            f"SAI_PORT_STAT_PFC_{n}_RX_PKTS": table["xoff_received"] + table["xon_received"],
            f"SAI_PORT_STAT_PFC_{n}_TX_PKTS": table["xoff_sent"] + table["xon_sent"],
            f"SAI_PORT_STAT_PFC_{n}_RX_PAUSE_DURATION_US": table["paused_ps"] // _US,
        }.items():
            yield _per_priority(table, n, name, values)
    everywhere = table["node"], table["port"], table["priority"]
    drops = result.drops.take(result.drops["cause"] != "link_error")
    lost = np.bincount(drops["port"] * 8 + drops["priority"], minlength=len(result.ports) * 8)
    group, queue = "SAI_INGRESS_PRIORITY_GROUP_STAT", "SAI_QUEUE_STAT"
    for name, values in {
        f"{group}_SHARED_WATERMARK_BYTES": np.maximum(
            table["peak_ingress_bytes"] - table["peak_headroom_used_bytes"], 0
        ),
        f"{group}_XOFF_ROOM_WATERMARK_BYTES": table["peak_headroom_used_bytes"],
        f"{group}_DROPPED_PACKETS": lost[table["port"] * 8 + table["priority"]],
        f"{queue}_SHARED_WATERMARK_BYTES": table["peak_queue_bytes"],
        f"{queue}_WRED_ECN_MARKED_PACKETS": table["ecn_marks"],
    }.items():
        yield name, *everywhere, values
    yield from _of_ports(result)


def _of_ports(result: Result) -> Iterator[_Counter]:
    ports = result.ports
    rows = np.flatnonzero(ports["at_switch"])
    node, none = ports["node"][rows], np.full(len(rows), -1, dtype=np.int64)
    damaged = result.drops.take(result.drops["cause"] == "link_error")
    errors = np.bincount(damaged["port"], minlength=len(ports))
    for name, values in {
        "SAI_PORT_STAT_IF_OUT_OCTETS": ports["tx_bytes"],
        "SAI_PORT_STAT_IF_IN_ERRORS": errors,
    }.items():
        yield name, node, rows, none, values[rows]
