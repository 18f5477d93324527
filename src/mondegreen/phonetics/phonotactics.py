"""Which phones follow which in English: an n-gram model of running speech, without words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ..weights.arrays import Arrays
from .inventory import BLANK, PHONES

END, START = BLANK, len(PHONES)
"""Nothing follows END, which is where a table of phones has its blank; START precedes the first."""
BITS = 6
"""Bits of one symbol in a packed n-gram: 43 symbols."""
MOST_ORDERS = 64 // BITS
"""Phones of the longest n-gram that a key can hold."""

_MOST_NATS = 25.0
"""No probability is so small, nor is what a context leaves so far from what others say of it."""
_REMEMBERED = 50_000
"""Contexts worked out and kept: 20 MB, some minutes of speech."""

Keys = npt.NDArray[np.uint64]
LogProbabilities = npt.NDArray[np.float32]


class PhoneLanguage(Protocol):
    """What says how likely a phone is after others."""

    def context(self, phones: Sequence[int]) -> tuple[int, ...]:
        """As much of an utterance so far as matters to what comes next."""
        ...

    def following(self, context: tuple[int, ...]) -> LogProbabilities:
        """(42,) natural logs: how likely each phone comes after `context`, and at END the end."""
        ...


def packed(phones: Sequence[int]) -> int:
    """An n-gram as one number, its first phone in the highest bits."""
    key = 0
    for phone in phones:
        key = key << BITS | phone
    return key


@dataclass(frozen=True, eq=False)
class Order:
    """The n-grams of one length. `keys` ascend, so those of one context lie side by side."""

    keys: Keys
    """(N,) packed n-grams."""
    log_probabilities: npt.NDArray[np.float16]
    """(N,) natural log of the probability of the last phone after the others."""
    contexts: Keys
    """(C,) packed contexts that n-grams of this length begin with."""
    log_rest: npt.NDArray[np.float16]
    """(C,) natural log of what a context leaves to phones that it does not list."""

    def listed(self, context: int) -> tuple[int, int, float] | None:
        """First and last place of a context's n-grams, and its log rest; None: not listed."""
        key = np.uint64(context)
        place = int(np.searchsorted(self.contexts, key))
        if place == len(self.contexts) or self.contexts[place] != key:
            return None
        first, last = np.array([context << BITS, (context + 1) << BITS], np.uint64)
        begin, end = np.searchsorted(self.keys, (first, last))
        return int(begin), int(end), float(self.log_rest[place])


@dataclass(frozen=True, eq=False)
class Phonotactics:
    """How likely each phone is after those before it. Make one with `load`."""

    orders: tuple[Order, ...]
    """N-grams of one, two, … phones."""
    _cache: dict[tuple[int, ...], LogProbabilities] = field(default_factory=dict, repr=False)
    """A search asks for few contexts, and for those at every frame."""

    @classmethod
    def load(cls, arrays: Arrays) -> Phonotactics:
        """The model in a file of `arrays`. Raises ModelError when they are none."""
        count = int(arrays.take("orders", np.int64, ()))
        if not 1 <= count <= MOST_ORDERS:
            raise arrays.refused(f"it has {count} orders, expected 1 to {MOST_ORDERS}")
        return cls(tuple(_order(arrays, n) for n in range(1, count + 1)))

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """What the file holds; `load` reads it."""
        arrays: dict[str, npt.NDArray[np.generic]] = {
            "orders": np.array(len(self.orders), np.int64)
        }  # fmt: skip
        for n, order in enumerate(self.orders, start=1):
            arrays[f"keys{n}"], arrays[f"log{n}"] = order.keys, order.log_probabilities
            arrays[f"contexts{n}"], arrays[f"rest{n}"] = order.contexts, order.log_rest
        return arrays

    def context(self, phones: Sequence[int]) -> tuple[int, ...]:
        """As much of an utterance so far as matters to what comes next."""
        longest = len(self.orders) - 1
        padded = (START, *phones) if len(phones) < longest else tuple(phones)
        return padded[max(0, len(padded) - longest) :]

    def following(self, context: tuple[int, ...]) -> LogProbabilities:
        """(42,) natural logs: how likely each phone comes after `context`, and at END the end."""
        log_probabilities = self._cache.get(context)
        if log_probabilities is None:
            if len(self._cache) >= _REMEMBERED:
                self._cache.clear()
            log_probabilities = self._cache[context] = self._backed_off(context)
            log_probabilities.setflags(write=False)
        return log_probabilities

    def _backed_off(self, context: tuple[int, ...]) -> LogProbabilities:
        log_probabilities = np.full(len(PHONES), -np.log(len(PHONES)), np.float32)
        for n, order in enumerate(self.orders):
            if n > len(context):
                break
            listed = order.listed(packed(context[len(context) - n :]))
            if listed is None:  # a longer context may still be known
                continue
            begin, end, rest = listed
            log_probabilities += np.float32(rest)
            phones = (order.keys[begin:end] & np.uint64((1 << BITS) - 1)).astype(np.int64)
            log_probabilities[phones] = order.log_probabilities[begin:end]
        return log_probabilities

    def log_probability(self, phones: Sequence[int]) -> float:
        """Natural log of the probability that an utterance is these phones and then ends."""
        total = 0.0
        for i, phone in enumerate((*phones, END)):
            total += float(self.following(self.context(phones[:i]))[phone])
        return total


def _order(arrays: Arrays, n: int) -> Order:
    """The n-grams of length `n` in a file, once they are ones that `Phonotactics` can look up."""
    keys = arrays.take(f"keys{n}", np.uint64, (None,))
    contexts = arrays.take(f"contexts{n}", np.uint64, (None,))
    order = Order(
        keys, arrays.take(f"log{n}", np.float16, keys.shape),
        contexts, arrays.take(f"rest{n}", np.float16, contexts.shape),
    )  # fmt: skip
    for name, numbers in (("keys", keys), ("contexts", contexts)):
        if (numbers[1:] <= numbers[:-1]).any():
            raise arrays.refused(f"{name}{n} do not ascend")
    if not _may_follow(order):
        raise arrays.refused(f"log{n} or keys{n} are no probabilities of phones")
    return order


def _may_follow(order: Order) -> bool:
    """Whether every n-gram ends in a phone, and those of each context have at most all of 1."""
    if not len(order.keys):
        return not len(order.contexts)
    if np.abs(np.concatenate([order.log_probabilities, order.log_rest])).max() > _MOST_NATS:
        return False
    phones = order.keys & np.uint64((1 << BITS) - 1)
    _, begins = np.unique(order.keys >> np.uint64(BITS), return_index=True)
    # 16 bits round each of up to 42 probabilities by one in a thousand.
    sums = np.add.reduceat(np.exp(order.log_probabilities.astype(np.float64)), begins)
    return bool(phones.max() < len(PHONES) and sums.max() < 1.01)
