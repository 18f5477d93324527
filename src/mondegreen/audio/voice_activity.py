"""Is somebody speaking: a small network (Silero VAD) asked every 32 ms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from ..types import Seconds, SpeechEnded, SpeechStarted
from ..weights.folder import Description, open_folder, shipped
from ..weights.onnx_session import Port, Session, open_session
from .samples import RATE, Samples

FRAME = 512
"""Samples per decision."""
FRAME_SECONDS = FRAME / RATE
NETWORK = "silero.onnx"
_REPAIR = "reinstall mondegreen"

_STATE = (1, 1, 128)
_INPUTS = (Port("frames", ("N", FRAME)), Port("hidden", _STATE), Port("cell", _STATE))
_OUTPUTS = (Port("speech", ("N",)), Port("hidden_after", _STATE), Port("cell_after", _STATE))
_MOST_AT_ONCE = 1024
"""Frames judged in one call, 33 s: they need 15 MB."""
_STEADY = 4
"""Frames in a row (0.13 s) that have to agree: one alone is fooled by clatter."""
_LOOK = 16
"""Frames between two looks at the answer: half a second costs 0.5 ms, and most commands begin in
the first or the second."""

# Recordings whose peak lies under 0.01 lose a fifth of their speech frames to the network, and at
# 0.001 all of them, so quiet audio is lifted first. Noise alone stays noise when it is lifted.
_TARGET_PEAK, _MOST_GAIN = 0.3, 300.0
# Lets a click be forgotten: the tracked peak halves every two seconds.
_PEAK_DECAY = 0.5 ** (FRAME_SECONDS / 2.0)


class DetectorDescription(Description, frozen=True, kw_only=True):
    """What `mondegreen.json` says of a network that detects speech: nothing but its file."""

    FORMAT: ClassVar[int] = 1
    KIND: ClassVar[str] = "voice activity detector"
    NEEDED: ClassVar[tuple[str, ...]] = (NETWORK,)


@dataclass(frozen=True)
class VoiceSettings:
    """When speech starts and when it is over."""

    start: float = 0.5
    """Probability from which a frame counts as speech while nobody is speaking."""
    stop: float = 0.3
    """Probability below which a frame counts as pause while somebody is."""
    onset_seconds: float = 0.1
    """This much speech in a row is speech for sure. "Yes" lasts 0.25 s; a clap 0.05 s."""
    faint: float = 0.2
    """Probability from which a frame may be speech while nobody is speaking."""
    faint_seconds: float = 0.064
    """This much of it in a row starts an utterance, a faint one unless it becomes speech for sure.
    Of 180 single words by 95 people 7 are never speech for sure, and 2 not even faintly; of 150
    noises 10 are speech for sure and 40 at least faintly."""
    pause_seconds: float = 0.8
    """A pause this long ends an utterance. Of 119 coffee orders by people 0.6 s cut two in parts
    and 0.8 s one; of 100 of AN4's spelled names and numbers three and none."""


@lru_cache(maxsize=1)
def _network() -> Session:
    """The session, one for all: its state goes in and out with each call.

    More threads would cost more than they bring here, and stall for 30 ms on a busy machine.
    """
    network = open_folder(shipped("silero"), DetectorDescription, _REPAIR).file(NETWORK)
    return open_session(network, _REPAIR, inputs=_INPUTS, outputs=_OUTPUTS)


class FrameScorer:
    """Speech probability of consecutive 32 ms frames, however the audio is chopped up.

    The network remembers what came before, in `hidden` and `cell`. Raises ModelError when its file
    is damaged.
    """

    def __init__(self) -> None:
        self._run = _network().run
        self._hidden = self._cell = np.zeros(_STATE, np.float32)
        self._remainder: Samples = np.zeros(0, np.float32)
        self._peak = 0.0

    def feed(self, chunk: Samples) -> list[float]:
        """Probabilities of the frames that `chunk` (N,) completes."""
        samples = np.concatenate([self._remainder, chunk]) if len(self._remainder) else chunk
        whole = len(samples) // FRAME
        self._remainder = samples[whole * FRAME :].copy()
        frames = samples[: whole * FRAME].reshape(whole, FRAME)
        scores: list[float] = []
        for start in range(0, whole, _MOST_AT_ONCE):
            scores += self._score(frames[start : start + _MOST_AT_ONCE])
        return scores

    def flush(self) -> list[float]:
        """The probability of what is left over, filled up with silence; empty if nothing is."""
        padding = -len(self._remainder) % FRAME
        return self.feed(np.zeros(padding, np.float32)) if padding else []

    def _score(self, frames: Samples) -> list[float]:
        feed = {"frames": self._levelled(frames), "hidden": self._hidden, "cell": self._cell}
        speech, self._hidden, self._cell = self._run(feed)
        return [float(p) for p in speech]

    def _levelled(self, frames: Samples) -> Samples:
        """Frames (n, 512) lifted by the loudest peak of the last seconds."""
        gains = np.empty((len(frames), 1), np.float32)
        for i, peak in enumerate(np.abs(frames).max(axis=1)):
            self._peak = max(float(peak), self._peak * _PEAK_DECAY)
            gains[i] = min(_MOST_GAIN, max(1.0, _TARGET_PEAK / max(self._peak, 1e-9)))
        return np.asarray(frames * gains, np.float32)


