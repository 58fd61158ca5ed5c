"""Random parameters of congestion control, over all that is allowed, as plan columns have them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

SECOND = 10**12


def _spread(dice: Random, low: float, high: float) -> float:
    """Between ``low`` and ``high``, all orders of magnitude alike."""
    return low * (high / low) ** dice.random()


def _time(dice: Random, usual: int, low: int, high: int) -> float:
    """Mostly near what small fabrics see, sometimes anything that is allowed."""
    if dice.random() < 0.2:
        return float(round(_spread(dice, max(low, 1), high)))
    return float(round(usual * _spread(dice, 0.2, 5)))


def _share(dice: Random, usual: float) -> float:
    """A factor from 0 to 1."""
    return dice.choice((usual, usual, 0.0, 1.0, dice.random(), _spread(dice, 1e-6, 1)))


def _gain(dice: Random, usual: float) -> float:
    """Above 0."""
    return _share(dice, usual) or usual


def _factor(dice: Random, usual: float, high: float) -> float:
    return dice.choice(
        (usual, usual, 0.0, usual * _spread(dice, 0.1, 10), _spread(dice, 1e-3, high))
    )


def _step(dice: Random, line_rate: int) -> float:
    """A rate added at a time; whole bit/s, from 0."""
    return float(dice.choice((0, *(round(line_rate * _spread(dice, 1e-5, 2)) for _ in range(4)))))


def _rate(dice: Random, line_rate: int) -> float:
    """From 1 Mb/s to the line rate; small ones are rare, packets would never come."""
    low = 1e6 if dice.random() < 0.02 else line_rate * 0.01
    return float(dice.choice((line_rate, round(_spread(dice, low, line_rate)))))


def _rtt_gradient(dice: Random, line_rate: int, mtu: int) -> list[float]:
    low = _time(dice, dice.choice((2_000_000, 8_000_000)), 1, SECOND)
    high = dice.choice((low, low * _spread(dice, 1, 8), low * 20, _time(dice, 10**8, 1, SECOND)))
    beta = dice.choice((0.008, 0.8))
    return [
        low,
        float(round(min(max(high, low), SECOND))),
        _time(dice, dice.choice((5_000_000, 50_000_000)), 1000, SECOND),
        _share(dice, beta),
        _gain(dice, 0.875),
        dice.choice((_step(dice, line_rate), float(round(line_rate * _spread(dice, 1e-5, 1e-2))))),
        dice.choice((0.0, 0.0, 1.0, float(mtu), float(round(_spread(dice, 1, 100) * mtu)))),
        _rate(dice, line_rate),
        dice.choice((0.0, _rate(dice, line_rate), _rate(dice, line_rate))),
        float(line_rate),
    ]


def timely(dice: Random, line_rate: int, mtu: int) -> list[float]:
    return [
        *_rtt_gradient(dice, line_rate, mtu),
        _step(dice, line_rate),
        float(dice.choice((0, 1, 2, 5, dice.randint(0, 1000)))),
        float(dice.random() < 0.5),
        float(dice.random() < 0.5),
    ]


def patched_timely(dice: Random, line_rate: int, mtu: int) -> list[float]:
    return _rtt_gradient(dice, line_rate, mtu)


def swift(dice: Random, line_rate: int, mtu: int) -> list[float]:
    fs_min = dice.choice((0.1, _spread(dice, 1e-6, 1e5)))
    min_cwnd = dice.choice((0.001, 0.1, 1.0, _spread(dice, 1e-3, 1e4)))
    least_above = fs_min * 1.001
    return [
        _time(dice, 6_000_000, 1000, SECOND),
        dice.choice((0.0, 3_053_000.0, float(dice.randint(0, 10**7)))),
        _factor(dice, 1.0, 1000),
        _share(dice, 0.8),
        _share(dice, 0.5),
        dice.choice((0.0, _time(dice, 20_000_000, 1, SECOND))),
        fs_min,
        dice.choice((max(100.0, least_above), _spread(dice, least_above, 1e6))),
        min_cwnd,
        max(min_cwnd, dice.choice((1000.0, 2.5, 1.0, min_cwnd, _spread(dice, 1e-3, 1e6)))),
        float(dice.choice((1, 2, 5, dice.randint(1, 1000)))),
    ]


def dctcp(dice: Random, line_rate: int, mtu: int) -> list[float]:
    rate_based = dice.random() < 0.5
    return [
        _gain(dice, 1 / 16),
        _share(dice, 1.0),
        0.0 if rate_based else _factor(dice, 1.0, 1000),
        float(rate_based),
        _step(dice, line_rate) if rate_based else 0.0,
        _rate(dice, line_rate) if rate_based else 1.0,
        float(line_rate),
        float(dice.random() < 0.5),
    ]


def nscc(dice: Random, line_rate: int, mtu: int) -> list[float]:
    given = dice.random() < 0.5
    return [
        _time(dice, dice.choice((500_000, 3_000_000)), 1000, SECOND) if given else 0.0,
        1.0 if given else dice.choice((1.0, 0.75, _spread(dice, 1e-3, 1000))),
        float(dice.choice((10**11, round(_spread(dice, 1e9, 1e12))))),
        _time(dice, 12_000_000, 1000, 10**15),
        _factor(dice, 4.0, 1000),
        _factor(dice, 5.0, 1000),
        _factor(dice, 0.15, 1000),
        _factor(dice, 0.25, 1000),
        dice.choice((0.0, _time(dice, 1_000_000, 0, SECOND))),
        _share(dice, 0.8),
        _share(dice, 0.5),
        _gain(dice, dice.choice((0.0125, 0.7))),
        float(dice.choice((8, 0, 1, round(_factor(dice, 8, 1e6))))),
        _share(dice, 1 / 8),
        dice.choice((0.0, 0.5, _factor(dice, 4.0, 1000))),
        dice.choice((1.5, 5.0, _spread(dice, 1e-3, 1000))),
        float(line_rate),
    ]


Parameters = Callable[[Random, int, int], list[float]]
ALGORITHMS: dict[int, Parameters] = {
    4: timely,
    5: patched_timely,
    6: swift,
    7: dctcp,
    8: nscc,
}
