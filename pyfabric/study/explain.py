"""Sentences on what a comparison cannot show, from facts of its runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from pyfabric.reports import numbers as show
from pyfabric.study.facts import Facts, Peak

if TYPE_CHECKING:
    from pyfabric.scenario import Scenario
    from pyfabric.study.runs import Outcome

_SECTIONS: Final = (
    *("topology", "workload", "congestion_control", "nic", "framing", "overrides", "until"),
)
#: Congestion controls that hear nothing of marks.
_DEAF: Final = ("none", "window")
_MARKING: Final = frozenset({"congestion_control", "switch.ecn", "overrides"})
_PAUSING: Final = frozenset(
    {
        *("switch.pfc", "switch.alpha", "switch.buffer", "switch.headroom", "switch.reserve"),
        "overrides",
    }
)
_LOSS_FIELDS: Final = frozenset({"nic.rto", "nic.retries", "nic.nak_interval"})

Pairs = Sequence[tuple["Outcome", "Outcome"]]


def explain(variants: Mapping[str, Scenario], outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """Warnings on every variant but the first, the base, that made no difference to it.

    Also on those whose traffic is not the base's.
    """
    found = {(o.variant, o.seed): o for o in outcomes if o.metrics is not None}
    (base, base_scenario), *others = variants.items()
    sentences = []
    for name, scenario in others:
        changed = changes(base_scenario, scenario)
        if traffic := sorted(changed & {"topology", "workload"}):
            sentences.append(
                f"{name!r} has another {' and '.join(traffic)} than {base!r}, so the traffic of "
                "the two need not be the same"
            )
        pairs = [
            (found[base, seed], outcome)
            for (variant, seed), outcome in found.items()
            if variant == name and (base, seed) in found
        ]
        if sentence := _no_difference(name, base, (base_scenario, scenario), changed, pairs):
            sentences.append(sentence)
    return tuple(sentences)


def changes(base: Scenario, other: Scenario) -> set[str]:
    """What differs: sections by name, settings of switch and nic by path."""
    found = {name for name in _SECTIONS if not _same(getattr(base, name), getattr(other, name))}
    for section in ("switch", "nic"):
        one, two = getattr(base, section).values(), getattr(other, section).values()
        found |= {f"{section}.{name}" for name in one if one[name] != two[name]}
    return found - {"nic"}


def _same(one: Any, two: Any) -> bool:
    return one is two or bool(one == two)


def _no_difference(
    name: str, base: str, scenarios: tuple[Scenario, Scenario], changed: set[str], pairs: Pairs
) -> str:
    """The sentence, "" when there was a difference or nothing to compare."""
    if not pairs:
        return ""
    over = "the only seed" if len(pairs) == 1 else f"each of {len(pairs)} seeds"
    if all(a.fingerprint == b.fingerprint for a, b in pairs):
        head = f"{name!r} made no difference to {base!r} (equal fingerprints for {over})"
        return f"{head}: {'; '.join(_reasons(scenarios, changed, pairs))}"
    if all(_facts(a).flows == _facts(b).flows for a, b in pairs):
        head = f"{name!r} made no difference to the flows of {base!r} (equal times for {over})"
        deaf = _deaf(scenarios) if changed & _MARKING else ""
        return f"{head}: {deaf or 'only frames or counters beside them differ'}"
    return ""


def _reasons(scenarios: tuple[Scenario, Scenario], changed: set[str], pairs: Pairs) -> list[str]:
    if not changed:
        return ["it is the same scenario"]
    if all(_facts(a).plan_hash == _facts(b).plan_hash for a, b in pairs):
        return ["its settings come to the same plan, as when nothing in use has them"]
    reasons = []
    if changed & _MARKING or any(path.startswith("nic.cnp") for path in changed):
        reasons += [_unmarked(pairs), _deaf(scenarios) if "switch.ecn" in changed else ""]
    if "congestion_control" in changed:
        reasons.append(_window(pairs))
    if changed & _PAUSING:
        reasons.append(_unpaused(scenarios, pairs))
    if changed & _LOSS_FIELDS and not _total(pairs, "retransmissions"):
        reasons.append("nothing was ever sent again")
    return [reason for reason in reasons if reason] or [
        f"what it changes ({', '.join(sorted(changed))}) never came into play"
    ]


def _unmarked(pairs: Pairs) -> str:
    """Why congestion control heard nothing, or not in time."""
    if cnps := int(_total(pairs, "cnps")):
        return (
            f"{show.count(cnps, 'CNP')} came, but too late to hold a packet back, or what differs "
            "was not reached"
        )
    if _total(pairs, "ecn_marks"):
        return "packets were marked, but no CNP reached a sender"
    # The variant's thresholds may differ from the base's: the closest of all counts.
    queues = [facts.queue for pair in pairs for facts in map(_facts, pair) if facts.queue]
    if not queues:
        return "no packet was ever marked: ECN marks nothing in these scenarios"
    peak = max(queues, key=_closeness)
    kmin = show.size(peak.limit_bytes)
    largest = f"the largest queue was {show.size(peak.used_bytes)} at {peak.port}"
    if peak.used_bytes <= peak.limit_bytes:
        return f"no packet was ever marked: {largest}, where marking begins above kmin {kmin}"
    return (
        f"no packet was ever marked: {largest}, above kmin {kmin}, but so little that marking "
        "was not likely"
    )


def _closeness(peak: Peak) -> float:
    return peak.used_bytes / max(peak.limit_bytes, 1)


def _deaf(scenarios: tuple[Scenario, Scenario]) -> str:
    names = sorted({scenario.congestion_control.title for scenario in scenarios})
    if not set(names) <= set(_DEAF):
        return ""
    quoted = " and ".join(map(repr, names))
    return f"congestion control is not in play, {quoted} does not react to marks"


def _window(pairs: Pairs) -> str:
    """Whether windows were too large to hold anything back."""
    facts = [facts for pair in pairs for facts in map(_facts, pair)]
    windows = [f.smallest_window_bytes for f in facts if f.smallest_window_bytes > 0]
    if not windows:
        return ""
    flows = [f.largest_flow_bytes for f in facts]
    smallest = show.size(min(windows))
    if min(flows) >= 0 and max(flows) <= min(windows):
        largest = show.size(max(flows))
        return f"no window was ever reached: the largest flow has {largest}, a window {smallest}"
    return f"no window (the smallest has {smallest}) ever held a packet back"


def _unpaused(scenarios: tuple[Scenario, Scenario], pairs: Pairs) -> str:
    if _total(pairs, "pauses"):
        return ""
    used = [facts.ingress for pair in pairs for facts in map(_facts, pair) if facts.ingress]
    limits = [limit for limit in map(_smallest_xoff, scenarios) if limit is not None]
    if not used or not limits:
        return "no pause happened: PFC is off"
    peak = max(used, key=lambda entry: entry.used_bytes)
    return (
        f"no pause happened: the largest use of the shared buffer by an ingress port was "
        f"{show.size(peak.used_bytes)} (link of {peak.port}), the smallest XOFF threshold of an "
        f"empty switch is {show.size(min(limits))}"
    )


def _smallest_xoff(scenario: Scenario) -> int | None:
    """Shared bytes at which a port of an otherwise empty switch sends XOFF; None: never.

    Static thresholds as set; dynamic ones are alpha times the pool, and shrink as it fills.
    """
    from pyfabric.compile import compile_scenario

    columns = compile_scenario(scenario).columns
    limits = []
    switches = columns["node_is_switch"].nonzero()[0].tolist()
    for node in switches:
        if not columns["node_pfc_mode"][node] or not columns["node_lossless_mask"][node]:
            continue
        static = int(columns["node_xoff_bytes"][node])
        shared, shift = (
            int(columns[f"node_{name}"][node]) for name in ("shared_bytes", "alpha_shift")
        )
        dynamic = shared >> shift if shift >= 0 else shared << -shift
        limits.append(static if static >= 0 else dynamic)
    return min(limits, default=None)


def _total(pairs: Pairs, metric: str) -> float:
    return sum((outcome.metrics or {})[metric] for pair in pairs for outcome in pair)


def _facts(outcome: Outcome) -> Facts:
    facts = outcome.facts
    assert facts is not None  # finished runs have them
    return facts
