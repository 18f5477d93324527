"""Which meaning, when the transcriber is not sure of the words: all hypotheses have a say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from .interpreter import Reading, words_of
from .model_folder import Balance

Words = tuple[str, ...]


class Written(NamedTuple):
    """Words that may have been said."""

    words: Words
    log_probability: float
    """Natural, by the transcriber."""


class Chosen(NamedTuple):
    """A meaning with its likeliest reading."""

    reading: Reading
    share: float
    """Of the meaning among all that were considered, 0 to 1."""
    log_probability: float
    """Of its words, by the transcriber."""


def written_words(texts: Iterable[tuple[str, float]]) -> list[Written]:
    """Texts with their log-probabilities, those without a word left out."""
    written = [Written(words_of(text), score) for text, score in texts]
    return [one for one in written if one.words]


def merged(hypotheses: Iterable[Written]) -> dict[Words, float]:
    """The log-probability of each row of words: of those written twice, that of both."""
    scores: dict[Words, float] = {}
    for words, score in hypotheses:
        scores[words] = float(np.logaddexp(scores.get(words, -np.inf), score))
    return scores


def choose(
    hypotheses: Sequence[Written], read: Callable[[Words], Reading], balance: Balance
) -> list[Chosen]:
    """The meanings of the hypotheses, the likeliest first.

    Each hypothesis counts by how likely it is written and how sure the interpreter is of it, both
    tempered by the balance; what means the same counts together, and so the choice is the one with
    the least expected risk (Goel and Byrne 2000). "Dried in the lights" is written before "brighten
    the lights", and means nothing.
    """
    groups: dict[object, list[tuple[float, Reading, float]]] = {}
    for words, score in merged(hypotheses).items():
        reading = read(words)
        weight = balance.writer * score + balance.reader * reading.log_probability
        groups.setdefault(_meaning(reading), []).append((weight, reading, score))
    totals = {
        key: float(np.logaddexp.reduce([weight for weight, _, _ in group]))
        for key, group in groups.items()
    }
    whole = float(np.logaddexp.reduce(list(totals.values()))) if totals else 0.0
    chosen = []
    for key in sorted(totals, key=lambda key: -totals[key]):
        _, reading, score = max(groups[key], key=lambda one: one[0])
        chosen.append(Chosen(reading, float(np.exp(totals[key] - whole)), score))
    return chosen


def _meaning(reading: Reading) -> object:
    slots = sorted((span.slot, reading.value(i)) for i, span in enumerate(reading.spans))
    return reading.intent, tuple(slots)


__all__ = ["Chosen", "Words", "Written", "choose", "merged", "written_words"]
