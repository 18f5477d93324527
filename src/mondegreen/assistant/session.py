"""A session: an engine that understands and an assistant that answers, over any source of sound."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..audio.samples import RATE, Samples
from ..audio.sources import Metered, name_of, sound
from ..audio.utterances import Piece, pieces
from ..engines.stream import EVERY, Stream
from ..types import Seconds, Understanding
from .question import Question

if TYPE_CHECKING:
    from ..early.policy import Policy
    from ..engines.engine import Engine
    from ..engines.turn import Turn
    from ..jobs.progress import Meter
    from ..speech.ear import Ear
    from .assistant import Assistant

BREAKS_OFF = "the file breaks off early; what is there was heard"
"""What is said of a recording whose end is missing."""


@dataclass(frozen=True)
class UtteranceResult:
    """The result for one utterance, and where it was."""

    audio: str
    """The source's name."""
    offset: float
    """Second of the source at which the utterance begins; its times count from the same."""
    result: Understanding
    more: bool = False
    """Whether further utterances of the same source follow, as far as that was asked."""

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


@dataclass
class Session:
    """An engine, and an assistant that acts on what it understands (None: only understand).

    Where two meanings could not be told apart the next utterance may say which was meant.
    """

    engine: Engine
    assistant: Assistant | None = None
    n_best: int = 1
    _question: Question | None = field(default=None, repr=False)
    """What the next utterance may answer."""

    def file(
        self,
        path: Path,
        pcm: tuple[int, int] = (RATE, 1),
        *,
        progress: Meter | None = None,
        after: float = -1.0,
        ahead: bool = False,
        note: Callable[[str], None] = lambda _text: None,
    ) -> Iterator[UtteranceResult]:
        """The utterances of a file, those up to `after` seconds left out; see `sound`.

        With `ahead` a result waits until it is known whether more follow it. `note` is told what is
        wrong with a file that can be heard all the same.
        """
        with sound(path, pcm) as source:
            meter = Metered(source.blocks(), source.expected_seconds, progress)
            yield from self.utterances(meter, name_of(path), after=after, ahead=ahead)
            if source.truncated:
                note(f"{path}: {BREAKS_OFF}")

    def utterances(
        self,
        blocks: Iterable[Samples],
        name: str,
        *,
        after: float = -1.0,
        ahead: bool = False,
    ) -> Iterator[UtteranceResult]:
        """The utterances in consecutive 16 kHz blocks, each understood as soon as it is over.

        They are those that a stream of the same sound gives. Sound without any speech gives one
        result, `no_speech`. For `after` and `ahead` see `file`.
        """
        samples = 0

        def count_samples() -> Iterator[Samples]:
            nonlocal samples
            for block in blocks:
                samples += len(block)
                yield block

        cut = pieces(count_samples())
        silent = True
        for piece, more in _with_more(cut) if ahead else ((piece, False) for piece in cut):
            offset = round(piece.segment.start, 3)
            if offset <= after:
                silent = False
                continue
            result = self.understand(piece)
            if not (piece.segment.faint and result.status == "no_speech"):
                silent = False
                yield UtteranceResult(name, offset, result, more)
        if silent:
            seconds = round(samples / RATE, 3)
            silence = Understanding("no_speech", confidence=1.0, audio_seconds=seconds)
            yield UtteranceResult(name, 0.0, silence)

    def stream(
        self,
        *,
        policy: Policy | None = None,
        every: Seconds = EVERY,
        look: Callable[[], bool] = lambda: True,
    ) -> Stream:
        """A stream of the engine's (see Stream); its `Final`s wait for `answer`."""
        return Stream(_Asked(self), n_best=self.n_best, policy=policy, every=every, look=look)

    def understand(self, piece: Piece) -> Understanding:
        """What one utterance means, done and answered."""
        return self.answer(_Asked(self).understand_piece(piece, None, self.n_best))

    def answer(self, result: Understanding) -> Understanding:
        """The result with its reply, once what it asks for is done."""
        self._question = Question.of(result)
        return self.assistant.answer(result) if self.assistant is not None else result

    def take_question(self) -> Question | None:
        """What was asked last, once: an utterance answers it or is about something else."""
        question, self._question = self._question, None
        return question


@dataclass(frozen=True)
class _Asked:
    """The session's engine, which may have been asked a question."""

    session: Session

    @property
    def ear(self) -> Ear:
        return self.session.engine.ear

    def begin(self) -> Turn:
        return self.session.engine.begin()

    def understand_piece(self, piece: Piece, turn: Turn | None, n_best: int) -> Understanding:
        engine, question = self.session.engine, self.session.take_question()
        answered = question.answered(engine, piece) if question is not None else None
        return answered or engine.understand_piece(piece, turn, n_best)


def _with_more(cut: Iterator[Piece]) -> Iterator[tuple[Piece, bool]]:
    """Each utterance, and whether another follows it."""
    piece = next(cut, None)
    while piece is not None:
        following = next(cut, None)
        yield piece, following is not None
        piece = following
