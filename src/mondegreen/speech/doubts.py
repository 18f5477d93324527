"""How much the transcriber doubted each word that it wrote down."""

from __future__ import annotations

import re
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from ..text.joined_words import joined_words
from .beam import Hypothesis
from .moonshine import MoonshineEncoder
from .word_pieces import starts_word

MEASURES = 2
"""Numbers that a doubt begins with: a log-probability and an entropy."""
DOUBTS = MEASURES + MoonshineEncoder.size
"""Numbers of a doubt with the decoder's state."""
Doubts = tuple[tuple[float, ...], ...]
"""Of each word the log-probability of its tokens and the largest entropy among them, in nats over
MOST; then, where the decoder gives out its states, the mean of those of its tokens, each times the
entropy there. All are 0 for a word that nobody doubts, as those of written text are."""
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
    states = _doubtful_states(hypothesis, entropies)
    return tuple(
        (
            max(-MOST, float(logs[start:end].sum())) / MOST,
            float(entropies[start:end].max()) / MOST,
            *states[start:end].mean(0).tolist(),
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


def _doubtful_states(
    hypothesis: Hypothesis, entropies: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """`(tokens, size)` the decoder's state before each token, times the doubt there; of size 0
    where it does not give them out."""
    states = [place.state for place in hypothesis.considered if place.state is not None]
    if not states:
        return np.zeros((len(entropies), 0))
    return np.array(states, np.float64) * entropies[:, None] / MOST


__all__ = ["DOUBTS", "MEASURES", "MOST", "Doubts", "doubts_of", "tokens_of_words"]
