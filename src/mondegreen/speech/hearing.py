"""What the ear made of one utterance, so far: the one thing that everything downstream takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from math import inf

import numpy as np
import numpy.typing as npt

from ..audio.samples import RATE, Samples
from ..phonetics.inventory import BLANK, best_path
from ..types import Seconds
from .encoder import Frames
from .forced import Forced
from .phone_reader import LogPosteriors
from .transcriber import Transcribes

Scores = npt.NDArray[np.float32]

PRIOR_SCALE = 0.3
"""How much of the label log-priors of sounding phones is divided out."""
BLANK_PENALTY = 3.0
"""Log-score taken from the blank in each frame: a CTC network's blank is far too likely a priori.
Of 300 orders 87 % were understood without it, 96 % with 1.5 and 98.7 % with 3."""
FLOOR = 9.2
"""Nats: no frame is surer than ten thousand to one. People say a "the" that no sentence has, and a
network sure of itself would throw all readings away for it. Without a floor 17 of 21 commands by
people are understood, with 9.2 and 6.9 nats 18; of 60 orders at 3 dB 56 with either, none or one
wrong silently."""
LAG: Seconds = 0.1
"""How much later the voice detector takes speech for over than the last phone: the median of 300
commands by voices."""
MARGIN = 0.3
"""Seconds before the first sound and after the last that the transcriber hears as well."""
LONGEST = 15.0
"""Seconds of audio beyond which the transcriber is not asked: its time and memory grow with the
square of the length, and it loses the thread. Commands end long before."""


@dataclass
class Hearing:
    """One utterance as the ear hears it. `Ear.listen` makes one of finished speech."""

    samples: Samples
    """(N,) 16 kHz mono: the utterance, as far as it has come."""
    frames: Frames
    """(T, size) of the encoder, one every `frame_seconds`."""
    log_posteriors: LogPosteriors
    """(T, 42) natural log-probabilities of the phones; column 0 is the CTC blank."""
    log_prior: LogPosteriors
    """(42,) how likely each label is before anything is heard."""
    frame_seconds: Seconds
    settled: int
    """Frames of the utterance that more sound cannot change; all of them once it is over."""
    transcriber: Transcribes = field(repr=False)
    first: int = 0
    """Which frame of the utterance row 0 is: earlier ones settled before and are not repeated."""
    silent: Seconds = inf
    """How long the voice detector has heard nobody, where one was asked."""
    _transcript: list[str | None] = field(default_factory=list, repr=False)
    _frames: list[Frames | None] = field(default_factory=list, repr=False)
    """Of the transcriber."""
    _parts: dict[tuple[int, int], str] = field(default_factory=dict, repr=False)
    """What it wrote down of parts, by their first and last sample."""

    def scores(
        self, prior_scale: float = PRIOR_SCALE, blank_penalty: float = BLANK_PENALTY
    ) -> Scores:
        """`(T, 42)` log-scores for a search: priors out of the phones, a penalty on the blank.

        No label is worse than FLOOR below the best of its frame.
        """
        correction = prior_scale * (self.log_prior - self.log_prior[1:].mean())
        correction[BLANK] = blank_penalty
        scores = self.log_posteriors - correction
        best = scores.max(axis=1, keepdims=True)
        return np.asarray(np.logaddexp(scores, best - FLOOR), np.float32)

    def sounding(self) -> npt.NDArray[np.bool_]:
        """`(T,)` whether some phone beats the blank in each frame."""
        return np.asarray(self.scores().argmax(axis=1) != BLANK)

    def quiet(self) -> Seconds:
        """How long no phone has beaten the blank."""
        sounding = np.flatnonzero(self.sounding())
        last = sounding[-1] + 1 if sounding.size else 0
        return float((len(self.frames) - last) * self.frame_seconds)

    def pause(self) -> Seconds:
        """How long the speaker has been silent, by phones and voice detector together.

        A long vowel has no second phone, and a stopped consonant no voice: each alone takes them
        for a pause. Of 1,206 places in the coffee orders of 119 people 4.5 % have 0.25 s without
        a phone, and 1.0 % a pause of 0.25 s as it is counted here.
        """
        return min(self.quiet(), self.silent + LAG) if self.silent > 0.0 else 0.0

    def free_phones(self) -> tuple[int, ...]:
        """The likeliest phones, with no language behind them."""
        return best_path(self.scores())

    def transcript(self, expected: str = "") -> str | None:
        """The words that the transcriber, which knows no grammar, writes down; asked only once.

        Faster where they begin as `expected` does. None where the speech is longer than LONGEST.
        """
        if not self._transcript:
            frames = self.attended()
            words = None if frames is None else self.transcriber.write_down(frames, expected)
            self._transcript.append(words)
        return self._transcript[0]

    def long_transcript(self) -> str:
        """The same of speech of any length: what is too long at once is written down in parts, cut
        where nothing sounds."""
        words = self.transcript()
        if words is not None:
            return words
        edges = [0, *_cuts(self.sounding(), int(LONGEST / self.frame_seconds)), len(self.frames)]
        times = [(self.first + edge) * self.frame_seconds for edge in edges]
        return " ".join(self.transcript_between(*part) for part in pairwise(times))

    def forced(self) -> Forced | None:
        """Asks how likely the transcriber would write down texts.

        None where the speech is longer than LONGEST.
        """
        frames = self.attended()
        return None if frames is None else self.transcriber.forced(frames)

    def transcript_between(self, start: Seconds, end: Seconds) -> str:
        """The words the transcriber writes down of a part of it; of each part asked only once."""
        first, last = max(0, int(start * RATE)), max(0, int(end * RATE))
        if (first, last) not in self._parts:
            frames = self.transcriber.attend(self.samples[first:last])
            self._parts[first, last] = self.transcriber.write_down(frames)
        return self._parts[first, last]

    def attended(self) -> Frames | None:
        """What the transcriber hears of the speech, once; None where it is too long for it."""
        if not self._frames:
            part = self.speech()
            self._frames.append(None if part is None else self.transcriber.attend(part))
        return self._frames[0]

    def speech(self) -> Samples | None:
        """What a transcriber is given; None where it is too long for one."""
        part = self._speech()
        return part if len(part) <= LONGEST * RATE else None

    def _speech(self) -> Samples:
        """No silence around the sounds: the transcriber writes a word or two for it as well."""
        sounding = np.flatnonzero(self.sounding())
        if not sounding.size:
            return self.samples
        start = (self.first + sounding[0]) * self.frame_seconds - MARGIN
        end = (self.first + sounding[-1] + 1) * self.frame_seconds + MARGIN
        return self.samples[max(0, int(start * RATE)) : int(end * RATE)]


def _cuts(sounding: npt.NDArray[np.bool_], longest: int) -> list[int]:
    """Frames at which to cut so that no part is longer than `longest`: each amid the longest
    silence in the middle half of its part."""
    if len(sounding) <= longest:
        return []
    quarter = len(sounding) // 4
    middle = np.flatnonzero(sounding[quarter : 3 * quarter]) + quarter
    edges = np.array([quarter, *middle, 3 * quarter])
    gap = int(np.diff(edges).argmax())
    cut = int(edges[gap] + edges[gap + 1]) // 2
    later = _cuts(sounding[cut:], longest)
    return [*_cuts(sounding[:cut], longest), cut, *(cut + place for place in later)]
