"""The logistic fit finds the model behind the data, and the very minimum of its loss."""

from __future__ import annotations

import numpy as np
import pytest

from mondegreen.training.logistic_fit import fit, newton, with_ones


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def test_the_fit_finds_weights_and_bias() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal([3.0, -1.0], [1.0, 5.0], (20_000, 2))
    y = (rng.random(len(x)) < sigmoid(x @ [1.5, -0.4] - 4.0)).astype(float)
    weights, bias = fit(x, y)
    assert weights == pytest.approx([1.5, -0.4], rel=0.1)
    assert bias == pytest.approx(-4.0, rel=0.1)


def test_nothing_is_left_of_the_slope() -> None:
    rng = np.random.default_rng(1)
    rows = with_ones(rng.normal(size=(300, 3)))
    right = rng.random(300) < sigmoid(rows @ [1.0, -2.0, 0.0, 0.5])
    penalty, counts = np.array([0.5, 3.0, 0.1, 0.0]), rng.uniform(0.5, 2.0, 300)
    weights = newton(rows, right, penalty, counts)
    slope = rows.T @ (counts * (sigmoid(rows @ weights) - right)) + penalty * weights
    assert slope == pytest.approx(np.zeros(4), abs=1e-6)


def test_a_row_that_counts_twice_is_two_rows() -> None:
    rng = np.random.default_rng(2)
    rows, right = rng.normal(size=(100, 2)), rng.random(100) < 0.5
    twice = newton(rows, right, np.ones(2), np.where(right, 2.0, 1.0))
    repeated = newton(
        np.concatenate([rows, rows[right]]), np.concatenate([right, right[right]]), np.ones(2)
    )
    assert twice == pytest.approx(repeated, abs=1e-9)


def test_what_can_be_told_apart_without_doubt_has_an_end() -> None:
    x = np.concatenate([np.full((50, 1), -1.0), np.full((50, 1), 1.0)])
    weights, bias = fit(np.hstack([x, np.zeros_like(x)]), x[:, 0] > 0)
    assert 3.0 < weights[0] < 20.0
    assert weights[1] == 0.0
    assert bias == pytest.approx(0.0, abs=1e-9)
