"""Confidence intervals against numbers computed by hand and by integration."""

import math

import pytest

from pyfabric.study.intervals import mean_interval, student_t_975


def test_by_hand() -> None:
    # 2, 4, 9: mean 5, squared deviations 9 + 1 + 16 = 26, s^2 = 13, t(2) = 4.3027:
    # 4.3027 * sqrt(13 / 3) = 8.9567.
    mean, half = mean_interval([2.0, 4.0, 9.0])
    assert mean == 5.0
    assert half == pytest.approx(8.9567, abs=1e-3)


def test_two_values() -> None:
    # 1 and 3: s^2 = 2, t(1) = 12.7062, 12.7062 * sqrt(2 / 2).
    assert mean_interval([1.0, 3.0]) == (2.0, pytest.approx(12.7062))


def test_equal_values_have_no_width() -> None:
    assert mean_interval([7.0] * 5) == (7.0, 0.0)


def test_too_few_values() -> None:
    mean, half = mean_interval([3.5])
    assert mean == 3.5
    assert math.isnan(half)
    assert all(math.isnan(value) for value in mean_interval([]))


@pytest.mark.parametrize("freedom", [1, 2, 3, 7, 15, 30, 31, 60, 120, 1000])
def test_quantiles_against_the_density(freedom: int) -> None:
    """With x = sqrt(n) tan(a), Student's density integrates to a power of a cosine (Simpson)."""
    end = math.atan(student_t_975(freedom) / math.sqrt(freedom))
    steps = 20_000
    width = end / steps
    weights = [1 if i in (0, steps) else 4 if i % 2 else 2 for i in range(steps + 1)]
    area = sum(w * math.cos(i * width) ** (freedom - 1) for i, w in enumerate(weights))
    log_scale = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2) - math.log(math.pi) / 2
    assert math.exp(log_scale) * area * width / 3 == pytest.approx(0.475, abs=3e-6)
