"""Two linear fits in closed form or nearly: what nasality needs, without a library for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_STEPS = 25
"""Newton steps of the logistic fit; with a penalty it has converged after ten."""


@dataclass(frozen=True)
class Line:
    """`x @ weights + bias`."""

    weights: Floats
    """(D,)"""
    bias: float

    def __call__(self, x: Floats) -> Floats:
        """(N,) of `x (N, D)`."""
        return np.asarray(x @ self.weights + self.bias)


def _standard(x: Floats, w: Floats) -> tuple[Floats, Floats, Floats]:
    mean = w @ x / w.sum()
    spread = np.sqrt(w @ np.square(x - mean) / w.sum())
    spread = np.where(spread > 1e-6, spread, 1.0)
    return (x - mean) / spread, mean, spread


def _unscaled(weights: Floats, bias: float, mean: Floats, spread: Floats) -> Line:
    own = weights / spread
    return Line(own, bias - float(own @ mean))


def ridge(x: Floats, y: Floats, penalty: float, w: Floats | None = None) -> Line:
    """Least squares of `y (N,)` on standardised `x (N, D)` with `penalty` times the weights' square
    (Hoerl and Kennard 1970); `w (N,)` says how much each row counts."""
    w = np.ones(len(x)) if w is None else w
    z, mean, spread = _standard(x, w)
    middle = float(w @ y / w.sum())
    weighted = z * w[:, None]
    gram = weighted.T @ z + penalty * np.eye(x.shape[1])
    return _unscaled(np.linalg.solve(gram, weighted.T @ (y - middle)), middle, mean, spread)


def logistic(x: Floats, positive: npt.NDArray[np.bool_], penalty: float) -> Line:
    """The log-odds of being `positive (N,)` by standardised `x (N, D)`, both kinds counting the
    same, with half of `penalty` times the weights' square."""
    shares = np.where(positive, 0.5 / positive.mean(), 0.5 / (1 - positive.mean()))
    z, mean, spread = _standard(x, shares)
    z1 = np.hstack([z, np.ones((len(z), 1))])
    weights = np.zeros(z1.shape[1])
    ridge_part = penalty * np.eye(len(weights))
    ridge_part[-1, -1] = 1e-6
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(z1 @ weights, -30, 30)))
        gradient = z1.T @ (shares * (p - positive)) + ridge_part @ weights
        hessian = (z1 * (shares * p * (1 - p))[:, None]).T @ z1 + ridge_part
        step = np.linalg.solve(hessian, gradient)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return _unscaled(weights[:-1], float(weights[-1]), mean, spread)
