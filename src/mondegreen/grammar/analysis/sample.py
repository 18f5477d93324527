"""Sentences out of a grammar: at random, with their meaning, and how many there are."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from ...errors import GrammarError
from ..expression import (
    Choice,
    Expression,
    FreeWords,
    Grammar,
    Pattern,
    Sequence,
    SlotType,
    SlotUse,
    Value,
    ValueList,
    Word,
)
from ..questions import whole_question

_FREE = (
    "something", "a", "green", "door", "about", "seven", "small", "boats", "the", "morning",
    "paper", "walk", "under", "music", "letters", "home",
)  # fmt: skip


@dataclass(frozen=True)
class SampledSlot:
    """A slot of a sampled sentence; `start` and `end` count characters of the text."""

    name: str
    value: Any
    start: int | None = None
    """None for slots that the sentence fills without a word."""
    end: int | None = None


@dataclass(frozen=True)
class Sample:
    """One sentence of a grammar with what it means."""

    text: str
    intent: str
    slots: tuple[SampledSlot, ...]


def sample(grammar: Grammar, n: int, seed: int = 0) -> list[Sample]:
    """`n` sentences, the same for the same seed.

    Intents are equally likely, so are the sentences of an intent and the parts of a choice: rare
    wordings come up more often than if every sentence were. Raises GrammarError for an undefined or
    empty slot.
    """
    rng = random.Random(seed)
    by_intent = {i: [s for s in grammar.sentences if s.intent == i] for i in grammar.intents}
    intents = list(by_intent)
    out: list[Sample] = []
    for _ in range(n):
        sentence = rng.choice(by_intent[rng.choice(intents)])
        words: list[str] = []
        slots = [SampledSlot(name, value) for name, value in sentence.fixed.items()]
        for part in _path(sentence.expression, rng):
            if isinstance(part, str):
                words.append(part)
                continue
            slot_text, value = _fill(grammar, part, rng)
            start = sum(len(w) + 1 for w in words)
            end = start + len(slot_text)
            if words and isinstance(grammar.slot_types[part.type], FreeWords):
                value = whole_question(words[-1], slot_text)
                start = end - len(value)
            slots.append(SampledSlot(part.name, value, start, end))
            words.append(slot_text)
        out.append(Sample(" ".join(words), sentence.intent, tuple(slots)))
    return out


def _path(expression: Expression, rng: random.Random) -> list[str | SlotUse]:
    """One way through an expression."""
    out: list[str | SlotUse] = []
    todo = [expression]
    while todo:
        part = todo.pop()
        if isinstance(part, Word):
            out.append(part.text)
        elif isinstance(part, SlotUse):
            out.append(part)
        elif isinstance(part, Choice):
            todo.append(rng.choice(part.items))
        else:
            todo.extend(reversed(part.items))
    return out


def _fill(grammar: Grammar, use: SlotUse, rng: random.Random) -> tuple[str, Any]:
    """Words for a slot and the value they stand for."""
    kind = _slot_type(grammar, use)
    if isinstance(kind, FreeWords):
        text = " ".join(rng.choices(_FREE, k=rng.randint(1, 3)))
        return text, text
    if isinstance(kind, Pattern):
        text = " ".join(str(w) for w in _path(kind.expression, rng))
        return text, kind.interpret(text)
    value: Value = rng.choice(kind.values)
    return " ".join(str(w) for w in _path(value.expression, rng)), value.value


def _slot_type(grammar: Grammar, use: SlotUse) -> SlotType:
    kind = grammar.slot_types.get(use.type)
    if kind is None:
        raise GrammarError(f"slot ${use.type} is not defined", source=grammar.source, line=use.line)
    if isinstance(kind, ValueList) and not kind.values:
        raise GrammarError(f"slot ${use.type} has no values", source=grammar.source, line=use.line)
    return kind


def count_sentences(grammar: Grammar) -> int:
    """How many ways the grammar offers to say something, exactly.

    A wording that can be made in two ways counts twice; free words count as one. Raises
    GrammarError for an undefined or empty slot.
    """
    sizes: dict[str, int] = {}

    def slot_size(use: SlotUse) -> int:
        if use.type not in sizes:
            kind = _slot_type(grammar, use)
            if isinstance(kind, FreeWords):
                sizes[use.type] = 1
            elif isinstance(kind, Pattern):
                sizes[use.type] = ways(kind.expression)
            else:
                sizes[use.type] = sum(ways(value.expression) for value in kind.values)
        return sizes[use.type]

    def ways(expression: Expression) -> int:
        if isinstance(expression, Word):
            return 1
        if isinstance(expression, SlotUse):
            return slot_size(expression)
        if isinstance(expression, Choice):
            return sum(map(ways, expression.items))
        product = 1
        for item in expression.items:
            product *= ways(item)
        return product

    return sum(ways(sentence.expression) for sentence in grammar.sentences)


def _words_of(expression: Expression) -> set[str]:
    """Every word an expression can contain, slots aside."""
    words: set[str] = set()
    todo = [expression]
    while todo:
        part = todo.pop()
        if isinstance(part, Word):
            words.add(part.text)
        elif isinstance(part, Sequence | Choice):
            todo.extend(part.items)
    return words


def words_in(grammar: Grammar) -> list[str]:
    """Every word the grammar can contain, in alphabetical order."""
    words: set[str] = set()
    for sentence in grammar.sentences:
        words |= _words_of(sentence.expression)
    for kind in grammar.slot_types.values():
        if isinstance(kind, Pattern):
            words |= _words_of(kind.expression)
        elif isinstance(kind, ValueList):
            for value in kind.values:
                words |= _words_of(value.expression)
    return sorted(words)
