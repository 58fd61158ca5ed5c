"""Tests of differences against numbers by hand, by enumeration, and scipy's."""

import itertools
import math
import random

import numpy as np
import pytest

from pyfabric.results import Table
from pyfabric.study.pairs import pairs_table
from pyfabric.study.significance import holm, paired_t_p, sign_flip_p, student_t_p
from pyfabric.study.words import words

SEED = 20260101


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 9, 10, 29, 30, 100, 1001])
@pytest.mark.parametrize("t", [0.0, 0.1, 1.0, 2.5, 7.0])
def test_p_of_student_is_scipys(t: float, freedom: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    assert student_t_p(t, freedom) == pytest.approx(2 * stats.t.sf(t, freedom), abs=1e-12)
    assert student_t_p(-t, freedom) == student_t_p(t, freedom)


def test_p_of_student_in_closed_form() -> None:
    # One degree of freedom is Cauchy's distribution, two have t / sqrt(2 + t^2).
    assert student_t_p(1.0, 1) == pytest.approx(0.5)
    assert student_t_p(2.0, 2) == pytest.approx(1 - 2 / math.sqrt(6))
    assert student_t_p(math.inf, 3) == 0


def test_paired_t_by_hand() -> None:
    # 1, 2, 3, 6: mean 3, s^2 = 14 / 3, t = 3 / sqrt(14 / 12) = 2.7775 with three degrees:
    # p = 1 - 2 / pi (a + sin a cos a), a = atan(t / sqrt 3).
    t = 3 / math.sqrt(14 / 12)
    a = math.atan(t / math.sqrt(3))
    expected = 1 - 2 / math.pi * (a + math.sin(a) * math.cos(a))
    assert paired_t_p([1, 2, 3, 6]) == pytest.approx(expected)
    assert expected == pytest.approx(0.0691, abs=1e-4)


def test_paired_t_and_sign_flips_are_scipys() -> None:
    stats = pytest.importorskip("scipy.stats")
    draw = random.Random(SEED)
    for count in (3, 4, 7, 10):
        values = [draw.gauss(0.5, 1) for _ in range(count)]
        assert paired_t_p(values) == pytest.approx(stats.ttest_1samp(values, 0).pvalue), SEED
        exact = stats.permutation_test((values,), np.mean, permutation_type="samples")
        assert sign_flip_p(values) == pytest.approx(exact.pvalue), SEED


def test_sign_flips_by_hand() -> None:
    # +-1 +-2 +-3: of eight sums only 6 and -6 reach 6; 4 and above are reached by two more.
    assert sign_flip_p([1, 2, 3]) == 2 / 8
    assert sign_flip_p([-1, 2, 3]) == 4 / 8
    assert sign_flip_p([0.1] * 10) == 2 / 2**10
    assert sign_flip_p([0.0] * 5) == 1


def test_many_pairs_are_sampled_near_the_exact_value() -> None:
    # Of 18 equal differences of which 4 are negative: binomial tails at 4 and 14.
    values = [-1.0] * 4 + [1.0] * 14
    exact = 2 * sum(math.comb(18, k) for k in range(5)) / 2**18
    assert sign_flip_p(values) == pytest.approx(exact, abs=5 * math.sqrt(exact / 2**16))
    assert sign_flip_p(values) == sign_flip_p(values)


def test_too_few_pairs_and_no_variance() -> None:
    for values in ([], [1.0], [1.0, 2.0]):
        assert math.isnan(paired_t_p(values))
        assert math.isnan(sign_flip_p(values))
    assert paired_t_p([0.0] * 4) == 1
    assert paired_t_p([-7.0] * 4) == 2 / 2**4  # as Student's t it would be 0


def test_holm_by_hand() -> None:
    # 0.01 * 4, 0.013 * 3 is below that, 0.03 * 2, 0.4; a NaN is no test.
    corrected = holm([0.03, 0.01, math.nan, 0.4, 0.013])
    assert corrected[0] == pytest.approx(0.06)
    assert corrected[1] == corrected[4] == pytest.approx(0.04)
    assert math.isnan(corrected[2])
    assert corrected[3] == 0.4
    assert holm([0.6, 0.7]) == [1, 1]


def test_holm_is_bonferroni_at_the_smallest_and_keeps_order() -> None:
    draw = random.Random(SEED)
    for _ in range(50):
        given = [draw.random() ** 3 for _ in range(draw.randint(1, 12))]
        corrected = holm(given)
        assert min(corrected) == min(min(given) * len(given), 1), SEED
        for one, two in itertools.combinations(range(len(given)), 2):
            assert (given[one] <= given[two]) == (corrected[one] <= corrected[two]) or (
                corrected[one] == corrected[two]
            ), SEED


def runs(**values: list[float]) -> Table:
    """Runs of variants, one value per seed of the metric ``x``."""
    rows = [(name, seed, x) for name, of in values.items() for seed, x in enumerate(of)]
    names, seeds, xs = zip(*rows, strict=True)
    columns = {"variant": words(names), "seed": np.array(seeds), "x": np.array(xs)}
    return Table("runs", columns, ["x"])


def test_pairs_of_a_table() -> None:
    table = runs(a=[1.0, 2.0, 3.0, 4.0], b=[2.0, 4.0, 6.0, 10.0], c=[1.0, math.nan, 3.0, 4.0])
    pairs = pairs_table(table, ["a", "b", "c"])
    found = [pairs.row(index) for index in range(len(pairs))]
    assert [(row["base"], row["variant"]) for row in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    first, second, third = found
    assert (first["difference"], first["relative"], first["pairs"]) == (3.0, 3 / 2.5, 4)
    assert first["p"] == pytest.approx(0.0691, abs=1e-4)
    assert first["p_permutation"] == 2 / 16
    assert (second["difference"], second["p"], second["pairs"]) == (0.0, 1.0, 3)
    assert third["pairs"] == 3
    assert first["p_holm"] == pytest.approx(3 * first["p"])
    assert not pairs["significant"].any()


def test_two_seeds_are_too_few() -> None:
    pairs = pairs_table(runs(a=[1.0, 2.0], b=[100.0, 200.0]), ["a", "b"])
    assert np.isnan(pairs["p"]).all()
    assert not pairs["significant"].any()
    assert pairs["difference"].tolist() == [148.5]
