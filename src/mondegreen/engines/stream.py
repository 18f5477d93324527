"""Understanding speech while it arrives: samples in, events out, whatever the engine.

While somebody speaks, a turn follows what can be heard so far; it serves `Partial`, `Decided` and
`Revised` alone. The `Final` is computed from the samples of the whole utterance, exactly as for a
recording: encoding costs 8 ms for a second of sound, and being wrong costs more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import TracebackType
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ..audio.read import from_array
from ..audio.samples import RATE
from ..audio.utterances import Cutter, Moment, Piece, SegmentSettings, Unfinished
from ..early.ledger import Ledger
from ..early.policy import Policy
from ..errors import AudioError
from ..settings import MOST_READINGS, check_count
from ..speech.ear import Ear
from ..speech.listener import Listener
from ..types import (
    Event,
    Final,
    Outlook,
    Partial,
    Seconds,
    SpeechEnded,
    SpeechStarted,
    Understanding,
)
from .turn import Turn

_BYTES = frozenset({"B", "b", "c", "h", "<h"})
"""Formats of memory that holds 16-bit samples, or bytes of them; floats read as such are noise."""
EVERY: Seconds = 0.3
"""Sound between looks at unfinished speech."""
CLOSELY: Seconds = 0.192
"""The same for those who asked for early decisions."""
PAUSE: Seconds = 0.128
"""In each pause one look more, when nobody has been heard for so long."""

Pcm = npt.NDArray[np.float32] | npt.NDArray[np.int16] | bytes | bytearray | memoryview


class Understands(Protocol):
    """What a stream needs of an engine."""

    @property
    def ear(self) -> Ear:
        """Listens to the sound."""
        ...

    def begin(self) -> Turn:
        """A turn for a new utterance."""
        ...

    def understand_piece(self, piece: Piece, turn: Turn, n_best: int) -> Understanding:
        """What a whole utterance means, by a turn that has heard nothing yet."""
        ...


class _Speaking:
    """An utterance that is being spoken."""

    def __init__(self, engine: Understands, policy: Policy) -> None:
        self.listener = Listener(engine.ear)
        self.turn = engine.begin()
        self.last = engine.begin()
        """Hears the whole once it is over. Begun now: a grammar may change meanwhile."""
        self.partial: Partial | None = None
        self.ledger = Ledger(policy)


class Stream:
    """One stream of speech, any number of utterances. Use as a context manager."""

    def __init__(
        self,
        engine: Understands,
        *,
        n_best: int = 1,
        policy: Policy | None = None,
        settings: SegmentSettings | None = None,
        every: Seconds = EVERY,
        look: Callable[[], bool] = lambda: True,
    ) -> None:
        """Unfinished speech is looked at `every` so many seconds.

        `look` is asked whether there is time to; what is missed of it is made up for at the next
        look, and no result depends on it.
        """
        check_count("n_best", n_best, MOST_READINGS)
        self._engine, self._n_best = engine, n_best
        self._policy = policy or Policy()
        self._has_time = look
        self._cutter = Cutter(settings, growing=every, pausing=PAUSE)
        self._speaking: _Speaking | None = None
        self._half = b""
        """A sample whose second byte has not come yet."""
        self._closed = False
        engine.begin().prepare()

    def __enter__(self) -> Stream:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closed = True
        self._speaking = None

    def feed(self, pcm: Pcm) -> list[Event]:
        """What happened in the next chunk of 16 kHz mono audio, in order.

        `pcm` is samples `(N,)`, float in [-1, 1] or 16-bit, or 16-bit little-endian bytes, which
        may be cut anywhere; the caller may write over them afterwards. Channels `(N, channels)` are
        mixed. Raises AudioError for what is not audio (NaN, another shape) and when the stream is
        closed.
        """
        if self._closed:
            raise AudioError("this stream is closed; open another with engine.stream()")
        if isinstance(pcm, bytes | bytearray | memoryview):
            if isinstance(pcm, memoryview) and pcm.format not in _BYTES:
                raise AudioError(
                    f"found a memoryview of format {pcm.format!r}, expected 16-bit samples or "
                    "their bytes; give samples of another type as a numpy array"
                )
            data = self._half + bytes(pcm)
            even = len(data) // 2 * 2
            pcm, self._half = np.frombuffer(data[:even], "<i2"), data[even:]
        if not isinstance(pcm, np.ndarray):
            raise AudioError(
                f"found sound of type {type(pcm).__name__}, expected 16 kHz samples as a numpy "
                "array or 16-bit samples as bytes; mondegreen.read_blocks(FILE) gives a file's"
            )
        if pcm.size == 0:
            return []
        moments = self._cutter.feed(from_array(pcm, RATE).samples)
        return [event for moment in moments for event in self._follow(moment)]

    def finish(self) -> list[Event]:
        """The end of the stream: what is left of an open utterance. The stream is closed then."""
        if self._closed:
            return []
        self._closed = True
        return [event for moment in self._cutter.finish() for event in self._follow(moment)]

    def _follow(self, moment: Moment) -> Iterator[Event]:
        if isinstance(moment, SpeechStarted):
            self._speaking = _Speaking(self._engine, self._policy)
            yield moment
        elif isinstance(moment, SpeechEnded):
            yield moment
        elif self._speaking is not None:
            if isinstance(moment, Unfinished):
                if self._has_time():
                    yield from self._look(self._speaking, moment)
            else:
                speaking, self._speaking = self._speaking, None
                result = self._engine.understand_piece(moment, speaking.last, self._n_best)
                yield from speaking.ledger.close(self._cutter.time, result)
                if not (moment.segment.faint and result.status == "no_speech"):
                    yield Final(self._cutter.time, result)

    def _look(self, speaking: _Speaking, moment: Unfinished) -> Iterator[Event]:
        """What can be told of an utterance before it is over."""
        speaking.turn.hear(speaking.listener.listen(moment.samples, moment.silent))
        outlook = speaking.turn.outlook()
        yield from self._partial(speaking, outlook, moment.start)
        if outlook is not None:
            self._cutter.wait(self._policy.patience(outlook, self._cutter.pause))
            yield from speaking.ledger.look(self._cutter.time, outlook, moment.start)

    def _partial(
        self, speaking: _Speaking, outlook: Outlook | None, start: Seconds
    ) -> Iterator[Event]:
        """What is still possible, where that has changed."""
        before, partial = speaking.partial, speaking.turn.so_far()
        if partial is None or not partial.transcript:
            return
        possible = {} if outlook is None else outlook.possible()
        partial = replace(partial.shifted(start), time=self._cutter.time, possible=possible)
        if before is None or (partial.intent, partial.transcript) != (
            before.intent,
            before.transcript,
        ):
            speaking.partial = partial
            yield partial
