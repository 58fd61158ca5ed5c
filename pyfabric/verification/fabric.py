"""A plan as the checks read it: ports, names, frame sizes, and where its settings stand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.buffers import link_headrooms
from pyfabric.compile.distinct import distinct
from pyfabric.compile.framing import Frames
from pyfabric.compile.lossless import by_priority, default_maps, group_by_dscp, queue_by_dscp
from pyfabric.compile.plan import Plan
from pyfabric.compile.ports import Ints, port_table
from pyfabric.compile.profiles import Profiles, resolve_profiles

if TYPE_CHECKING:
    from pyfabric.scenario import Scenario


@dataclass(frozen=True)
class Fabric:
    """Ports P, nodes N (hosts first) of a plan; ``profiles`` None: the scenario is not known."""

    plan: Plan
    scenario: Scenario | None = None
    profiles: Profiles | None = None

    @classmethod
    def of(cls, plan: Plan, scenario: Scenario | None) -> Fabric:
        """A plan and the scenario that it was compiled from, if there is one."""
        if scenario is None:
            return cls(plan)
        return cls(plan, scenario, resolve_profiles(scenario, scenario.topology.expand()))

    def column(self, name: str) -> Ints:
        """A column of the plan as int64."""
        return self.plan.columns[name].astype(np.int64)

    @cached_property
    def first(self) -> Ints:
        """[N+1] first port of each node."""
        return self.column("node_first_port")

    @cached_property
    def node(self) -> Ints:
        """[P] node of each port."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    @cached_property
    def peer(self) -> Ints:
        """[P] port at the other end."""
        return self.column("port_peer")

    @cached_property
    def is_switch(self) -> NDArray[np.bool_]:
        """[N]"""
        return np.asarray(self.plan.columns["node_is_switch"] == 1)

    @cached_property
    def hosts(self) -> int:
        """Number of hosts."""
        return int((~self.is_switch).sum())

    @cached_property
    def mode(self) -> Ints:
        """[N] PFC mode, 0: off."""
        return self.column("node_pfc_mode")

    @cached_property
    def lossless(self) -> Ints:
        """[N] mask of lossless priorities: whose frames come into a lossless priority group."""
        return by_priority(
            self.plan, self.plan.columns["node_lossless_mask"], group_by_dscp(self.plan)
        )

    @cached_property
    def marked(self) -> Ints:
        """[N] mask of the priorities whose queues are marked."""
        return by_priority(self.plan, self.plan.columns["node_ecn_mask"], queue_by_dscp(self.plan))

    @cached_property
    def qos(self) -> Ints:
        """[N] qos profile, -1: the single pool, one class for all."""
        return self.column("node_qos")

    @cached_property
    def mapped(self) -> NDArray[np.bool_]:
        """[N] whether a switch's maps are not the default ones."""
        other = ~default_maps(self.plan)
        return np.asarray((self.qos >= 0) & np.append(other, False)[self.qos])

    @cached_property
    def stores(self) -> NDArray[np.bool_]:
        """[N] whether a node has memory that can run full: switches, slow receivers."""
        return self.is_switch | (self.column("node_receive_rate_bps") > 0)

    @cached_property
    def address_ports(self) -> tuple[Ints, Ints]:
        """(address, port of it): all that are known, those of flows if the scenario is not."""
        if self.scenario is not None:
            of_port = port_table(self.scenario.topology.expand()).address
            return of_port[of_port >= 0], np.flatnonzero(of_port >= 0)
        ends = [
            (self.column(f"qp_{end}_address"), self.column(f"qp_{end}_node"), end)
            for end in ("tx", "rx")
        ]
        ports = [self.first[node] + self.column(f"qp_{end}_port") for _, node, end in ends]
        return np.concatenate([address for address, *_ in ends]), np.concatenate(ports)

    @cached_property
    def frames(self) -> Frames:
        """Frame sizes of the plan."""
        sizes = ("mtu", "header", "reth", "aeth", "ack", "cnp", "pfc", "gap", "pad")
        values: dict[str, Any] = {name: self.plan.scalars[f"{name}_bytes"] for name in sizes}
        return Frames(**values, truncate_ns=int(self.plan.scalars["truncate_ns"]))

    @cached_property
    def headroom_needed(self) -> Ints:
        """[P] bytes that may arrive at each port, in one class, after XOFF was decided."""
        return link_headrooms(
            self.frames,
            self.column("port_rate_bps"),
            self.column("port_delay_ps"),
            self.column("node_pfc_reaction_ps")[self.node[self.peer]],
            self.column("node_latency_ps")[self.node],
        )

    @cached_property
    def lossless_count(self) -> Ints:
        """[N] number of lossless priority groups."""
        groups = self.column("node_lossless_mask")
        return sum(groups >> c & 1 for c in range(8)) + np.zeros_like(groups)

    @cached_property
    def headroom(self) -> Ints:
        """[P] headroom of each port, the smallest of its lossless groups."""
        found = self.column("port_headroom_bytes")
        own = self.plan.columns["qos_pg_headroom_bytes"].reshape(-1, 8)
        for profile in range(len(own)):
            nodes = np.flatnonzero(self.qos == profile)
            mask = int(self.column("node_lossless_mask")[nodes].max(initial=0))
            fixed = [
                int(own[profile, g]) for g in range(8) if mask >> g & 1 and own[profile, g] >= 0
            ]
            if fixed:
                ports = np.isin(self.node, nodes)
                found[ports] = np.minimum(found[ports], min(fixed))
        return found

    @cached_property
    def profile(self) -> Ints:
        """[N] number of the settings in force at each node; hosts and switches count apart."""
        if self.profiles is None:
            return np.zeros(len(self.first) - 1, dtype=np.int64)
        return np.concatenate([self.profiles.nic_of, self.profiles.switch_of])

    def path(self, node: int, field: str) -> str | None:
        """Where a setting of a node stands in the scenario; None: not known."""
        if self.profiles is None:
            return None
        paths = self.profiles.switch_paths if self.is_switch[node] else self.profiles.nic_paths
        return f"{paths[int(self.profile[node])]}.{field}"

    def fix(self, node: int, **changes: Any) -> dict[str, Any]:
        """Changes of the settings in force at a node; ``__`` stands for a dot."""
        made = {self.path(node, name.replace("__", ".")): value for name, value in changes.items()}
        return {path: value for path, value in made.items() if path is not None}

    def node_name(self, node: int) -> str:
        """Name of a node."""
        return str(self.plan.labels["node_names"][node])

    def port_name(self, port: int) -> str:
        """Name of a port as the start of its link, ``"leaf0->spine1"``."""
        return str(self.plan.labels["port_names"][port])

    def ingress_names(self, ports: Ints) -> tuple[str, ...]:
        """What messages call ingress ports."""
        nodes, peers = self.node[ports].tolist(), self.node[self.peer[ports]].tolist()
        pairs = zip(nodes, peers, strict=True)
        return tuple(f"{self.node_name(n)}, port from {self.node_name(p)}" for n, p in pairs)

    def node_names(self, nodes: Ints) -> tuple[str, ...]:
        """Names of nodes."""
        return tuple(self.node_name(node) for node in nodes.tolist())


def alike(rows: Ints, *columns: Ints) -> list[Ints]:
    """``rows`` [R] split into those with equal values in all columns [R]."""
    if not len(rows):
        return []
    _, kind = distinct(columns)
    return [rows[kind == number] for number in range(int(kind.max()) + 1)]
