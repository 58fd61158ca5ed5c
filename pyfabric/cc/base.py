"""What every congestion control offers to the compiler: its native algorithm and parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from pyfabric.spec import Faults, Spec
from pyfabric.units import parse_size

if TYPE_CHECKING:
    from pyfabric.cc.plugin import Plugin

WINDOWS: Final = ("bdp", "max_bdp")


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
