"""Open-loop background traffic: Poisson arrivals with sizes from a distribution."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pyfabric.spec import Faults, checked, spec
from pyfabric.units import Quantity, parse_fraction, parse_time
from pyfabric.workload import part as parts
from pyfabric.workload import sizes as size_tables
from pyfabric.workload.part import Endpoints, Source, Workload
from pyfabric.workload.patterns import group
from pyfabric.workload.sizes import FlowSizes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pyfabric.workload.arrays import FlowArrays, WorkloadContext
    from pyfabric.workload.draws import Stream


@spec
class Poisson(Source):
    """Poisson arrivals at every endpoint; made by :func:`poisson`."""

    kind: ClassVar[str] = "poisson"
    spelled: ClassVar[str] = "poisson"

    load: float | str | Fraction
    sizes: Quantity | Path | FlowSizes
    duration: Quantity
    start: Quantity = 0
    endpoints: Endpoints | None = None
    priority: int | None = None
    qp: str = "fresh"
    op: str = "write"
    name: str | None = None

    def check(self, faults: Faults) -> None:
        self.check_common(faults)
        faults.fraction("load", self.load, 0, 1, above=True)
        faults.time("duration", self.duration, low=1)
        if self.endpoints is not None:
            kept = parts.endpoint_list(faults, "endpoints", self.endpoints)
            object.__setattr__(self, "endpoints", kept)
        if isinstance(self.sizes, Path):
            object.__setattr__(self, "sizes", str(self.sizes))
        # A file is read once, here, so that the spec stays what it was.
        object.__setattr__(self, "_sizes", size_tables.resolve(self.sizes, faults, "sizes"))

    @property
    def flow_sizes(self) -> FlowSizes:
        """The distribution that ``sizes`` means."""
        sizes: FlowSizes = self.__dict__["_sizes"]
        return sizes

    @property
    def duration_ps(self) -> int:
        """Length of the arrival process in ps."""
        return parse_time(self.duration)

    def mean_gap_ps(self, rate_bps: int) -> Fraction:
        """Mean time between the arrivals at an endpoint of this rate, in ps, exact."""
        bits = 8 * self.flow_sizes.mean_bytes * 10**12
        return bits / (parse_fraction(self.load) * rate_bps)

    def estimate(self, context: WorkloadContext) -> int:
        import numpy as np

        rates, counts = np.unique(context.endpoint_rate_bps, return_counts=True)
        pairs = list(zip(rates.tolist(), counts.tolist(), strict=True))
        if self.endpoints is not None:
            pairs = [(max(rates.tolist()), len(self.endpoints))]
        expected = Fraction(0)
        for rate, count in pairs:
            expected += count * self.duration_ps / self.mean_gap_ps(rate)
        return math.ceil(expected)

    def generate(self, context: WorkloadContext, stream: Stream) -> FlowArrays:
        import numpy as np

        from pyfabric.workload import draws
        from pyfabric.workload.arrays import columns

        members = np.sort(group(Faults(self.kind), context, self.endpoints))
        host = context.endpoint_host[members]
        first = np.searchsorted(host, host, side="left").tolist()
        past = np.searchsorted(host, host, side="right").tolist()
        starts, src, dst, size = [], [], [], []
        points = tuple(
            (point[0], float(parse_fraction(point[1]))) for point in self.flow_sizes.points
        )
        for index, endpoint in enumerate(members.tolist()):
            gap_ps = float(self.mean_gap_ps(int(context.endpoint_rate_bps[endpoint])))
            times = arrivals(stream, endpoint, gap_ps, self.duration_ps)
            count = len(times)
            others = len(members) - (past[index] - first[index])
            pick = draws.below(stream.words(draws.DESTINATIONS, endpoint, count), others)
            pick += np.where(pick >= first[index], past[index] - first[index], 0)
            starts.append(times)
            src.append(np.full(count, endpoint, dtype=np.int64))
            dst.append(members[pick])
            size.append(stream.words(draws.SIZES, endpoint, count))
        when = np.concatenate(starts)
        order = np.argsort(when, kind="stable")
        return columns(
            len(order),
            src=np.concatenate(src)[order],
            dst=np.concatenate(dst)[order],
            size_bytes=draws.sizes(np.concatenate(size)[order], points),
            start_ps=when[order] + self.start_ps,
            **self.labels,
        )

    def __repr__(self) -> str:
        return parts.call_repr(self)


def arrivals(stream: Stream, lane: int, gap_ps: float, duration_ps: int) -> NDArray[np.int64]:
    """Arrival times in [0, duration); exponential gaps of mean ``gap_ps`` in whole ps."""
    import numpy as np

    from pyfabric.workload import draws

    expected = duration_ps / gap_ps
    count = int(expected + 6.0 * expected**0.5 + 16.0)
    # A gap of the last resort is 37 means long; what lies past the end does not matter.
    longest = float(duration_ps) + 1.0
    while True:
        gaps = draws.exponential(stream.words(draws.GAPS, lane, count)) * gap_ps
        whole = np.rint(np.minimum(gaps, longest)).astype(np.int64)
        # Sums stop growing at the end, so they cannot leave an int64.
        times = np.cumsum(whole) if count * longest < 2.0**62 else _saturating(whole, duration_ps)
        if times[-1] >= duration_ps:
            return times[: int(np.searchsorted(times, duration_ps, side="left"))]
        count *= 2


def _saturating(gaps: NDArray[np.int64], limit_ps: int) -> NDArray[np.int64]:
    import numpy as np

    rough = np.cumsum(gaps.astype(np.float64))
    keep = int(np.searchsorted(rough, 2.0 * limit_ps)) + 1
    return np.cumsum(gaps[:keep])


@checked
def poisson(
    load: float | str | Fraction,
    sizes: Quantity | Path | FlowSizes,
    duration: Quantity,
    start: Quantity = 0,
    endpoints: Endpoints | None = None,
    priority: int | None = None,
    qp: str = "fresh",
    op: str = "write",
    name: str | None = None,
) -> Workload:
    """Poisson arrivals at every endpoint during ``duration``, to uniformly random endpoints of
    other hosts.

    load: payload offered by each endpoint as a share of its port's rate, above 0 to 1; flows arrive
        at load * rate / (8 * mean size).
    sizes: "websearch", "fb_hadoop", "ali_storage", a :class:`FlowSizes`, a fixed size, or the path
        of a CDF file.
    endpoints: who takes part (None: all). Flows are listed by arrival time.
    """
    return Workload((Poisson(load, sizes, duration, start, endpoints, priority, qp, op, name),))
