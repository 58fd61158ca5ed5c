"""Raw columns of the engine, and what the plan knows, to tables with names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.lossless import lossless_dscps
from pyfabric.compile.plan import Plan
from pyfabric.results import vocabulary as words
from pyfabric.results.pause_tables import pause_table, xoff_table
from pyfabric.results.port_tables import class_table, port_table
from pyfabric.results.recorded_tables import by_time, cc_table, queue_table, trace_table
from pyfabric.results.stall_tables import stall_tables
from pyfabric.results.table import Table, Words

Ints = NDArray[np.int64]
Raw = Mapping[str, NDArray[Any]]

_ALL: Final = slice(None)


class Names:
    """Names of nodes and ports of a plan, and the nodes of ports."""

    def __init__(self, plan: Plan) -> None:
        first = plan.columns["node_first_port"].astype(np.int64)
        nodes = len(first) - 1
        self.first_port: Ints = first
        self.port_node: Ints = np.repeat(np.arange(nodes), np.diff(first))
        self._nodes = _texts(plan, "node_names", "node", nodes)
        self._ports = _texts(plan, "port_names", "port", len(self.port_node))

    def nodes(self, nodes: NDArray[Any]) -> Words:
        """Names of nodes by index."""
        return Words(nodes.astype(np.int64), self._nodes)

    def ports(self, ports: NDArray[Any]) -> Words:
        """Names of ports by global index."""
        return Words(ports.astype(np.int64), self._ports)

    def of_ports(self, ports: NDArray[Any]) -> dict[str, NDArray[Any] | Words]:
        """The columns that say where: ``port, port_name, node, node_name``."""
        ports = ports.astype(np.int64)
        node = self.port_node[ports]
        return {
            "port": ports,
            "port_name": self.ports(ports),
            "node": node,
            "node_name": self.nodes(node),
        }


def assemble(
    plan: Plan,
    raw: Mapping[str, Raw],
    end_ps: int,
    endpoint_names: Sequence[str] = (),
    *,
    pauses_are_all: bool = True,
) -> dict[str, Table]:
    """Tables by name. ``end_ps`` is where the run ended; ``endpoint_names`` names endpoints;
    ``pauses_are_all``: the engine kept all rows of pauses.
    """
    names = Names(plan)
    xoffs = xoff_table(raw["xoffs"], names)
    return {
        "flows": flow_table(plan, raw, end_ps, names, endpoint_names),
        "ports": port_table(plan, raw, names),
        "pauses": pause_table(plan, raw["pauses"], xoffs, end_ps, names),
        "drops": _drops(plan, raw["drops"], names),
        "queues": queue_table(raw["queues"], raw["pauses"] if pauses_are_all else None, names),
        "queue_pairs": queue_pair_table(plan, raw["queue_pairs"], names),
        "cc": cc_table(raw["cc"], flow_words(plan, flow_numbers(plan)), names),
        "trace": trace_table(raw["trace"], names),
        "classes": class_table(plan, raw["classes"], names),
        "xoffs": xoffs,
        **stall_tables(raw, names),
    }


def table(name: str, columns: Mapping[str, NDArray[Any] | Words]) -> Table:
    """A table with the nullable columns of its name."""
    return Table(name, columns, words.NULLABLE.get(name, ()))


def flow_table(
    plan: Plan, raw: Mapping[str, Raw], end_ps: int, names: Names, endpoint_names: Sequence[str]
) -> Table:
    """One row per flow, in plan order."""
    flows = raw["flows"]
    planned = planned_columns(plan, names, endpoint_names, flow_numbers(plan))
    start, ideal, qp = (np.asarray(planned[key]) for key in ("start_ps", "ideal_fct_ps", "qp"))
    fct = flows["fct_ps"]
    columns = {
        **planned,
        "fct_ps": fct,
        "sender_fct_ps": flows["sender_fct_ps"],
        "slowdown": slowdown(fct, ideal),
        "finished": fct >= 0,
        "status": Words(flow_status(flows, start, end_ps), words.STATUSES),
        "delivered_bytes": flows["delivered_bytes"],
        "retransmitted_packets": raw["queue_pairs"]["retransmitted_packets"][qp],
    }
    return table("flows", {name: columns[name] for name in words.FLOW_COLUMNS})


def planned_columns(
    plan: Plan,
    names: Names,
    endpoint_names: Sequence[str],
    numbers: Ints,
    rows: NDArray[Any] | slice = _ALL,
) -> dict[str, NDArray[Any] | Words]:
    """What a plan knows of its flows, or of some ``rows`` of them; ``numbers``: flow_numbers."""
    columns, labels = plan.columns, plan.labels
    qp = columns["flow_qp"][rows].astype(np.int64)
    count = len(columns["flow_qp"])
    src, dst = (_label(labels, end, count, -1, rows) for end in ("src", "dst"))
    named = flow_words(plan, numbers, rows)
    read = columns["flow_op"][rows] == words.OPS.index("read")
    hosts = columns["qp_tx_node"][qp], columns["qp_rx_node"][qp]
    posting, other = np.where(read, hosts[::-1], hosts)
    ends = tuple(endpoint_names)
    return {
        "name": named,
        "workload": Words(named.codes, named.words),
        "src": src,
        "src_name": Words(src, ends) if ends else names.nodes(posting),
        "dst": dst,
        "dst_name": Words(dst, ends) if ends else names.nodes(other),
        "size_bytes": columns["flow_size_bytes"][rows].astype(np.int64),
        "start_ps": columns["flow_start_ps"][rows].astype(np.int64),
        "ideal_fct_ps": _label(labels, "ideal_fct_ps", count, -1, rows),
        "priority": columns["qp_class"][qp].astype(np.int64),
        "op": Words(columns["flow_op"][rows].astype(np.int64), words.OPS),
        "qp": qp,
        "first_psn": columns["flow_first_psn"][rows].astype(np.int64),
    }


def flow_words(plan: Plan, numbers: Ints, rows: NDArray[Any] | slice = _ALL) -> Words:
    """Names of the flows of a plan, or of some ``rows`` of them; ``numbers``: flow_numbers."""
    workload = _label(plan.labels, "workload", len(plan.columns["flow_qp"]), 0, rows)
    return Words(workload, tuple(plan.labels.get("workload_names", ("flows",))), numbers[rows])


def slowdown(fct_ps: Ints, ideal_ps: Ints) -> NDArray[np.float64]:
    """Of finished flows whose ideal time is known; NaN for the others."""
    both = (fct_ps >= 0) & (ideal_ps > 0)
    ratio = np.full(len(fct_ps), np.nan)
    ratio[both] = fct_ps[both] / ideal_ps[both]
    return ratio


def flow_status(flows: Raw, start_ps: Ints, end_ps: int) -> Ints:
    """Codes into :data:`vocabulary.STATUSES`."""
    status = np.full(len(start_ps), words.RUNNING, dtype=np.int64)
    status[start_ps >= end_ps] = words.NOT_STARTED
    status[flows["fct_ps"] >= 0] = words.DELIVERED
    status[flows["status"] == 1] = words.FINISHED
    status[flows["status"] == 2] = words.FAILED
    return status


def queue_pair_table(plan: Plan, raw: Raw, names: Names) -> Table:
    """One row per queue pair: ends, settings of its reliability, state at the end, counters."""
    columns = plan.columns
    tx, rx = (columns[f"qp_{end}_node"].astype(np.int64) for end in ("tx", "rx"))
    tx_port = names.first_port[tx] + columns["qp_tx_port"]
    timer = np.where(columns["qp_read"] == 1, rx, tx)  # the requester has the timer
    in_flight = raw["next_psn"] - raw["acked_psn"]
    window = raw["window_bytes"]
    return table(
        "queue_pairs",
        {
            "tx_node": tx,
            "tx_node_name": names.nodes(tx),
            "tx_port": tx_port,
            "tx_port_name": names.ports(tx_port),
            "rx_node": rx,
            "rx_node_name": names.nodes(rx),
            "priority": columns["qp_class"].astype(np.int64),
            "read": columns["qp_read"] == 1,
            "base_rtt_ps": columns["qp_base_rtt_ps"],
            "rto_ps": columns["node_rto_ps"][timer],
            "retries": columns["node_retries"][timer].astype(np.int64),
            "in_flight_packets": in_flight,
            "window_full": (window > 0) & (in_flight * plan.scalars["mtu_bytes"] >= window),
            **{name: raw[name] for name in raw if name != "failed"},
            "failed": raw["failed"] == 1,
        },
    )


def _drops(plan: Plan, raw: Raw, names: Names) -> Table:
    raw = by_time(raw, "time_ps")
    where = names.of_ports(raw["port"])
    port = raw["port"].astype(np.int64)
    priority = raw["priority"].astype(np.int64)
    kind = raw["kind"].astype(np.int64)
    # What one switch keeps lossless is promised: a hop where it is lossy breaks that.
    promised = lossless_dscps(plan)[raw["dscp"].astype(np.int64)]
    columns = {
        "time_ps": raw["time_ps"],
        **where,
        "priority": priority,
        "lossless": promised & (kind != words.KINDS.index("pfc")),
        "cause": Words(raw["cause"].astype(np.int64), words.CAUSES),
        "kind": Words(kind, words.KINDS),
        "qp": raw["qp"],
        "psn": raw["psn"],
        "size_bytes": raw["size_bytes"],
        "buffered_bytes": raw["buffered_bytes"],
        "headroom_used_bytes": raw["headroom_bytes"],
        "headroom_bytes": plan.columns["port_headroom_bytes"][port],
        "xoff_since_ps": raw["xoff_since_ps"],
        "xoff_told": raw["xoff_told"] == 1,
    }
    return table("drops", columns)


def flow_numbers(plan: Plan) -> Ints:
    """Number of each flow within its workload, -1 in workloads of one flow."""
    count = len(plan.columns["flow_qp"])
    workload = _label(plan.labels, "workload", count, 0)
    sizes = np.bincount(workload, minlength=1)
    order = np.argsort(workload, kind="stable")
    numbers = np.empty(len(workload), dtype=np.int64)
    first = np.cumsum(sizes) - sizes
    numbers[order] = np.arange(len(workload)) - first[workload[order]]
    numbers[sizes[workload] == 1] = -1
    return numbers


def _label(
    labels: Mapping[str, Any],
    name: str,
    count: int,
    default: int,
    rows: NDArray[Any] | slice = _ALL,
) -> Ints:
    values = labels.get(name)
    if values is None:
        return np.full(count, default, dtype=np.int64)[rows]
    return np.asarray(values)[rows].astype(np.int64)


def _texts(plan: Plan, label: str, kind: str, count: int) -> tuple[str, ...]:
    given = plan.labels.get(label)
    return tuple(given) if given else tuple(f"{kind}{number}" for number in range(count))
