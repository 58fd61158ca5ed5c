"""A congestion control of the user's own among the scenario's settings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar, Final

from pyfabric.cc.base import CongestionControl, resolved_window
from pyfabric.errors import Fault, ScenarioError, did_you_mean, shorten
from pyfabric.spec import EMPTY, Faults, spec
from pyfabric.units import is_bool, parse_fraction, parse_rate, parse_size, parse_time

if TYPE_CHECKING:
    from pyfabric.cc.plugin import Described, Plugin

#: Number of the first plug-in of a plan (csrc/fabric/cc/registry.h).
FIRST_PLUGIN: Final = 1 << 16
#: Switches that the telemetry of one packet can tell of.
TELEMETRY_HOPS: Final = 16


@spec
class CustomCongestionControl(CongestionControl):
    """A congestion control from outside of the package.

    algorithm: a class in Python, a jit class of :func:`pyfabric.cc.jit`, a capsule or another
        native form (:mod:`pyfabric.cc.plugin`), or the text ``"module:attribute"``, which alone
        can stand in a file.
    parameters: values by name: numbers, or quantities such as ``"40Mbps"``, ``"10us"``, ``"64kB"``,
        which come to it in bit/s, ps and bytes; what is left out has the algorithm's default.
    window: window in force when a queue pair starts, as in StaticWindow (None: no limit).
    telemetry: data packets collect in-band telemetry, ACKs bring it back (False).

    A text is looked up when the scenario is compiled. Raises ScenarioError for what is no
    congestion control.
    """

    name: ClassVar[str] = "custom"
    native: ClassVar[int] = FIRST_PLUGIN

    algorithm: Any
    parameters: Mapping[str, Any] = EMPTY
    window: Any = None
    telemetry: bool = False

    def check(self, faults: Faults) -> None:
        from pyfabric.cc.plugin import PluginError, describe, split_source

        object.__setattr__(self, "window", resolved_window(faults, self.window))
        faults.boolean("telemetry", self.telemetry)
        given: Any = self.parameters
        if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
            faults.add("parameters", f"must map names to numbers, got {shorten(given)}")
            return
        for name, value in given.items():
            _checked(faults, name, value)
        try:
            if isinstance(self.algorithm, str):
                split_source(self.algorithm)
            else:
                _check_names(faults, describe(self.algorithm), given)
        except PluginError as error:
            faults.add("algorithm", str(error))

    @property
    def telemetry_hops(self) -> int:
        """Most switches on a path: 16, or 0 without telemetry."""
        return TELEMETRY_HOPS if self.telemetry else 0

    @property
    def source(self) -> str | None:
        """``"module:attribute"`` of the algorithm; None when it has no such name."""
        from pyfabric.cc.plugin import source_of

        return source_of(self.algorithm)

    @property
    def title(self) -> str:
        """What tables and messages call it."""
        return self.source or str(getattr(self.algorithm, "__name__", self.name))

    def plugins(self) -> tuple[Plugin, ...]:
        """The algorithm as a plan names it; ScenarioError when it cannot be had."""
        from pyfabric.cc.plugin import Plugin

        found = self._described()
        names = tuple(found.defaults)
        return (Plugin(found.name, found.version, self.source, names, self.algorithm),)

    def parameters_for(self, rate_bps: int) -> list[float]:
        """All parameters in the algorithm's order."""
        values = {name: float(number(value)) for name, value in self.parameters.items()}
        defaults = self._described().defaults
        return [values.get(name, default or 0.0) for name, default in defaults.items()]

    def given(self) -> dict[str, Any]:
        return {**super().given(), "algorithm": self.source or self.algorithm}

    def plain(self) -> dict[str, Any]:
        if self.source is None:
            raise self._nameless()
        return self.given()

    def _nameless(self) -> ScenarioError:
        message = f"{self.title} cannot be found again by name; give it as 'module:attribute'"
        return ScenarioError(Fault("CustomCongestionControl.algorithm", message))

    def __getstate__(self) -> dict[str, Any]:
        source = self.source
        if source is None and not isinstance(self.algorithm, type):
            raise self._nameless()
        return {**self.values(), "algorithm": source or self.algorithm}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)

    def __deepcopy__(self, memo: dict[int, Any]) -> CustomCongestionControl:
        return self

    def _described(self) -> Described:
        from pyfabric.cc.plugin import PluginError, describe

        faults = Faults(type(self).__name__)
        try:
            found = describe(self.algorithm)
        except PluginError as error:
            raise ScenarioError(Fault("CustomCongestionControl.algorithm", str(error))) from error
        _check_names(faults, found, self.parameters)
        faults.raise_all()
        return found


def number(value: Any) -> float:
    """A number, or a quantity in base units; ValueError for what is neither."""
    if is_bool(value) or isinstance(value, Real):
        return float(value)
    for parse in (parse_fraction, parse_time, parse_size, parse_rate):
        try:
            return float(parse(value))
        except ValueError:
            continue
    raise ValueError


def _checked(faults: Faults, name: str, value: Any) -> None:
    try:
        good = math.isfinite(number(value))
    except (ValueError, TypeError, OverflowError):
        good = False
    if not good:
        wanted = "must be a finite number or a quantity such as '40Mbps' or '10us'"
        faults.add(f"parameters.{name}", f"{wanted}, got {shorten(value)}")


def _check_names(faults: Faults, found: Described, given: Mapping[str, Any]) -> None:
    listed = ", ".join(found.defaults) or "none"
    for name in given:
        if name not in found.defaults:
            hint = did_you_mean(name, found.defaults)
            message = f"{found.name!r} has no such parameter{hint} (known: {listed})"
            faults.add(f"parameters.{name}", message)
    for name, default in found.defaults.items():
        if default is None and name not in given:
            faults.add(f"parameters.{name}", f"is missing: {found.name!r} has no default for it")
