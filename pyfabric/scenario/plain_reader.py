"""From plain data (dicts, lists, texts, numbers), as it stands in a file, to a scenario."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeVar

from pyfabric.cc import KINDS, CongestionControl, by_name
from pyfabric.errors import Fault, ScenarioError, did_you_mean, shorten, unknown
from pyfabric.scenario.ecn import ECN
from pyfabric.scenario.framing import Framing
from pyfabric.scenario.nic import Nic
from pyfabric.scenario.ns3 import Ns3
from pyfabric.scenario.plain_lists import read_faults, read_routes
from pyfabric.scenario.plain_workload import PARTS
from pyfabric.scenario.pools import WRED, BufferPool, BufferProfile
from pyfabric.scenario.scenario import FORMAT_VERSION, Scenario
from pyfabric.scenario.switch import PFC, Switch
from pyfabric.scenario.watchdog import PFCWatchdog
from pyfabric.topology import Topology, star
from pyfabric.topology.spec import MAKERS, make
from pyfabric.workload import Workload

T = TypeVar("T")

_OF_COMPARISONS: Final = (
    "belongs to comparisons (pyfabric compare FILE, pyfabric.study.load_comparison); leave it out"
)
_KEYS: Final = ("version", *Scenario.__dataclass_fields__)
#: Settings of a switch that hold parts by name or number.
NAMED_PARTS: Final[dict[str, Any]] = {
    "pools": BufferPool,
    "profiles": BufferProfile,
    "wred": WRED,
}
_LATER: Final = ("seed", "workload_seed", "until")
_OF_SWITCH: Final[dict[str, Any]] = {"pfc": PFC, "ecn": ECN, "watchdog": PFCWatchdog}


class _Reader:
    """Builds the sections of a scenario, going on after faults so that all are reported."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, path: str, message: str) -> None:
        self.found.append(Fault(path, message))

    def build(self, path: str, make_it: Callable[[], T]) -> T | None:
        try:
            return make_it()
        except ScenarioError as error:
            self.found.extend(error.under(path).faults)
            return None

    def mapping(self, path: str, data: object) -> dict[str, Any] | None:
        """``data`` as keyword arguments; nothing at all counts as none."""
        if data is None:
            return {}
        if isinstance(data, Mapping) and all(isinstance(key, str) for key in data):
            return dict(data)
        self.add(path, f"must map names to values, got {shorten(data)}")
        return None

    def single(self, path: str, data: object, kind: str, known: Mapping[str, Any]) -> str | None:
        """The only key of a mapping, one of ``known``."""
        if isinstance(data, str) and data in known:
            return data
        names = ", ".join(known)
        if not isinstance(data, Mapping) or len(data) != 1:
            hint = did_you_mean(data, known) if isinstance(data, str) else ""
            wanted = f"must map one {kind} ({names}) to its values"
            self.add(path, f"{wanted}, got {shorten(data)}{hint}")
            return None
        name = next(iter(data))
        if name not in known:
            text = name if isinstance(name, str) else shorten(name)
            self.add(f"{path}.{text}", unknown(kind, name, known))
            return None
        return str(name)

    def topology(self, data: object) -> Topology | None:
        name = self.single("topology", data, "topology", MAKERS)
        if name is None or not isinstance(data, Mapping):
            return None
        path = f"topology.{name}"
        fields = self.mapping(path, data[name])
        return None if fields is None else self.build(path, lambda: make(name, fields))

    def workload(self, data: object) -> Workload | None:
        if not isinstance(data, list | tuple):
            self.add("workload", f"must be a list of {', '.join(PARTS)}, got {shorten(data)}")
            return None
        total: Workload | None = Workload(())
        for index, item in enumerate(data):
            part = self.part(f"workload[{index}]", item)
            if part is not None and total is not None:
                before, added = total, part
                total = self.build("workload", partial(operator.add, before, added))
        return total

    def part(self, path: str, item: object) -> Workload | None:
        """One item of the list of traffic."""
        name = self.single(path, item, "kind of traffic", PARTS)
        if name is None or not isinstance(item, Mapping):
            return None
        path, data = f"{path}.{name}", item[name]
        if name == "flows" and isinstance(data, list | tuple | str):
            data = {"file" if isinstance(data, str) else "items": data}
        fields = self.mapping(path, data)
        if fields is None:
            return None
        return self.build(path, lambda: PARTS[name](**fields))

    def control(self, data: object) -> CongestionControl | None:
        if isinstance(data, str) and ":" in data:
            return self.build("congestion_control", partial(by_name, data))
        name = self.single("congestion_control", data, "congestion control", KINDS)
        if name is None:
            return None
        path = f"congestion_control.{name}"
        fields = self.mapping(path, data[name] if isinstance(data, Mapping) else None)
        if fields is None:
            return None
        if "preset" in fields and hasattr(KINDS.get(name), "preset"):
            return self.build(path, lambda: _preset(KINDS[name], **fields))
        return self.build(path, lambda: by_name(name, **fields))

    def switch(self, path: str, data: object) -> Switch | None:
        fields = self.mapping(path, data)
        if fields is None:
            return None
        for name, cls in _OF_SWITCH.items():
            if name not in fields or (name != "pfc" and fields[name] is None):
                continue
            inner = self.mapping(f"{path}.{name}", fields.pop(name))
            if inner is not None:
                fields[name] = self.build(f"{path}.{name}", partial(_preset, cls, **inner))
            if fields.get(name) is None:
                fields.pop(name, None)
        before = len(self.found)
        for name, named in NAMED_PARTS.items():
            if isinstance(fields.get(name), Mapping):
                fields[name] = self.named(f"{path}.{name}", fields[name], named)
        if len(self.found) > before:
            return None  # whoever names a part with a fault would seem wrong, too
        return self.build(path, lambda: Switch(**fields))

    def named(self, path: str, data: Mapping[Any, Any], kind: type[T]) -> dict[Any, T]:
        """Specs of one kind by name or number; those with faults are left out."""
        result: dict[Any, T] = {}
        for key, item in data.items():
            place = f"{path}[{key!r}]"
            made = item if isinstance(item, kind) else self.settings(place, item, kind)
            if made is not None:
                result[key] = made
        return result

    def settings(self, path: str, data: object, make_it: Callable[..., T]) -> T | None:
        """A Nic, Framing, Ns3, ECN or PFC."""
        fields = self.mapping(path, data)
        return None if fields is None else self.build(path, lambda: make_it(**fields))

    def overrides(self, data: object) -> dict[str, Switch | Nic]:
        result: dict[str, Switch | Nic] = {}
        for pattern, item in (self.mapping("overrides", data) or {}).items():
            value = self.override(f"overrides[{pattern!r}]", item)
            if value is not None:
                result[pattern] = value
        return result

    def override(self, path: str, item: object) -> Switch | Nic | None:
        """The settings under one pattern."""
        name = self.single(path, item, "kind", {"switch": Switch, "nic": Nic})
        if name is None or not isinstance(item, Mapping):
            return None
        if name == "switch":
            return self.switch(f"{path}.switch", item[name])
        return self.settings(f"{path}.nic", item[name], Nic)


