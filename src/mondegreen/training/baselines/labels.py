"""What a classifier of meanings can say: the intents and slot values it was trained on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...data.utterance import Utterance
from ...text.tokens import words
from ...types import Meaning, Slot

FEWEST = 2
"""Training utterances that a slot value or a word must occur in to get an output of its own."""

Flags = npt.NDArray[np.float32]


def meaning_of(utterance: Utterance) -> Meaning:
    """The labelled meaning; text values are compared without case."""
    return Meaning(
        utterance.intent or "",
        tuple(Slot(s.name, _folded(s.value), s.words(utterance.text)) for s in utterance.slots),
    )


def _folded(value: object) -> object:
    return " ".join(value.lower().split()) if isinstance(value, str) else value


@dataclass(frozen=True)
class Labels:
    """Names of the outputs of a classifier."""

    intents: tuple[str, ...]
    pairs: tuple[str, ...]
    """Slot and value, as JSON."""
    words: tuple[str, ...]
    """Words that training also asks for: they teach it to listen."""

    @classmethod
    def of(cls, train: Iterable[Utterance]) -> Labels:
        """The labels that training utterances carry often enough."""
        intents: Counter[str] = Counter()
        pairs: Counter[str] = Counter()
        word_counts: Counter[str] = Counter()
        for utterance in train:
            intents[utterance.intent or ""] += 1
            pairs.update(set(_pairs(utterance)))
            word_counts.update(set(words(utterance.text)))
        return cls(
            tuple(sorted(intents)),
            tuple(sorted(p for p, n in pairs.items() if n >= FEWEST)),
            tuple(sorted(w for w, n in word_counts.items() if n >= FEWEST)),
        )

    def targets(self, rows: Sequence[Utterance]) -> tuple[npt.NDArray[np.int64], Flags, Flags]:
        """Intent numbers (N,), and which pairs (N, P) and words (N, W) each row has.

        An intent that training lacks is -1.
        """
        number = {name: i for i, name in enumerate(self.intents)}
        intents = np.array([number.get(u.intent or "", -1) for u in rows])
        return (
            intents,
            _flags([_pairs(u) for u in rows], self.pairs),
            _flags([words(u.text) for u in rows], self.words),
        )

    def meaning(self, intent: int, pairs: Iterable[int]) -> Meaning:
        """The meaning that outputs stand for."""
        slots = []
        for i in pairs:
            name, value = json.loads(self.pairs[i])
            slots.append(Slot(name, value, str(value)))
        return Meaning(self.intents[intent], tuple(slots))


def _pairs(utterance: Utterance) -> list[str]:
    return [json.dumps([s.name, s.value], sort_keys=True) for s in meaning_of(utterance).slots]


def _flags(rows: Sequence[Iterable[str]], names: Sequence[str]) -> Flags:
    number = {name: i for i, name in enumerate(names)}
    flags = np.zeros((len(rows), len(names)), np.float32)
    for flag, row in zip(flags, rows, strict=True):
        for name in row:
            if name in number:
                flag[number[name]] = 1.0
    return flags


__all__ = ["Labels", "meaning_of"]
