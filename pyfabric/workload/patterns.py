"""Collective patterns of one message per pair: incast, permutation, all to all.

Flows between endpoints of one host do not cross the fabric, so patterns never make them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pyfabric.errors import ScenarioError, shorten
from pyfabric.spec import Faults, checked, spec
from pyfabric.units import Quantity
from pyfabric.workload import part as parts
from pyfabric.workload.part import Endpoint, Endpoints, Source, Workload

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pyfabric.workload.arrays import FlowArrays, WorkloadContext
    from pyfabric.workload.draws import Stream

    Ints = NDArray[np.int64]


@spec
class Incast(Source):
    """Many senders to one receiver; made by :func:`incast`."""

    kind: ClassVar[str] = "incast"
    spelled: ClassVar[str] = "incast"

    receiver: Endpoint
    size: Quantity | None
    senders: Endpoints | None = None
    start: Quantity = 0
    priority: int | None = None
    qp: str = "fresh"
    op: str = "write"
    name: str | None = None

    def check(self, faults: Faults) -> None:
        self.check_common(faults)
        parts.check_endpoint(faults, "receiver", self.receiver)
        parts.check_size(faults, "size", self.size)
        if self.senders is not None:
            senders = parts.endpoint_list(faults, "senders", self.senders)
            if senders is not None and self.receiver in senders:
                faults.add("senders", f"contain the receiver ({shorten(self.receiver)})")
            object.__setattr__(self, "senders", senders)

    def estimate(self, context: WorkloadContext) -> int:
        return len(self.senders) if self.senders is not None else context.endpoints - 1

    def generate(self, context: WorkloadContext, stream: Stream) -> FlowArrays:
        import numpy as np

        from pyfabric.workload.arrays import columns

        faults = Faults(self.kind)
        receiver = resolve_all(faults, context, "receiver", (self.receiver,))
        faults.raise_all()
        if self.senders is None:
            host = context.endpoint_host
            senders = np.flatnonzero(host != host[receiver[0]])
        else:
            senders = resolve_all(faults, context, "senders", self.senders)
            faults.raise_all()
            if receiver[0] in senders:
                faults.add("senders", f"contain the receiver ({shorten(self.receiver)})")
        if not len(senders):
            faults.add("senders", "none: no endpoint is on another host (allowed: at least 1)")
        faults.raise_all()
        size, start = parts.size_bytes(self.size), self.start_ps
        src, dst = (receiver[0], senders) if self.op == "read" else (senders, receiver[0])
        return columns(
            len(senders), src=src, dst=dst, size_bytes=size, start_ps=start, **self.labels
        )

    def __repr__(self) -> str:
        return parts.call_repr(self)


@spec
class _Group(Source):
    """Patterns among a group of endpoints."""

    size: Quantity | None
    endpoints: Endpoints | None = None
    start: Quantity = 0
    priority: int | None = None
    qp: str = "fresh"
    op: str = "write"
    name: str | None = None

    def check(self, faults: Faults) -> None:
        self.check_common(faults)
        parts.check_size(faults, "size", self.size)
        if self.endpoints is not None:
            kept = parts.endpoint_list(faults, "endpoints", self.endpoints)
            object.__setattr__(self, "endpoints", kept)

    def _columns(self, src: Ints, dst: Ints) -> FlowArrays:
        from pyfabric.workload.arrays import columns

        size = parts.size_bytes(self.size)
        return columns(
            len(src), src=src, dst=dst, size_bytes=size, start_ps=self.start_ps, **self.labels
        )

    def __repr__(self) -> str:
        return parts.call_repr(self)


@spec
class Permutation(_Group):
    """Every endpoint to a different other one; made by :func:`permutation`."""

    kind: ClassVar[str] = "permutation"
    spelled: ClassVar[str] = "permutation"

    def estimate(self, context: WorkloadContext) -> int:
        return context.endpoints if self.endpoints is None else len(self.endpoints)

    def generate(self, context: WorkloadContext, stream: Stream) -> FlowArrays:
        import numpy as np

        from pyfabric.workload import draws

        src = group(Faults(self.kind), context, self.endpoints)
        host = context.endpoint_host[src]
        largest = int(np.bincount(host).max())
        if 2 * largest > len(src):
            faults = Faults(self.kind)
            faults.add(
                "endpoints",
                f"{largest} of {len(src)} are on one host; a permutation between hosts "
                "needs at most half of them on any host",
            )
            faults.raise_all()
        order = np.argsort(stream.words(draws.ORDER, 0, len(src)), kind="stable")
        # Swap away pairs within a host: at most 2 * largest - 1 < n partners do not help, so one is
        # always found.
        clashes = np.flatnonzero(host == host[order])
        starts = draws.below(stream.words(draws.REPAIR, 0, len(src)), len(src))
        for index in clashes.tolist():
            if host[index] != host[order[index]]:
                continue
            partners = (int(starts[index]) + np.arange(len(src))) % len(src)
            helps = (host[partners] != host[index]) & (host[order[partners]] != host[index])
            partner = int(partners[np.argmax(helps)])
            order[[index, partner]] = order[[partner, index]]
        return self._columns(src, src[order])


@spec
class AllToAll(_Group):
    """Every endpoint to every other one; made by :func:`all_to_all`."""

    kind: ClassVar[str] = "all_to_all"
    spelled: ClassVar[str] = "all_to_all"

    def estimate(self, context: WorkloadContext) -> int:
        members = context.endpoints if self.endpoints is None else len(self.endpoints)
        return members * (members - 1)

    def generate(self, context: WorkloadContext, stream: Stream) -> FlowArrays:
        import numpy as np

        members = group(Faults(self.kind), context, self.endpoints)
        count = len(members)
        # Row by row (i, i + 1), (i, i + 2) ...: no destination is everybody's first.
        index = np.repeat(np.arange(count), count - 1)
        step = np.tile(np.arange(1, count), count)
        src, dst = members[index], members[(index + step) % count]
        apart = context.endpoint_host[src] != context.endpoint_host[dst]
        return self._columns(src[apart], dst[apart])


def resolve_all(
    faults: Faults, context: WorkloadContext, field: str, references: Any
) -> NDArray[np.int64]:
    """Endpoint numbers of references that must differ; reports up to 20 faults."""
    import numpy as np

    found = []
    if isinstance(references, range) and references and references[-1] >= context.endpoints:
        step = f":{references.step}" if references.step != 1 else ""
        text = f"{references.start}:{references.stop}{step}"
        faults.add(field, f"'{text}' goes beyond endpoint {context.endpoints - 1}, the last one")
        return np.empty(0, dtype=np.int64)
    for index, reference in enumerate(references):
        try:
            found.append(context.resolve(reference))
        except ValueError as error:
            place = field if field == "receiver" else f"{field}[{index}]"
            faults.add(place, str(error))
            if len(faults.found) >= 20:
                break
    if not faults.found and len(set(found)) != len(found):
        twice = next(number for i, number in enumerate(found) if number in found[:i])
        faults.add(field, f"endpoint {twice} is named twice; endpoints must differ")
    return np.array(found, dtype=np.int64)


def group(faults: Faults, context: WorkloadContext, endpoints: Any) -> NDArray[np.int64]:
    """The members of a pattern: those named, or all; on at least two hosts."""
    import numpy as np

    if endpoints is None:
        members = np.arange(context.endpoints, dtype=np.int64)
    else:
        members = resolve_all(faults, context, "endpoints", endpoints)
    faults.raise_all()
    if len(np.unique(context.endpoint_host[members])) < 2:
        faults.add("endpoints", f"must be on at least 2 hosts, got {len(members)} on one")
        raise ScenarioError(faults.found)
    return members


@checked
def incast(
    receiver: Endpoint,
    senders: Endpoints | None = None,
    *,
    size: Quantity | None,
    start: Quantity = 0,
    priority: int | None = None,
    qp: str = "fresh",
    op: str = "write",
    name: str | None = None,
) -> Workload:
    """``senders`` (None: all endpoints of other hosts) each send ``size`` to ``receiver`` at
    ``start``.

    size None: until the run ends. With ``op="read"`` the receiver fetches from the senders.
    """
    return Workload((Incast(receiver, size, senders, start, priority, qp, op, name),))


@checked
def permutation(
    size: Quantity | None,
    endpoints: Endpoints | None = None,
    start: Quantity = 0,
    priority: int | None = None,
    qp: str = "fresh",
    op: str = "write",
    name: str | None = None,
) -> Workload:
    """Every endpoint (None: all) sends ``size`` to one on another host; each receives one flow."""
    return Workload((Permutation(size, endpoints, start, priority, qp, op, name),))


@checked
def all_to_all(
    size: Quantity | None,
    endpoints: Endpoints | None = None,
    start: Quantity = 0,
    priority: int | None = None,
    qp: str = "fresh",
    op: str = "write",
    name: str | None = None,
) -> Workload:
    """Every endpoint (None: all) sends ``size`` to every one on other hosts."""
    return Workload((AllToAll(size, endpoints, start, priority, qp, op, name),))
