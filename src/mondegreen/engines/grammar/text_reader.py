"""What written words mean over a grammar: typed sentences, and canonical ones that come back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...grammar.analysis.automaton import phrases
from ...grammar.expression import (
    Choice,
    Expression,
    FreeWords,
    Grammar,
    Pattern,
    SlotUse,
    ValueList,
    Word,
)
from ...grammar.questions import whole_question
from ...text.read_aloud import spoken_readings
from ...types import Slot, Understanding

_MOST_WORDS = 200
"""As many as a sentence of a grammar may have; the work grows with their square."""

Words = tuple[str, ...]
Filled = tuple[Slot, ...]
Ends = dict[int, Filled]
"""Where a part of the grammar may end, and the slots filled until there, the first way found."""


class TextReader:
    """Reads words as a grammar means them. Slots have no times, and nothing is in doubt."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self._values: dict[str, Mapping[Words, Any]] = {}
        """The value of each wording of a list, once the list was needed."""

    def read(self, text: str) -> Understanding:
        """What the text means, in the first of the ways it may be read aloud that means anything.

        Sentences without free words go first, then those that the grammar has first.
        """
        for words in spoken_readings(text):
            if len(words) > _MOST_WORDS:
                break
            understood = next(self._understandings(words), None)
            if understood is not None:
                return understood
        return Understanding("not_understood", confidence=1.0)

    def _understandings(self, words: Words) -> Iterator[Understanding]:
        with_free_words: list[Understanding] = []
        passage = _Passage(self, words)
        for sentence in self.grammar.sentences:
            filled = passage.ends(sentence.expression, {0: ()}).get(len(words))
            if filled is None:
                continue
            fixed = tuple(Slot(name, value, "") for name, value in sentence.fixed.items())
            understood = Understanding(
                "understood", sentence.intent, filled + fixed, 1.0, " ".join(words)
            )
            if passage.is_free(sentence.expression):
                with_free_words.append(understood)
            else:
                yield understood
        yield from with_free_words

    def values(self, kind: ValueList) -> Mapping[Words, Any]:
        """The value of each wording of a list, the first where several have it."""
        if kind.name not in self._values:
            values: dict[Words, Any] = {}
            for value in kind.values:
                for wording in phrases(value.expression):
                    values.setdefault(wording, value.value)
            self._values[kind.name] = values
        return self._values[kind.name]


class _Passage:
    """Words being read."""

    def __init__(self, reader: TextReader, words: Words) -> None:
        self._reader, self._words = reader, words
        self._slot_ends: dict[tuple[str, str, int], Ends] = {}

    def ends(self, part: Expression, starts: Ends) -> Ends:
        """Where the part may end that begins at one of `starts`."""
        if isinstance(part, Word):
            return {
                at + 1: filled
                for at, filled in starts.items()
                if at < len(self._words) and self._words[at] == part.text
            }
        if isinstance(part, Choice):
            return _first(self.ends(item, starts) for item in part.items)
        if isinstance(part, SlotUse):
            return _first(
                {end: filled + slot for end, slot in self._values_from(part, at).items()}
                for at, filled in starts.items()
            )
        for item in part.items:
            if not starts:
                break
            starts = self.ends(item, starts)
        return starts

    def is_free(self, part: Expression) -> bool:
        """Whether a slot of free words is in the part."""
        if isinstance(part, SlotUse):
            return isinstance(self._reader.grammar.slot_types.get(part.type), FreeWords)
        return not isinstance(part, Word) and any(map(self.is_free, part.items))

    def _values_from(self, use: SlotUse, at: int) -> Ends:
        key = use.name, use.type, at
        free = self.is_free(use)
        if key not in self._slot_ends:
            self._slot_ends[key] = {
                end: (Slot(use.name, value, value if free else " ".join(self._words[at:end])),)
                for end, value in self._values_at(use.type, at)
            }
        return self._slot_ends[key]

    def _values_at(self, name: str, at: int) -> Iterator[tuple[int, Any]]:
        kind, words = self._reader.grammar.slot_types.get(name), self._words
        rest = range(at + 1, len(words) + 1)
        if isinstance(kind, FreeWords):
            before = words[at - 1] if at else ""
            yield from ((end, whole_question(before, " ".join(words[at:end]))) for end in rest)
        elif isinstance(kind, ValueList):
            values = self._reader.values(kind)
            yield from ((end, values[words[at:end]]) for end in rest if words[at:end] in values)
        elif isinstance(kind, Pattern):
            for end in self.ends(kind.expression, {at: ()}):
                yield end, kind.interpret(" ".join(words[at:end]))


def _first(several: Iterable[Ends]) -> Ends:
    """The ends of all, each as the first has it."""
    ends: Ends = {}
    for other in several:
        for end, filled in other.items():
            ends.setdefault(end, filled)
    return ends
