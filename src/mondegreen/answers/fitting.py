"""Pronunciations fitted anywhere into a string of phones: what each costs, and where it lies.

An edit alignment with free ends (Sellers 1980) of thousands of pronunciations at once. A beginning
or an end inside a word that was heard costs a little, so that "cube light" may become "Kublai" with
no rule about words that were split or run together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..phonetics.distance import NOTHING, articulatory_costs

INSIDE = 0.3
"""What a beginning or an end inside a heard word costs."""
Costs = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Readings:
    """Pronunciations in the order of their length, the longest first."""

    phones: npt.NDArray[np.int64]
    """(R, longest), padded with NOTHING."""
    lengths: Ints
    """(R,)"""

    @classmethod
    def of(cls, pronunciations: Sequence[npt.ArrayLike]) -> tuple[Readings, Ints]:
        """The readings, and (R,) which of `pronunciations` each is."""
        lengths = np.array([len(np.atleast_1d(p)) for p in pronunciations], np.int64)
        order = np.argsort(-lengths, kind="stable")
        longest = int(lengths.max(initial=0))
        phones = np.full((len(lengths), longest), NOTHING, np.int64)
        for row, which in enumerate(order):
            phones[row, : lengths[which]] = pronunciations[which]
        return cls(phones, lengths[order]), order

    def backwards(self) -> Readings:
        """Each read from its end."""
        places = self.lengths[:, None] - 1 - np.arange(self.phones.shape[1])[None]
        turned = np.take_along_axis(self.phones, np.maximum(places, 0), axis=1)
        return Readings(np.where(places >= 0, turned, NOTHING), self.lengths)

    def some(self, rows: Ints) -> Readings:
        """Those in the given rows, which ascend."""
        return Readings(self.phones[rows], self.lengths[rows])


@dataclass(frozen=True)
class PhoneString:
    """A string of phones and where its words begin."""

    phones: Ints
    """(J,)"""
    inside: npt.NDArray[np.bool_]
    """(J + 1,) whether each place lies inside a word."""


def unbroken(phones: Sequence[int]) -> PhoneString:
    """A string of which nobody knows where its words begin, so that a fit may begin anywhere."""
    return PhoneString(np.array(phones, np.int64), np.zeros(len(phones) + 1, np.bool_))


def fitted(readings: Readings, string: PhoneString) -> tuple[Costs, Ints]:
    """(R,) the least cost of each reading anywhere in `string`, and (R,) the place behind it."""
    ends = np.where(string.inside, np.float32(INSIDE), np.float32(0))
    first = np.broadcast_to(ends, (len(readings.lengths), len(ends)))
    table = _last_row(readings, string.phones, first) + ends
    table[:, 0] = np.inf
    places = table.argmin(axis=1)
    return table[np.arange(len(table)), places], places


def starts_of(readings: Readings, string: PhoneString, ends: Ints) -> Ints:
    """(R,) where the best fit of each reading begins that ends at its place of `ends`."""
    size = len(string.phones)
    first = np.full((len(ends), size + 1), np.float32(1e6))
    first[np.arange(len(ends)), size - ends] = 0
    table = _last_row(readings.backwards(), string.phones[::-1], first)
    table += np.where(string.inside, np.float32(INSIDE), np.float32(0))[::-1]
    return np.asarray(np.minimum(size - table.argmin(axis=1), ends - 1))


def _last_row(readings: Readings, string: Ints, first: Costs) -> Costs:
    """(R, J + 1) costs of having read all of each reading, with `first` before its first phone."""
    costs = articulatory_costs().astype(np.float32)
    swapped = np.ascontiguousarray(costs[:, string])
    lost = costs[:, NOTHING]
    gained = np.concatenate(([0], np.cumsum(costs[NOTHING, string], dtype=np.float32)))
    table = np.array(first, np.float32)
    counts = (readings.lengths[:, None] > np.arange(readings.phones.shape[1])[None]).sum(axis=0)
    for place, count in enumerate(counts.tolist()):
        phones = readings.phones[:count, place]
        above = table[:count]
        best = above + lost[phones, None]
        np.minimum(best[:, 1:], above[:, :-1] + swapped[phones], out=best[:, 1:])
        # Gains run along the row: a running minimum of what is left after their summed costs.
        best -= gained
        np.minimum.accumulate(best, axis=1, out=best)
        best += gained
        table[:count] = best
    return table


__all__ = ["INSIDE", "PhoneString", "Readings", "fitted", "starts_of", "unbroken"]
