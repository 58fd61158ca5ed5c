"""The delay value of PFC in integers: how much still arrives after XOFF was decided.

When the frame that crossed the threshold is admitted, the PFC frame waits for the frame on the
reverse wire, is sent, travels, and binds after the peer's reaction at a frame boundary of the peer.
Until then the peer sends at line rate, and what it sent during the last propagation and pipeline
latency is still on its way (IEEE 802.1Q annex N, from 802.1Qbb). Both directions of a link have one
rate. Preamble and gap take time on the wire but no buffer. The compiler's ``headroom="auto"`` and
:func:`pyfabric.headroom` are both this formula.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

#: ps that one byte takes at 1 bit/s.
BYTE_PS: Final = 8 * 10**12

#: (bytes, ps on the wire) of a frame; bytes of memory, or cells of it.
TimedFrame = tuple[int, int]


def wire_ps(l2_bytes: int, gap_bytes: int, rate_bps: int) -> int:
    """Time that a frame with its gap occupies a link, rounded up to 1 ps."""
    return -(-(l2_bytes + gap_bytes) * BYTE_PS // rate_bps)


class Waits(NamedTuple):
    """Times in ps from the decision until the last frame that starts unpaused begins to be
    admitted, in order.
    """

    reverse_ps: int  #: a largest frame, which has just started on the reverse wire
    pfc_ps: int  #: the PFC frame
    interface_ps: int  #: through this station's MAC and PHY, out and in together
    out_ps: int  #: propagation of the PFC frame
    reaction_ps: int  #: of the peer
    back_ps: int  #: propagation of data
    latency_ps: int  #: of data alone, from the MAC to the buffer


def arriving(time_ps: int, densest: Iterable[TimedFrame]) -> int:
    """What frames sent back to back for ``time_ps`` bring at most, rounded up.

    ``densest`` holds the frames of which one brings most per time.
    """
    return max(-(-time_ps * amount // frame_ps) for amount, frame_ps in densest)


def headroom_amount(time_ps: int, densest: Iterable[TimedFrame], largest: int) -> int:
    """What arrives in ``time_ps``, the frame that crossed the threshold, and the last of the peer,
    which may be a largest one and starts just before the pause binds.
    """
    return arriving(time_ps, densest) + 2 * largest
