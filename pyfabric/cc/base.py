"""What every congestion control offers to the compiler: its native algorithm and parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, TypeVar

from pyfabric.errors import Fault, ScenarioError
from pyfabric.spec import Faults, Spec
from pyfabric.units import format_rate, parse_rate, parse_size

if TYPE_CHECKING:
    from pyfabric.cc.plugin import Plugin
    from pyfabric.cc.receiver_credits import Credits

WINDOWS: Final = ("bdp", "max_bdp")


Control = TypeVar("Control", bound="CongestionControl")


class CongestionControl(Spec):
    """Base of the congestion controls: frozen parameters of one native algorithm.

    ``name`` is its name on the command line and in files, ``native`` its index in the native
    registry. ``window`` is None (no limit), "bdp" (bandwidth times base round trip of the pair),
    "max_bdp" (of the farthest pair), or bytes.
    """

    name: ClassVar[str]
    native: ClassVar[int]

    @property
    def window(self) -> Any:
        """Limit on bytes in flight handed to the algorithm at its start: None."""
        return None

    @property
    def title(self) -> str:
        """What tables and messages call it."""
        return self.name

    def plugins(self) -> tuple[Plugin, ...]:
        """What a plan has to name because it is no part of the package: nothing."""
        return ()

    def plain(self) -> dict[str, Any]:
        """The parameters for a file; ScenarioError when they cannot stand in one."""
        return self.given()

    @property
    def telemetry_hops(self) -> int:
        """Most switches on a path whose in-band telemetry it can use; 0: packets carry none."""
        return 0

    @property
    def credits(self) -> Credits | None:
        """What receivers grant; None: senders need no grant."""
        return None

    def for_network(self, longest_rtt_ps: Callable[[], int]) -> Self:
        """The same with what depends on the network put in.

        ``longest_rtt_ps()`` is the longest base round trip between any two hosts, in ps.
        """
        return self

    def parameters_for(self, rate_bps: int) -> list[float]:
        """The parameters at a port of this line rate, in the order of the native struct."""
        raise NotImplementedError


def resolved_window(faults: Faults, value: Any) -> Any:
    """The form windows are kept in: None, a word, or an int of bytes."""
    if value is None or (isinstance(value, str) and value in WINDOWS):
        return value
    if isinstance(value, str) and value.isidentifier():
        faults.choice("window", value, WINDOWS)
        return None
    if faults.size("window", value, low=1) is None:
        return None
    return parse_size(value)


def from_preset(
    cls: type[Control],
    presets: Mapping[str, Mapping[str, Any]],
    name: str,
    changes: Mapping[str, Any],
) -> Control:
    """One of the published sets of a class, with some parameters changed."""
    faults = Faults(f"{cls.__name__}.preset")
    faults.choice("name", name, presets)
    faults.raise_all()
    return cls(**{**presets[name], **changes})


def scaled_rate(rate: Any, rates_at: Any, rate_bps: int) -> float:
    """``rate`` in bit/s at a port of ``rate_bps``; in proportion, if meant for ``rates_at``."""
    scale = Fraction(1) if rates_at is None else Fraction(rate_bps, parse_rate(rates_at))
    return float(parse_rate(rate) * scale)


def below_line_rate(path: str, rate: Any, rate_bps: int) -> float:
    """``rate`` in bit/s; ScenarioError naming ``path`` when it is above the line rate."""
    found = parse_rate(rate)
    if found > rate_bps:
        message = f"{rate!r} is above the line rate (allowed: 1Mbps to {format_rate(rate_bps)})"
        raise ScenarioError(Fault(path, message))
    return float(found)
