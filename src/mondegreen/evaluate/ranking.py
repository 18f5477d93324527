"""Scores of a confidence: does it separate right from wrong, and does it mean what it says?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from .intervals import Interval, middle

Scores = npt.NDArray[np.float64]
Binning = Literal["equal_width", "equal_mass"]
BINS = 15
"""Bins of the calibration error: Guo et al. 2017 and most who followed them."""


def _finite(what: str, values: npt.ArrayLike) -> Scores:
    array = np.asarray(values, np.float64)
    if array.ndim != 1 or not np.isfinite(array).all():
        raise DataError(f"found {what} of shape {array.shape}, or not finite; expected finite (N,)")
    return array


def _both_kinds(accept: npt.ArrayLike, reject: npt.ArrayLike) -> tuple[Scores, Scores]:
    good, bad = _finite("scores to accept", accept), _finite("scores to reject", reject)
    if not good.size or not bad.size:
        raise DataError(f"found {good.size} items to accept and {bad.size} to reject; expect both")
    return good, bad


def auroc(accept: npt.ArrayLike, reject: npt.ArrayLike) -> float:
    """Chance that a random item to accept scores above a random one to reject; ties count half.

    `accept` (N,), `reject` (M,): confidences of either kind. Put 0 for an item without a result.
    Raises DataError when either is empty or not finite.
    """
    good, bad = _both_kinds(accept, reject)
    ordered = np.sort(bad)
    below = np.searchsorted(ordered, good, side="left")
    not_above = np.searchsorted(ordered, good, side="right")
    return float((below + not_above).sum() / (2 * good.size * bad.size))


@dataclass(frozen=True)
class OperatingPoint:
    """Where a threshold puts us: what is accepted has a score of at least `threshold`."""

    threshold: float
    false_rejects: float
    """Share of the items to accept that fall below it."""
    false_accepts: float
    """Share of the items to reject that reach it."""


def at_false_rejects(
    accept: npt.ArrayLike, reject: npt.ArrayLike, most_rejected: float
) -> OperatingPoint:
    """The highest threshold that rejects at most that share of `accept`, and what slips through.

    `most_rejected` in [0, 1], e.g. 0.05. Raises DataError as `auroc` does.
    """
    good, bad = _both_kinds(accept, reject)
    if not 0 <= most_rejected <= 1:
        raise DataError(f"found a false-reject rate of {most_rejected}; expected 0 to 1")
    ordered = np.sort(good)
    # The small addend keeps 0.05 * 20 from becoming 0 for want of a bit.
    allowed = int(most_rejected * good.size + 1e-9)
    threshold = float(ordered[allowed]) if allowed < good.size else float("inf")
    rejected, accepted = np.mean(good < threshold), np.mean(bad >= threshold)
    return OperatingPoint(threshold, float(rejected), float(accepted))


def _calibration_inputs(confidence: npt.ArrayLike, right: npt.ArrayLike) -> tuple[Scores, Scores]:
    confidences, truth = _finite("confidences", confidence), _finite("outcomes", right)
    if confidences.shape != truth.shape:
        raise DataError(f"found {confidences.size} confidences but {truth.size} outcomes")
    if confidences.size and (confidences.min() < 0 or confidences.max() > 1):
        raise DataError(
            f"found confidences from {confidences.min()} to {confidences.max()}; expected 0 to 1"
        )
    return confidences, truth


def equal_width_bin(confidence: npt.ArrayLike, bins: int = BINS) -> npt.NDArray[np.int64]:
    """The number of each confidence's bin `(N,)`: (lower, upper] as published, the first closed."""
    confidences = np.asarray(confidence, np.float64)
    return np.clip(np.ceil(confidences * bins).astype(np.int64) - 1, 0, bins - 1)


def calibration_error(
    confidence: npt.ArrayLike,
    right: npt.ArrayLike,
    *,
    bins: int = BINS,
    binning: Binning = "equal_width",
) -> float:
    """Expected calibration error: mean gap between confidence and accuracy, bins weighted by size.

    `confidence` (N,) in [0, 1], `right` (N,) of 0 and 1. Equal-width bins as in Guo et al. 2017;
    `equal_mass` puts as many items in each bin, which is steadier when most confidences are high.
    Raises DataError for unequal lengths or values out of range.
    """
    confidences, truth = _calibration_inputs(confidence, right)
    if not confidences.size:
        return 0.0
    if binning == "equal_width":
        place = equal_width_bin(confidences, bins)
    else:
        order = np.argsort(confidences, kind="stable")
        place = np.empty(confidences.size, np.int64)
        place[order] = np.arange(confidences.size) * min(bins, confidences.size) // confidences.size
    gaps = np.bincount(place, weights=confidences - truth, minlength=bins)
    return float(np.abs(gaps).sum() / confidences.size)


def calibration_by_chance(
    confidence: npt.ArrayLike, *, rounds: int = 1000, seed: int = 0
) -> Interval:
    """The calibration error that confidences (N,) would have if each were right.

    Few items never meet their confidence exactly: an error within this interval shows nothing.
    Raises DataError for confidences out of [0, 1], and for none.
    """
    confidences, _ = _calibration_inputs(confidence, confidence)
    if not confidences.size:
        raise DataError("found no confidences; expected at least one")
    rng = np.random.default_rng(seed)
    draws = [
        calibration_error(confidences, rng.random(confidences.size) < confidences)
        for _ in range(rounds)
    ]
    return Interval(float(np.mean(draws)), *middle(np.array(draws)), confidences.size)
