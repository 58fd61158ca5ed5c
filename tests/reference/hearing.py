"""What a sender tells its congestion control, and what follows from the wishes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from reference.clock import CONGESTION
from reference.control import Algorithm, Fact, Path
from reference.dcqcn import Dcqcn
from reference.dctcp import Dctcp
from reference.frames import Frame
from reference.hpcc import Hpcc
from reference.nscc import Nscc
from reference.swift import Swift
from reference.timely import PatchedTimely, Timely

if TYPE_CHECKING:
    from reference.sender import Sender

ALGORITHMS: dict[int, Callable[[Sequence[float], Path], Algorithm]] = {
    2: Dcqcn,
    3: Hpcc,
    4: Timely,
    5: PatchedTimely,
    6: Swift,
    7: Dctcp,
    8: Nscc,
}


def algorithm_of(sender: Sender) -> Algorithm:
    net, qp = sender.host.net, sender.qp
    profile = net.column("qp_cc")[qp]
    path = Path(
        sender.port.rate,
        net.column("qp_window_bytes")[qp],
        net.column("qp_base_rtt_ps")[qp],
        net.framing.mtu,
        net.column("qp_hops")[qp],
        net.counts,
    )
    make = ALGORITHMS.get(net.column("cc_algorithm")[profile])
    return make(net.column("cc_parameters")[profile], path) if make else Algorithm(path)


class Hearing:
    """Pacing time (None: there is none until a rate is wished) and timer of one sender."""

    def __init__(self, sender: Sender) -> None:
        self.sender, self.clock = sender, sender.clock
        self.algorithm = algorithm_of(sender)
        self.pace_at: int | None = 0
        self.timer: int | None = None
        self.recovered = 0  # selective repeat: PSN at which the last recovery ends

    def _fact(self, **more: int | bool | list) -> Fact:
        sender = self.sender
        una, inflight = sender.una, sender.inflight()
        if sender.read and sender.reorder == 0:  # nothing is acknowledged, nothing waited for
            una, inflight = sender.next, 0
        return Fact(self.clock.now, inflight=inflight, una=una, following=sender.next, **more)

    def sent(self, frame: Frame) -> None:
        self.algorithm.on_send(self._fact(size=frame.size))
        framing, rate = self.sender.host.net.framing, self.algorithm.rate
        self.pace_at = None
        if rate > 0:
            size = frame.size + framing.gap
            self.pace_at = self.clock.now + framing.duration_ps(size, rate)
        self._take_wishes()

    def recovery_begins(self) -> bool:
        """Selective repeat: whether a loss is known while no recovery is under way."""
        if self.sender.lost() is None or self.sender.una < self.recovered:
            return False
        self.recovered = self.sender.next
        return True

    def sends_again(self, psn: int) -> None:
        """Selective repeat: a lost PSN beyond the end of the recovery moves it."""
        if psn >= self.recovered:
            self.recovered = self.sender.next

    def answered(self, frame: Frame, size: int, loss: bool) -> None:
        """An ACK or NAK, which newly acknowledges or marks ``size`` bytes."""
        fact = self._fact(
            size=size,
            rtt=self.clock.now - frame.stamp,
            echo=frame.echo,
            records=frame.records,
        )
        (self.algorithm.on_nack if loss else self.algorithm.on_ack)(fact)
        self._take_wishes()

    def asked_again(self) -> None:
        """A READ goes back."""
        self.algorithm.on_nack(self._fact())
        self._take_wishes()

    def notified(self) -> None:
        self.algorithm.on_cnp(self._fact())
        self._take_wishes()

    def timed_out(self) -> None:
        self.algorithm.on_timeout(self._fact())
        self._take_wishes()

    def _take_wishes(self) -> None:
        if self.pace_at is None and self.algorithm.rate > 0:
            self.pace_at = self.clock.now
        if self.timer != self.algorithm.timer:
            self.timer = self.algorithm.timer
            if self.timer is not None:
                call = partial(self._expired, self.timer)
                host = self.sender.host.number
                self.clock.timer(self.timer, host, CONGESTION, self.sender.qp, call)

    def _expired(self, time: int) -> None:
        if self.timer != time or self.sender.failed:
            return
        self.timer = self.algorithm.timer = None
        self.algorithm.on_timer(self._fact())
        self._take_wishes()
        self.sender.host.wake(self.sender)
