"""Counting which phones follow which: interpolated modified Kneser-Ney smoothing.

Chen and Goodman 1999, "An empirical study of smoothing techniques for language modeling".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt

from ...errors import DataError
from ...phonetics.inventory import PHONES, Pronunciation
from ...phonetics.phonotactics import BITS, END, START, Keys, Order, Phonotactics

ORDER = 8
"""Phones of the longest n-gram: three short words."""
KEPT_WHOLE = 3
"""Up to this length every n-gram is kept; of longer ones those met after more than one phone, of
the longest those met more than once. Keeping all met more than once takes half as much room again
and predicts no better (a perplexity of 4.00 instead of 4.01)."""
_SHIFT = np.uint64(BITS)

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Counts:
    keys: Keys
    """(N,) distinct n-grams, ascending."""
    counts: npt.NDArray[np.int64]


def _occurrences(sequences: Iterable[Pronunciation], order: int) -> list[_Counts]:
    """How often each n-gram was met, for lengths 1 to `order`; the first one begins with START."""
    streams = [np.array([START, *phones, END], np.uint64) for phones in sequences]
    symbols = np.concatenate(streams) if streams else np.zeros(0, np.uint64)
    lengths = np.array([len(stream) for stream in streams], np.int64)
    # Phones before each place, START among them: an n-gram does not reach into the one before.
    before = np.concatenate([np.arange(n) for n in lengths]) if streams else np.zeros(0, np.int64)
    tables, grams = [], np.zeros(len(symbols), np.uint64)
    for n in range(1, order + 1):
        earlier = np.roll(symbols, n - 1)
        grams = grams | earlier << np.uint64(BITS * (n - 1))
        whole = grams[before >= max(1, n - 1)]  # START itself is never what comes next
        tables.append(_Counts(*np.unique(whole, return_counts=True)))
    return tables


def _continuations(met: list[_Counts]) -> list[_Counts]:
    """Kneser-Ney's counts: before how many different phones an n-gram was met.

    The longest n-grams keep how often they were met, and so do those that begin an utterance, which
    nothing precedes.
    """
    counted = [met[-1]]
    for n in range(len(met) - 1, 0, -1):
        shorter, longer = met[n - 1], met[n]
        endings = longer.keys & np.uint64((1 << BITS * n) - 1)
        first = shorter.keys >> np.uint64(BITS * (n - 1))
        keys, preceding = np.unique(endings, return_counts=True)
        counts = shorter.counts.copy()
        inner = first != START
        counts[inner] = preceding[np.searchsorted(keys, shorter.keys[inner])]
        counted.append(_Counts(shorter.keys, counts))
    return counted[::-1]


def _discounts(counts: npt.NDArray[np.int64]) -> Numbers:
    """(4,) what is taken from n-grams met 0, 1, 2, and 3 or more times (their equation 26)."""
    numbers = np.array([max(1, int((counts == times).sum())) for times in (1, 2, 3, 4)], float)
    share = numbers[0] / (numbers[0] + 2 * numbers[1])
    amounts = [
        times - (times + 1) * share * numbers[times] / numbers[times - 1] for times in (1, 2, 3)
    ]
    return np.array([0.0, *np.clip(amounts, 0.05, (0.95, 1.95, 2.95))])


def fit(sequences: Iterable[Pronunciation], order: int = ORDER) -> Phonotactics:
    """The model of the phones of many utterances, none of them empty, in n-grams up to `order`.

    Raises DataError when there is no utterance, ValueError for more phones than a key holds.
    """
    if not 1 <= order <= 64 // BITS:
        raise ValueError(f"order is {order}; expected 1 to {64 // BITS}")
    occurrences = _occurrences(sequences, order)
    if not len(occurrences[0].keys):
        raise DataError("found no utterance to count phones in; expected at least one")
    continuations = _continuations(occurrences)
    orders: list[Order] = []
    below = np.zeros(0)
    for n, table in enumerate(continuations, start=1):
        _, begins, sizes = np.unique(table.keys >> _SHIFT, return_index=True, return_counts=True)
        totals = np.add.reduceat(table.counts, begins).astype(float)
        discounts = _discounts(table.counts)[np.minimum(table.counts, 3)]
        rest = np.add.reduceat(discounts, begins) / totals
        lower: Numbers = np.full(len(table.keys), 1 / len(PHONES))
        if n > 1:
            lower = below[np.searchsorted(continuations[n - 2].keys, _without_first(table.keys, n))]
        below = (table.counts - discounts) / np.repeat(totals, sizes)
        below += np.repeat(rest, sizes) * lower
        mask = table.counts > 1 if n > KEPT_WHOLE else np.ones(len(table.keys), bool)
        orders.append(_backing_off(orders, table.keys[mask], below[mask]))
    return Phonotactics(tuple(orders))


def _without_first(keys: Keys, n: int) -> Keys:
    """N-grams of `n` phones without their first."""
    return np.asarray(keys & np.uint64((1 << BITS * (n - 1)) - 1), np.uint64)


def _backing_off(shorter: Sequence[Order], keys: Keys, probabilities: Numbers) -> Order:
    """N-grams with their probabilities; what these leave is shared out as the shorter ones say."""
    contexts, begins = np.unique(keys >> _SHIFT, return_index=True)
    if not len(contexts):
        nothing = np.zeros(0, np.float16)
        return Order(keys, nothing, keys, nothing)
    lower = _probabilities(shorter, _without_first(keys, len(shorter) + 1))
    # A context that lists all 42 leaves nothing, give or take a rounding.
    remainder = np.maximum(1 - np.add.reduceat(probabilities, begins), 1e-6)
    rest = remainder / np.maximum(1 - np.add.reduceat(lower, begins), 1e-6)
    return Order(
        keys, np.log(probabilities).astype(np.float16), contexts, np.log(rest).astype(np.float16)
    )


def _probabilities(orders: Sequence[Order], keys: Keys) -> Numbers:
    """The probabilities of n-grams as long as there are orders, by the model as it is kept."""
    if not orders:
        return np.full(len(keys), 1 / len(PHONES))
    order = orders[-1]
    places = _places(order.keys, keys)
    listed = places >= 0
    result = np.empty(len(keys))
    result[listed] = np.exp(order.log_probabilities[places[listed]].astype(float))
    unlisted = keys[~listed]
    context = _places(order.contexts, unlisted >> _SHIFT)
    rest = np.where(context >= 0, np.exp(order.log_rest[context].astype(float)), 1.0)
    result[~listed] = rest * _probabilities(orders[:-1], _without_first(unlisted, len(orders)))
    return result


def _places(ascending: Keys, keys: Keys) -> npt.NDArray[np.int64]:
    """Where each number lies in an ascending list; -1: it does not."""
    places = np.searchsorted(ascending, keys).astype(np.int64)
    inside = places < len(ascending)
    inside[inside] = ascending[places[inside]] == keys[inside]
    return np.where(inside, places, -1)


def to_bytes(model: Phonotactics) -> bytes:
    """The model's file."""
    file = BytesIO()
    np.savez_compressed(file, **model.arrays())  # type: ignore[arg-type]
    return file.getvalue()