def speech_probability(samples: Samples, *, enough: float = 1.0) -> float:
    """How sure it is that somebody speaks somewhere in `samples` (N,), from 0 to 1.

    It is the best score that four frames in a row keep up. Stops listening within half a second of
    where the answer reaches `enough`.
    """
    scorer = FrameScorer()
    scores: list[float] = []
    best = 0.0
    for start in range(0, len(samples), _LOOK * FRAME):
        scores = scores[-(_STEADY - 1) :] + scorer.feed(samples[start : start + _LOOK * FRAME])
        if start + _LOOK * FRAME >= len(samples):
            scores += scorer.flush()
        windows = range(max(1, len(scores) - _STEADY + 1))
        best = max(best, *(min(scores[i : i + _STEADY]) for i in windows))
        if best >= enough:
            break
    return best


def has_speech(samples: Samples, *, threshold: float = 0.5) -> bool:
    """Whether somebody speaks in `samples` (N,); see `speech_probability`.

    On speech it answers soon after the first word, so asking costs little.
    """
    return speech_probability(samples, enough=threshold) >= threshold


class SpeechDetector:
    """Follows a stream and says when speech starts and ends.

    Times count in seconds from the first sample fed, and lie on the speech itself: an end is
    reported `pause_seconds` after the moment it names.
    """

    def __init__(self, settings: VoiceSettings | None = None) -> None:
        self._settings = settings or VoiceSettings()
        self._scorer = FrameScorer()
        self._frames = 0
        self._run = 0
        """Frames in a row on the other side of the threshold."""
        self._sure_run = 0
        """Frames in a row that are speech for sure."""
        self.pause: Seconds = self._settings.pause_seconds
        """How long a pause ends the utterance that is being spoken."""
        self.speaking = False
        self.faint = False
        """Whether nothing of what was or is being spoken was speech for sure."""

    @property
    def time(self) -> float:
        """Seconds of audio judged so far."""
        return self._frames * FRAME_SECONDS

    @property
    def silent(self) -> Seconds:
        """How long nobody has made a sound, while somebody is speaking."""
        return self._run * FRAME_SECONDS if self.speaking else 0.0

    def judge(self, chunk: Samples) -> Iterator[SpeechStarted | SpeechEnded | None]:
        """What happened in each frame that `chunk` (N,) 16 kHz mono completes; None: nothing."""
        return map(self._advance, self._scorer.feed(chunk))

    def feed(self, chunk: Samples) -> list[SpeechStarted | SpeechEnded]:
        """What happened in `chunk` (N,) 16 kHz mono, in order."""
        return [event for event in self.judge(chunk) if event is not None]

    def finish(self) -> list[SpeechStarted | SpeechEnded]:
        """What is still to be said at the end of the stream: an open utterance ends."""
        events = [e for e in map(self._advance, self._scorer.flush()) if e is not None]
        if self.speaking:
            events.append(self._end())
        return events

    def _advance(self, score: float) -> SpeechStarted | SpeechEnded | None:
        self._frames += 1
        settings = self._settings
        self._sure_run = self._sure_run + 1 if score >= settings.start else 0
        sure = self._sure_run * FRAME_SECONDS >= settings.onset_seconds
        if self.speaking:
            self.faint = self.faint and not sure
            self._run = self._run + 1 if score < settings.stop else 0
            if self._run * FRAME_SECONDS >= self.pause:
                return self._end()
            return None
        self._run = self._run + 1 if score >= settings.faint else 0
        if self._run * FRAME_SECONDS >= settings.faint_seconds:
            started = SpeechStarted((self._frames - self._run) * FRAME_SECONDS)
            self.speaking, self.faint, self._run = True, not sure, 0
            return started
        return None

    def _end(self) -> SpeechEnded:
        ended = SpeechEnded((self._frames - self._run) * FRAME_SECONDS)
        self.speaking, self._run = False, 0
        self.pause = self._settings.pause_seconds
        return ended
