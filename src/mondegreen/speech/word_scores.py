"""How well words fit the sounds that were heard, whoever proposes them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from ..errors import AudioError
from ..phonetics.pronouncer import Pronouncer
from ..text.read_aloud import spoken_readings
from .alignment import align_posteriors
from .hearing import Scores


def words_score(text: str, scores: Scores, pronouncer: Pronouncer) -> float:
    """The log-score of the words over `scores (T, P)`, as they may be said.

    Minus infinity where they have more phones than there are frames, or no word that sounds.
    """
    # "105" is written for "one oh five" and for "one hundred five".
    ways = (_score(words, scores, pronouncer) for words in spoken_readings(text))
    return max(ways, default=-np.inf)


def _score(words: Sequence[str], scores: Scores, pronouncer: Pronouncer) -> float:
    """The best path through the words alone, minus infinity when there is none."""
    sounding = [word for word in words if pronouncer.word(word)]
    if not sounding:
        return -np.inf
    try:
        return align_posteriors(scores, sounding, pronouncer, frame_seconds=1.0).score * len(scores)
    except AudioError:  # more phones than frames: never said in this time
        return -np.inf


class WordScores:
    """How well words fit the sounds of one utterance, `scores (T, P)`; each row of words is
    compared with them once."""

    def __init__(self, scores: Scores, pronouncer: Pronouncer) -> None:
        self._scores, self._pronouncer = scores, pronouncer
        self._of: dict[tuple[str, ...], float] = {}

    @cached_property
    def _never(self) -> float:
        """The least likely phone in each frame: worse than any words."""
        return float(self._scores.min(axis=1).sum())

    def of(self, words: tuple[str, ...]) -> float:
        """Their log-score, a finite one also where they cannot have been said."""
        if words not in self._of:
            score = words_score(" ".join(words), self._scores, self._pronouncer)
            self._of[words] = max(self._never, score)
        return self._of[words]


__all__ = ["WordScores", "words_score"]
