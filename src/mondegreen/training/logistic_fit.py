"""Logistic models with a penalty, by Newton's method: what fits of evidence share."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_STEPS = 50
"""At most so many; ten are enough where classes overlap or the penalty holds the weights."""
_RIDGE = 1e-4
"""Penalty for each row, on numbers brought to one spread."""


def newton(
    rows: Floats, right: npt.ArrayLike, penalty: Floats, counts: Floats | None = None
) -> Floats:
    """(D,) the weights of `rows (N, D)` under which `right (N,)`, 0 or 1, is likeliest.

    Half of `penalty (D,)` times each weight's square is added to the loss; `counts (N,)` says how
    much each row counts.
    """
    truth = np.asarray(right, np.float64)
    counts = np.ones(len(rows)) if counts is None else counts
    weights = np.zeros(rows.shape[1])
    # A column without a penalty may be all zeros.
    curvature = np.diag(penalty) + 1e-9 * np.eye(len(weights))
    for _ in range(_STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(rows @ weights, -30, 30)))
        gradient = rows.T @ (counts * (p - truth)) + penalty * weights
        hessian = (rows * (counts * p * (1 - p))[:, None]).T @ rows + curvature
        step = np.linalg.solve(hessian, gradient)
        weights -= step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def fit(x: Floats, right: npt.ArrayLike) -> tuple[Floats, float]:
    """Weights `(E,)` and bias of a logistic model of `right (N,)`, 0 or 1, by `x (N, E)`.

    The penalty is small, and none lies on the bias.
    """
    mean, scale = x.mean(0), x.std(0) + 1e-9
    penalty = np.append(np.full(x.shape[1], _RIDGE * len(x)), 0.0)
    scaled = newton(with_ones((x - mean) / scale), right, penalty)
    weights = scaled[:-1] / scale
    return weights, float(scaled[-1] - weights @ mean)


def with_ones(x: Floats) -> Floats:
    """(N, D + 1) `x (N, D)` and a column of ones, whose weight is the bias."""
    return np.column_stack([x, np.ones(len(x))])


__all__ = ["fit", "newton", "with_ones"]
