"""From CC_MODE and its keys to a congestion control."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from pyfabric.cc import (
    DCQCN,
    DCTCP,
    HPCC,
    TIMELY,
    CongestionControl,
    NoCongestionControl,
    StaticWindow,
)
from pyfabric.errors import ScenarioError
from pyfabric.io.ns3.config import Config
from pyfabric.io.ns3.topology import NetworkFile
from pyfabric.units import format_rate, parse_rate

#: Congestion controls of that simulator by CC_MODE.
MODES: Final = {1: "DCQCN", 3: "HPCC", 7: "TIMELY", 8: "DCTCP", 10: "HPCC-PINT"}
#: Those that run here: under any model, or only under that simulator's own rules.
ALWAYS: Final = (1, 7, 8)
UNDER_NS3: Final = (1, 3, 7, 8)
#: Those that put the time of sending into data packets, and those that act on marks alone.
STAMPED: Final = (7,)
BY_MARKS: Final = (1, 8)
#: Parameter -> key.
_DCQCN_KEYS: Final = {
    "alpha_timer": "ALPHA_RESUME_INTERVAL",
    "decrease_interval": "RATE_DECREASE_INTERVAL",
    "increase_timer": "RP_TIMER",
    "g": "EWMA_GAIN",
    "fast_recovery": "FAST_RECOVERY_TIMES",
    "rate_ai": "RATE_AI",
    "rate_hai": "RATE_HAI",
    "min_rate": "MIN_RATE",
}
_HPCC_KEYS: Final = {
    "eta": "U_TARGET",
    "max_stage": "MI_THRESH",
    "rate_ai": "RATE_AI",
    "min_rate": "MIN_RATE",
    "int_quantization": "INT_MULTI",
    "multi_rate": "MULTI_RATE",
    "fast_react": "FAST_REACT",
}
_TIMELY_KEYS: Final = {"rate_ai": "RATE_AI", "rate_hai": "RATE_HAI", "min_rate": "MIN_RATE"}
_DCTCP_KEYS: Final = {"g": "EWMA_GAIN", "rate_ai": "DCTCP_RATE_AI", "min_rate": "MIN_RATE"}


@dataclass(frozen=True)
class Window:
    """The window that HAS_WIN and GLOBAL_T ask for, in bytes or as a word; None: no window."""

    value: int | str | None
    variable: bool


def check_mode(config: Config, *, ns3: bool) -> int:
    """CC_MODE; records a fault unless it names a congestion control that runs here."""
    mode = config.whole("CC_MODE", "a number", 0, 10**6)
    supported = UNDER_NS3 if ns3 else ALWAYS
    if mode is None or mode in supported:
        return mode or 1
    what = MODES.get(mode)
    named = f"{mode} is {what}" if what else f"{mode} is no congestion control of that simulator"
    known = ", ".join(f"{number} {name}" for number, name in MODES.items())
    here = ", ".join(f"{number} {MODES[number]}" for number in supported)
    also = "" if ns3 or mode not in UNDER_NS3 else "; model 'ns3' (--model ns3) runs it"
    config.add("CC_MODE", f"{named}; supported here: {here} (there are: {known}){also}")
    return 1


def congestion_control(config: Config, mode: int, window: Window) -> CongestionControl:
    """The congestion control of ``mode`` with the file's parameters."""
    if mode in BY_MARKS and not config.flag("ENABLE_QCN", True):
        # Nothing is marked, so only the window is left.
        if window.value is None:
            return NoCongestionControl()
        return StaticWindow(window=window.value)
    made = {1: _dcqcn, 3: _hpcc, 7: _timely, 8: _dctcp}
    return made[mode](config, window)


def _dcqcn(config: Config, window: Window) -> CongestionControl:
    given: dict[str, Any] = {
        name: _microseconds(config, _DCQCN_KEYS[name])
        for name in ("alpha_timer", "decrease_interval", "increase_timer")
    }
    given["g"] = _gain(config)
    given["fast_recovery"] = config.whole("FAST_RECOVERY_TIMES", "a number of steps", 0, 1000)
    given |= _rates(config, _DCQCN_KEYS, "rate_ai", "rate_hai", "min_rate")
    clamp = config.flag("CLAMP_TARGET_RATE", False)
    known = {name: value for name, value in given.items() if value is not None}
    return _made(
        config,
        _DCQCN_KEYS,
        lambda: DCQCN(
            firmware=True,
            byte_counter=None,
            clamp_target=clamp,
            window=window.value,
            variable_window=window.variable,
            **{"decrease_interval": "4us", **known},
        ),
    )


