"""The function that users call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyfabric.compile import Plan, compile_scenario
from pyfabric.errors import Fault, ScenarioError, shorten
from pyfabric.verification.dependency import Waits, check_dependency
from pyfabric.verification.fabric import Fabric
from pyfabric.verification.failures import check_failures
from pyfabric.verification.finding import SEVERITIES, Checked
from pyfabric.verification.headroom import check_headroom
from pyfabric.verification.loops import check_loops
from pyfabric.verification.maps import check_maps
from pyfabric.verification.marking import check_marking
from pyfabric.verification.pause import check_pause
from pyfabric.verification.pools import check_pools
from pyfabric.verification.report import Verification
from pyfabric.verification.routes import Net, Traffic
from pyfabric.verification.spread import check_spread
from pyfabric.verification.storms import check_storms

if TYPE_CHECKING:
    from pyfabric.scenario import Scenario


def verify(
    scenario: Scenario | Plan, *, all_pairs: bool = False, failures: bool = True
) -> Verification:
    """Whether a scenario, or a compiled plan, can lose frames of lossless classes or lock up,
    before any run; see :class:`Verification`.

    all_pairs: judge routes between all hosts instead of those that the workload uses.
    failures: also after the failure of any single link between switches.

    Fixes name paths of the scenario, so a plan alone gets them in words only. Raises ScenarioError
    for what no run would accept either.
    """
    _check(scenario, all_pairs, failures)
    if isinstance(scenario, Plan):
        fabric = Fabric.of(scenario, None)
    else:
        fabric = Fabric.of(compile_scenario(scenario), scenario)
    traffic = Traffic(Net(fabric), all_pairs)
    checks = [
        check_headroom(fabric),
        check_pools(fabric),
        check_pause(fabric, traffic),
        check_maps(fabric, traffic),
        check_marking(fabric),
        check_storms(fabric, traffic),
    ]
    checks.append(check_loops(traffic))
    waits = Waits(traffic.net)
    dependency, clean = check_dependency(traffic, waits)
    checks.append(dependency)
    if failures and not dependency.limit:
        checks.append(check_failures(traffic, waits, clean))
    checks.append(check_spread(fabric))
    return _report(checks)


def _report(checks: list[Checked]) -> Verification:
    findings = [finding for check in checks for finding in check.findings]
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    return Verification(
        findings=tuple(findings),
        covered=tuple(check.covered for check in checks if check.covered),
        limits=tuple(check.limit for check in checks if check.limit),
    )


def _check(scenario: object, all_pairs: object, failures: object) -> None:
    from pyfabric.scenario import Scenario

    faults = []
    if not isinstance(scenario, Scenario | Plan):
        faults.append(Fault("scenario", f"must be a Scenario or Plan, got {shorten(scenario)}"))
    for name, value in (("all_pairs", all_pairs), ("failures", failures)):
        if not isinstance(value, bool):
            faults.append(Fault(name, f"must be True or False, got {shorten(value)}"))
    if faults:
        raise ScenarioError(faults)
