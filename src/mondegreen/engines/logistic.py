"""How likely something is, given evidence: a logistic curve (Platt 1999)."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Logistic:
    """A logistic model: how likely, given numbers."""

    weights: tuple[float, ...]
    bias: float

    def probability(self, numbers: npt.ArrayLike) -> float:
        """The probability for `numbers`, one for each weight."""
        x = float(np.dot(self.weights, np.asarray(numbers)) + self.bias)
        return 1.0 / (1.0 + exp(-min(30.0, max(-30.0, x))))


__all__ = ["Logistic"]
