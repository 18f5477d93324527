"""One run of `hear`: utterances out of every kind of source, each understood and answered."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..audio.samples import RATE, Samples
from ..audio.sources import Metered, name_of, sound
from ..audio.utterances import Piece, pieces
from ..errors import in_one_line
from ..types import Understanding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..engines.grammar.engine import GrammarEngine
    from ..jobs.progress import Meter
    from . import Assistant

BREAKS_OFF = "the file breaks off early; what is there was heard"
"""What is said of a recording whose end is missing."""


@dataclass(frozen=True)
class Heard:
    """The result for one utterance, and where it was."""

    audio: str
    """The source's name."""
    offset: float
    """Seconds into the source at which the utterance begins; its times count from there."""
    result: Understanding
    more: bool = False
    """Whether further utterances of the same source follow."""

    def to_json(self) -> dict[str, Any]:
        """The JSON object of the command line: `audio` and `offset`, then the Understanding."""
        return {"audio": self.audio, "offset": self.offset, **self.result.to_json()}


@dataclass
class Tally:
    """What became of everything heard; it decides the exit code."""

    understood: int = 0
    not_understood: int = 0
    bad: int = 0

    def count(self, status: str) -> None:
        """One more utterance with this status."""
        if status == "understood":
            self.understood += 1
        else:
            self.not_understood += 1

    @property
    def exit_code(self) -> int:
        """2 when something could not be read, else 1 when something was not understood, else 0."""
        return 2 if self.bad else 1 if self.not_understood else 0


@dataclass(frozen=True)
class Session:
    """An engine, and an assistant that acts on what it understands (None: only understand)."""

    engine: GrammarEngine
    assistant: Assistant | None
    n_best: int = 1

    def file(
        self,
        path: Path,
        pcm: tuple[int, int] = (RATE, 1),
        *,
        progress: Meter | None = None,
        after: float = -1.0,
    ) -> Iterator[Heard]:
        """The utterances of a file, those up to `after` seconds left out; see `sound`."""
        with sound(path, pcm) as source:
            seconds = source.expected_seconds
            yield from self.utterances(source.blocks(), name_of(path), seconds, progress, after)
            if source.truncated:
                note(f"{path}: {BREAKS_OFF}")

    def utterances(
        self,
        blocks: Iterable[Samples],
        name: str,
        total: float = 0.0,
        progress: Meter | None = None,
        after: float = -1.0,
    ) -> Iterator[Heard]:
        """The utterances in consecutive 16 kHz blocks, understood one by one.

        Sound without any speech gives one result, `no_speech`.
        """
        meter = Metered(blocks, total, progress)
        cut = pieces(meter)
        piece = next(cut, None)
        if piece is None:
            silence = Understanding("no_speech", confidence=1.0, audio_seconds=meter.seconds)
            yield Heard(name, 0.0, silence)
        while piece is not None:
            following = next(cut, None)
            offset = round(piece.segment.start, 3)
            if offset > after:
                yield Heard(name, offset, self.understand(piece), more=following is not None)
            piece = following

    def understand(self, piece: Piece) -> Understanding:
        """What one utterance means, done and answered."""
        return self.answer(self.engine.understand(piece.samples, RATE, n_best=self.n_best))

    def answer(self, result: Understanding) -> Understanding:
        """The result with its reply, once what it asks for is done."""
        return self.assistant.answer(result) if self.assistant is not None else result


def note(message: str) -> None:
    """One line beside the results, on standard error."""
    print(f"note: {in_one_line(message)}", file=sys.stderr)
