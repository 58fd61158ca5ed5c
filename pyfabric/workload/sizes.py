"""Flow-size distributions: published tables, CDF files, fixed sizes.

The tables are the cumulative distributions drawn in the papers, as points (bytes, per cent) between
which sizes are interpolated linearly; the points are those that RDMA simulation studies since HPCC
(SIGCOMM'19) share.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, Final, NoReturn, TypeAlias

from pyfabric.errors import Fault, ScenarioError, did_you_mean, shorten
from pyfabric.spec import Faults, Spec, spec
from pyfabric.units import Quantity, format_size, parse_fraction

#: Largest message: 1 TB.
MAX_SIZE: Final = 10**12

Point: TypeAlias = tuple[int, float | Fraction]

# Web search: Alizadeh et al., "Data Center TCP (DCTCP)", SIGCOMM'10, figure 4. Mean 1,711,250 B.
_WEBSEARCH: Final[tuple[Point, ...]] = (
    *((0, 0), (10_000, 15), (20_000, 20), (30_000, 30), (50_000, 40), (80_000, 53)),
    *((200_000, 60), (1_000_000, 70), (2_000_000, 80), (5_000_000, 90), (10_000_000, 97)),
    (30_000_000, 100),
)
# Hadoop: Roy et al., "Inside the social network's (datacenter) network", SIGCOMM'15, figure 6.
# Mean 120,421 B.
_FB_HADOOP: Final[tuple[Point, ...]] = (
    *((0, 0), (100, 1), (200, 2), (300, 5), (350, 15), (400, 20), (500, 30), (600, 40)),
    *((700, 50), (1_000, 60), (2_000, 67), (7_000, 70), (30_000, 72), (50_000, 82)),
    *((80_000, 87), (120_000, 90), (300_000, 95), (1_000_000, 97.5), (2_000_000, 99)),
    (10_000_000, 100),
)
# Storage: Li et al., "HPCC: High Precision Congestion Control", SIGCOMM'19. Mean 40,870 B.
_ALI_STORAGE: Final[tuple[Point, ...]] = (
    *((0, 0), (4_000, 22.93), (8_000, 69.21), (16_000, 80.61), (32_000, 90.47)),
    *((64_000, 93.53), (128_000, 96.77), (256_000, 97.53), (2_000_000, 100)),
)
_TABLES: Final = {
    "websearch": _WEBSEARCH,
    "fb_hadoop": _FB_HADOOP,
    "ali_storage": _ALI_STORAGE,
}


@spec
class FlowSizes(Spec):
    """A distribution of flow sizes.

    points: (size in bytes, cumulative per cent), both rising, the last at 100. Between two points
        sizes are interpolated linearly. When the first point is above 0 %, that share of the flows
        has exactly its size.
    Drawn sizes are rounded to whole bytes, at least 1.
    """

    points: tuple[Point, ...]

    @classmethod
    def named(cls, name: str) -> FlowSizes:
        """A published table: ``websearch``, ``fb_hadoop`` or ``ali_storage``."""
        faults = Faults("FlowSizes.named")
        faults.choice("name", name, _TABLES)
        faults.raise_all()
        return cls(_TABLES[name])

    @classmethod
    def fixed(cls, size: Quantity) -> FlowSizes:
        """Every flow of one size."""
        faults = Faults("FlowSizes.fixed")
        size_bytes = faults.size("size", size, low=1, high=MAX_SIZE)
        faults.raise_all()
        return cls(((size_bytes or 1, 100),))

    @classmethod
    def from_file(cls, path: str | Path) -> FlowSizes:
        """A CDF file: ``size_in_bytes cumulative_percent`` per line; ``#`` starts a comment.

        Raises ScenarioError naming file, line and what was expected.
        """
        return cls(_read_points(Path(path)))

    def check(self, faults: Faults) -> None:
        given: Any = self.points
        if not isinstance(given, tuple) or not given:
            faults.add("points", f"must list (bytes, per cent) pairs, got {shorten(given)}")
            return
        before: tuple[int, Fraction] | None = None
        for index, point in enumerate(given):
            place = f"points[{index}]"
            if not isinstance(point, tuple) or len(point) != 2:
                faults.add(place, f"must be (bytes, per cent), got {shorten(point)}")
                return
            size = faults.size(place, point[0], high=MAX_SIZE)
            percent = faults.fraction(place, point[1], 0, 100)
            if size is None or percent is None:
                return
            if problem := _order_problem(before, (size, percent)):
                faults.add(place, f"{problem}, got {shorten(point)}")
            before = (size, percent)
        if before is not None and (problem := _end_problem(before)):
            faults.add(f"points[{len(given) - 1}]", problem)

    @property
    def mean_bytes(self) -> Fraction:
        """Mean by linear interpolation, exact, in bytes."""
        size, percent = self.points[0][0], parse_fraction(self.points[0][1])
        total = size * percent
        for next_size, point in self.points[1:]:
            share = parse_fraction(point)
            total += Fraction(size + next_size, 2) * (share - percent)
            size, percent = next_size, share
        return total / 100

    def __repr__(self) -> str:
        return f"FlowSizes({self.points!r})"


def resolve(value: object, faults: Faults, field: str) -> FlowSizes | None:
    """What ``sizes=`` means: FlowSizes, a table's name, a fixed size, or the path of a CDF file."""
    if isinstance(value, FlowSizes):
        return value
    if isinstance(value, Path):
        value = str(value)
    if not isinstance(value, str):
        size = faults.size(field, value, low=1, high=MAX_SIZE)
        return None if size is None else FlowSizes.fixed(size)
    if value in _TABLES:
        return FlowSizes.named(value)
    if value[:1].isdigit() and not Path(value).is_file():
        size = faults.size(field, value, low=1, high=MAX_SIZE)
        return None if size is None else FlowSizes.fixed(size)
    if not Path(value).is_file():
        known = ", ".join(_TABLES)
        wanted = f"a table ({known}), a size such as '64kB', or the path of a CDF file"
        hint = did_you_mean(value, _TABLES)
        faults.add(field, f"must be {wanted}, got {shorten(value)}{hint}; no such file")
        return None
    try:
        return FlowSizes.from_file(value)
    except ScenarioError as error:
        faults.found.extend(error.faults)
        return None