def _hpcc(config: Config, window: Window) -> CongestionControl:
    target = config.number("U_TARGET", "the wished utilisation", 0, 1)
    given: dict[str, Any] = {
        "eta": None if target is None else str(target),
        "max_stage": config.whole("MI_THRESH", "a number of steps", 0, 1000),
        "int_quantization": config.whole("INT_MULTI", "the unit of telemetry", 1, 1024),
    }
    given |= _rates(config, _HPCC_KEYS, "rate_ai", "min_rate")
    given["multi_rate"] = config.flag("MULTI_RATE", True)
    given["fast_react"] = config.flag("FAST_REACT", True)
    if config.flag("SAMPLE_FEEDBACK", False):
        config.add("SAMPLE_FEEDBACK", "1 is not supported; expected 0")
    for key, default in (("HAS_WIN", True), ("VAR_WIN", False)):
        if not config.flag(key, default):
            wanted = "HPCC here has a window in proportion to its rate; expected 1"
            config.add(key, f"0 is not supported under CC_MODE 3: {wanted}")
    known = {name: value for name, value in given.items() if value is not None}
    return _made(config, _HPCC_KEYS, lambda: HPCC(window_ai=None, window=window.value, **known))


def _timely(config: Config, window: Window) -> CongestionControl:
    """The times and gains are fixed there: those of the preset."""
    given = _rates(config, _TIMELY_KEYS, *_TIMELY_KEYS)
    known = {name: value for name, value in given.items() if value is not None}
    return _made(
        config,
        _TIMELY_KEYS,
        lambda: TIMELY.preset(
            "hpcc",
            rates_at=None,
            window=window.value,
            variable_window=window.variable,
            **known,
        ),
    )


def _dctcp(config: Config, window: Window) -> CongestionControl:
    given = {"g": _gain(config), **_rates(config, _DCTCP_KEYS, "rate_ai", "min_rate")}
    if window.value is not None and not window.variable:
        wanted = "a window of DCTCP here is in proportion to its rate; expected 1 (or HAS_WIN 0)"
        config.add("VAR_WIN", f"0 is not supported under CC_MODE 8: {wanted}")
    known = {name: value for name, value in given.items() if value is not None}
    return _made(
        config,
        _DCTCP_KEYS,
        lambda: DCTCP.preset("hpcc", first_ack_updates=False, window=window.value, **known),
    )


def _gain(config: Config) -> str | None:
    gain = config.number("EWMA_GAIN", "the gain g of alpha", 0, 1)
    return None if gain is None else str(gain)


def _rates(config: Config, keys: dict[str, str], *names: str) -> dict[str, Any]:
    """Those of the parameters ``names`` as text; None where the key has its fault."""
    return {name: config.rate(keys[name], "a rate such as 50Mb/s") for name in names}


def _made(
    config: Config, keys: dict[str, str], make: Callable[[], CongestionControl]
) -> CongestionControl:
    """What ``make`` gives; its faults become those of the keys."""
    try:
        return make()
    except ScenarioError as error:
        for fault in error.faults:
            name = fault.path.partition(".")[2]
            config.add(keys.get(name, name), fault.message)
        return NoCongestionControl()


def _microseconds(config: Config, key: str) -> str | None:
    value = config.number(key, "microseconds", Decimal("0.001"), 1_000_000)
    return None if value is None else f"{value:f}us"


def check_min_rate(config: Config, control: CongestionControl, network: NetworkFile) -> None:
    """Record a fault when MIN_RATE is above the line rate of a host."""
    if not isinstance(control, DCQCN | HPCC | TIMELY | DCTCP) or control.min_rate is None:
        return
    hosts = network.endpoint_of
    rates = [link.rate_bps for link in network.links if link.a in hosts or link.b in hosts]
    slowest = min(rates, default=0)
    if rates and parse_rate(control.min_rate) > slowest:
        config.add(
            "MIN_RATE",
            f"{control.min_rate} is above the slowest link of a host, {format_rate(slowest)}",
        )
