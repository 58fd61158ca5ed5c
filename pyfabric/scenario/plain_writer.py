"""From a scenario to plain data (dicts, lists, texts, numbers), as it stands in a file."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pyfabric.scenario.faults import FAULTS
from pyfabric.scenario.plain_workload import beside
from pyfabric.scenario.scenario import FORMAT_VERSION, Scenario
from pyfabric.spec import Spec
from pyfabric.workload import FlowList, FlowSizes, FlowTable, Part, Poisson, as_workload
from pyfabric.workload.flow_files import COLUMNS, NAME, csv_text

#: Lists of more flows go into files of their own.
MAX_INLINE: Final = 1000


def to_plain(scenario: Scenario) -> dict[str, Any]:
    """Plain data of a scenario in one piece; defaults are left out."""
    return _scenario(scenario, _part)


class Writer:
    """Plain data of a scenario file called ``stem`` in ``folder``, and the files beside it.

    files: name -> text of the flow lists too long for the scenario file. folder None: refer to no
        file that is not written here.
    """

    def __init__(self, stem: str, folder: Path | None) -> None:
        self.stem = stem
        self.folder = folder
        self.files: dict[str, str] = {}

    def scenario(self, scenario: Scenario) -> dict[str, Any]:
        """The content of the scenario file; fills :attr:`files`."""
        return _scenario(scenario, self._part)

    def _part(self, part: Part) -> dict[str, Any]:
        if isinstance(part, FlowTable) and part.rows > MAX_INLINE:
            given = part.values()
            columns = {name: given[name] for name in COLUMNS if isinstance(given[name], tuple)}
            rest = {name: value for name, value in part.given().items() if name not in columns}
            return {"flows": {"file": self._file(columns), **_plain(rest)}}
        if isinstance(part, FlowList) and len(part.items) > MAX_INLINE:
            name = {} if part.name is None else {"name": part.name}
            return {"flows": {"list": self._file(_columns_of(part)), **name}}
        plain = _part(part)
        if isinstance(part, Poisson) and isinstance(part.sizes, str) and _is_file(part.sizes):
            plain[part.kind]["sizes"] = self._cdf(part)
        return plain

    def _file(self, columns: dict[str, Any]) -> str:
        name = f"{self.stem}.flows{len(self.files)}.csv"
        self.files[name] = csv_text(columns)
        return name

    def _cdf(self, part: Poisson) -> Any:
        if self.folder is None:
            return _plain(part.flow_sizes)
        name = str(part.sizes)
        # Another file of this name beside the scenario file would be found first.
        return name if beside(name, self.folder) == name else str(Path(name).resolve())


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        return False


def _columns_of(part: FlowList) -> dict[str, Any]:
    """Columns of the flows; those in which all flows have the default are left out."""
    rows = [item.values() for item in part.items]
    given = {name for item in part.items for name in item.given()}
    return {n: [row[n] for row in rows] for n in (*COLUMNS, NAME) if n in given}


def _scenario(scenario: Scenario, part_of: Any) -> dict[str, Any]:
    given = scenario.given()
    control = scenario.congestion_control
    data: dict[str, Any] = {
        "version": FORMAT_VERSION,
        "topology": {scenario.topology.generator: _plain(scenario.topology.parameters)},
        "workload": [part_of(part) for part in as_workload(scenario.workload).parts],
        "congestion_control": {control.name: _plain(control.plain())}
        if control.given()
        else control.name,
    }
    for name in ("switch", "nic", "framing", "seed", "workload_seed", "until", "ns3"):
        if name in given:
            data[name] = _plain(given[name])
    if scenario.overrides:
        data["overrides"] = {
            pattern: {type(value).__name__.lower(): _plain(value)}
            for pattern, value in scenario.overrides.items()
        }
    if scenario.routes:
        data["routes"] = [_plain(route) for route in scenario.routes]
    if scenario.faults:
        kinds = {kind: name for name, kind in FAULTS.items()}
        data["faults"] = [{kinds[type(fault)]: _plain(fault)} for fault in scenario.faults]
    return data


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, FlowList):
        items = [_plain(item) for item in part.items]
        return {"flows": items if part.name is None else {"items": items, "name": part.name}}
    return {part.kind: _plain(part.given())}


def _plain(value: Any) -> Any:
    if isinstance(value, FlowSizes):
        return {"points": _plain(value.points)}
    if isinstance(value, Spec):
        return _plain(value.given())
    if isinstance(value, Mapping):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, range) and value.step > 0:
        step = "" if value.step == 1 else f":{value.step}"
        return f"{value.start}:{value.stop}{step}"
    if isinstance(value, tuple | list | range):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    return int(value) if isinstance(value, numbers.Integral) else float(value)
