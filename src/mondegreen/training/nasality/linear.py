"""Two linear fits in closed form or nearly: what nasality needs, without a library for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..logistic_fit import newton, with_ones

Floats = npt.NDArray[np.float64]


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
    penalties = np.append(np.full(x.shape[1], penalty), 1e-6)
    weights = newton(with_ones(z), positive, penalties, shares)
    return _unscaled(weights[:-1], float(weights[-1]), mean, spread)
