"""What all parts of a workload share, and their composition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias

from pyfabric.errors import ScenarioError, shorten
from pyfabric.spec import Faults, Spec, arguments, freeze, spec
from pyfabric.units import Quantity, is_bool, parse_size, parse_time
from pyfabric.workload.sizes import MAX_SIZE

if TYPE_CHECKING:
    from pyfabric.workload.arrays import FlowArrays, WorkloadContext
    from pyfabric.workload.draws import Stream

#: An endpoint: its number, ``"host3"`` or ``"host3:gpu1"``.
Endpoint: TypeAlias = int | str
#: Several of them: numbers and names, a range, or a text such as ``"16:48"`` that means one.
Endpoints: TypeAlias = Sequence[Endpoint] | range | str

QPS: Final = ("fresh", "per_pair")
OPS: Final = ("write", "send", "read")
MAX_ENDPOINTS: Final = 2**24


class Part(Spec):
    """One source of traffic. ``name``: what results call it; None: its kind."""

    kind: ClassVar[str]
    name: str | None

    def flow_names(self) -> tuple[str | None, ...]:
        """Names of the workloads it contributes; None: its kind, numbered."""
        return (self.name,)

    def estimate(self, context: WorkloadContext) -> int:
        """How many flows to expect; exact unless they are random."""
        raise NotImplementedError

    def generate(self, context: WorkloadContext, stream: Stream) -> FlowArrays:
        """The flows as columns; ``stream`` gives the random words."""
        raise NotImplementedError

    def __add__(self, other: Part | Workload) -> Workload:
        return as_workload(self) + other


class Source(Part):
    """A part whose flows share their labels; subclasses are specs with these fields and their own.

    start: when it begins (0). priority: class of its data; None: the first lossless one.
    op: "write", "send" or "read" (the source then fetches from the destination).
    qp: "fresh" (one queue pair per flow) or "per_pair" (shared by all flows of a pair).
    """

    start: Any
    priority: int | None
    op: str
    qp: str

    def check_common(self, faults: Faults) -> None:
        """Check the shared fields."""
        faults.time("start", self.start)
        if self.priority is not None:
            faults.integer("priority", self.priority, 0, 7)
        faults.choice("op", self.op, OPS)
        faults.choice("qp", self.qp, QPS)
        check_name(faults, self.name)

    @property
    def start_ps(self) -> int:
        """Start in ps."""
        return parse_time(self.start)

    @property
    def labels(self) -> dict[str, Any]:
        """Shared columns in their numeric form."""
        priority = -1 if self.priority is None else self.priority
        return {
            "priority": priority,
            "op": OPS.index(self.op),
            "per_pair": self.qp == "per_pair",
        }


@spec
class Workload(Spec):
    """Parts of traffic, in order; ``a + b`` composes. Bound to endpoints by :meth:`expand`."""

    parts: tuple[Part, ...]

    def check(self, faults: Faults) -> None:
        given: Any = self.parts
        if not isinstance(given, tuple):
            faults.add("parts", f"must be a tuple of parts, got {shorten(given)}")
            return
        seen: set[str] = set()
        for index, part in enumerate(given):
            if not isinstance(part, Part):
                faults.add(f"parts[{index}]", f"must be a part of a workload, got {shorten(part)}")
                continue
            for name in part.flow_names():
                if name is not None and name in seen:
                    faults.add(
                        f"parts[{index}].name", f"duplicate name {name!r}; names must differ"
                    )
                seen.add(name or "")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the workloads in results: given, or the kind (``incast``, ``incast#1``)."""
        return tuple(name for names in self._names() for name in names)

    def _names(self) -> list[tuple[str, ...]]:
        taken = {name for part in self.parts for name in part.flow_names() if name is not None}
        result = []
        for part in self.parts:
            names = []
            for name in part.flow_names():
                names.append(name if name is not None else _free(part.kind, taken))
                taken.add(names[-1])
            result.append(tuple(names))
        return result

    def estimate(self, context: WorkloadContext) -> int:
        """How many flows to expect, without allocating; exact unless they are random."""
        return sum(part.estimate(context) for part in self.parts)

    def expand(self, context: WorkloadContext) -> FlowArrays:
        """All flows as columns; ScenarioError for unknown endpoints or a flow to itself."""
        from pyfabric.workload.arrays import join
        from pyfabric.workload.draws import Stream

        pieces, offsets, faults = [], [], Faults("workload")
        names = self._names()
        for index, part in enumerate(self.parts):
            try:
                pieces.append(part.generate(context, Stream(context.seed, index)))
                offsets.append(sum(map(len, names[:index])))
            except ScenarioError as error:
                faults.found.extend(error.under(f"workload[{index}].{part.kind}").faults)
        faults.raise_all()
        return join(pieces, self.names, offsets)

    def __add__(self, other: Any) -> Workload:
        if not isinstance(other, Part | Workload):
            return NotImplemented
        return Workload(self.parts + as_workload(other).parts)

    def __repr__(self) -> str:
        if not self.parts:
            return "Workload(parts=())"
        return " + ".join(map(repr, self.parts))


