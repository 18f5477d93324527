"""The beginning of an utterance: written down again and again as it grows, and what it will mean.

How far the interpreter's word for a beginning can be trusted is for a calibration to find out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt

from ...audio.samples import RATE
from ...early.pauses import going_on
from ...speech.beam import BeamTranscriber, Hypothesis
from ...speech.hearing import LONGEST, MARGIN, Hearing
from ...types import INTENT, Outlook, Prospect, Seconds
from .choice import Read, Written, merged, written_words
from .interpreter import Reading
from .model_folder import Balance

TEXTS = 3
"""Texts of which each is interpreted: 10 ms for all, after 20 to 60 ms for writing them."""
APART: Seconds = 0.35
"""Sound between two times that it is written down, each of which takes 50 to 100 ms."""
SILENT: Seconds = 0.2
"""Silence after which what was said is written down in any case."""
LEAST = 0.02
"""Probability below which an intent is not told."""
GOES_ON = 0.5
"""How likely a speaker goes on, before any pause: nobody knows where such sentences end."""


Shares = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Guess:
    """What an utterance will mean, by its beginning."""

    reading: Reading
    """Of the words that were likeliest said."""
    begun: Shares
    """`(I,)` how likely each intent is, by all texts, if more may follow."""
    whole: Shares
    """The same if that is all."""

    def intents(self, pause: Seconds) -> Shares:
        """`(I,)` how likely each intent is after a pause of so long."""
        more = going_on(GOES_ON, pause)
        return more * self.begun + (1.0 - more) * self.whole


class Beginning:
    """One utterance as far as it has come."""

    def __init__(
        self,
        read: Read,
        intents: Sequence[str],
        writer: BeamTranscriber | None,
        balance: Balance,
    ) -> None:
        """`read` says what words mean, as one of `intents`; a `writer` of None is the transcriber
        of the ear, which gives one text."""
        self._read, self._intents, self._writer, self._balance = read, intents, writer, balance
        self._start: Seconds | None = None
        """Of the first sound."""
        self.pause: Seconds = 0.0
        """How long nobody has been heard."""
        self._end: Seconds = -inf
        """Of what was written down."""
        self.guess: Guess | None = None
        """None before the first word."""

    def follow(self, hearing: Hearing) -> None:
        """Take in how far the utterance has come; the same again changes nothing."""
        self.pause = hearing.pause()
        sounding = np.flatnonzero(hearing.sounding()) + hearing.first
        if not sounding.size:
            return
        first, last = (
            sounding[0] * hearing.frame_seconds,
            (sounding[-1] + 1) * hearing.frame_seconds,
        )
        # The window moves on, and what it began with is no longer in it.
        self._start = first if self._start is None else min(self._start, first)
        length = len(hearing.samples) / RATE
        start, end = max(0.0, self._start - MARGIN), min(length, last + MARGIN)
        enough = APART if length - last < SILENT else hearing.frame_seconds
        if end - self._end >= enough and end - start <= LONGEST:
            self._end = end
            written = self._written(hearing, start, end)
            if written:
                self.guess = guess(written, self._read, self._balance)

    def outlook(self, refuse_below: float) -> Outlook | None:
        """How settled the intent is; slots may grow as long as somebody speaks."""
        if self.guess is None:
            return None
        shares = self.guess.intents(self.pause)
        likeliest = [int(place) for place in np.argsort(-shares) if shares[place] >= LEAST]
        return Outlook(
            prospects=tuple(
                Prospect(INTENT, self._intents[i], float(shares[i])) for i in likeliest
            ),
            complete=True,
            going_on=GOES_ON,
            quiet=self.pause,
            refuse_below=refuse_below,
        )

    def _written(self, hearing: Hearing, start: Seconds, end: Seconds) -> list[Written]:
        """What may have been said between two moments."""
        samples = hearing.samples[int(start * RATE) : int(end * RATE)]
        writer = self._writer
        if writer is not None and writer.encoder is not None:
            return written_words(writer.hypotheses(writer.attend(samples), TEXTS))
        frames = hearing.transcriber.attend(samples)
        if writer is None:
            return written_words([Hypothesis(hearing.transcriber.write_down(frames), 0.0)])
        return written_words(writer.hypotheses(frames, TEXTS))


def guess(written: Sequence[Written], read: Read, balance: Balance) -> Guess:
    """What the texts of a beginning will mean: each has a say by how likely it was written.

    Raises ValueError for no texts.
    """
    rows = merged(written)
    readings = [read(row.words, row.doubts) for row in rows]
    weights = balance.writer * np.array([row.log_probability for row in rows])
    weights = np.exp(weights - weights.max())
    weights /= weights.sum()
    begun = weights @ np.array([np.exp(reading.begun) for reading in readings])
    whole = weights @ np.array([np.exp(reading.intents) for reading in readings])
    return Guess(readings[int(weights.argmax())], begun, whole)


__all__ = ["Beginning", "Guess", "guess"]
