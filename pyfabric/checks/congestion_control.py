"""Does a congestion control keep the laws? For authors of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyfabric.cc import CongestionControl, CustomCongestionControl
from pyfabric.checks.laws import LAWS, Bench, CcFinding
from pyfabric.spec import Faults


@dataclass(frozen=True)
class CongestionControlReport:
    """What the laws found, the worst first; true when none of it is an error.

    ``title`` names the control; ``measured``: number -> value: utilisation alone by rate, Jain's
    index of two flows, the least share of eight, what it reacts to (1 or 0).
    """

    title: str
    findings: tuple[CcFinding, ...]
    measured: Mapping[str, float]

    @property
    def ok(self) -> bool:
        """Whether no law is broken."""
        return not self.errors

    @property
    def errors(self) -> tuple[CcFinding, ...]:
        """Findings of severity "error"."""
        return tuple(found for found in self.findings if found.severity == "error")

    @property
    def warnings(self) -> tuple[CcFinding, ...]:
        """Findings of severity "warning"."""
        return tuple(found for found in self.findings if found.severity == "warning")

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        verdict = "keeps the laws" if self.ok else "breaks the laws"
        lines = [f"{self.title} {verdict} ({', '.join(LAWS)})"]
        lines += [str(found) for found in self.findings]
        lines += [f"{name:28} {value:8.3f}" for name, value in self.measured.items()]
        return "\n".join(lines)


def check_congestion_control(algorithm: Any, *, threads: int = 2) -> CongestionControlReport:
    """Run ``algorithm`` through small scenarios and report which laws it breaks.

    algorithm: a CongestionControl, or what :class:`CustomCongestionControl` takes: a class, a
        capsule, ``"module:attribute"``.
    threads: of the run that must give the same fingerprint as one on a single thread.

    Laws: ``utilisation`` of a link by one flow at three rates, ``fairness`` of two flows,
    ``starvation`` of one among eight, ``reaction`` to marks, delay and loss, ``survival`` of
    incasts, losses and odd NICs, ``determinism`` over runs and threads. Bounds are wide: they find
    what is broken, not what is slow. What an algorithm raises in a run is a finding, too. Raises
    ScenarioError for what is no congestion control.
    """
    control = algorithm
    if not isinstance(control, CongestionControl):
        control = CustomCongestionControl(algorithm)
    faults = Faults("check_congestion_control")
    faults.integer("threads", threads, 1, 256)
    faults.raise_all()
    control.plugins()  # what is missing is no finding
    bench, findings = Bench(control, threads), list[CcFinding]()
    for name, law in LAWS.items():
        try:
            findings += law(bench)
        except Exception as error:  # an algorithm may raise anything
            notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
            what = f"{type(error).__name__}: {error}{notes}"
            findings.append(CcFinding("error", name, f"the run ended with {what}"))
    order = ("error", "warning", "note")
    findings.sort(key=lambda found: order.index(found.severity))
    return CongestionControlReport(control.title, tuple(findings), dict(bench.measured))
