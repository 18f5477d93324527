"""What the transcriber, which knows no grammar, makes of a reading that is in doubt.

The search gives its best reading of whatever is said, and "turn up the brightness" fits "turn up
the lights" better than chance. The transcriber writes down English at large. If its words explain
the sounds better than the reading does, the reading is probably wrong; if they are the reading's
own, it is right. Where noise confuses the transcriber its words explain nothing, and count little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...errors import AudioError
from ...grammar.analysis.membership import same_words
from ...phonetics.pronouncer import Pronouncer
from ...speech.alignment import align_posteriors
from ...speech.hearing import Scores
from ...text.read_aloud import spoken_readings
from .compile import FREE_PHONE_COST
from .reading import Reading

OPINION = ("rival", "same")
"""Names of the evidence a second opinion adds, in the order of the weights."""
RIVAL_CAP = 5.0
CLOSE = 5.0
"""Nats between two meanings below which the transcriber's words decide: a British "start the
vacuum" sounds like "stop the vacuum" by 2 to 5."""


@dataclass(frozen=True)
class Opinion:
    """What another listener's words say about a reading; see OPINION."""

    rival: float
    """Log-score by which those words fit the audio better than the reading, per phone of the
    reading; 0 when they fit no better, at most RIVAL_CAP."""
    same: float
    """1 when they are the reading's words, else 0."""

    def vector(self) -> npt.NDArray[np.float64]:
        """`(2,)`, in the order of OPINION."""
        return np.array([self.rival, self.same])


def expected(reading: Reading) -> str:
    """How the transcript begins if the reading is right: its words, up to the first free ones."""
    words: list[str] = []
    for span in reading.spans:
        if not span.text:
            return " ".join(words)
        words.append(span.text)
    return " ".join(words) + "."


def nearly_tied(readings: Sequence[Reading]) -> bool:
    """Whether the best two readings fit the sounds so nearly alike that the words should decide."""
    return len(readings) > 1 and readings[0].score - readings[1].score < CLOSE


def reordered(readings: list[Reading], transcript: str, pronouncer: Pronouncer) -> list[Reading]:
    """The readings, the second first if its words were written down and the first's were not."""
    first, second, *others = readings
    if same_words(first.transcript, transcript, pronouncer):
        return readings
    if same_words(second.transcript, transcript, pronouncer):
        return [second, first, *others]
    return readings


def compare(reading: Reading, transcript: str, scores: Scores, pronouncer: Pronouncer) -> Opinion:
    """The opinion of one who wrote down `transcript` on a reading of the same `(T, P)` scores."""
    free = sum(len(s.phones) for s in reading.spans if not s.text)
    # What the search takes from every free phone says nothing about how well the audio fits.
    reading_score = reading.score - FREE_PHONE_COST * free
    # "105" is written for "one oh five" and for "a hundred and five".
    others = (_score(words, scores, pronouncer) for words in spoken_readings(transcript))
    better = max(others, default=-np.inf) - reading_score
    rival = min(RIVAL_CAP, max(0.0, better / len(reading.phones)))
    return Opinion(rival, float(same_words(reading.transcript, transcript, pronouncer)))


def _score(words: Sequence[str], scores: Scores, pronouncer: Pronouncer) -> float:
    """The best path through the words alone, minus infinity when there is none."""
    sounding = [word for word in words if pronouncer.word(word)]
    if not sounding:
        return -np.inf
    try:
        return align_posteriors(scores, sounding, pronouncer, frame_seconds=1.0).score * len(scores)
    except AudioError:  # more phones than frames: never said in this time
        return -np.inf