def from_plain(data: Any) -> Scenario:
    """The scenario of plain data; ScenarioError lists all faults, with paths."""
    if not isinstance(data, Mapping):
        wanted = f"must map {', '.join(_KEYS)} to values"
        got = "is empty" if data is None else f"got {shorten(data)}"
        raise ScenarioError(Fault("scenario", f"{wanted}, {got}"))
    reader = _Reader()
    version = data.get("version")
    if isinstance(version, int) and not isinstance(version, bool) and version > FORMAT_VERSION:
        message = f"must be {FORMAT_VERSION}, got {shorten(version)}: a file for a newer pyfabric"
        raise ScenarioError(Fault("version", message))
    for key in data:
        if key not in _KEYS:
            what = _OF_COMPARISONS if key in ("seeds", "variants") else unknown("key", key, _KEYS)
            reader.add(key if isinstance(key, str) else shorten(key), what)
    if version != FORMAT_VERSION or isinstance(version, bool):
        got = "but it is missing" if version is None else f"got {shorten(version)}"
        reader.add("version", f"must be {FORMAT_VERSION}, {got}")
    for key in ("topology", "workload"):
        if key not in data:
            reader.add(key, f"is missing; a scenario needs a {key}")
    fields = _sections(reader, data)
    scenario = reader.build("", lambda: Scenario(**fields))
    if reader.found or scenario is None:
        raise ScenarioError(reader.found)
    return scenario


