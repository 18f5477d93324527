from __future__ import annotations

from math import comb, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.errors import DataError
from mondegreen.evaluate.intervals import (
    bootstrap,
    bootstrap_statistic,
    mcnemar,
    paired_bootstrap,
    wilson,
)


def test_the_bootstrap_of_a_mean_matches_the_normal_theory() -> None:
    values = np.random.default_rng(1).normal(3.0, 2.0, 800)
    interval = bootstrap(values, rounds=4000, seed=2)
    half = 1.96 * values.std() / sqrt(800)
    assert interval.value == pytest.approx(values.mean())
    assert interval.low == pytest.approx(values.mean() - half, abs=0.1 * half)
    assert interval.high == pytest.approx(values.mean() + half, abs=0.1 * half)
    assert interval.n == 800


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(1).random(50)
    assert bootstrap(values, seed=7) == bootstrap(values, seed=7)
    assert bootstrap(values, seed=7) != bootstrap(values, seed=8)


def test_rates_divide_the_sums() -> None:
    rows = np.array([[1, 2], [0, 10], [3, 3]])
    assert bootstrap(rows).value == pytest.approx(4 / 15)


def test_errors_among_no_units_are_all_wrong() -> None:
    few = bootstrap([[1, 0], [0, 3], [2, 0]])
    assert few.value == 1.0
    # Of three draws, the one with units and twice the last give the most errors among some units.
    assert 0.0 <= few.low < 1.0 < few.high <= 4 / 3
    assert bootstrap([[1, 0], [2, 0]]).value == 1.0
    assert bootstrap([[0, 0], [0, 0]]).value == 0.0


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    covered = 0
    for trial in range(200):
        interval = bootstrap(rng.random(60) < 0.8, rounds=300, seed=trial)
        covered += interval.low <= 0.8 <= interval.high
    assert 0.88 <= covered / 200 <= 0.99


def test_any_statistic() -> None:
    values = np.arange(101.0)
    interval = bootstrap_statistic(lambda drawn: float(np.median(values[drawn])), 101, rounds=500)
    assert interval.value == 50.0
    assert 30 < interval.low < 50 < interval.high < 70


def test_wilson_against_a_published_value() -> None:
    """81 of 263: 0.2553 to 0.3662 (Newcombe 1998, Statistics in Medicine 17, table I, method 3)."""
    interval = wilson(81, 263)
    assert interval.low == pytest.approx(0.2553, abs=5e-5)
    assert interval.high == pytest.approx(0.3662, abs=5e-5)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_solves_its_equation(case: tuple[int, int]) -> None:
    successes, n = case
    interval = wilson(successes, n)
    assert 0.0 <= interval.low <= interval.value <= interval.high <= 1.0
    for bound in (interval.low, interval.high):
        if 0 < bound < 1:
            distance = abs(interval.value - bound) / sqrt(bound * (1 - bound) / n)
            assert distance == pytest.approx(1.959964, rel=1e-4)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=30))
def test_mcnemar_is_the_binomial_test_of_disagreements(pairs: list[tuple[bool, bool]]) -> None:
    wins = sum(a and not b for a, b in pairs)
    n = sum(a != b for a, b in pairs)
    chance = [comb(n, k) / 2**n for k in range(n + 1)]
    exact = sum(c for c in chance if c <= chance[wins] * (1 + 1e-9))
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    assert mcnemar(first, second) == pytest.approx(min(1.0, exact))


def test_mcnemar_of_many_items_does_not_overflow() -> None:
    first = np.ones(5000, bool)
    assert mcnemar(first, ~first) == 0.0
    assert mcnemar(first, first) == 1.0


def test_paired_bootstrap_sees_a_difference_and_none() -> None:
    rng = np.random.default_rng(4)
    base = rng.random(300)
    better = paired_bootstrap(base + 0.05 + rng.normal(0, 0.1, 300), base, rounds=1000)
    assert better.p_value < 0.01
    assert better.difference.low > 0
    same = paired_bootstrap(base, base[::1], rounds=200)
    assert same.p_value == 1.0
    noise = paired_bootstrap(base + rng.normal(0, 0.1, 300), base, rounds=1000)
    assert noise.difference.low < 0 < noise.difference.high


def test_what_makes_no_sense_is_refused() -> None:
    for bad in ([], np.zeros((2, 3)), np.zeros((2, 2, 2))):
        with pytest.raises(DataError):
            bootstrap(bad)
    with pytest.raises(DataError, match="3 successes of 2"):
        wilson(3, 2)
    with pytest.raises(DataError, match=r"shapes \(1,\) and \(2,\)"):
        mcnemar([True], [True, False])
    with pytest.raises(DataError):
        paired_bootstrap([1.0], [1.0, 2.0])
