"""Asking which of two meanings was meant, and understanding the answer.

Of "turn on the light" and "turn off the light" nobody may be able to say which was heard. Then one
is asked ("On or off?"), and the next utterance may be the answer: the words by which the two
differ, either of them whole, or "the first one".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..engines.grammar.compiled import CompiledGrammar
from ..engines.grammar.confidence import default_calibration
from ..engines.grammar.engine import GrammarEngine
from ..grammar.expression import Grammar, Sentence, Sequence, Word
from ..text.read_aloud import spoken_words
from ..types import Alternative, Understanding

if TYPE_CHECKING:
    from ..audio.utterances import Piece
    from ..engines.engine import Engine

REFUSE_BELOW = 0.5
"""An answer less sure is none: what was said is then understood as if nothing had been asked."""
_LONGEST = 4
"""Words in which two meanings may differ and still be asked for by them alone."""
_NUMBERED = (("the first", "the first one", "first"), ("the second", "the second one", "second"))


@dataclass(frozen=True)
class Question:
    """Which of two meanings was meant?"""

    first: Alternative
    second: Alternative

    @classmethod
    def of(cls, understanding: Understanding) -> Question | None:
        """What has to be asked about an understanding; None: nothing."""
        if not understanding.tied:
            return None
        first, second = understanding.alternatives[:2]
        return cls(first, second)

    @property
    def words(self) -> tuple[str, str]:
        """The words by which the two differ, or all of each where those are many or none."""
        one, other = self.first.transcript.split(), self.second.transcript.split()
        start = 0
        while start < min(len(one), len(other)) and one[start] == other[start]:
            start += 1
        end = 0
        while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
            end += 1
        if start + end == min(len(one), len(other)):
            # A word that only one of them has is asked for with a neighbour.
            start, end = (start, end - 1) if end else (max(0, start - 1), end)
        parts = one[start : len(one) - end], other[start : len(other) - end]
        if all(1 <= len(part) <= _LONGEST for part in parts):
            return " ".join(parts[0]), " ".join(parts[1])
        return self.first.transcript, self.second.transcript

    @property
    def text(self) -> str:
        """The question: "On or off?"."""
        one, other = self.words
        return f"{one[:1].upper()}{one[1:]} or {other}?"

    def answered(self, engine: Engine, piece: Piece) -> Understanding | None:
        """The meaning that an utterance picks; None where it picks neither."""
        calibration = replace(default_calibration(), threshold=REFUSE_BELOW)
        grammar = CompiledGrammar(self._grammar())
        listener = GrammarEngine(grammar, engine.ear, calibration=calibration)
        result = listener.understand_piece(piece)
        if result.status != "understood" or result.intent is None:
            return None
        meaning = self.first if result.intent == "first" else self.second
        return replace(
            result,
            intent=meaning.intent,
            slots=tuple(replace(slot, start=None, end=None) for slot in meaning.slots),
            alternatives=(),
            engine=engine.kind,
            model=engine.model,
        )

    def _grammar(self) -> Grammar:
        texts = [
            (intent, text)
            for intent, alternative, words, numbered in zip(
                ("first", "second"), (self.first, self.second), self.words, _NUMBERED, strict=True
            )
            for text in (words, alternative.transcript, *numbered)
        ]
        sentences = tuple(
            Sentence(intent, Sequence(tuple(map(Word, spoken_words(text)))))
            for intent, text in dict.fromkeys(texts)
        )
        return Grammar("question", sentences, {})


__all__ = ["Question"]