def section(owner: type, field: str, path: str, data: Any) -> Any:
    """What plain data mean as the value of ``field`` of an ``owner`` (Scenario, Workload, Switch).

    Data that are no section of a file, such as objects, come back as they are. ``path`` names the
    place in messages; ScenarioError lists all faults.
    """
    reader = _Reader()
    read: Callable[[Any], Any] | None = None
    if owner is Scenario and isinstance(data, Mapping | list | tuple | str):
        readers: dict[str, Callable[[Any], Any]] = {
            "topology": reader.topology,
            "workload": reader.workload,
            "congestion_control": reader.control,
            "switch": partial(reader.switch, path),
            "nic": lambda value: reader.settings(path, value, Nic),
            "framing": lambda value: reader.settings(path, value, Framing),
            "ns3": lambda value: reader.settings(path, value, Ns3),
            "overrides": reader.overrides,
            "routes": partial(read_routes, reader),
            "faults": partial(read_faults, reader),
        }
        read = readers.get(field)
        if field in ("overrides", "faults") and not _all_plain(data):
            read = None
    elif owner is Workload and isinstance(data, Mapping):
        read = partial(reader.part, path)
    elif owner is Switch and field in _OF_SWITCH and isinstance(data, Mapping):
        cls: Any = _OF_SWITCH[field]
        read = lambda value: reader.settings(path, value, partial(_preset, cls))  # noqa: E731
    elif owner is Switch and field in NAMED_PARTS and isinstance(data, Mapping):
        read = lambda value: reader.named(path, value, NAMED_PARTS[field])  # noqa: E731
    elif owner is dict and isinstance(data, Mapping):
        read = partial(reader.override, path)
    made = data if read is None else read(data)
    if reader.found:
        raise ScenarioError(reader.found)
    return made


def _all_plain(data: Any) -> bool:
    if isinstance(data, list | tuple):
        return all(isinstance(item, Mapping | str) for item in data)
    return not isinstance(data, Mapping) or all(isinstance(v, Mapping) for v in data.values())


def _sections(reader: _Reader, data: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of the Scenario; what failed is replaced, so that the rest is still checked."""
    fields: dict[str, Any] = {"topology": None, "workload": None}
    if "topology" in data:
        fields["topology"] = reader.topology(data["topology"])
    if "workload" in data:
        fields["workload"] = reader.workload(data["workload"])
    if data.get("congestion_control") is not None:
        fields["congestion_control"] = reader.control(data["congestion_control"])
    if "switch" in data:
        fields["switch"] = reader.switch("switch", data["switch"])
    if "nic" in data:
        fields["nic"] = reader.settings("nic", data["nic"], Nic)
    if "framing" in data:
        fields["framing"] = reader.settings("framing", data["framing"], Framing)
    if data.get("ns3") is not None:
        fields["ns3"] = reader.settings("ns3", data["ns3"], Ns3)
    if "overrides" in data:
        overrides = reader.overrides(data["overrides"])
        fields["overrides"] = overrides if fields["topology"] is not None else {}
    if data.get("routes") is not None:
        routes = read_routes(reader, data["routes"])
        fields["routes"] = routes if fields["topology"] is not None else []
    if "faults" in data:
        found = read_faults(reader, data["faults"])
        fields["faults"] = found if fields["topology"] is not None else []
    stand_ins = {"topology": star(2), "workload": Workload(())}
    kept = {key: value for key, value in fields.items() if value is not None}
    return {**stand_ins, **kept, **{key: data[key] for key in _LATER if key in data}}


def _preset(cls: Any, /, **fields: Any) -> Any:
    """``cls(**fields)``, or its preset of the name under ``preset``."""
    if "preset" not in fields or not hasattr(cls, "preset"):
        return cls(**fields)
    changes = {key: value for key, value in fields.items() if key != "preset"}
    try:
        return cls.preset(fields["preset"], **changes)
    except ScenarioError as error:
        raise ScenarioError(
            [replace(f, path=f.path.removesuffix(".name")) for f in error.faults]
        ) from None
