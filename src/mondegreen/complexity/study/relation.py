"""How accuracy follows a measure of complexity: correlations, a line, and how sure both are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
FEWEST_RUNGS = 4
"""Rungs under which nothing is related: of three in a row every measure that rises or falls has a
rank correlation of 1, and one in six does by chance."""
TOO_FEW_RUNGS = (
    f"No measure is related to accuracy: that takes {FEWEST_RUNGS} rungs or more, for over fewer "
    "any two things that rise and fall agree."
)


@dataclass(frozen=True)
class Line:
    """A straight line by least squares, with what a further data set should show."""

    slope: float
    intercept: float
    spread: float
    """Standard deviation of the points around the line."""
    count: int
    centre: float
    """Mean of the measure."""
    width: float
    """Sum of squared distances of the measure from its mean."""

    def at(self, value: float) -> float:
        """The line at a value of the measure."""
        return self.intercept + self.slope * value

    def interval(self, value: float) -> tuple[float, float] | None:
        """95 % prediction interval of one further point (Student's t); None for under 3 points."""
        if self.count < 3:
            return None
        from scipy.stats import t

        error = self.spread * np.sqrt(1 + 1 / self.count + (value - self.centre) ** 2 / self.width)
        half = float(t.ppf(0.975, self.count - 2) * error)
        return self.at(value) - half, self.at(value) + half


@dataclass(frozen=True)
class Relation:
    """A measure against accuracy over the rungs of a ladder."""

    measure: str
    spearman: float
    spearman_interval: tuple[float, float]
    """95 %, from redrawing runs and test utterances."""
    pearson: float
    pearson_interval: tuple[float, float]
    partial: float | None
    """Pearson with the number of training utterances held fixed; None where it does not vary."""
    line: Line
    bend: float
    """How much of what the line leaves over a parabola explains, from 0 (straight) to 1."""


def ranks(values: Floats) -> Floats:
    """Ranks from 0, equal values sharing theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts + 1) / 2)[inverse])


def pearson(x: Floats, y: Floats) -> float | None:
    """Pearson's correlation; None where either is constant."""
    a, b = x - x.mean(), y - y.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    # Rounding leaves a constant a little crooked.
    if size <= 1e-12 * max(1.0, float(np.abs(x).max() * np.abs(y).max())):
        return None
    return float(np.clip(a @ b / size, -1, 1))


def spearman(x: Floats, y: Floats) -> float | None:
    """Spearman's rank correlation; None where either is constant."""
    return pearson(ranks(x), ranks(y))


def partial(x: Floats, y: Floats, control: Floats) -> float | None:
    """Pearson's correlation of what a line through `control` leaves of both."""
    if np.ptp(control) == 0:
        return None
    basis = np.column_stack([np.ones(len(control)), control])

    def residual(values: Floats) -> Floats:
        return np.asarray(values - basis @ np.linalg.lstsq(basis, values, rcond=None)[0])

    return pearson(residual(x), residual(y))


def fit_line(x: Floats, y: Floats) -> Line | None:
    """The least-squares line; None where `x` is constant."""
    width = float(((x - x.mean()) ** 2).sum())
    if width == 0:
        return None
    slope = float(((x - x.mean()) * y).sum() / width)
    intercept = float(y.mean() - slope * x.mean())
    residuals = y - intercept - slope * x
    spread = float(np.sqrt((residuals**2).sum() / max(1, len(x) - 2)))
    return Line(slope, intercept, spread, len(x), float(x.mean()), width)


def _bend(x: Floats, y: Floats, line: Line) -> float:
    scaled = (x - x.mean()) / max(float(x.std()), 1e-12)
    over = float(((y - line.intercept - line.slope * x) ** 2).sum())
    if len(x) < 4 or over < 1e-12:
        return 0.0
    curve = np.polyval(np.polyfit(scaled, y, 2), scaled)
    return float(np.clip(1 - ((y - curve) ** 2).sum() / over, 0, 1))


def redrawn_accuracies(runs: Sequence[Sequence[Flags]], rng: np.random.Generator) -> Floats:
    """Accuracy of each rung from redrawn runs, and redrawn test utterances in each."""
    means = []
    for rung in runs:
        sample = [rung[i] for i in rng.integers(len(rung), size=len(rung))]
        means.append(
            np.mean([flags[rng.integers(len(flags), size=len(flags))].mean() for flags in sample])
        )
    return np.array(means)


def relate(
    measures: Mapping[str, Sequence[float | None]],
    runs: Sequence[Sequence[Flags]],
    sizes: Sequence[int],
    *,
    rounds: int = 1000,
    seed: int = 1,
) -> list[Relation]:
    """Every measure against accuracy, the strongest rank correlation first.

    `measures` has a value a rung, `runs` for each rung the flags (right or wrong) of the test
    utterances of each training run, `sizes` the training utterances of each rung. Measures that
    are undefined somewhere or constant are left out; all of them under FEWEST_RUNGS.
    """
    if len(runs) < FEWEST_RUNGS:
        return []
    rng = np.random.default_rng(seed)
    accuracy = np.array([np.mean([flags.mean() for flags in rung]) for rung in runs])
    draws = [redrawn_accuracies(runs, rng) for _ in range(rounds)]
    relations = []
    for name, values in measures.items():
        if any(value is None for value in values):
            continue
        x = np.array(values, np.float64)
        line, rank, plain = fit_line(x, accuracy), spearman(x, accuracy), pearson(x, accuracy)
        if line is None or rank is None or plain is None:
            continue
        relations.append(
            Relation(
                measure=name,
                spearman=rank,
                spearman_interval=_interval([spearman(x, d) for d in draws]),
                pearson=plain,
                pearson_interval=_interval([pearson(x, d) for d in draws]),
                partial=partial(x, accuracy, np.array(sizes, np.float64)),
                line=line,
                bend=_bend(x, accuracy, line),
            )
        )
    return sorted(relations, key=lambda r: (-abs(r.spearman), -abs(r.pearson)))


def _interval(values: Sequence[float | None]) -> tuple[float, float]:
    low, high = np.quantile([v if v is not None else 0.0 for v in values], (0.025, 0.975))
    return float(low), float(high)


__all__ = [
    "FEWEST_RUNGS", "TOO_FEW_RUNGS", "Line", "Relation", "fit_line", "partial", "pearson",
    "relate", "spearman",
]  # fmt: skip