def _order_problem(before: tuple[int, Fraction] | None, now: tuple[int, Fraction]) -> str:
    if before is None:
        return ""
    if now[0] < before[0]:
        return f"sizes must not fall: expected at least {before[0]} B"
    if now[1] < before[1]:
        return f"per cents must not fall: expected at least {float(before[1]):g}"
    return "expected a point that differs from the one before" if now == before else ""


def _end_problem(last: tuple[int, Fraction]) -> str:
    if last[1] != 100:
        hint = " (the file counts to 1: multiply by 100)" if last[1] == 1 else ""
        return f"the last point must be at 100 per cent, got {float(last[1]):g}{hint}"
    return "" if last[0] > 0 else "the last size must be above 0 B, got 0"


def _parse_line(text: str) -> tuple[int, Fraction]:
    words = text.split()
    if len(words) != 2:
        raise ValueError(f"expected 'bytes percent', got {shorten(text)}")
    size = parse_fraction(words[0], what="size")
    percent = parse_fraction(words[1], what="per cent")
    if size.denominator != 1 or not 0 <= size <= MAX_SIZE:
        limit = format_size(MAX_SIZE)
        raise ValueError(f"expected whole bytes from 0 to {limit}, got {shorten(words[0])}")
    if not 0 <= percent <= 100:
        raise ValueError(f"expected per cent from 0 to 100, got {shorten(words[1])}")
    return int(size), percent


def _read_points(path: Path) -> tuple[Point, ...]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError, ValueError) as error:
        _fail(path, None, f"cannot be read: {error}; expected 'bytes percent' per line")
    points: list[tuple[int, Fraction]] = []
    number = 0
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        try:
            point = _parse_line(text)
        except ValueError as error:
            _fail(path, number, str(error))
        if problem := _order_problem(points[-1] if points else None, point):
            _fail(path, number, f"{problem}, got {shorten(text)}")
        points.append(point)
    if not points:
        _fail(path, None, "is empty: expected 'bytes percent' per line, ending at 100")
    if problem := _end_problem(points[-1]):
        _fail(path, number, problem)
    return tuple((size, _plain(percent)) for size, percent in points)


def _plain(percent: Fraction) -> Any:
    """An int where it is one, the float with this shortest text where that is exact."""
    if percent.denominator == 1:
        return int(percent)
    return float(percent) if parse_fraction(float(percent)) == percent else percent


def _fail(path: Path, line: int | None, message: str) -> NoReturn:
    raise ScenarioError(Fault("CDF file", message, file=str(path), line=line))
