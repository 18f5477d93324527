"""Asking which of two meanings was meant, and understanding the answer.

Of "turn on the light" and "turn off the light" nobody may be able to say which was heard. Then one
is asked ("On or off?"), and the next utterance may be the answer: the words by which the two
differ, either of them whole, "the first one", or "neither".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..engines.grammar.compiled import CompiledGrammar
from ..engines.grammar.confidence import default_calibration
from ..engines.grammar.engine import GrammarEngine
from ..grammar.expression import Grammar
from ..phonetics.pronouncer import usual_pronouncer
from ..types import Alternative, Understanding
from .answer_grammar import FIRST, NEITHER, answer_grammar
from .wording import spaced

if TYPE_CHECKING:
    from ..audio.utterances import Piece
    from ..engines.engine import Engine

REFUSE_BELOW = 0.5
"""An answer less sure is none: what was said is then understood as if nothing had been asked."""
DROPPED = "All right, never mind."
"""What is said when neither was meant."""
_LONGEST = 4
"""Words in which two meanings may differ and still be asked for by them alone."""
_NUMBERED = (("the first", "the first one", "first"), ("the second", "the second one", "second"))

Pair = tuple[str, str]
"""What is asked for the first meaning, and for the second."""


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
    def words(self) -> Pair:
        """What each is asked for by: no two that sound alike, as "TV" and "T V" do.

        The words by which the two differ; all of each, where those are many or no two of a kind; or
        what they mean. Where all of these sound alike only their order tells them apart.
        """
        return next((pair for pair in self._ways() if not _alike(*pair)), self._whole)

    @property
    def text(self) -> str:
        """The question: "On or off?"."""
        one, other = self.words
        if _alike(one, other):
            return f"Did you mean the first, '{one}', or the second, '{other}'?"
        if (one, other) != self._parts:
            return f"Did you mean '{one}' or '{other}'?"
        return f"{one[:1].upper()}{one[1:]} or {other}?"

    @property
    def _whole(self) -> Pair:
        return self.first.transcript, self.second.transcript

    @property
    def _parts(self) -> Pair | None:
        """The words by which the two differ; None where nobody would ask by them."""
        one, other = self.first.transcript.split(), self.second.transcript.split()
        start = 0
        while start < min(len(one), len(other)) and one[start] == other[start]:
            start += 1
        end = 0
        while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
            end += 1
        adds = start + end == min(len(one), len(other))
        if adds:
            # A word that only one of them has is asked for with a neighbour.
            start, end = (start, end - 1) if end else (max(0, start - 1), end)
        parts = one[start : len(one) - end], other[start : len(other) - end]
        if not all(1 <= len(part) <= _LONGEST for part in parts):
            return None
        pair = " ".join(parts[0]), " ".join(parts[1])
        # "Off heater or on boiler?" is no English.
        alone = all(
            len(part) == 1 or _within_a_slot(words, meaning)
            for part, words, meaning in zip(parts, pair, (self.first, self.second), strict=True)
        )
        return pair if adds or alone else None

    def _ways(self) -> Iterator[Pair]:
        """What may be asked for them, the shortest question first."""
        if self._parts is not None:
            yield self._parts
        yield self._whole
        one, other = (
            {slot.name: spaced(str(slot.value)) for slot in meaning.slots}
            for meaning in (self.first, self.second)
        )
        differing = [name for name in {**one, **other} if one.get(name) != other.get(name)]
        for named in (False, True):
            values = [
                " ".join(f"{spaced(n)} {of[n]}" if named else of[n] for n in differing if n in of)
                for of in (one, other)
            ]
            if all(values):
                yield values[0], values[1]
        yield spaced(self.first.intent), spaced(self.second.intent)

    def answered(self, engine: Engine, piece: Piece) -> Understanding | None:
        """The meaning that an utterance picks; None where it is no answer.

        One that says that neither was meant has its reply already: there is nothing to do.
        """
        calibration = replace(default_calibration(), threshold=REFUSE_BELOW)
        grammar = CompiledGrammar(self._grammar())
        listener = GrammarEngine(grammar, engine.ear, calibration=calibration)
        result = listener.understand_piece(piece)
        if result.status != "understood" or result.intent is None:
            return None
        ours = replace(result, alternatives=(), engine=engine.kind, model=engine.model)
        if result.intent == NEITHER:
            return replace(ours, status="not_understood", intent=None, reply=DROPPED)
        meaning = self.first if result.intent == FIRST else self.second
        return replace(
            ours,
            intent=meaning.intent,
            slots=tuple(replace(slot, start=None, end=None) for slot in meaning.slots),
        )

    def _grammar(self) -> Grammar:
        first, second = (
            (words, meaning.transcript, *numbered)
            for meaning, words, numbered in zip(
                (self.first, self.second), self.words, _NUMBERED, strict=True
            )
        )
        return answer_grammar(first, second)


def _within_a_slot(words: str, meaning: Alternative) -> bool:
    return any(f" {words} " in f" {slot.spoken} " for slot in meaning.slots)


def _alike(one: str, other: str) -> bool:
    """Whether the two may sound the same, so that neither answers."""
    pronouncer = usual_pronouncer()
    return not set(pronouncer.phrase(one)).isdisjoint(pronouncer.phrase(other))


__all__ = ["Question"]
