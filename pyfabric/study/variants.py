"""Variants and seeds: checked, and turned into scenarios."""

from __future__ import annotations

import dataclasses
import itertools
import numbers
import operator
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pyfabric.cc import CongestionControl
from pyfabric.errors import Fault, ScenarioError, shorten
from pyfabric.scenario import Scenario
from pyfabric.scenario.scenario import FORMAT_VERSION, MAX_SEED
from pyfabric.workload import Workload

#: Runs (variants times seeds) of one study.
MAX_RUNS: Final = 100_000

#: Paths that take plain data as in a scenario file, too.
_PLAIN: Final = (
    *("topology", "workload", "congestion_control", "switch", "nic", "framing", "overrides"),
    *("switch.ecn", "switch.pfc"),
)
_SEEDS: Final = ("seed", "workload_seed")


def resolve(base: Scenario, variants: object) -> dict[str, Scenario]:
    """The scenario of each variant; ScenarioError with the faults of all of them.

    A variant is a CongestionControl, a Scenario, a mapping of changes by dotted path (as for
    ``Scenario.replace``; sections may be plain data as in a file), or None for ``base`` itself.
    """
    if not isinstance(variants, Mapping) or not variants:
        wanted = "must map names to variants, such as {'dcqcn': DCQCN(), 'none': {}}"
        raise ScenarioError(Fault("variants", f"{wanted}, got {shorten(variants)}"))
    found: list[Fault] = []
    resolved: dict[str, Scenario] = {}
    for name, variant in variants.items():
        if not isinstance(name, str) or not name.strip():
            found.append(Fault("variants", f"a name must be a text, got {shorten(name)}"))
            continue
        try:
            resolved[name] = _scenario(base, variant)
            resolved[name].congestion_control.plugins()  # a text must lead to an algorithm
        except ScenarioError as error:
            place = variant_path(name)
            found += [dataclasses.replace(f, path=_inside(place, f.path)) for f in error.faults]
    if found:
        raise ScenarioError(found)
    return resolved


def variant_path(name: str) -> str:
    """How faults name a variant."""
    return f"variants[{name!r}]"


def check_seeds(seeds: object, variants: int) -> tuple[int, ...]:
    """Different seeds, each 0 to 2**63 - 1; ScenarioError otherwise."""
    if not isinstance(seeds, Iterable) or isinstance(seeds, str | bytes | Mapping):
        message = f"must list seeds, such as range(3), got {shorten(seeds)}"
        raise ScenarioError(Fault("seeds", message))
    listed = list(itertools.islice(seeds, MAX_RUNS + 1))
    if not listed:
        raise ScenarioError(Fault("seeds", "is empty; name at least one seed"))
    if len(listed) * variants > MAX_RUNS:
        shown = f"{len(listed)}{' or more' if len(listed) > MAX_RUNS else ''}"
        message = f"{variants} variants x {shown} seeds are too many (allowed: {MAX_RUNS} runs)"
        raise ScenarioError(Fault("seeds", message))
    faults, seen = [], set[int]()
    for index, seed in enumerate(listed):
        place = f"seeds[{index}]"
        whole = isinstance(seed, numbers.Integral) and type(seed).__name__ not in ("bool", "bool_")
        if not whole or not 0 <= operator.index(seed) <= MAX_SEED:
            message = f"must be an integer from 0 to {MAX_SEED}, got {shorten(seed)}"
            faults.append(Fault(place, message))
        elif seed in seen:
            faults.append(Fault(place, f"seed {seed} is named twice"))
        else:
            seen.add(seed)
    if faults:
        raise ScenarioError(faults)
    return tuple(operator.index(seed) for seed in listed)


def _scenario(base: Scenario, variant: object) -> Scenario:
    if variant is None:
        return base
    if isinstance(variant, Scenario):
        return variant
    if isinstance(variant, CongestionControl):
        return base.replace(congestion_control=variant)
    if isinstance(variant, Mapping):
        return base.replace(_changes(base, variant)) if variant else base
    wanted = "must be a CongestionControl, a Scenario, a mapping of changes, or None"
    raise ScenarioError(Fault("", f"{wanted}, got {shorten(variant)}"))


def _changes(base: Scenario, variant: Mapping[Any, Any]) -> dict[Any, Any]:
    faults, changes = [], dict(variant)
    for path, value in variant.items():
        if path in _SEEDS:
            faults.append(Fault(path, "is set by the seeds of the comparison"))
        elif path in _PLAIN and isinstance(value, Mapping | list | str):
            try:
                changes[path] = _from_plain(base, path, value)
            except ScenarioError as error:
                faults += error.faults
    if faults:
        raise ScenarioError(faults)
    return changes


def _from_plain(base: Scenario, path: str, value: Any) -> Any:
    """The object that plain data stands for at a path of a scenario."""
    objects = isinstance(value, Mapping) and not all(
        isinstance(item, Mapping) for item in value.values()
    )
    if path == "overrides" and objects:  # of Switch and Nic
        return value
    section, _, part = path.partition(".")
    bare = Scenario(topology=base.topology, workload=Workload(())).to_dict()
    plain = {**bare, "version": FORMAT_VERSION, section: {part: value} if part else value}
    made = getattr(Scenario.from_dict(plain), section)
    return getattr(made, part) if part else made


def _inside(place: str, path: str) -> str:
    """The path of a fault as part of a variant."""
    path = path.removeprefix("Scenario.")
    if path in ("", "scenario", "replace", "Scenario"):
        return place
    return f"{place}{path}" if path.startswith("[") else f"{place}.{path}"
