"""Understanding speech while it arrives: samples in, events out.

The encoder is not causal, so it re-encodes a window that grows with the speech; frames far enough
from the window's end no longer change and are decoded once, the decoder's state being carried from
chunk to chunk. When the speaker stops, only the last few frames are left to do.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..audio.read import from_array
from ..audio.samples import RATE
from ..audio.voice_activity import SpeechDetector
from ..errors import AudioError
from ..phonetics.inventory import PHONES
from ..types import Decided, Event, Final, Partial, Slot, SpeechEnded, SpeechStarted, Understanding
from .grammar.lattice import Lattice, Path, unfinished
from .grammar.reading import read_so_far
from .grammar.search import Scores, Search, acoustic_scores
from .grammar.settled import decide

if TYPE_CHECKING:
    from .grammar.engine import GrammarEngine

WINDOW = 250
"""Frames encoded at once (6 s, 50 ms of compute); older ones are settled long before."""
UNSETTLED = 20
"""Frames (0.48 s) before the window's end that more audio may still change."""
EVERY = round(0.3 * RATE)
"""Samples between looks at unfinished speech."""
BEFORE = round(0.5 * RATE)
"""Samples kept from before speech was noticed: a quiet first sound lies there."""

LONGEST = 20 * RATE
"""Samples after which an utterance is ended that nobody ends, such as a radio's. Recordings are cut
at the same length; without it the work for each chunk would grow for ever."""


