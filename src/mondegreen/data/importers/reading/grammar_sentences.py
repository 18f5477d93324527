"""Sentences of a grammar as utterances: all of them where they are few, else a seeded sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

from ....grammar.analysis.sample import Sample, SampledSlot, count_sentences, sample
from ....grammar.expression import (
    Choice,
    Expression,
    FreeWords,
    Grammar,
    Pattern,
    Sequence,
    SlotUse,
    Word,
)
from ....grammar.formats.marked_yaml import Keys, Node, parse_yaml
from ....jobs.files import read_text, regular_files
from ...utterance import SlotLabel, Utterance

MOST = 10_000
"""Sentences taken from one grammar: speaking them takes minutes, and most grammars have fewer or
endlessly more."""
SEED = 0
TODAY = date(2026, 7, 16)
"""The day that "tomorrow" is counted from: the same grammar gives the same values every day."""
ENDINGS = (".yaml", ".yml")

_SpokenValue = tuple[str, Any]
_Piece = str | tuple[SlotUse, _SpokenValue]


def grammar_documents(place: Path) -> list[tuple[Path, Node]]:
    """The YAML (or JSON) documents in a file, or in a folder and all below it, by name.

    Raises GrammarError for a file that is no YAML.
    """
    paths = regular_files(place, ENDINGS) if place.is_dir() else [place]
    return [(path, parse_yaml(read_text(path), str(path))) for path in paths]


def top_keys(document: Node) -> list[str]:
    """The names at a document's top level, for messages; none where it is no mapping."""
    return [key.text for key, _ in document.entries] if isinstance(document, Keys) else []


def utterances_of(grammar: Grammar, most: int = MOST) -> Iterator[Utterance]:
    """The grammar's sentences with their meaning, none twice.

    All of them if there are at most `most`; else as many are drawn at random, intents equally
    likely, and those drawn twice dropped. Wildcards are filled with words that fit nowhere. Raises
    GrammarError for an undefined or empty slot.
    """
    free = any(isinstance(kind, FreeWords) for kind in grammar.slot_types.values())
    if free or count_sentences(grammar) > most:
        sentences: Iterator[Sample] = iter(sample(grammar, most, SEED))
    else:
        sentences = _all(grammar)
    keys: set[str] = set()
    for sentence in sentences:
        key = repr(sentence)
        if key in keys or not sentence.text:
            continue
        keys.add(key)
        slots = tuple(SlotLabel(s.name, s.value, s.start, s.end) for s in sentence.slots)
        yield Utterance(
            f"{grammar.name}-{len(keys):05d}",
            text=sentence.text,
            intent=sentence.intent,
            slots=slots,
        )


def _all(grammar: Grammar) -> Iterator[Sample]:
    """Every sentence in the order of the file; those that can be made in two ways come twice."""
    kinds = _Kinds(grammar)
    for sentence in grammar.sentences:
        for way in _ways(sentence.expression, kinds):
            slots = [SampledSlot(name, value) for name, value in sentence.fixed.items()]
            words: list[str] = []
            length = 0
            for piece in way:
                if isinstance(piece, str):
                    spoken_words = piece
                else:
                    use, (spoken_words, value) = piece
                    slots.append(SampledSlot(use.name, value, length, length + len(spoken_words)))
                words.append(spoken_words)
                length += len(spoken_words) + 1
            yield Sample(" ".join(words), sentence.intent, tuple(slots))


class _Kinds(dict[str, tuple[_SpokenValue, ...]]):
    """What can be said for a slot type, listed when it is first used: others may be endless."""

    def __init__(self, grammar: Grammar) -> None:
        super().__init__()
        self.grammar = grammar

    def __missing__(self, name: str) -> tuple[_SpokenValue, ...]:
        self[name] = tuple(_values(self.grammar, name))
        return self[name]


def _ways(
    expression: Expression, kinds: Mapping[str, tuple[_SpokenValue, ...]]
) -> Iterator[tuple[_Piece, ...]]:
    if isinstance(expression, Word):
        yield (expression.text,)
    elif isinstance(expression, SlotUse):
        for spoken_value in kinds[expression.type]:
            yield ((expression, spoken_value),)
    elif isinstance(expression, Choice):
        for item in expression.items:
            yield from _ways(item, kinds)
    elif isinstance(expression, Sequence):
        for parts in product(*(list(_ways(item, kinds)) for item in expression.items)):
            yield tuple(piece for part in parts for piece in part)


def _values(grammar: Grammar, name: str) -> Iterator[_SpokenValue]:
    """The words and values of a slot; only read where the grammar is small enough to list."""
    kind = grammar.slot_types[name]
    if isinstance(kind, FreeWords):
        return
    if isinstance(kind, Pattern):
        for way in _ways(kind.expression, {}):
            spoken_words = " ".join(str(word) for word in way)
            yield spoken_words, kind.interpret(spoken_words)
        return
    for value in kind.values:
        for way in _ways(value.expression, {}):
            yield " ".join(str(word) for word in way), value.value


__all__ = ["MOST", "SEED", "TODAY", "grammar_documents", "top_keys", "utterances_of"]
