"""What every engine is: audio in, meaning out.

An engine says how one utterance is understood (`begin` gives a `Turn`); reading audio, finding the
speech in it, streams, times and the result's frame are the same for all engines and built on that
here, once.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..audio.read import Recording, from_array, read_audio
from ..audio.samples import RATE, Samples
from ..audio.utterances import Piece, whole
from ..early.calibration import find as find_calibration
from ..early.policy import Policy
from ..errors import AudioError, SettingsError
from ..settings import MOST_READINGS, check_count, check_number
from ..speech.ear import Ear
from ..types import Outlook, Understanding
from .stream import CLOSELY, Stream
from .turn import Turn

AudioLike = str | Path | Samples | Recording

LEAST_PHONES = 2
"""An utterance with fewer phones than this holds no command."""
LONGEST = 120.0
"""Seconds of speech that are still one utterance. What an encoder needs grows with the length, and
longer sound holds many utterances."""


@dataclass(frozen=True)
class Schema:
    """What an engine can understand, in words that assistants and servers share."""

    intents: Mapping[str, Mapping[str, str]]
    """Kind of each slot by name, by intent, in order of appearance. A kind says how a value is
    worded: "mondegreen.Duration", or the name of a list of values."""
    replies: Mapping[str, str] = field(default_factory=dict)
    """Reply template by intent, with `{slot}` fields."""
    source: str | None = None
    """Where it was read, for messages."""


class Engine(ABC):
    """Understands speech. `mondegreen.load` makes one; packages add kinds (`mondegreen.engines`).

    A kind of engine defines the attributes and `begin`; everything else is there.
    """

    kind: str
    """Which kind of engine it is, as results name it: "grammar"."""
    ear: Ear
    """Listens to the sound; engines may share one."""
    folder: Path | None = None
    """The model's, where it has one."""

    @property
    @abstractmethod
    def model(self) -> str:
        """Name and digest of its grammar or model; the digest changes whenever that does."""

    def __repr__(self) -> str:
        """One line: the model behind an engine may be pages long."""
        return f"<{type(self).__name__} {self.model}, {len(self.schema.intents)} intents>"

    @property
    def state(self) -> str:
        """All that its early decisions depend on: what a calibration of them belongs to."""
        return self.model

    @property
    @abstractmethod
    def schema(self) -> Schema:
        """Intents, slots and replies."""

    @abstractmethod
    def begin(self) -> Turn:
        """A turn for a new utterance. Cheap, and independent of every other turn."""

    def set_slot(self, name: str, values: Mapping[str, Iterable[str]] | Iterable[str]) -> None:
        """Replace what may be said for a slot, at run time.

        `values` are names, said as written, or a mapping from each value to the ways it is said.
        Raises SettingsError for an engine whose slots cannot be replaced.
        """
        del name, values
        raise SettingsError(f"the slots of {self.kind} engines are fixed when they are made")

    def understand(self, audio: AudioLike, rate: int = RATE, *, n_best: int = 1) -> Understanding:
        """What one utterance means.

        `audio` is a path, a Recording, or samples `(N,)` or `(N, channels)` at `rate` Hz; `n_best`
        counts the readings wanted, the best included. Times count from the start of the audio.
        Raises AudioError for what is not audio and for more than two minutes of speech.
        """
        check_count("n_best", n_best, MOST_READINGS)
        began = time.perf_counter()
        recording = as_recording(audio, rate)
        piece = whole(recording.samples)
        if piece is None:
            result = Understanding("no_speech", confidence=1.0)
            return self._stamp(result, recording.seconds, began)
        if piece.segment.duration > LONGEST:
            raise AudioError(
                f"found speech over {piece.segment.duration:.0f} s, expected one utterance of at "
                f"most {LONGEST:.0f}; a stream or 'mondegreen hear' cuts longer recordings"
            )
        return replace(
            self.understand_piece(piece, self.begin(), n_best),
            compute_ms=_milliseconds(began),
        )

    def read(self, text: str) -> Understanding:
        """What a written text means, as if it had been said.

        Raises SettingsError for an engine that reads none.
        """
        del text
        raise SettingsError(f"{self.kind} engines understand speech alone; send sound")

    def understand_piece(
        self, piece: Piece, turn: Turn | None = None, n_best: int = 1
    ) -> Understanding:
        """What an utterance means that was cut out of a recording or a stream.

        `turn` has heard nothing yet; None begins one. Times count from the start of the sound that
        it was cut from.
        """
        began = time.perf_counter()
        turn = turn or self.begin()
        hearing = self.ear.listen(piece.samples)
        if len(hearing.free_phones()) < LEAST_PHONES:
            result = Understanding("no_speech", confidence=1.0)
        else:
            turn.hear(hearing)
            result = turn.conclude(n_best).shifted(piece.origin)
            if piece.segment.faint and result.status != "understood":
                result = Understanding("no_speech", confidence=1.0)
        return self._stamp(result, piece.segment.duration, began)

    def stream(
        self,
        *,
        n_best: int = 1,
        risk: float | None = None,
        policy: Policy | None = None,
    ) -> Stream:
        """A stream to feed with 16 kHz samples chunk by chunk; a context manager.

        `risk` is the highest share of utterances (0 to 1) in which a part of the meaning may be
        decided wrongly before the speaker has stopped; the engine must be calibrated for it
        (`mondegreen early calibrate`). Or `policy` says when to decide. Without either parts are
        decided at a doubt that is not calibrated. Raises SettingsError for both, for a risk that
        the engine was not calibrated for, and ModelError for a damaged calibration.
        """
        if risk is None:
            return Stream(self, n_best=n_best, policy=policy)
        if policy is not None:
            raise SettingsError("found a risk and a policy; a policy has its own risk")
        return Stream(self, n_best=n_best, policy=self.policy(risk), every=CLOSELY)

    def policy(self, risk: float) -> Policy:
        """When to decide so that at most this share of utterances has a part decided wrongly.

        Raises SettingsError and ModelError as `stream`.
        """
        check_number("risk", risk)
        return find_calibration(self.state, self.folder).policy(risk)

    def _stamp(self, result: Understanding, seconds: float, began: float) -> Understanding:
        return replace(
            result,
            audio_seconds=round(seconds, 3),
            compute_ms=_milliseconds(began),
            engine=self.kind,
            model=self.model,
        )


def as_recording(audio: AudioLike, rate: int = RATE) -> Recording:
    """The recording in whatever `understand` takes. Raises AudioError."""
    if isinstance(audio, Recording):
        return audio
    if isinstance(audio, str | Path):
        return read_audio(audio)
    return from_array(audio, rate)


def _milliseconds(began: float) -> float:
    return round(1000 * (time.perf_counter() - began), 1)


__all__ = ["AudioLike", "Engine", "Outlook", "Schema", "Turn", "as_recording"]
