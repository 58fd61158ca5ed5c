"""The scenario: everything that decides a run."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, Final

from pyfabric.cc import DCQCN, CongestionControl
from pyfabric.errors import did_you_mean, shorten
from pyfabric.scenario.faults import PauseStorm, check_faults
from pyfabric.scenario.framing import Framing
from pyfabric.scenario.nic import Nic
from pyfabric.scenario.ns3 import Ns3
from pyfabric.scenario.route import Route, check_routes
from pyfabric.scenario.switch import Switch
from pyfabric.spec import EMPTY, Faults, Spec, spec
from pyfabric.topology import Topology
from pyfabric.units import Quantity, parse_time
from pyfabric.workload import Part, Workload, as_workload

#: Version of the plain form in files.
FORMAT_VERSION: Final = 1
MAX_SEED: Final = 2**63 - 1


@spec
class Scenario(Spec):
    """Fabric, traffic and settings of one run.

    topology, workload: what is connected, who sends what; a single :class:`Flow` is a workload too.
    congestion_control (DCQCN), switch, nic, framing: settings that hold everywhere,
    overrides: except at the nodes whose names match a pattern (``{"spine*": Switch(...)}``; a
        Switch applies to switches, a Nic to hosts; later patterns win).
    seed: 0 to 2**63 - 1, of the model's draws and, when workload_seed is None, of the traffic's.
    until: stop exactly then; None: when all work is done.
    routes: next hops that are no shortest paths; the last that matches counts, loops are allowed.
    ns3: run by the rules of the simulator published with HPCC (docs/ns3.md); None: by the model's.
    faults: what goes wrong on purpose, such as ``[PauseStorm(host="host3", start="1ms")]``.
    """

    topology: Topology
    workload: Workload | Part
    congestion_control: CongestionControl = DCQCN()
    switch: Switch = Switch()
    nic: Nic = Nic()
    framing: Framing = Framing()
    overrides: Mapping[str, Switch | Nic] = EMPTY
    seed: int = 1
    workload_seed: int | None = None
    until: Quantity | None = None
    routes: Sequence[Route] = ()
    ns3: Ns3 | None = None
    faults: Sequence[PauseStorm] = ()

    def check(self, faults: Faults) -> None:
        if isinstance(self.workload, Part):
            object.__setattr__(self, "workload", as_workload(self.workload))
        faults.instance("topology", self.topology, Topology)
        faults.instance("workload", self.workload, Workload)
        control: object = self.congestion_control
        if not isinstance(control, CongestionControl):
            wanted = "must be a CongestionControl such as DCQCN() or NoCongestionControl()"
            faults.add("congestion_control", f"{wanted}, got {shorten(control)}")
        faults.instance("switch", self.switch, Switch)
        faults.instance("nic", self.nic, Nic)
        faults.instance("framing", self.framing, Framing)
        faults.instance("ns3", self.ns3, Ns3, optional=True)
        faults.integer("seed", self.seed, 0, MAX_SEED)
        if self.workload_seed is not None:
            faults.integer("workload_seed", self.workload_seed, 0, MAX_SEED)
        if self.until is not None:
            faults.time("until", self.until, low=1)
        self._check_overrides(faults)
        self._check_routes(faults)
        if isinstance(self.faults, PauseStorm):
            object.__setattr__(self, "faults", (self.faults,))
        if not faults.found:
            check_faults(faults, self)

    def _check_routes(self, faults: Faults) -> None:
        given: Any = self.routes
        if isinstance(given, Route):
            given = (given,)
            object.__setattr__(self, "routes", given)
        if not isinstance(given, tuple) or not all(isinstance(route, Route) for route in given):
            faults.add("routes", f"must be a list of Route, got {shorten(given)}")
        elif given and isinstance(self.topology, Topology):
            check_routes(faults, self.topology, given)

    def _check_overrides(self, faults: Faults) -> None:
        given: Any = self.overrides
        if not isinstance(given, Mapping):
            faults.add("overrides", f"must map patterns to Switch or Nic, got {shorten(given)}")
            return
        if not given or not isinstance(self.topology, Topology):
            return
        names = {Switch: self.topology.switch_names, Nic: self.topology.host_names}
        for pattern, value in given.items():
            place = f"overrides[{pattern!r}]" if isinstance(pattern, str) else "overrides"
            if not isinstance(pattern, str) or not isinstance(value, Switch | Nic):
                faults.add(place, f"must be a Switch or Nic under a text, got {shorten(value)}")
                continue
            known = names[type(value)]
            if not fnmatch.filter(known, pattern):
                kind = "switch" if isinstance(value, Switch) else "host"
                hint = did_you_mean(pattern, known) if len(known) <= 10_000 else ""
                shown = ", ".join(known[:6]) + (", ..." if len(known) > 6 else "")
                faults.add(place, f"matches no {kind}{hint} (known: {shown})")

    @property
    def until_ps(self) -> int:
        """End of the run in ps; -1: when all work is done."""
        return -1 if self.until is None else parse_time(self.until)

    @property
    def traffic_seed(self) -> int:
        """Seed of the traffic."""
        return self.seed if self.workload_seed is None else self.workload_seed

    def switch_of(self, name: str) -> Switch:
        """The settings in force at a switch."""
        found = self.switch
        for pattern, value in self.overrides.items():
            if isinstance(value, Switch) and fnmatch.fnmatchcase(name, pattern):
                found = value
        return found

    def nic_of(self, name: str) -> Nic:
        """The settings in force at a host."""
        found = self.nic
        for pattern, value in self.overrides.items():
            if isinstance(value, Nic) and fnmatch.fnmatchcase(name, pattern):
                found = value
        return found

    def replace(self, changes: Mapping[str, Any] | None = None, /, **fields: Any) -> Scenario:
        """A copy with other values, validated again.

        ``scenario.replace(seed=2)``, or with paths: ``scenario.replace({"switch.ecn.kmin":
        "400kB"})``. Paths reach into settings, ``topology.<parameter>``, and parts of the workload
        by name or number: ``workload.poisson.load``.
        """
        from pyfabric.scenario.paths import replaced

        given: Any = {} if changes is None else changes
        return replaced(self, {**given, **fields} if isinstance(given, Mapping) else given)

    def to_dict(self) -> dict[str, Any]:
        """Plain data that :meth:`from_dict` turns into an equal scenario; defaults are left out."""
        from pyfabric.scenario.plain_writer import to_plain

        return to_plain(self)

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Scenario:
        """The scenario of plain data, as it stands in a file; ScenarioError lists all faults."""
        from pyfabric.scenario.plain_reader import from_plain

        return from_plain(data)

    @staticmethod
    def load(path: str | PathLike[str]) -> Scenario:
        """The scenario of a YAML file; faults carry line and column."""
        from pyfabric.scenario.files import load

        return load(path)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the scenario as YAML."""
        from pyfabric.scenario.files import save

        save(self, path)

    def _repr_html_(self) -> str:
        from pyfabric import markup

        fabric = self.topology
        rows: list[tuple[str, Any]] = [
            ("topology", f"{fabric.generator}: {fabric.hosts} hosts, {fabric.switches} switches")
        ]
        workload = as_workload(self.workload)
        rows += [(f"workload[{index}]", part) for index, part in enumerate(workload.parts[:8])]
        if len(workload.parts) > 8:
            rows.append(("...", f"{len(workload.parts) - 8} more parts"))
        rows.append(("congestion_control", self.congestion_control))
        hidden = ("topology", "workload", "congestion_control")
        rows += [(name, value) for name, value in self.given().items() if name not in hidden]
        return markup.table("Scenario", rows)
