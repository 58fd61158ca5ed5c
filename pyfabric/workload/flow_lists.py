"""Flows one by one, and lists of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Final

from pyfabric.errors import shorten
from pyfabric.spec import Faults, spec
from pyfabric.units import Quantity, parse_size
from pyfabric.workload import part as parts
from pyfabric.workload.part import Endpoint, Part, Source

if TYPE_CHECKING:
    from pyfabric.workload.arrays import FlowArrays, WorkloadContext
    from pyfabric.workload.draws import Stream


ENDS: Final = ("src", "dst")


@spec
class Flow(Source):
    """One message from ``src`` to ``dst`` of ``size`` (1 B to 1 TB; None: until the run ends).

    src, dst: endpoint numbers, or names such as ``"host3"`` and ``"host3:gpu1"``; the other fields
        as in :class:`Source`.
    """

    kind: ClassVar[str] = "flow"

    src: Endpoint
    dst: Endpoint
    size: Quantity | None
    start: Quantity = 0
    priority: int | None = None
    qp: str = "fresh"
    op: str = "write"
    name: str | None = None

    def check(self, faults: Faults) -> None:
        self.check_common(faults)
        good = [parts.check_endpoint(faults, field, getattr(self, field)) for field in ENDS]
        if all(good) and self.src == self.dst:
            faults.add("dst", f"is the source itself ({shorten(self.src)}); it must be another")
        parts.check_size(faults, "size", self.size)

    def estimate(self, context: WorkloadContext) -> int:
        return 1

    def generate(self, context: WorkloadContext, stream: Stream) -> FlowArrays:
        return _generate((self,), Faults("flow"), context, lambda row, field: field)


@spec
class FlowList(Part):
    """Flows in a given order; made by :func:`flows`. Named ones are workloads of their own."""

    kind: ClassVar[str] = "flows"
    spelled: ClassVar[str] = "flows"

    items: tuple[Flow, ...]
    name: str | None = None

    def check(self, faults: Faults) -> None:
        parts.check_name(faults, self.name)
        given: Any = self.items
        if not isinstance(given, tuple) or not given:
            faults.add("items", f"must list at least one Flow, got {shorten(given)}")
            return
        for index, item in enumerate(given):
            if not isinstance(item, Flow):
                faults.add(f"[{index}]", f"must be a Flow, got {shorten(item)}")
        if not faults.found:
            named = [item.name for item in self.items if item.name is not None]
            for name in sorted({name for name in named if named.count(name) > 1}):
                faults.add("name", f"duplicate name {name!r}; names must differ")

    def flow_names(self) -> tuple[str | None, ...]:
        named = tuple(item.name for item in self.items if item.name is not None)
        return named if len(named) == len(self.items) else (self.name, *named)

    def estimate(self, context: WorkloadContext) -> int:
        return len(self.items)

    def generate(self, context: WorkloadContext, stream: Stream) -> FlowArrays:
        return _generate(
            self.items, Faults("flows"), context, lambda row, field: f"[{row}].{field}", self
        )

    def __repr__(self) -> str:
        name = "" if self.name is None else f", name={self.name!r}"
        return f"flows([{', '.join(map(repr, self.items))}]{name})"


def resolve(
    faults: Faults,
    context: WorkloadContext,
    references: Iterable[Endpoint],
    field: str,
    place: Callable[[int, str], str],
) -> list[int]:
    """Endpoint numbers; reports up to 20 that do not exist."""
    known: dict[Endpoint, int] = {}
    for row, reference in enumerate(references):
        if reference in known:
            continue
        try:
            known[reference] = context.resolve(reference)
        except ValueError as error:
            known[reference] = -1
            faults.add(place(row, field), str(error))
            if len(faults.found) >= 20:
                break
    return [known.get(reference, -1) for reference in references]


def check_self(
    faults: Faults, src: list[int], dst: list[int], place: Callable[[int, str], str]
) -> None:
    for row, (a, b) in enumerate(zip(src, dst, strict=True)):
        if a == b >= 0:
            faults.add(place(row, "dst"), f"is the source itself (endpoint {a}); name another")
            return


def _generate(
    items: tuple[Flow, ...],
    faults: Faults,
    context: WorkloadContext,
    place: Callable[[int, str], str],
    owner: FlowList | None = None,
) -> FlowArrays:
    """Columns of single flows; unnamed ones belong to workload 0 of their part."""
    from pyfabric.workload.arrays import columns

    src = resolve(faults, context, [item.src for item in items], "src", place)
    dst = resolve(faults, context, [item.dst for item in items], "dst", place)
    check_self(faults, src, dst, place)
    faults.raise_all()
    names = owner.flow_names() if owner else (items[0].name,)
    number = {name: index for index, name in enumerate(names)}
    labels = [item.labels for item in items]
    return columns(
        len(items),
        src=src,
        dst=dst,
        size_bytes=[-1 if item.size is None else parse_size(item.size) for item in items],
        start_ps=[item.start_ps for item in items],
        workload=[number.get(item.name, 0) for item in items],
        **{key: [label[key] for label in labels] for key in labels[0]},
    )
