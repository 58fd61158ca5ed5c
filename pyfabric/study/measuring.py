"""What of a run is measured: flows by their start, bins by size."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pyfabric.analysis.completion import SIZE_EDGES
from pyfabric.errors import shorten, unknown
from pyfabric.spec import Faults
from pyfabric.units import format_size, format_time, parse_size
from pyfabric.workload import FlowSizes

if TYPE_CHECKING:
    from pyfabric.results import Result, Table
    from pyfabric.scenario import Scenario

#: Published distributions whose points are edges of bins.
PUBLISHED: Final = ("websearch", "fb_hadoop", "ali_storage")
#: All names of ``size_bins``.
SIZE_BINS: Final = ("decades", "quantiles", *PUBLISHED)
#: Bins of ``"quantiles"``.
QUANTILE_BINS: Final = 10
MAX_EDGES: Final = 1000


@dataclass(frozen=True)
class Measure:
    """Flows with ``warm_up_ps <= start < until_ps`` (None: no limit) count, in bins of ``edges``.

    edges: upper edges in bytes, inclusive, rising; the last bin is open.
    """

    warm_up_ps: int = 0
    until_ps: int | None = None
    edges: tuple[int, ...] = SIZE_EDGES

    @property
    def everything(self) -> bool:
        """Whether no flow is left out."""
        return not self.warm_up_ps and self.until_ps is None

    def flows(self, result: Result) -> Table:
        """The rows of ``result.flows`` that count."""
        flows = result.flows
        if self.everything:
            return flows
        start = flows["start_ps"]
        end = np.iinfo(np.int64).max if self.until_ps is None else self.until_ps
        return flows.take((start >= self.warm_up_ps) & (start < end))

    def __str__(self) -> str:
        """``"flows that start from 1ms on"``, ``""`` when all count."""
        if self.everything:
            return ""
        begin = f"from {format_time(self.warm_up_ps)} on" if self.warm_up_ps else ""
        end = "" if self.until_ps is None else f"before {format_time(self.until_ps)}"
        return f"flows that start {' and '.join(filter(None, (begin, end)))}"

    def bin_name(self, index: int) -> str:
        """``"to_10kB"``, and ``"above_10MB"`` for the open bin."""
        if index < len(self.edges):
            return f"to_{format_size(self.edges[index])}"
        return f"above_{format_size(self.edges[-1])}"


def measure(
    warm_up: object, measure_until: object, size_bins: object, scenario: Scenario | None
) -> Measure:
    """The checked measure; ScenarioError with all faults. ``scenario`` is what quantiles are of."""
    faults = Faults("compare")
    begin = 0 if warm_up is None else faults.time("warm_up", warm_up)
    end = None
    if measure_until is not None:
        end = faults.time("measure_until", measure_until, low=1)
    if begin is not None and end is not None and end <= begin:
        faults.add("measure_until", f"must be later than warm_up, {warm_up!r}")
    if scenario is not None and begin and 0 < scenario.until_ps <= begin:
        faults.add("warm_up", f"leaves nothing of a run that ends at {scenario.until}")
    edges = _edges(faults, size_bins, scenario)
    faults.raise_all()
    return Measure(begin or 0, end, edges)


def _edges(faults: Faults, given: Any, scenario: Scenario | None) -> tuple[int, ...]:
    if isinstance(given, str):
        if given in PUBLISHED:
            points = FlowSizes.named(given).points
            return tuple(size for size, _ in points[:-1] if size > 0)
        if given == "quantiles":
            return SIZE_EDGES if scenario is None or faults.found else _quantiles(scenario)
        if given != "decades":
            faults.add("size_bins", unknown("set of bins", given, SIZE_BINS))
        return SIZE_EDGES
    if not isinstance(given, Iterable):
        names = ", ".join(SIZE_BINS)
        faults.add("size_bins", f"must be one of {names}, or list sizes, got {shorten(given)}")
        return SIZE_EDGES
    listed = list(given)
    if not 0 < len(listed) <= MAX_EDGES:
        faults.add("size_bins", f"must list 1 to {MAX_EDGES} sizes, got {len(listed)}")
        return SIZE_EDGES
    for index, size in enumerate(listed):
        faults.size(f"size_bins[{index}]", size, low=1)
    if faults.found:
        return SIZE_EDGES
    edges = tuple(parse_size(size) for size in listed)
    if any(two <= one for one, two in itertools.pairwise(edges)):
        faults.add("size_bins", f"must rise, got {shorten(given)}")
    return edges


def _quantiles(scenario: Scenario) -> tuple[int, ...]:
    """Sizes that part the flows of ``scenario`` into bins of about equally many."""
    from pyfabric.compile import compile_scenario

    sizes = compile_scenario(scenario).columns["flow_size_bytes"]
    sizes = sizes[sizes > 0]
    if not len(sizes):
        return SIZE_EDGES
    shares = [100 * part / QUANTILE_BINS for part in range(1, QUANTILE_BINS)]
    edges = np.unique(np.percentile(sizes, shares, method="inverted_cdf")).tolist()
    return tuple(int(edge) for edge in edges)
