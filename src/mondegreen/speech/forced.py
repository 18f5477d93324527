"""A decoder forced over texts: how likely it would write each of them for what it hears.

What it said of one text says much of others that begin alike: no text is likelier than its
beginning, so one that cannot matter need not be asked about (see `Forced.most`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .word_pieces import ends, liked, likely_tokens, nexts

Logits = npt.NDArray[np.float32]
_KEPT = 4
"""Texts whose logits are kept for `Forced.most`: 1.4 MB for nine words, twice that where they are
spelled in two ways."""


class Forced:
    """One recording, of which texts are asked about one after the other.

    Each by itself: 8-bit sums of several at once are rounded together, and what one costs would
    depend on the others.
    """

    def __init__(self, run: Callable[[Sequence[int]], Logits]) -> None:
        """`run` gives the logits `(1 + n, 32,768)` after the start and each of n tokens."""
        self._run = run
        self._nats: dict[str, float] = {}
        self._asked: list[list[_Asked]] = []

    def likelihood(self, text: str) -> float:
        """How likely it is, in nats, that the text would be written down.

        After its words the sentence must end, with or without a mark. Capitals and marks between
        words are as the decoder likes them.
        """
        if text not in self._nats:
            spellings = list(self._spellings(text.split()))
            self._nats[text] = max(asked.total for asked in spellings)
            if len(self._asked) < _KEPT:
                self._asked.append(spellings)
        return self._nats[text]

    def most(self, text: str) -> float:
        """At most what `likelihood` is, in nats, by the first texts asked about; 0 before any.

        The probability of the words that it shares with one of those, and of the first piece of its
        next word. 8-bit sums, rounded for each text, may break it by some tenths of a nat.
        """
        if text in self._nats:
            return self._nats[text]
        words = text.split()
        bounds = (max(one.most(words) for one in spellings) for spellings in self._asked)
        return min(bounds, default=0.0)

    def _spellings(self, words: Sequence[str]) -> Iterator[_Asked]:
        """What the decoder says of the words as they are likely spelled, and of what it likes."""
        spelled = [likely_tokens(word, capital=place == 0) for place, word in enumerate(words)]
        plain = self._ask(words, spelled)
        yield plain
        again = spelled[:1]
        for place, word in enumerate(words[1:], 1):
            again.append(liked(word, plain.after(place, slice(None))))
        if again != spelled:
            yield self._ask(words, again)

    def _ask(self, words: Sequence[str], spelled: Sequence[Sequence[int]]) -> _Asked:
        tokens = [token for word in spelled for token in word]
        return _Asked.of(words, np.cumsum([0, *map(len, spelled)]), tokens, self._run(tokens))


class _Asked(NamedTuple):
    """What the decoder said of a text, spelled in one way."""

    words: Sequence[str]
    starts: npt.NDArray[np.int64]
    """How many tokens come before each word, and at the end how many there are."""
    logits: Logits
    norms: npt.NDArray[np.float64]
    """What to take from each row of `logits` for log-probabilities."""
    before: npt.NDArray[np.float64]
    """`(1 + n,)` nats: of the tokens before each row."""

    @classmethod
    def of(
        cls,
        words: Sequence[str],
        starts: npt.NDArray[np.int64],
        tokens: Sequence[int],
        logits: Logits,
    ) -> _Asked:
        """From the logits `(1 + n, 32,768)` of `n` tokens, in which each word starts somewhere."""
        norms = np.array([_norm(row) for row in logits])
        each = logits[np.arange(len(tokens)), tokens] - norms[:-1]
        return cls(words, starts, logits, norms, np.cumsum([0.0, *each]))

    @property
    def total(self) -> float:
        """Nats of all words and of the end after them."""
        return self._ended(len(self.words))

    def after(self, words: int, tokens: Sequence[int] | slice) -> npt.NDArray[np.float64]:
        """Log-probabilities of `tokens` after the first `words`."""
        row = self.starts[words]
        return np.asarray(self.logits[row, tokens].astype(np.float64) - self.norms[row])

    def most(self, words: Sequence[str]) -> float:
        """The most that other words may be; see `Forced.most`."""
        pairs = zip(self.words, words, strict=False)
        shared = next((i for i, (one, other) in enumerate(pairs) if one != other), None)
        if shared is None:
            shared = min(len(self.words), len(words))
        if shared == len(words):
            return self._ended(shared)
        following = nexts(words[shared], first=shared == 0)
        return float(self.before[self.starts[shared]] + self.after(shared, following).max())

    def _ended(self, words: int) -> float:
        """Nats of the first `words` and of the end after them."""
        end = np.log(np.exp(self.after(words, list(ends()))).sum())
        return float(self.before[self.starts[words]] + end)


def _norm(row: Logits) -> float:
    """The logarithm of the sum of exponentials.

    Row by row: all at once takes seven times as long, for it leaves the processor's cache.
    """
    top = row.max()
    shifted = row.astype(np.float64)
    shifted -= top
    np.exp(shifted, out=shifted)
    return float(top + np.log(shifted.sum()))


__all__ = ["Forced"]
