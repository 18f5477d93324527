"""One run of `hear`: utterances out of every kind of source, each understood and answered."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..audio.formats import begins_file
from ..audio.read import open_audio, open_bytes, read_pcm
from ..audio.samples import RATE, Samples
from ..audio.utterances import Piece, pieces
from ..errors import AudioError
from ..types import Understanding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..engines.grammar.engine import GrammarEngine
    from ..jobs.progress import Meter
    from . import Assistant


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
        with sound(path, pcm) as (blocks, total):
            yield from self.utterances(blocks, name_of(path), total, progress, after)

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


class Metered:
    """Passes blocks on and tells how far they have got."""

    def __init__(self, blocks: Iterable[Samples], total: float, progress: Meter | None) -> None:
        self._blocks = blocks
        self._total = total
        self._progress = progress
        self.seconds = 0.0

    def __iter__(self) -> Iterator[Samples]:
        # Ten seconds at a time: a block of a minute would make the bar jump.
        step = 10 * RATE
        for block in self._blocks:
            for start in range(0, len(block), step):
                part = block[start : start + step]
                yield part
                self.seconds = round(self.seconds + len(part) / RATE, 3)
                if self._progress is not None:
                    self._progress(self.seconds, max(self._total, self.seconds))


@contextmanager
def sound(
    path: Path, pcm: tuple[int, int] = (RATE, 1)
) -> Iterator[tuple[Iterable[Samples], float]]:
    """16 kHz blocks of a file and its seconds; `-` is standard input, its seconds 0 for unknown.

    `pcm` is the rate and the channels of raw sound on standard input. Raises AudioError.
    """
    if str(path) == "-":
        yield _standard_input(*pcm), 0.0
        return
    with open_audio(path) as source:
        yield source.blocks(), source.expected_seconds
        if source.truncated:
            note(f"{path}: the file breaks off early; what is there was heard")


def _standard_input(rate: int, channels: int) -> Iterator[Samples]:
    if sys.stdin is None:
        raise AudioError("-: standard input is closed; pipe sound in, or name a file")
    stdin = sys.stdin.buffer
    if begins_file(stdin.peek(64)):  # type: ignore[union-attr]
        return open_bytes(stdin.read(), "-").blocks()  # a whole file was piped in
    return read_pcm(stdin, rate=rate, channels=channels)


def note(message: str) -> None:
    """One line beside the results, on standard error."""
    print(f"note: {message}", file=sys.stderr)


def name_of(path: Path) -> str:
    """The path as JSON can carry it: bytes that are not UTF-8 become the replacement character."""
    return os.fsencode(path).decode("utf-8", "replace")
