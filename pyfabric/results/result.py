"""What a run leaves behind: tables, statistics, fingerprint, and how to ask them questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pyfabric.errors import LosslessViolation
from pyfabric.results.stall_tables import no_stalls
from pyfabric.results.table import Table

if TYPE_CHECKING:
    from pathlib import Path

    from pyfabric.checks import LosslessReport
    from pyfabric.compile import Plan
    from pyfabric.explain import Explanation

#: Why a run stopped. ``max_wall`` and ``interrupted`` leave a partial result.
STOP_REASONS: Final = ("all_done", "until", "max_wall", "interrupted", "deadlock")
PARTIAL: Final = ("max_wall", "interrupted")
#: Tables that results of earlier versions lack.
LATER_TABLES: Final = ("xoffs", "watchdog", "deadlocks", "livelocks", "cc")
#: Tables of a result, in the order in which they are shown and saved.
TABLES: Final = (
    *("flows", "ports", "pauses", "drops", "queues"),
    *("queue_pairs", "cc", "trace", "classes", "xoffs", "watchdog", "deadlocks", "livelocks"),
)


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """The outcome of one run; ``print(result)`` shows it on one screen.

    flows: one row per flow in plan order; ``fct_ps`` from start to the last byte at the receiver,
        ``sender_fct_ps`` to the last acknowledgement processed, ``slowdown`` = fct / ideal,
        ``retransmitted_packets`` of the flow's queue pair. -1 (slowdown: NaN) when unfinished.
    ports: counters and peaks; ``drops`` are frames lost on their way in; headroom columns are those
        of the port as an ingress, -1 where there is none.
    pauses: when a transmitter was paused; ``end_ps`` -1: still paused at the end.
    drops: every lost frame with its cause. queues, cc, trace: filled when recorded.
    watchdog: storms, by the watchdogs of switches and NICs (``action`` "mute"); ``end_ps`` -1: it
        lasts. deadlocks: the queues of each cycle in the order of waiting.
    livelocks: times in which data arrived and next to nothing was new.
    queue_pairs: state at the end and counters. classes: (port, priority) that saw traffic.
    xoffs: every XOFF that a port decided, and the egress queue that made it; without columns in a
        result that an earlier version saved.
    stats: packet_hops, data_packet_hops, events, compile_cpu_seconds, run_cpu_seconds,
        run_wall_seconds, peak_memory_bytes, ...
    end_ps: simulated time at the end. fingerprint: hash of all that was observable; None for a
        partial result. rows_not_kept: rows beyond the bound of a table, by table.
    scenario: None when the run came from a plan alone.
    """

    flows: Table
    ports: Table
    pauses: Table
    drops: Table
    queues: Table
    queue_pairs: Table
    trace: Table
    classes: Table
    stats: Mapping[str, int | float]
    stop_reason: str
    end_ps: int
    fingerprint: str | None
    plan_hash: str
    seed: int
    versions: Mapping[str, str]
    scenario: Any = None
    rows_not_kept: Mapping[str, int] = field(default_factory=dict)
    xoffs: Table = field(default_factory=lambda: Table("xoffs", {}))
    watchdog: Table = field(default_factory=lambda: no_stalls("watchdog"))
    deadlocks: Table = field(default_factory=lambda: no_stalls("deadlocks"))
    livelocks: Table = field(default_factory=lambda: no_stalls("livelocks"))
    cc: Table = field(default_factory=lambda: Table("cc", {}))

    @property
    def tables(self) -> dict[str, Table]:
        """All tables by name."""
        return {name: getattr(self, name) for name in TABLES}

    @property
    def partial(self) -> bool:
        """Whether wall time or an interrupt ended the run early."""
        return self.stop_reason in PARTIAL

    @property
    def complete(self) -> bool:
        """Whether the run reached its own end and every flow's last byte arrived."""
        return not self.partial and bool(self.flows["finished"].all())

    def lossless(self) -> LosslessReport:
        """The verdict: true iff no frame of a lossless class was dropped and nothing deadlocked."""
        from pyfabric.checks import check_lossless

        return check_lossless(self)

    def assert_lossless(self) -> None:
        """Raise :class:`LosslessViolation` with the story unless the run was lossless."""
        report = self.lossless()
        if not report:
            raise LosslessViolation(report)

    def explain(self, plan: Plan | None = None) -> Explanation:
        """What happened and why: pauses traced to where congestion began, victims, drops, margins.

        plan: that of the run; None: compiled from :attr:`scenario`. Without either contributors and
        victims stay unknown. Raises ScenarioError when ``plan`` is that of another run.
        """
        from pyfabric.explain import explain

        return explain(self, plan)

    def counters(self, style: str = "ethtool") -> Table:
        """Counters by the names of ``"ethtool"`` (hosts) or ``"sonic"`` (switches).

        One row per counter: ``node, node_name, port, port_name, priority, counter, value``. Raises
        ScenarioError for another style.
        """
        from pyfabric.analysis.counters import counter_table

        return counter_table(self, style)

    def save(self, directory: Any, *, overwrite: bool = False, format: str | None = None) -> None:
        """Write tables, summary and scenario into a directory; ``pf.load_result`` reads it.

        overwrite: replace an earlier result there (False: the directory must be empty or new).
        format: of the tables: "parquet", "npz", or None: Parquet when pyarrow is installed.
        """
        from pyfabric.results.storage import save

        save(self, directory, overwrite=overwrite, format=format)

    def rates(self, interval: Any = "10us", *, of: str | None = None) -> Table:
        """How fast each queue pair sent, or might send, in every interval of time.

        of: ``"sent"`` (needs ``record="trace"``): one row per interval in which it sent something:
        ``time_ps`` (its begin), ``qp``, ``sent_bytes`` (L2 bytes of data frames that the sender's
        port began to send, those sent again included), ``rate_bps``. ``"allowed"`` (needs
        ``record="cc"``): ``time_ps, qp, rate_bps, window_bytes``, means over time of what
        congestion control had in force, from a pair's first row until its last flow is
        acknowledged. None: "sent" if there is a trace, else "allowed". Raises ScenarioError
        without a whole trace.
        """
        from pyfabric.analysis import sending_rates

        return sending_rates(self, interval, of)

    def plot(self, directory: Any, *, format: str = "png", title: str | None = None) -> list[Path]:
        """Draw figures into a directory and return their files; needs the extra ``plots``.

        ``fct``: distribution of completion times by workload; ``slowdown``: p50 and p99 by size;
        ``queues`` and ``marks``, when recorded: the deepest switch queue over time, frames marked
        between its samples; ``rates``: what the seven queue pairs that delivered most sent over
        time (with a trace) or might send (with ``record="cc"``, and then ``cc_window`` and a figure
        for each value that the algorithm shows, such as ``cc_alpha``). format: "png", "svg" or
        "pdf".
        """
        from pyfabric.reports.result_figures import plot

        return plot(self, directory, format=format, title=title)

    def __str__(self) -> str:
        from pyfabric.reports import summary

        return summary(self)

    def _repr_html_(self) -> str:
        from pyfabric import markup

        sizes = [f"{name} {len(table):,}" for name, table in self.tables.items()]
        rows = [
            ("fingerprint", self.fingerprint or "none (partial result)"),
            ("seed", self.seed),
            ("rows of tables", ", ".join(sizes)),
        ]
        return markup.table(f"Result: {self.stop_reason}", rows, str(self))

    def __repr__(self) -> str:
        finished, flows = int(self.flows["finished"].sum()), len(self.flows)
        return (
            f"<Result {self.stop_reason}: {finished} of {flows} flows finished, "
            f"fingerprint {self.fingerprint}>"
        )
