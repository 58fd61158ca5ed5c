"""The JSON Schema of scenario files, made from the spec classes.

It knows keys, kinds of values and defaults; ranges, units and what depends on other values are
checked by the loader alone.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from pyfabric.cc import KINDS, CongestionControl
from pyfabric.scenario.ecn import ECN
from pyfabric.scenario.faults import FAULTS
from pyfabric.scenario.framing import Framing
from pyfabric.scenario.nic import Nic
from pyfabric.scenario.ns3 import Ns3
from pyfabric.scenario.plain_reader import NAMED_PARTS
from pyfabric.scenario.route import Route
from pyfabric.scenario.scenario import FORMAT_VERSION, MAX_SEED, Scenario
from pyfabric.scenario.switch import PFC, Switch
from pyfabric.scenario.watchdog import PFCWatchdog
from pyfabric.topology.spec import MAKERS
from pyfabric.workload import Flow, FlowSizes, all_to_all, flows, incast, permutation, poisson

Schema = dict[str, Any]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_PLAIN: Final[dict[Any, Schema]] = {
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    Fraction: {"type": ["number", "string"]},
    Path: {"type": "string"},
    range: {"type": "string"},
    Any: {},
}
_DOCUMENTED: Final = re.compile(r"^([a-z_]+(?:,(?: and)? [a-z_]+)*)(?: \([^)]*\))?: ")
_EDGE: Final[Schema] = {
    "anyOf": [
        {"type": "array", "minItems": 4, "maxItems": 5},
        {
            "type": "object",
            "properties": {
                **{end: {"type": "string"} for end in ("a", "b")},
                **{name: {"type": ["number", "string"]} for name in ("rate", "delay")},
                "error_rate": {},
                **{end: {"type": "integer"} for end in ("nic_a", "nic_b")},
            },
            "required": ["a", "b", "rate", "delay"],
            "additionalProperties": False,
        },
    ]
}


def scenario_schema() -> Schema:
    """The JSON Schema (draft 2020-12) of a scenario file, as plain data."""
    specs: dict[str, type] = {"switch": Switch, "nic": Nic, "framing": Framing}
    sections: dict[str, Schema] = {name: _reference(name) for name in specs}
    sections["topology"] = _one_of({name: _call(make) for name, make in MAKERS.items()})
    sections["topology"]["properties"]["edges"]["properties"]["edges"]["items"] = _EDGE
    sections["workload"] = {"type": "array", "items": _one_of(_parts())}
    sections["congestion_control"] = _control()
    sections["ns3"] = _nullable(_object(Ns3))
    sections["overrides"] = {
        "type": "object",
        "additionalProperties": _one_of({name: _reference(name) for name in ("switch", "nic")}),
    }
    sections["routes"] = {"type": "array", "items": _object(Route)}
    of_faults = {name: _object(cls) for name, cls in FAULTS.items()}
    sections["faults"] = {"type": "array", "items": _one_of(of_faults)}
    whole = _object(Scenario, sections)
    whole["properties"] = {"version": {"const": FORMAT_VERSION}, **whole["properties"]}
    whole["required"] = ["version", *whole["required"]]
    for name in ("seed", "workload_seed"):
        whole["properties"][name] |= {"minimum": 0, "maximum": MAX_SEED}
    preset = {"preset": {"type": "string"}}
    inner = {
        "ecn": _nullable(_object(ECN, more=preset)),
        "pfc": _object(PFC),
        "watchdog": _nullable(_object(PFCWatchdog)),
    }
    inner |= {
        name: {"type": "object", "additionalProperties": _object(cls)}
        for name, cls in NAMED_PARTS.items()
    }
    return {
        "$schema": _DIALECT,
        "title": "pyfabric scenario",
        **whole,
        "$defs": {
            name: _object(cls, inner if cls is Switch else {}) for name, cls in specs.items()
        },
    }


def _reference(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _nullable(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


def _one_of(members: Mapping[str, Schema]) -> Schema:
    """A mapping of exactly one of the names."""
    return {
        "type": "object",
        "properties": dict(members),
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }


def _parts() -> dict[str, Schema]:
    makers: dict[str, Callable[..., Any]] = {
        **{make.__name__: make for make in (incast, permutation, all_to_all)},
        "poisson": poisson,
    }
    found = {"flow": _object(Flow), **{name: _call(make) for name, make in makers.items()}}
    sizes = found["poisson"]["properties"]["sizes"]
    sizes["anyOf"] = [{"type": ["number", "string"]}, _object(FlowSizes)]
    sizes.pop("type", None)
    columns = _call(flows)
    columns["properties"] |= {
        "items": {"type": "array", "items": _object(Flow)},
        "file": {"type": "string", "description": "A CSV, npz or Parquet file of columns."},
        "list": {"type": "string", "description": "A CSV, npz or Parquet file of single flows."},
    }
    listed: Schema = {"type": "array", "items": _object(Flow)}
    return {**found, "flows": {"anyOf": [{"type": "string"}, listed, columns]}}


def _control() -> Schema:
    named: dict[str, Schema] = {}
    for name, cls in KINDS.items():
        more = {"preset": {"type": "string"}} if hasattr(cls, "preset") else {}
        named[name] = _nullable(_object(cls, more=more))
    own = {"type": "string", "pattern": ":"}
    return {"anyOf": [{"enum": list(named)}, own, _one_of(named)]}


def _object(
    cls: type,
    sections: Mapping[str, Schema] = types.MappingProxyType({}),
    more: Schema | None = None,
) -> Schema:
    """The schema of a spec class; ``sections`` replaces properties, ``more`` adds some."""
    hints = typing.get_type_hints(cls)
    texts = _descriptions(cls)
    properties: Schema = {}
    required = []
    for field in dataclasses.fields(cls):
        schema = dict(sections.get(field.name) or _type(hints[field.name]))
        if field.default is dataclasses.MISSING:
            required.append(field.name)
        elif field.default is None or isinstance(field.default, bool | int | float | str):
            schema["default"] = field.default
        if field.name in texts:
            schema["description"] = texts[field.name]
        properties[field.name] = schema
    return _closed({**properties, **(more or {})}, required)


def _call(make: Callable[..., Any]) -> Schema:
    """The schema of the parameters of a function."""
    inner = inspect.unwrap(make)
    hints = typing.get_type_hints(inner)
    texts = _descriptions(inner)
    properties: Schema = {}
    required = []
    for name, parameter in inspect.signature(inner).parameters.items():
        schema = dict(_type(hints[name]))
        if parameter.default is inspect.Parameter.empty:
            required.append(name)
        elif parameter.default is None or isinstance(parameter.default, bool | int | float | str):
            schema["default"] = parameter.default
        if name in texts:
            schema["description"] = texts[name]
        properties[name] = schema
    return _closed(properties, required)


def _closed(properties: Schema, required: Sequence[str]) -> Schema:
    closed: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**closed, "required": list(required)} if required else closed


def _type(hint: Any) -> Schema:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        members = [_type(argument) for argument in arguments]
        if any(not member for member in members):
            return {}
        if all(set(member) == {"type"} for member in members):
            kinds = [kind for m in members for kind in _kinds(m["type"])]
            if "number" in kinds:
                kinds = [kind for kind in kinds if kind != "integer"]
            return {"type": list(dict.fromkeys(kinds))}
        unique = {repr(member): member for member in members}
        return {"anyOf": list(unique.values())}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        value = _type(arguments[1])
        return {"type": "object", **({"additionalProperties": value} if value else {})}
    if isinstance(origin, type) and origin is not type and hint is not str:
        items = _type(arguments[0]) if origin is not tuple else _tuple_items(arguments)
        return {"type": "array", **({"items": items} if items else {})}
    if isinstance(hint, type) and issubclass(hint, CongestionControl):
        return {}
    return dict(_PLAIN.get(hint, {}))


def _tuple_items(arguments: tuple[Any, ...]) -> Schema:
    return _type(arguments[0]) if len(arguments) == 2 and arguments[1] is ... else {}


def _kinds(kind: str | list[str]) -> list[str]:
    return [kind] if isinstance(kind, str) else kind


def _descriptions(documented: Any) -> dict[str, str]:
    """Parameter -> what the docstring says of it: ``name, other: text`` and further lines."""
    found: dict[str, list[str]] = {}
    names: list[str] = []
    for line in (inspect.getdoc(documented) or "").splitlines():
        match = _DOCUMENTED.match(line)
        if match:
            names = re.split(r",(?: and)? ", match[1])
            found |= {name: [line[match.end() :]] for name in names}
        elif line.startswith(" ") and names:
            for name in names:
                found[name].append(line.strip())
        else:
            names = []
    return {name: " ".join(lines) for name, lines in found.items()}
