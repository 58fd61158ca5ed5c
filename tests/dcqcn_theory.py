"""Fluid theory of DCQCN (Zhu, Ghobadi et al., CoNEXT'16): fixed point, queue, and an integrator.

Units: packets, packets per second, seconds. ``C`` capacity, ``R_AI`` additive step, ``B`` byte
counter, ``T`` increase timer, ``tau_a`` alpha timer, ``tau`` CNP interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Dcqcn:
    C: float
    R_AI: float
    B: float
    T: float = 55e-6
    F: int = 5
    tau_a: float = 55e-6
    tau: float = 50e-6
    g: float = 1 / 256


def at_rate(rate_bps: float, packet_bytes: int, **changes: float) -> Dcqcn:
    """Paper constants on a link: R_AI 40 Mb/s, byte counter 10 MB."""
    bits = 8 * packet_bytes
    given = {"R_AI": 40e6 / bits, "B": 10e6 / packet_bytes, **changes}
    return Dcqcn(C=rate_bps / bits, **given)  # type: ignore[arg-type]


def _rates(d: Dcqcn, p: float, rate: float) -> tuple[float, float, float, float]:
    """b, c, d, e of the model: byte-counter and timer events, and their additive shares."""
    log_q = math.log1p(-p)
    byte = p / math.expm1(min(-d.B * log_q, 700))
    time = p / math.expm1(min(-d.T * rate * log_q, 700))
    return byte, math.exp(d.F * d.B * log_q), time, math.exp(d.F * d.T * rate * log_q)


def fixed_point(d: Dcqcn, flows: int) -> float:
    """Marking probability p* of ``flows`` equal flows, by bisection."""
    rate = d.C / flows

    def excess(p: float) -> float:
        cut = 1 - (1 - p) ** (d.tau * rate)
        alpha = 1 - (1 - p) ** (d.tau_a * rate)
        b, c, t, e = _rates(d, p, rate)
        return float(alpha * cut * cut) - d.tau**2 * d.R_AI * rate * (b + t) * (b * c + t * e)

    low, high = 1e-9, 0.5
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    return low


def _drift(d: Dcqcn, p: float, rate: float) -> float:
    """Mean change of the rate from one CNP to the next, of a flow that is marked with ``p``."""
    marks = -math.log1p(-p) * rate

    def lasts(events: int, period: float) -> float:
        return math.exp(-marks * max(0.0, events * period - d.tau)) if events > 0 else 1.0

    ticks = int(40 / (marks * min(d.T, d.tau_a))) + d.F + 5
    alpha = 1 / (1 + sum(lasts(k, d.tau_a) for k in range(1, ticks)))
    current, target, mean = rate * (1 - alpha / 2), rate, 0.0
    for k in range(ticks):
        if k > 0:
            target += d.R_AI if k >= d.F else 0.0
            current = (current + target) / 2
        mean += (lasts(k, d.T) - lasts(k + 1, d.T)) * (current - rate)
    return mean


def renewal_point(d: Dcqcn, flows: int) -> float:
    """Marking probability p at which single CNPs, cuts and timers balance, by bisection.

    The fluid model counts a cut in each CNP interval that has a mark, and increases between marks.
    In the protocol the next CNP takes the interval and then a mark, X = tau + Exp(1 / (p R)); both
    timers begin anew at each CNP; alpha is 1 / (1 + E[floor(X / tau_a)]) for small g; a cut is
    followed by k = floor(X / T) increases, with R_AI from the F-th on. The byte counter is left
    out: it never expires between CNPs here.
    """
    rate = d.C / flows
    low, high = 1e-6, 0.5
    for _ in range(100):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if _drift(d, middle, rate) > 0 else (low, middle)
    return low


def queue_bytes(p: float, kmin: float, kmax: float, pmax: float) -> float | None:
    """Queue at which RED marks with probability p; None: above kmax, no fixed point."""
    return kmin + p / pmax * (kmax - kmin) if p <= pmax else None


def integrate(
    d: Dcqcn,
    start_rates: list[float],
    seconds: float,
    marking: tuple[float, float, float],
    delay: float = 4e-6,
    step: float = 1e-6,
) -> list[tuple[float, list[float]]]:
    """Euler integration; returns (queue in packets, rates) every step.

    ``marking`` = (kmin, kmax, pmax) in packets, the slope continued past kmax. Marks and rates
    inside the terms are ``delay`` old. All flows start with alpha = 1 and target = rate.
    """
    kmin, kmax, pmax = marking
    rc, rt, alpha = list(start_rates), list(start_rates), [1.0] * len(start_rates)
    q, lag = 0.0, round(delay / step)
    past: list[tuple[float, list[float]]] = []
    for now in range(round(seconds / step)):
        past.append((q, list(rc)))
        old_q, old_rc = past[max(0, now - lag)]
        p = min(max(0.0, (old_q - kmin) / (kmax - kmin) * pmax), 1 - 1e-9)
        for i, rate in enumerate(old_rc):
            if p > 0:
                b, c, t, e = _rates(d, p, rate)
            else:
                b, c, t, e = 1 / d.B, 1.0, 1 / (d.T * rate), 1.0
            marked = 1 - (1 - p) ** (d.tau * rate)
            alpha_in = 1 - (1 - p) ** (d.tau_a * rate)
            d_rc = -rc[i] * alpha[i] / (2 * d.tau) * marked + (rt[i] - rc[i]) / 2 * rate * (b + t)
            d_rt = -(rt[i] - rc[i]) / d.tau * marked + d.R_AI * rate * (b * c + t * e)
            alpha[i] += step * d.g / d.tau_a * (alpha_in - alpha[i])
            rc[i] = min(max(rc[i] + step * d_rc, d.C * 1e-4), d.C)
            rt[i] = min(rt[i] + step * d_rt, d.C)
        q = max(0.0, q + step * (sum(old_rc) - d.C))
    return past
