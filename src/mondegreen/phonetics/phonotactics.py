"""Which phones follow which in English: an n-gram model of running speech, without words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile
from zlib import error as zlib_error

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from .inventory import BLANK, PHONES

FORMAT = 1
"""Version of the file's layout; another one is refused."""
PHONOTACTICS = "phonotactics.npz"
"""File of the model in a phone reader's folder."""
END, START = BLANK, len(PHONES)
"""Nothing follows END, which is where a table of phones has its blank; START precedes the first."""
BITS = 6
"""Bits of one symbol in a packed n-gram: 43 symbols."""

_REMEMBERED = 50_000
"""Contexts worked out and kept: 20 MB, some minutes of speech."""

Keys = npt.NDArray[np.uint64]
LogProbabilities = npt.NDArray[np.float32]


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
    def load(cls, path: Path) -> Phonotactics:
        """The model in a file. Raises ModelError when it is none, or of another version."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                version = int(arrays["format"])
                if version != FORMAT:
                    raise ModelError(f"{path} has format {version}, expected {FORMAT}")
                orders = [
                    Order(*(arrays[f"{name}{n}"] for name in ("keys", "log", "contexts", "rest")))
                    for n in range(1, int(arrays["orders"]) + 1)
                ]
        except (
            OSError,
            EOFError,
            ValueError,
            TypeError,
            KeyError,
            BadZipFile,
            zlib_error,
        ) as error:
            raise ModelError(f"{path} is not a model of phone sequences ({error})") from error
        return cls(tuple(orders))

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """What the file holds; `load` reads it."""
        arrays: dict[str, npt.NDArray[np.generic]] = {
            "format": np.array(FORMAT), "orders": np.array(len(self.orders))
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
