"""The delay value of IEEE 802.1Qbb (802.1Q annex N), term by term."""

from __future__ import annotations

from pyfabric.sizing import delay_value
from pyfabric.sizing.delay_value import TimedFrame, wire_ps
from pyfabric.sizing.request import Request, is_standard
from pyfabric.sizing.result import Headroom, Term
from pyfabric.sizing.standards import GAP_BYTES, INTERFACE_BITS, PFC_BYTES

_MODEL = "this model"
_GIVEN = "given"
_ANNEX = "802.1Q annex N"

Step = tuple[str, int, str]


def dot1qbb(request: Request) -> Headroom:
    """Headroom by the delay value, cells, and the bytes that bridge a resume."""
    rate, largest = request.rate_bps, request.lossless_bytes
    steps = _steps(request)
    frame = (largest, wire_ps(largest, GAP_BYTES, rate))
    window_ps = sum(time_ps for _, time_ps, _ in steps)
    terms = (
        Term("frame that crossed XOFF", largest, None, _MODEL),
        *_shares(steps, frame),
        Term("last frame of the peer", largest, None, _ANNEX),
    )
    first = ("first frame after it", frame[1], "store and forward")
    drained = (largest, wire_ps(largest, GAP_BYTES, request.drain_bps))
    return Headroom(
        model=request.kind,
        rate_bps=rate,
        cable_mm=request.cable_mm,
        delay_ps=request.delay_ps,
        reaction_ps=request.reaction_ps,
        mtu_bytes=request.mtu_bytes,
        lossless_mtu_bytes=largest,
        terms=terms,
        resume_terms=_shares([*steps, first], drained),
        drain_bps=request.drain_bps,
        cell_size_bytes=request.cell_bytes,
        cells=_cells(request, window_ps),
        classes=request.classes,
        ports=request.ports,
        notes=_notes(request),
    )


def _steps(request: Request) -> list[Step]:
    """(name, ps, source) of everything that the peer sends through, in order of time."""
    rate, delay_ps = request.rate_bps, request.delay_ps
    waits = delay_value.Waits(
        reverse_ps=wire_ps(request.mtu_bytes, GAP_BYTES, rate),
        pfc_ps=wire_ps(PFC_BYTES, GAP_BYTES, rate),
        interface_ps=request.interface_ps,
        out_ps=delay_ps,
        reaction_ps=request.reaction_ps,
        back_ps=delay_ps,
        latency_ps=request.latency_ps,
    )
    bound = "802.3" if rate in INTERFACE_BITS else "<= 802.3 31B.3.7"
    said = (
        ("frame on the reverse wire", _ANNEX),
        ("PFC frame", "802.3 31D"),
        ("own MAC and PHY", bound if is_standard(request.interface) else _GIVEN),
        ("cable, PFC frame", _ANNEX),
        (
            "reaction of the peer",
            "802.3 31B.3.7" if is_standard(request.reaction) else _GIVEN,
        ),
        ("cable, data", _ANNEX),
        ("own pipeline", _GIVEN),
    )
    steps = zip(said, waits, strict=True)
    return [(name, time_ps, source) for (name, source), time_ps in steps if time_ps]


def _shares(steps: list[Step], frame: TimedFrame) -> tuple[Term, ...]:
    """Terms that sum to what the whole time brings, rounded up once."""
    terms, elapsed_ps, before = [], 0, 0
    for name, time_ps, source in steps:
        elapsed_ps += time_ps
        now = delay_value.arriving(elapsed_ps, [frame])
        terms.append(Term(name, now - before, time_ps, source))
        before = now
    return tuple(terms)


def _cells(request: Request, window_ps: int) -> int | None:
    """Cells that the worst mix of frames fills: the smallest, or those that just need one more."""
    cell = request.cell_bytes
    if cell is None:
        return None
    largest, smallest = request.lossless_bytes, request.smallest_bytes
    sizes = {smallest, largest, *range((smallest // cell) * cell + 1, largest + 1, cell)}
    timed = [
        (-(-size // cell), wire_ps(size, GAP_BYTES, request.rate_bps))
        for size in sizes
        if size >= smallest
    ]
    return delay_value.headroom_amount(window_ps, timed, -(-largest // cell))


def _notes(request: Request) -> tuple[str, ...]:
    standard = is_standard(request.interface)
    if standard and request.rate_bps not in INTERFACE_BITS:
        return (
            "own MAC and PHY: no figure of 802.3 for this rate here; a station's reaction includes "
            "them, so they count with the same bound (interface= for a real one)",
        )
    return ()