def as_workload(value: Part | Workload) -> Workload:
    """A part alone as a workload."""
    return value if isinstance(value, Workload) else Workload((value,))


def call_repr(part: Part) -> str:
    """The repr of a part that is made by a function named like its kind."""
    return f"{part.kind}({arguments(part.given())})"


def check_name(faults: Faults, name: object) -> None:
    """Check the name of a part."""
    if name is not None and not (isinstance(name, str) and 0 < len(name) <= 200):
        faults.add("name", f"must be a text of 1 to 200 characters, got {shorten(name)}")


def check_size(faults: Faults, field: str, size: object) -> None:
    """A flow's size: 1 B to 1 TB, or None for endless."""
    if size is not None:
        faults.size(field, size, low=1, high=MAX_SIZE)


def size_bytes(size: Quantity | None) -> int:
    """A checked size in bytes, -1: endless."""
    return -1 if size is None else parse_size(size)


def check_endpoint(faults: Faults, field: str, value: object) -> bool:
    """The form of an endpoint; whether it exists shows when the workload is expanded."""
    if isinstance(value, str):
        if value and not value[0].isdigit():
            return True
    elif not is_bool(value) and hasattr(value, "__index__"):
        number = int(value)
        if 0 <= number < MAX_ENDPOINTS:
            return True
        allowed = "allowed: 0 to the number of endpoints - 1"
        faults.add(field, f"no endpoint {shorten(number)} ({allowed})")
        return False
    wanted = "an endpoint's number, 'host3' or 'host3:gpu1'"
    faults.add(field, f"must be {wanted}, got {shorten(value)}")
    return False


def endpoint_list(faults: Faults, field: str, given: Any) -> range | tuple[Endpoint, ...] | None:
    """The form that endpoint lists are kept in; reports what is wrong with them."""
    value: object = given
    if isinstance(value, str):
        value = _slice(faults, field, value)
    elif not isinstance(value, range) and isinstance(value, Iterable):
        value = freeze(tuple(given.tolist() if hasattr(given, "tolist") else given))
    if value is None:
        return None
    if not isinstance(value, range | tuple):
        faults.add(field, f"must list endpoints, got {shorten(value)}")
        return None
    try:
        count = len(value)
    except OverflowError:
        count = 2**63
    if not 1 <= count <= MAX_ENDPOINTS:
        got = "more" if count == 2**63 else count
        faults.add(field, f"must list 1 to {MAX_ENDPOINTS} endpoints, got {got}")
        return None
    if isinstance(value, range) and value.step < 0:
        value = tuple(value)  # "5:0:-2" is no text for endpoints
    ends = (value[0], value[-1]) if isinstance(value, range) else value
    found = [check_endpoint(faults, f"{field}[{i}]", item) for i, item in enumerate(ends)]
    good = all(found)
    if good and not isinstance(value, range) and len(set(value)) != len(value):
        twice = next(item for i, item in enumerate(value) if item in value[:i])
        faults.add(field, f"lists {shorten(twice)} twice; endpoints must differ")
    return value


def _slice(faults: Faults, field: str, text: str) -> range | None:
    numbers = text.split(":")
    if 2 <= len(numbers) <= 3 and all(n.strip().isdecimal() and len(n) < 12 for n in numbers):
        bounds = [int(number) for number in numbers]
        if len(bounds) == 2 or bounds[2] > 0:
            return range(*bounds)
    faults.add(field, f"must be endpoints such as '16:48' or a list, got {shorten(text)}")
    return None


def _free(kind: str, taken: set[str]) -> str:
    name, number = kind, 0
    while name in taken:
        number += 1
        name = f"{kind}#{number}"
    return name
