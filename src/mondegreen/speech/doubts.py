"""How much the transcriber doubted each word that it wrote down."""

from __future__ import annotations

import re
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from ..text.joined_words import joined_words
from .beam import Hypothesis
from .word_pieces import starts_word

DOUBTS = 2
"""Numbers of a doubt."""
Doubts = tuple[tuple[float, float], ...]
"""Of each word the log-probability of its tokens and the largest entropy among them, in nats over
MOST; both are 0 for a word that nobody doubts, as those of written text are."""
MOST = 8.0
"""Nats; a word that is less likely is as good as wrong."""


def tokens_of_words(hypothesis: Hypothesis) -> tuple[tuple[int, int], ...]:
    """The tokens of each word of `text.joined_words`: the first, and one past the last.

    None where it is not known how the text was written, or its tokens do not fall into its words.
    """
    text, tokens = hypothesis.text, hypothesis.tokens
    places = [match.span() for match in re.finditer(r"\S+", text)]
    numbers = [number - 1 for number in accumulate(starts_word(token) for token in tokens)]
    if not tokens or numbers[0] != 0 or numbers[-1] + 1 != len(places):
        return ()
    out: list[tuple[int, int]] = []
    for word in joined_words(text):
        start = word.at[0] if word.at else 0
        place = next(i for i, (_, end) in enumerate(places) if start < end)
        first = numbers.index(place)
        out.append((first, first + numbers.count(place)))
    return tuple(out)


def doubts_of(hypothesis: Hypothesis) -> Doubts:
    """The doubts of each word; none where `tokens_of_words` finds no words."""
    spans = tokens_of_words(hypothesis)
    if not spans:
        return ()
    logs, entropies = _of_tokens(hypothesis)
    return tuple(
        (
            max(-MOST, float(logs[start:end].sum())) / MOST,
            float(entropies[start:end].max()) / MOST,
        )
        for start, end in spans
    )


def _of_tokens(hypothesis: Hypothesis) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The log-probability of each token, and the entropy at its place: of the tokens that were
    considered, all others counted as one."""
    logs = np.array([place.log_probabilities for place in hypothesis.considered], np.float64)
    numbers = np.array([place.tokens for place in hypothesis.considered])
    chosen = numbers == np.array(hypothesis.tokens)[:, None]
    shares = np.exp(logs)
    rest = np.clip(1.0 - shares.sum(1), 1e-9, None)
    return (logs * chosen).sum(1), -(shares * logs).sum(1) - rest * np.log(rest)


__all__ = ["DOUBTS", "MOST", "Doubts", "doubts_of", "tokens_of_words"]
