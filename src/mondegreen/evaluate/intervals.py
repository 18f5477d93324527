"""How far a score can be trusted: confidence intervals, and paired comparisons of two systems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import comb, sqrt

import numpy as np
import numpy.typing as npt

from ..errors import DataError

_Z95 = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution."""


@dataclass(frozen=True)
class Interval:
    """An estimate from n items with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.4g} [{self.low:.4g}, {self.high:.4g}], n={self.n}"


def _rows(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    array = np.asarray(values, np.float64)
    if array.ndim not in (1, 2) or not len(array):
        raise DataError(f"found values of shape {array.shape}; expected (N,) or (N, K) with N >= 1")
    return array


def _ratio(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    errors, units = sums[..., 0], sums[..., 1]
    # Errors among no units at all are all wrong, as ErrorRate has it.
    return np.where(units > 0, errors / np.where(units > 0, units, 1.0), (errors > 0) * 1.0)


def resampled(
    values: npt.ArrayLike, *, rounds: int, seed: int = 0, groups: npt.ArrayLike | None = None
) -> npt.NDArray[np.float64]:
    """Column sums of `rounds` resamples of the rows `values (N, K)`: `(rounds, K)`.

    `groups (N,)` names what each item comes from, such as the recording that was worsened in
    several ways; whole groups are drawn then, as their items are right and wrong together.
    Raises DataError for values of another shape and for another number of groups.
    """
    rows = _rows(values)
    if rows.ndim != 2:
        raise DataError(f"found values of shape {rows.shape}; expected (N, K)")
    if groups is not None:
        _, of_group = np.unique(np.asarray(groups), return_inverse=True)
        if len(of_group) != len(rows):
            raise DataError(f"found {len(rows)} items, but groups of {len(of_group)}")
        grouped = np.zeros((int(of_group.max()) + 1, rows.shape[1]))
        np.add.at(grouped, of_group, rows)
        rows = grouped
    rng = np.random.default_rng(seed)
    n = len(rows)
    sums = np.empty((rounds, rows.shape[1]))
    for i in range(rounds):
        # How often each item was drawn says as much as which were drawn, and needs no gather.
        sums[i] = np.bincount(rng.integers(0, n, n), minlength=n) @ rows
    return sums


def middle(draws: npt.NDArray[np.float64]) -> tuple[float, float]:
    """The ends of what 95 % of the `draws (rounds,)` lie in."""
    low, high = np.quantile(draws, (0.025, 0.975))
    return float(low), float(high)


def bootstrap(values: npt.ArrayLike, *, rounds: int = 2000, seed: int = 0) -> Interval:
    """Percentile bootstrap of a mean (Efron 1979), over items.

    `values` (N,): one score an item. Or (N, 2): errors and units of each item, for rates that are a
    ratio of sums, such as WER and SemER. The same seed gives the same interval.
    Raises DataError for anything else.
    """
    rows = _rows(values)
    if rows.ndim == 1:
        rows = np.stack([rows, np.ones(len(rows))], axis=1)
    elif rows.shape[1] != 2:
        raise DataError(f"found {rows.shape[1]} columns; expected 2, errors and units of each item")
    low, high = middle(_ratio(resampled(rows, rounds=rounds, seed=seed)))
    return Interval(float(_ratio(rows.sum(axis=0))), low, high, len(rows))


def bootstrap_statistic(
    statistic: Callable[[npt.NDArray[np.int64]], float],
    n: int,
    *,
    rounds: int = 1000,
    seed: int = 0,
) -> Interval:
    """Percentile bootstrap of any figure, such as F1 or AUROC.

    `statistic` gets the indices (n,) of the items drawn. Raises DataError for n of 0.
    """
    if n < 1:
        raise DataError(f"found {n} items; expected at least one")
    rng = np.random.default_rng(seed)
    draws = [statistic(rng.integers(0, n, n)) for _ in range(rounds)]
    return Interval(statistic(np.arange(n)), *middle(np.array(draws)), n)


def wilson(successes: int, n: int) -> Interval:
    """95 % score interval of a proportion (Wilson 1927); sensible at 0 and 1 and for small n.

    Raises DataError when `successes` is not within 0 to n, or n is 0.
    """
    if n < 1 or not 0 <= successes <= n:
        raise DataError(f"found {successes} successes of {n}; expected 0 to n, and n of at least 1")
    share, z2 = successes / n, _Z95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    # At the ends the formula gives exactly 0 and 1 but for rounding.
    low = 0.0 if successes == 0 else max(0.0, middle - half)
    high = 1.0 if successes == n else min(1.0, middle + half)
    return Interval(share, low, high, n)


@dataclass(frozen=True)
class Comparison:
    """Two systems on the same items: mean difference (first - second) and how likely by chance."""

    difference: Interval
    p_value: float


def mcnemar(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
    """Exact two-sided McNemar test of two systems' right-or-wrong flags (N,) on the same items.

    The p-value is a binomial test of the items on which only one of them is right (McNemar 1947).
    Raises DataError when the lengths differ.
    """
    a, b = np.asarray(first, np.bool_), np.asarray(second, np.bool_)
    if a.shape != b.shape or a.ndim != 1:
        raise DataError(f"found flags of shapes {a.shape} and {b.shape}; expected two of (N,)")
    only_first, only_second = int(np.sum(a & ~b)), int(np.sum(b & ~a))
    n, least = only_first + only_second, min(only_first, only_second)
    # Whole numbers all the way: 2**n overflows a float from n = 1024.
    tail = 2 * sum(comb(n, k) for k in range(least + 1))
    return float(min(1.0, tail / 2**n))


def paired_bootstrap(
    first: npt.ArrayLike, second: npt.ArrayLike, *, rounds: int = 5000, seed: int = 0
) -> Comparison:
    """Paired bootstrap of the difference of two systems' mean scores on the same items.

    `first`, `second` (N,). Otherwise as `paired_bootstrap_of`.
    """
    a, b = _rows(first), _rows(second)
    if a.shape != b.shape or a.ndim != 1:
        raise DataError(f"found scores of shapes {a.shape} and {b.shape}; expected two of (N,)")
    one = np.ones(len(a))
    rows = [np.stack([scores, one], axis=1) for scores in (a, b)]
    return paired_bootstrap_of(_ratio, rows[0], rows[1], rounds=rounds, seed=seed)


def paired_bootstrap_of(
    figure: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]],
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    *,
    groups: npt.ArrayLike | None = None,
    rounds: int = 5000,
    seed: int = 0,
) -> Comparison:
    """Paired bootstrap of the difference of two systems' figures on the same items.

    `first`, `second` (N, K): what each item adds to the K sums that `figure` is computed from,
    `(…, K)` to `(…)`: errors and units, or the counts behind an F1. `groups` as in `resampled`. The
    two-sided p-value is the share of resamples, centred on no difference, that differ at least as
    much as the items themselves (Efron and Tibshirani 1993, ch. 16). Raises DataError when the
    shapes differ.
    """
    a, b = _rows(first), _rows(second)
    if a.shape != b.shape or a.ndim != 2:
        raise DataError(f"found counts of shapes {a.shape} and {b.shape}; expected two of (N, K)")
    sums = resampled(np.hstack([a, b]), rounds=rounds, seed=seed, groups=groups)
    drawn = figure(sums[:, : a.shape[1]]) - figure(sums[:, a.shape[1] :])
    difference = float(figure(a.sum(axis=0)) - figure(b.sum(axis=0)))
    extreme = int(np.sum(np.abs(drawn - difference) >= abs(difference) - 1e-12))
    # The items as they are count as one of the draws, so that p is never zero.
    interval = Interval(difference, *middle(drawn), len(a))
    return Comparison(interval, (extreme + 1) / (rounds + 1))
