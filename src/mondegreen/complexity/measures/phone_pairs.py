"""Which phone strings are nearest to which, out of all pairs, without comparing most of them.

Every pair begins with a lower bound of its distance. Pairs are looked at in the order of their
bounds, and a comparison stops when it can no longer win; what it has learned by then is the pair's
new bound. So what is found is exact, and a second question is cheaper than the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
import numpy.typing as npt

from ...phonetics.distance import NOTHING, PhoneDistance
from ...phonetics.inventory import PHONES, Pronunciation

Reals = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

BLOCK = 2048
"""Pairs compared at once: the tables of 35 phones by 2048 pairs stay in the processor's cache."""
EVERY = 4
"""Phones between looks at which comparisons are lost; each look costs as much as a phone."""
CHUNK = 1 << 15
"""Pairs taken at a time in the order of their bounds."""
ROUNDING = np.float32(1 - 1e-5)
"""A bound is a sum in 32 bits, and may not lie above the distance because it was rounded."""


class PhoneStrings:
    """n phone strings that can be compared; `distance` must be symmetric."""

    def __init__(self, strings: Sequence[Pronunciation], distance: PhoneDistance) -> None:
        self.lengths = np.array([len(s) for s in strings], np.int64)
        self._starts = np.concatenate([[0], np.cumsum(self.lengths)])
        # One spare phone, so that padding may point behind the last string.
        self._flat = np.array([*chain.from_iterable(strings), NOTHING], np.int16)
        self.counts = np.zeros((len(strings), len(PHONES)), np.int16)
        owner = np.repeat(np.arange(len(strings)), self.lengths)
        np.add.at(self.counts, (owner, self._flat[:-1]), 1)
        costs = distance.costs.astype(np.float32)
        self._gap = costs[NOTHING].copy()
        # Less what inserting the phone costs: see `_Block`.
        self._change = (costs - self._gap).ravel()
        others = costs + np.where(np.eye(len(PHONES), dtype=bool), np.float32(np.inf), 0)
        self._least = others.min(axis=1).astype(np.float32)
        self._least_gap = self._gap[1:].min()

    def __len__(self) -> int:
        return len(self.lengths)

    def bounds(self, one: int, others: Ints) -> Reals:
        """Distances from one string to others are at least this: (len(others),).

        Phones that one string has more often than the other must be changed or dropped, and one is
        dropped for each that it is longer.
        """
        more = (self.counts[one] - self.counts[others]).astype(np.float32)
        left = np.maximum(more, 0) @ self._least
        right = np.maximum(-more, 0) @ self._least
        longer = np.abs(self.lengths[others] - self.lengths[one]) * self._least_gap
        lower_bounds = np.maximum(np.maximum(left, right), longer).astype(np.float32)
        return np.asarray(lower_bounds * ROUNDING)

    def compare(self, first: Ints, second: Ints, cutoff: Reals) -> tuple[Reals, Flags]:
        """Distances of pairs (P,), and whether each is exact.

        One that reached its cutoff may be a lower bound instead (no lower than the cutoff).
        """
        swap = self.lengths[first] > self.lengths[second]
        a, b = np.where(swap, second, first), np.where(swap, first, second)
        order = np.lexsort((self.lengths[a], self.lengths[b]))
        values = np.zeros(len(a), np.float32)
        exact = np.zeros(len(a), bool)
        for start in range(0, len(order), BLOCK):
            block = order[start : start + BLOCK]
            values[block], exact[block] = self._block(a[block], b[block], cutoff[block])
        return values, exact

    def _padded(self, which: Ints) -> npt.NDArray[np.intp]:
        """Phones as columns: (longest, P); behind the end of a string stands NOTHING."""
        lengths = self.lengths[which]
        at = np.arange(int(lengths.max(initial=0)))[:, None]
        inside = at < lengths
        place = np.where(inside, self._starts[which] + at, len(self._flat) - 1)
        return np.where(inside, self._flat[place], NOTHING).astype(np.intp)

    def _block(self, a: Ints, b: Ints, cutoff: Reals) -> tuple[Reals, Flags]:
        """The edit tables of some pairs, row by row, all at once.

        `table[j]` is the cost of turning the phones of `a` so far into the first j of `b`, less
        `inserted[j]`, the cost of inserting those j: then insertions cost nothing along a row and
        are a running minimum.
        """
        values, exact = np.zeros(len(a), np.float32), np.zeros(len(a), bool)
        here = np.arange(len(a))
        rows, columns = self._padded(a) * len(PHONES), self._padded(b)
        short, long = self.lengths[a], self.lengths[b]
        inserted = np.zeros((len(columns) + 1, len(a)), np.float32)
        np.cumsum(self._gap[columns], axis=0, out=inserted[1:])
        table = np.zeros_like(inserted)
        behind = (long - np.arange(len(table))[:, None]).astype(np.float32)
        live = np.ones(len(a), bool)
        for i in range(len(rows) + 1):
            complete = live & (short == i)
            cost = table[long[complete], complete] + inserted[long[complete], complete]
            values[here[complete]], exact[here[complete]] = np.maximum(cost, 0), True
            live &= ~complete
            if i % EVERY == EVERY - 1:
                ahead = np.abs(behind - (short - i).astype(np.float32))
                ahead *= self._least_gap
                ahead += table
                ahead += inserted
                low = ahead.min(axis=0) * ROUNDING
                hopeless = live & (low >= cutoff)
                values[here[hopeless]] = low[hopeless]
                live &= ~hopeless
            if not live.any():
                break
            if np.count_nonzero(live) < 0.75 * len(live):
                places = np.flatnonzero(live)
                here, short, long = here[places], short[places], long[places]
                cutoff, live = cutoff[places], live[places]
                rows, columns = rows.take(places, axis=1), columns.take(places, axis=1)
                table, inserted = table.take(places, axis=1), inserted.take(places, axis=1)
                behind = behind.take(places, axis=1)
            change = self._change.take(rows[i] + columns)
            change += table[:-1]
            table = table + self._gap.take(rows[i] // len(PHONES))
            np.minimum(table[1:], change, out=table[1:])
            for before, after in pairwise(table):
                np.minimum(before, after, out=after)
        return values, exact


@dataclass
class Nearest:
    """For each group, the nearest pair of which one string lies outside it."""

    distance: Reals
    """(groups,); infinite where nothing lies outside."""
    first: Ints
    second: Ints
    """(groups,) the two strings; -1 where nothing lies outside."""


class Pairs:
    """Pairs of strings with what is known of their distances."""

    def __init__(self, strings: PhoneStrings, queries: Ints | None = None) -> None:
        """All pairs, or those of the strings `queries` (distinct) with every string."""
        self.strings = strings
        everything = np.arange(len(strings))
        first, second, low = [], [], []
        for one in everything if queries is None else queries:
            others = everything[one + 1 :] if queries is None else np.delete(everything, one)
            first.append(np.full(len(others), one, np.int32))
            second.append(others.astype(np.int32))
            low.append(strings.bounds(int(one), others))
        self.first = np.concatenate(first) if first else np.zeros(0, np.int32)
        self.second = np.concatenate(second) if second else np.zeros(0, np.int32)
        self.low: Reals = np.concatenate(low) if low else np.zeros(0, np.float32)
        self.exact = np.zeros(len(self.low), bool)

    def drop(self, unneeded: Flags) -> None:
        """Forget the pairs that are `unneeded`."""
        needed = ~unneeded
        self.first, self.second = self.first[needed], self.second[needed]
        self.low, self.exact = self.low[needed], self.exact[needed]

    def nearest(self, label: Ints, group: Ints, groups: int) -> Nearest:
        """For each group, its nearest pair of strings with different labels, one of them its own.

        `label (n,)` and `group (n,)` are of the strings; those in no group (-1) only neighbours.
        """
        one, two = group[self.first], group[self.second]
        apart = label[self.first] != label[self.second]
        # The last place is for strings in no group: nothing is ever near enough to be asked.
        best = np.full(groups + 1, np.inf, np.float32)
        best[-1] = -np.inf
        self._improve(best, np.flatnonzero(apart & self.exact), one, two)
        open_ = np.flatnonzero(apart & ~self.exact)
        open_ = open_[self.low[open_] < np.maximum(best[one[open_]], best[two[open_]])]
        open_ = open_[np.argsort(self.low[open_], kind="stable")]
        for start in range(0, len(open_), CHUNK):
            chunk = open_[start : start + CHUNK]
            cutoff = np.maximum(best[one[chunk]], best[two[chunk]])
            near_enough = self.low[chunk] < cutoff
            chunk, cutoff = chunk[near_enough], cutoff[near_enough]
            if len(chunk):
                self.low[chunk], self.exact[chunk] = self.strings.compare(
                    self.first[chunk].astype(np.int64),
                    self.second[chunk].astype(np.int64),
                    cutoff,
                )
                self._improve(best, chunk[self.exact[chunk]], one, two)
        return self._pairs_of(best[:-1], np.flatnonzero(apart & self.exact), one, two)

    def _improve(self, best: Reals, exact: Ints, one: Ints, two: Ints) -> None:
        nobody = best[-1]
        for side in (one, two):
            np.minimum.at(best, side[exact], self.low[exact])
        best[-1] = nobody

    def _pairs_of(self, best: Reals, exact: Ints, one: Ints, two: Ints) -> Nearest:
        """The first pair of each group that has its least distance."""
        pairs = np.full(len(best), -1, np.int64)
        for side in (two, one):
            mine = exact[side[exact] >= 0]
            mine = mine[self.low[mine] == best[side[mine]]]
            pairs[side[mine][::-1]] = mine[::-1]
        there = pairs >= 0
        first = np.where(there, self.first[pairs], -1) if len(self.first) else pairs
        second = np.where(there, self.second[pairs], -1) if len(self.first) else pairs
        return Nearest(best, first.astype(np.int64), second.astype(np.int64))


def spanning_tree(pairs: Pairs) -> Reals:
    """Lengths (n - 1,) of the edges of the minimum spanning tree over the strings; uses up `pairs`.

    Borůvka's rounds: every part of the forest is joined to what is nearest to it. A part that was
    joined in this round already waits for the next, so that equal distances close no circle.
    """
    count = len(pairs.strings)
    part = np.arange(count)
    edges: list[float] = []
    while len(edges) < count - 1:
        groups = int(part.max()) + 1
        near = pairs.nearest(part, part, groups)
        parent = np.arange(groups)
        joined = np.zeros(groups, bool)
        for mine in np.argsort(near.distance, kind="stable").tolist():
            if joined[mine]:
                continue
            a, b = (int(part[end[mine]]) for end in (near.first, near.second))
            other = b if a == mine else a
            joined[mine] = joined[other] = True
            parent[mine] = _root(parent, other)
            edges.append(float(near.distance[mine]))
        roots = np.array([_root(parent, g) for g in range(groups)])
        part = np.unique(roots[part], return_inverse=True)[1].astype(np.int64)
        pairs.drop(part[pairs.first] == part[pairs.second])
    return np.array(edges, np.float32)


def _root(parent: Ints, group: int) -> int:
    while parent[group] != group:
        group = int(parent[group])
    return group


__all__ = ["Nearest", "Pairs", "PhoneStrings", "spanning_tree"]
