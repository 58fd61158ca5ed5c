"""Tiers of generated fabrics as plain numbers: hosts, leaves, spines, cores."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Link:
    """What the links of one tier have in common."""

    rate_bps: int
    delay_ps: int


@dataclass(frozen=True)
class Tiers:
    """Hosts under leaves, leaves under the spines of their pod, spines under cores.

    Each NIC has one link to its host's leaf. Every leaf has ``uplinks`` links to each spine of its
    pod. Spine j of every pod has one link to each of the cores j * cores .. (j + 1) * cores - 1.
    Nodes are numbered hosts, leaves, spines, cores, each pod by pod. Links are in the order hosts
    (NIC by NIC), leaves (spine by spine), spines (core by core): so the ports of a leaf are those
    to its hosts, then those to its spines; of a spine those to its leaves, then to its cores; port
    p of a core leads to pod p.
    """

    pods: int = 1
    leaves: int = 1  #: per pod
    spines: int = 0  #: per pod; 0 only with one leaf
    cores: int = 0  #: per spine; 0 only with one pod
    hosts: int = 1  #: per leaf
    nics: int = 1  #: per host
    uplinks: int = 1  #: between a leaf and each spine of its pod
    host_link: Link = Link(1, 1)
    spine_link: Link = Link(1, 1)
    core_link: Link = Link(1, 1)

    @property
    def all_leaves(self) -> int:
        """Leaves of all pods."""
        return self.pods * self.leaves

    @property
    def all_spines(self) -> int:
        """Spines of all pods."""
        return self.pods * self.spines

    @property
    def all_cores(self) -> int:
        """Cores of all planes."""
        return self.spines * self.cores

    @property
    def all_hosts(self) -> int:
        """Hosts of all leaves."""
        return self.all_leaves * self.hosts

    @property
    def switches(self) -> int:
        """Switches of all tiers."""
        return self.all_leaves + self.all_spines + self.all_cores

    @property
    def links(self) -> int:
        """Links of all tiers."""
        up = self.all_leaves * self.spines * self.uplinks
        return self.all_hosts * self.nics + up + self.all_spines * self.cores

    @property
    def leaf_ports(self) -> int:
        """Ports of a leaf."""
        return self.hosts * self.nics + self.spines * self.uplinks

    @property
    def spine_ports(self) -> int:
        """Ports of a spine."""
        return self.leaves * self.uplinks + self.cores

    @property
    def shortest_delay_ps(self) -> int:
        """The shortest delay of any link."""
        used = [self.host_link]
        used += [self.spine_link] if self.spines else []
        used += [self.core_link] if self.cores else []
        return min(link.delay_ps for link in used)
