from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.errors import DataError
from mondegreen.evaluate.ranking import (
    at_false_rejects,
    auroc,
    calibration_by_chance,
    calibration_error,
)

scores = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.8, 1.0]), min_size=1, max_size=12)


@given(scores, scores)
def test_auroc_is_the_share_of_pairs_in_order(good: list[float], bad: list[float]) -> None:
    wins = sum((g > b) + 0.5 * (g == b) for g in good for b in bad)
    assert auroc(good, bad) == pytest.approx(wins / (len(good) * len(bad)))
    assert auroc(good, bad) + auroc(bad, good) == pytest.approx(1.0)


@given(scores, scores, st.sampled_from([0.0, 0.05, 0.1, 0.5, 1.0]))
def test_the_threshold_is_the_best_that_is_allowed(
    good: list[float], bad: list[float], most: float
) -> None:
    point = at_false_rejects(good, bad, most)
    accepts = [
        np.mean(np.array(bad) >= t)
        for t in [*good, *bad, 2.0]
        if np.mean(np.array(good) < t) <= most + 1e-12
    ]
    assert point.false_rejects <= most + 1e-12
    assert point.false_accepts == pytest.approx(min(accepts))


def test_calibration_of_a_known_case() -> None:
    confidence, right = [0.95] * 10 + [0.55] * 10, [1] * 9 + [0] + [1] * 3 + [0] * 7
    expected = 0.5 * abs(0.95 - 0.9) + 0.5 * abs(0.55 - 0.3)
    assert calibration_error(confidence, right) == pytest.approx(expected)
    assert calibration_error(confidence, right, bins=2, binning="equal_mass") == pytest.approx(
        expected
    )


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40),
    st.sampled_from([1, 2, 15]),
)
def test_calibration_error_by_the_definition(pairs: list[tuple[float, bool]], bins: int) -> None:
    stated, right = np.array([c for c, _ in pairs]), np.array([float(r) for _, r in pairs])
    total = 0.0
    for b in range(bins):
        # The same product as the definition's upper edge, or rounding moves an item at the edge.
        inside = (np.ceil(stated * bins) == b + 1) | ((stated == 0) & (b == 0))
        if inside.any():
            total += inside.sum() * abs(stated[inside].mean() - right[inside].mean())
    assert calibration_error(stated, right, bins=bins) == pytest.approx(
        total / len(pairs), abs=1e-9
    )


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_equal_mass_bins_hold_as_many(pairs: list[tuple[float, bool]]) -> None:
    pairs = sorted(pairs, key=lambda p: p[0])
    stated, right = np.array([c for c, _ in pairs]), np.array([float(r) for _, r in pairs])
    n, bins = len(pairs), min(4, len(pairs))
    edges = [-(-b * n // bins) for b in range(bins + 1)]
    total = sum(abs(float(np.sum(stated[a:b] - right[a:b]))) for a, b in pairwise(edges))
    error = calibration_error(stated, right, bins=4, binning="equal_mass")
    assert error == pytest.approx(total / n, abs=1e-9)


def test_what_cannot_be_scored_is_refused() -> None:
    with pytest.raises(DataError, match="0 items to accept"):
        auroc([], [0.5])
    with pytest.raises(DataError, match="finite"):
        auroc([float("nan")], [0.5])
    with pytest.raises(DataError, match="expected 0 to 1"):
        calibration_error([1.2], [1])
    with pytest.raises(DataError, match="2 confidences but 1 outcomes"):
        calibration_error([0.1, 0.2], [1])
    with pytest.raises(DataError, match="false-reject rate"):
        at_false_rejects([0.1], [0.2], 5)


def test_right_confidences_err_by_chance_and_less_of_more() -> None:
    rng = np.random.default_rng(5)
    sure = rng.uniform(0.3, 1.0, 4000)
    few, many = (calibration_by_chance(sure[:n], rounds=200) for n in (200, 4000))
    assert few.value > 2 * many.value
    right = rng.random(4000) < sure
    assert many.low / 2 < calibration_error(sure, right) < 2 * many.high
    assert calibration_error(sure, right[::-1]) > many.high
    with pytest.raises(DataError, match="no confidences"):
        calibration_by_chance([])
