"""Long recordings into utterances: cut where nobody speaks, never through a quiet word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from ..types import SpeechEnded, SpeechStarted
from .samples import RATE, Samples
from .voice_activity import FRAME, SpeechDetector, VoiceSettings

_LEAST = RATE // 10
"""Samples below which what is left after a cut is no utterance: 0.1 s."""


@dataclass(frozen=True)
class Segment:
    """One utterance in a recording, in seconds from its start."""

    start: float
    end: float

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.end - self.start


@dataclass(frozen=True)
class Piece:
    """An utterance with its sound."""

    segment: Segment
    samples: Samples
    """(N,) 16 kHz mono."""


@dataclass(frozen=True)
class SegmentSettings:
    """How a recording is cut."""

    whole_below: float = 15.0
    """Recordings up to this many seconds are one utterance and stay whole."""
    padding: float = 0.4
    """Seconds kept on either side: a final "t" or a breathy "h" lies outside what is detected."""
    longest: float = 20.0
    """Seconds after which speech without a pause is cut, at its quietest point."""
    voice: VoiceSettings = field(default_factory=VoiceSettings)


def segments(samples: Samples, settings: SegmentSettings | None = None) -> list[Segment]:
    """The utterances in `samples` (N,) 16 kHz mono, in order and without overlap.

    A short recording is one segment whether or not it holds speech (ask `has_speech`); a long one
    without speech has none.
    """
    return [piece.segment for piece in pieces([samples], settings)]


def pieces(blocks: Iterable[Samples], settings: SegmentSettings | None = None) -> Iterator[Piece]:
    """The utterances of a recording that arrives in blocks, each as soon as it is complete.

    Holds one utterance and one block in memory, so hours of recording need no more than minutes.
    """
    settings = settings or SegmentSettings()
    blocks = iter(blocks)
    limit = round(settings.whole_below * RATE)
    beginning: list[Samples] = []
    length = 0
    for block in blocks:
        beginning.append(block)
        length += len(block)
        if length > limit:
            break
    if length <= limit:
        if length:
            yield Piece(Segment(0.0, length / RATE), np.concatenate(beginning))
        return
    cutter = _Cutter(settings)
    for block in beginning:
        yield from cutter.feed(block)
    beginning.clear()
    for block in blocks:
        yield from cutter.feed(block)
    yield from cutter.finish()


class _Cutter:
    """Keeps the sound that may still be needed, and cuts utterances out of it.

    Positions are samples from the start of the recording.
    """

    def __init__(self, settings: SegmentSettings) -> None:
        self._settings = settings
        self._padding = round(settings.padding * RATE)
        self._detector = SpeechDetector(settings.voice)
        self._kept: Samples = np.zeros(0, np.float32)
        self._kept_from = 0
        self._free_from = 0
        """Where the last utterance ended: the next one starts no earlier."""
        self._onset: int | None = None

    def feed(self, block: Samples) -> Iterator[Piece]:
        """The utterances that `block` (N,) completes."""
        # Half a second at a time keeps the pause that ended an utterance near the end of the sound
        # at hand, so that padding can be told from the next utterance.
        step = RATE // 2
        for start in range(0, len(block), step):
            part = block[start : start + step]
            self._kept = np.concatenate([self._kept, part])
            yield from self._follow(self._detector.feed(part))
            yield from self._cut_if_too_long()
            self._forget()

    def finish(self) -> Iterator[Piece]:
        """The utterance that was open when the recording ended."""
        yield from self._follow(self._detector.finish())

    @property
    def _end(self) -> int:
        return self._kept_from + len(self._kept)

    def _follow(self, events: Iterable[SpeechStarted | SpeechEnded]) -> Iterator[Piece]:
        for event in events:
            if isinstance(event, SpeechStarted):
                onset = round(event.time * RATE) - self._padding
                self._onset = max(onset, self._free_from)
            elif self._onset is not None:
                stop = min(round(event.time * RATE) + self._padding, self._end)
                # After a cut for length nothing but the end of a pause may be left.
                if stop - self._onset > _LEAST:
                    yield self._take(self._onset, stop)
                self._onset = None

    def _cut_if_too_long(self) -> Iterator[Piece]:
        longest = round(self._settings.longest * RATE)
        while self._onset is not None and self._end - self._onset > longest:
            at = self._quietest(self._onset + longest // 2, self._onset + longest)
            yield self._take(self._onset, at)
            self._onset = at

    def _quietest(self, start: int, stop: int) -> int:
        """The middle of the quietest quarter second between two positions."""
        sound = self._kept[start - self._kept_from : stop - self._kept_from]
        frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
        power = np.mean(np.square(frames), axis=1)
        window = min(8, len(power))
        smooth = np.convolve(power, np.full(window, 1.0 / window), mode="valid")
        return start + (int(smooth.argmin()) + window // 2) * FRAME

    def _take(self, start: int, stop: int) -> Piece:
        sound = self._kept[start - self._kept_from : stop - self._kept_from].copy()
        self._free_from = stop
        return Piece(Segment(start / RATE, stop / RATE), sound)

    def _forget(self) -> None:
        """Drop the sound that no utterance can need any more."""
        # The detector names an onset some frames late; a second more than the padding covers it.
        keep = self._end - self._padding - RATE if self._onset is None else self._onset
        drop = keep - self._kept_from
        if drop > 0:
            self._kept = self._kept[drop:]
            self._kept_from = keep