class GrammarStream:
    """One stream of speech, any number of utterances. Use as a context manager."""

    def __init__(self, engine: GrammarEngine) -> None:
        self._engine = engine
        self._detector = SpeechDetector()
        self._frame = round(engine.ear.frame_seconds * RATE)  # samples
        self._samples: npt.NDArray[np.float32] = np.zeros(0, np.float32)
        self._origin = 0  # stream position of _samples[0], in samples
        self._search: Search | None = None
        self._looked = 0
        self._partial: Partial | None = None
        self._decided = False
        self._half = b""  # a sample whose second byte has not come yet
        self._closed = False

    def __enter__(self) -> GrammarStream:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._samples = self._samples[:0]
        self._search = None
        self._closed = True

    def feed(
        self, pcm: npt.NDArray[np.float32] | npt.NDArray[np.int16] | bytes | bytearray | memoryview
    ) -> list[Event]:
        """What happened in the next chunk of 16 kHz mono audio, in order.

        `pcm` is samples `(N,)`, float in [-1, 1] or 16-bit, or 16-bit little-endian bytes, which
        may be cut anywhere. Raises AudioError for samples that are not audio (NaN, another shape)
        and when the stream is closed.
        """
        if self._closed:
            raise AudioError("this stream is closed; open another with engine.stream()")
        if isinstance(pcm, bytes | bytearray | memoryview):
            data = self._half + bytes(pcm)
            whole = len(data) // 2 * 2
            pcm, self._half = np.frombuffer(data[:whole], "<i2"), data[whole:]
        if isinstance(pcm, np.ndarray) and pcm.size == 0:
            return []
        chunk = from_array(pcm, RATE).samples
        events: list[Event] = []
        # In steps, so that one long chunk behaves like many short ones.
        for start in range(0, len(chunk), EVERY):
            part = chunk[start : start + EVERY]
            self._samples = np.concatenate([self._samples, part])
            for event in self._detector.feed(part):
                events += self._follow(event)
            events += self._look()
        self._forget()
        return events

    def finish(self) -> list[Event]:
        """The end of the stream: what is left of an open utterance."""
        events: list[Event] = []
        if self._closed:
            return events
        self._half = b""
        for event in self._detector.finish():
            events += self._follow(event)
        return events

    def _follow(self, event: SpeechStarted | SpeechEnded) -> Iterator[Event]:
        yield event
        if isinstance(event, SpeechStarted):
            begin = max(self._origin, round(event.time * RATE) - BEFORE)
            self._samples = self._samples[begin - self._origin :]
            self._origin = begin
            self._begin()
        elif self._search is not None:
            yield Final(self._detector.time, self._conclude())
            self._search = None

    def _begin(self) -> None:
        self._search = Search(self._engine.graph, self._engine.settings)
        self._looked, self._partial, self._decided = len(self._samples), None, False

    def _cut(self) -> Iterator[Event]:
        """The end of an utterance in the middle of speech, and the beginning of the next."""
        yield from self._follow(SpeechEnded(self._detector.time))
        self._origin += len(self._samples)
        self._samples = self._samples[:0]
        self._begin()
        yield SpeechStarted(self._detector.time)

    def _look(self) -> Iterator[Event]:
        """Decode what has settled; a Partial when that changed the picture."""
        if self._search is None or len(self._samples) - self._looked < EVERY:
            return
        if len(self._samples) > LONGEST:
            yield from self._cut()
            return
        self._looked = len(self._samples)
        unsettled = self._decode(settled=len(self._samples) // self._frame - UNSETTLED)
        path = unfinished(self._search)
        if path is None:
            return
        yield from self._so_far(path)
        if not self._decided:
            yield from self._decide(unsettled)

    def _so_far(self, path: Path) -> Iterator[Partial]:
        assert self._search is not None
        seconds = self._engine.ear.frame_seconds
        intent, slots, transcript = read_so_far(self._search.graph, path, seconds)
        shifted = tuple(self._shift(s) for s in slots)
        known = self._partial
        if known is None or (intent, transcript) != (known.intent, known.transcript):
            self._partial = Partial(self._detector.time, intent, shifted, transcript)
            if transcript:
                yield self._partial

    def _decide(self, unsettled: Scores) -> Iterator[Decided]:
        """A Decided once the meaning is settled, by what is heard up to this moment."""
        assert self._search is not None
        ahead = self._search.fork()
        ahead.advance(unsettled)
        decision = decide(ahead, self._engine.calibration, self._engine.ear.frame_seconds)
        if decision is not None:
            self._decided = True
            meaning, risk = decision
            slots = tuple(self._shift(slot) for slot in meaning.slots)
            yield Decided(self._detector.time, replace(meaning, slots=slots), round(risk, 4))

    def _decode(self, settled: int) -> Scores:
        """Advance the search to frame `settled` of the utterance; the scores of what follows."""
        search = self._search
        assert search is not None
        done = len(search.frames)
        if settled <= done:
            return np.zeros((0, len(PHONES)), np.float32)
        first = max(0, min(done, len(self._samples) // self._frame - WINDOW))
        heard = self._engine.ear.listen(self._samples[first * self._frame :])
        scores = acoustic_scores(heard.log_posteriors, heard.log_prior, self._engine.settings)
        search.advance(scores[done - first : settled - first])
        return scores[settled - first :]

    def _conclude(self) -> Understanding:
        began = time.perf_counter()
        self._decode(settled=len(self._samples) // self._frame + 1)
        search = self._search
        assert search is not None
        result = Understanding("not_understood", confidence=1.0)
        if search.frames:
            seconds = self._engine.ear.frame_seconds
            result = self._engine.conclude(Lattice(search), self._samples, seconds, n_best=2)
        offset = self._origin / RATE
        return replace(
            result,
            slots=tuple(self._shift(s) for s in result.slots),
            audio_seconds=round(len(self._samples) / RATE, 3),
            decided_at=None if result.decided_at is None else round(result.decided_at + offset, 3),
            compute_ms=round(1000 * (time.perf_counter() - began), 1),
            engine="grammar",
            model=self._engine.model,
        )

    def _shift(self, slot: Slot) -> Slot:
        if slot.start is None or slot.end is None:
            return slot
        offset = self._origin / RATE
        return replace(slot, start=round(slot.start + offset, 3), end=round(slot.end + offset, 3))

    def _forget(self) -> None:
        """While nobody speaks, keep only what may belong to the next utterance."""
        spare = len(self._samples) - 2 * BEFORE
        if self._search is None and spare > 0:
            self._samples = self._samples[spare:]
            self._origin += spare
