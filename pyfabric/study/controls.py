"""Congestion controls as variants, by name."""

from __future__ import annotations

from typing import Any, Final

from pyfabric.cc import ALGORITHMS, CongestionControl, by_name
from pyfabric.errors import Fault, ScenarioError
from pyfabric.scenario import Scenario

#: Sets of parameters that scale with the line rate, of algorithms whose defaults are a paper's for
#: 10 or 40 Gb/s.
SCALING_PRESETS: Final = {"dcqcn": "hpcc", "timely": "hpcc"}
ALL: Final = "all"


def control_variants(scenario: Scenario, names: str | None) -> dict[str, Any]:
    """Variants of the congestion controls in ``"dcqcn:hpcc,none"``; None or ``"all"``: every one.

    ``NAME:PRESET`` is a published set, ``MODULE:ATTRIBUTE`` an algorithm from outside. The
    scenario's own algorithm keeps its settings unless a preset is named; of ``all``, others have
    the preset that scales with the line rate where their defaults do not. ScenarioError for
    unknown names.
    """
    every = list(dict.fromkeys(kind.name for kind in ALGORITHMS.values()))
    listed = every if names in (None, ALL) else [name.strip() for name in str(names).split(",")]
    faults, variants = [], dict[str, Any]()
    for name in listed:
        if name in variants:
            faults.append(Fault("--cc", f"{name!r} is named twice"))
            continue
        try:
            variants[name] = _control(scenario.congestion_control, name, scaled=names == ALL)
        except ScenarioError as error:
            faults += error.under("--cc").faults
    if faults:
        raise ScenarioError(faults)
    return variants


def _control(own: CongestionControl, text: str, *, scaled: bool) -> CongestionControl:
    name, _, preset = text.partition(":")
    known = name in ALGORITHMS
    control = by_name(name if known else text)
    if not known or not preset:
        if control.title == own.title:
            return own
        preset = SCALING_PRESETS.get(control.name, "") if scaled else ""
        if not preset:
            return control
    make = getattr(type(control), "preset", None)
    if make is None:
        raise ScenarioError(Fault("congestion_control", f"{name!r} has no presets"))
    made: CongestionControl = make(preset)
    return made
