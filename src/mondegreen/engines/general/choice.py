"""Which meaning, when the transcriber is not sure of the words: all hypotheses have a say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from ...speech.beam import Hypothesis
from ...speech.doubts import Doubts, doubts_of
from .interpreter import Reading, words_of
from .model_folder import Balance

Words = tuple[str, ...]
Read = Callable[[Words, Doubts], Reading]
"""Says what words mean, and how much the transcriber doubted each of them."""
Ways = Callable[[Reading, bool], Iterable[tuple[Reading, float]]]
"""Says what else a reading may be, and what speaks for it in nats; of one that is out of reach only
what costs no time to find out."""
REACH = 6.0
"""Nats behind the best from which a reading is out of reach. From 4 to 10 the same sentences come
out right but for one; at 2 a point fewer."""


class Written(NamedTuple):
    """Words that may have been said."""

    words: Words
    log_probability: float
    """Natural, by the transcriber."""
    doubts: Doubts = ()
    """Of each word; none where they are not known."""
    sounds: float = 0.0
    """Log-score of the words over the phones that were heard; 0 where nobody asked."""


class Chosen(NamedTuple):
    """A meaning with its likeliest reading."""

    reading: Reading
    share: float
    """Of the meaning among all that were considered, 0 to 1."""
    log_probability: float
    """Of its words, by the transcriber."""


def written_words(hypotheses: Iterable[Hypothesis]) -> list[Written]:
    """Hypotheses in words, those without a word left out."""
    written = [Written(words_of(h.text), h.log_probability, doubts_of(h)) for h in hypotheses]
    return [one for one in written if one.words]


def merged(hypotheses: Iterable[Written]) -> list[Written]:
    """Each row of words once: of those written twice with the log-probability of both, and with
    the doubts of the likelier."""
    rows: dict[Words, Written] = {}
    for one in hypotheses:
        other = rows.get(one.words, one._replace(log_probability=-np.inf))
        likelier = max(one, other, key=lambda row: row.log_probability)
        score = float(np.logaddexp(other.log_probability, one.log_probability))
        rows[one.words] = likelier._replace(log_probability=score)
    return list(rows.values())


def as_read(reading: Reading, _: bool) -> Iterable[tuple[Reading, float]]:
    """Nothing else; see `Ways`."""
    return ((reading, 0.0),)


def choose(
    hypotheses: Sequence[Written], read: Read, balance: Balance, ways: Ways = as_read
) -> list[Chosen]:
    """The meanings of the hypotheses, the likeliest first.

    Each hypothesis counts by how likely it is written, how sure the interpreter is of it and how
    well it fits the sounds (hybrid CTC and attention, Watanabe et al. 2017), tempered by the
    balance, and by what a trained gate says of it; what means the same counts together, and so the
    choice is the one with the least expected risk (Goel and Byrne 2000). "Dried in the lights" is
    written before "brighten the lights", and means nothing.
    """
    rows: list[tuple[float, Reading, float]] = []
    for words, score, doubts, sounds in merged(hypotheses):
        reading = read(words, doubts)
        weight = balance.writer * score + balance.reader * reading.log_probability
        rows.append((weight + balance.sounds * sounds + reading.weight, reading, score))
    reach = max((weight for weight, _, _ in rows), default=0.0) - REACH
    groups: dict[object, list[tuple[float, Reading, float]]] = {}
    for weight, reading, score in rows:
        for way, more in ways(reading, weight >= reach):
            groups.setdefault(_meaning(way), []).append((weight + more, way, score))
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


__all__ = [
    "Chosen", "Read", "Ways", "Words", "Written", "as_read", "choose", "merged", "written_words",
]  # fmt: skip
