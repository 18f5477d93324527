"""Correlations and lines against scipy, and their intervals against simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.complexity.study.relation import fit_line, partial, pearson, relate, spearman

stats = pytest.importorskip("scipy.stats")
vectors = st.lists(st.integers(-20, 20), min_size=3, max_size=12)


@given(vectors, st.integers(0, 100))
def test_correlations_are_scipys(values: list[int], seed: int) -> None:
    x = np.array(values, float)
    y = np.random.default_rng(seed).integers(-3, 4, len(x)).astype(float)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        assert pearson(x, y) is spearman(x, y) is None
    else:
        assert pearson(x, y) == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-9)
        assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-9)


def test_partial_correlation_takes_size_away() -> None:
    rng = np.random.default_rng(1)
    size = rng.normal(size=400)
    x, y = size + 0.3 * rng.normal(size=400), size + 0.3 * rng.normal(size=400)
    assert (pearson(x, y) or 0) > 0.8
    assert abs(partial(x, y, size) or 0) < 0.15
    assert partial(x, y, np.ones(400)) is None


def test_prediction_intervals_hold_what_they_promise() -> None:
    rng = np.random.default_rng(2)
    inside = 0
    for _ in range(400):
        x = rng.uniform(0, 10, 9)
        y = 1 - 0.05 * x + 0.02 * rng.normal(size=9)
        line = fit_line(x[:8], y[:8])
        assert line is not None
        interval = line.interval(x[8])
        assert interval is not None
        inside += interval[0] <= y[8] <= interval[1]
    assert inside / 400 == pytest.approx(0.95, abs=0.035)
    assert fit_line(np.ones(4), np.arange(4.0)) is None


def flags(accuracy: float, rng: np.random.Generator, count: int = 500) -> np.ndarray:
    return rng.random(count) < accuracy


def test_the_true_measure_wins() -> None:
    rng = np.random.default_rng(3)
    truth = np.linspace(2, 9, 8)
    runs = [[flags(1 - 0.06 * t, rng) for _ in range(3)] for t in truth]
    measures = {
        "noise": list(rng.normal(size=8)),
        "truth": list(truth),
        "constant": [1.0] * 8,
        "undefined": [None, *truth[1:]],
        "bent": list(np.exp(truth)),
    }
    relations = relate(measures, runs, [100] * 8)
    names = [relation.measure for relation in relations]
    assert names == ["truth", "bent", "noise"]
    best, bent = relations[0], relations[1]
    assert best.spearman <= -0.95
    assert best.spearman_interval[0] <= best.spearman <= best.spearman_interval[1] + 1e-9
    assert best.spearman_interval[1] < -0.8
    assert best.partial is None
    assert best.line.slope == pytest.approx(-0.06, abs=0.01)
    assert bent.bend > 0.5
    assert relate(measures, runs, [100] * 8) == relations


def test_three_rungs_relate_nothing() -> None:
    rng = np.random.default_rng(4)
    runs = [[flags(0.9 - 0.2 * i, rng)] for i in range(4)]
    assert len(relate({"any": [1.0, 2.0, 3.0, 4.0]}, runs, [100] * 4)) == 1
    assert relate({"any": [1.0, 2.0, 3.0]}, runs[:3], [100] * 3) == []
