"""What a phone reader takes for what, counted, and how far apart sounds are by these errors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from .distance import NOTHING, Costs, PhoneDistance, align_phones, articulatory_costs
from .inventory import PHONES, best_path

Counts = npt.NDArray[np.float64]
"""(42, 42): row a phone that was said, column the one heard; see NOTHING."""
Pair = tuple[Sequence[int], Sequence[int]]
"""Phones that were said, and phones that were heard."""

_NATS = 7.0
"""Log odds that cost 1: a phone taken for another once in 1,100 times is as good as never."""
_LEAST = 0.02
"""No confusion is free, however common, or different names would come out as equal."""
_PRIOR_WEIGHT = 20.0
"""How many observations the articulatory table counts for, per phone."""
_ROUNDS = 4
_MOST = 1e12
"""No phone was heard so often; sums of such numbers are exact to one in a thousand."""


class Confusions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often each phone was heard as each other, as a file holds it."""

    counts: tuple[tuple[float, ...], ...]
    """42 rows, a phone that was said each, of 42 columns; see `learn_confusions`."""

    def __post_init__(self) -> None:
        """Raise ValueError for what are no counts."""
        if {len(self.counts), *map(len, self.counts)} != {len(PHONES)}:
            raise ValueError(f"the counts are not {len(PHONES)} rows of as many")
        if not all(0 <= count <= _MOST for row in self.counts for count in row):
            raise ValueError(f"a count is not from 0 to {_MOST:g}")

    def array(self) -> Counts:
        """(42, 42) counts."""
        return np.array(self.counts, np.float64)


def learned_distance(counts: Counts) -> PhoneDistance:
    """The distance of counts (42, 42) of `learn_confusions`: costs are log odds to being right."""
    return PhoneDistance(_costs_of(counts))


def _costs_of(counts: Counts) -> Costs:
    prior = np.exp(-_NATS * articulatory_costs())
    prior /= prior.sum(axis=1, keepdims=True)
    observed = counts.copy()
    # An insertion has no phone that was said; it is as likely as it is often per phone said.
    observed[NOTHING, NOTHING] = counts[1:].sum()
    smoothed = observed + _PRIOR_WEIGHT * prior
    chance = smoothed / smoothed.sum(axis=1, keepdims=True)
    odds = np.log(np.diag(chance))[:, None] - np.log(chance)
    costs = np.clip(odds / _NATS, _LEAST, 1.0)
    np.fill_diagonal(costs, 0.0)
    return np.asarray(costs)


def learn_confusions(pairs: Iterable[Pair], rounds: int = _ROUNDS) -> Counts:
    """Counts (42, 42) of what each phone was heard as, from (reference, hypothesis) sequences.

    Alternates between aligning every pair with the costs so far and counting (hard EM, from the
    articulatory table). Row NOTHING counts insertions, column NOTHING deletions.
    """
    examples = [(tuple(reference), tuple(hypothesis)) for reference, hypothesis in pairs]
    costs = articulatory_costs()
    counts = np.zeros_like(costs)
    for _ in range(rounds):
        counts = np.zeros_like(costs)
        for reference, hypothesis in examples:
            for r, h in align_phones(reference, hypothesis, costs):
                counts[r, h] += 1
        costs = _costs_of(counts)
    return counts


def confusions_of_reader(
    pairs: Iterable[tuple[Sequence[int], npt.NDArray[np.float32]]],
    log_prior: npt.NDArray[np.float32] | None = None,
    prior_scale: float = 1.0,
) -> Counts:
    """Confusion counts from (phones that were said, the reader's log posteriors (T, 42)) pairs."""
    correction = 0.0 if log_prior is None else np.float32(prior_scale) * log_prior
    return learn_confusions(
        (reference, best_path(posteriors - correction)) for reference, posteriors in pairs
    )
