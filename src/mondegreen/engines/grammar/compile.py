"""Word automata to phone graphs, one for each part of a grammar.

A *part* is the phone graph of one word automaton: the sentences, or the values of one slot type.
Within it the pronunciations of all words leaving a word state form a tree of phones; every leaf is
one word ending in one word state, so the words of a path are read off its leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ...errors import GrammarError
from ...grammar.analysis.automaton import Automaton, Label, build, phrases, trie
from ...grammar.expression import (
    Expression,
    FreeWords,
    Grammar,
    Near,
    Pattern,
    Recipe,
    SlotType,
    SlotUse,
)
from ...phonetics.inventory import BLANK, CONSONANTS, INDEX, PHONES, VOWELS, Pronunciation

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

NO_WORD = -1
NEAR = "near"
"""Labels words that are near a slot type's values and none of them."""
NEAR_COST = -1.5
"""Log-score of each piece of such words: where a value sounds the same, it is the value."""
FREE_PHONE_COST = -2.5
"""Log-score of each phone inside free words: what keeps a wildcard from beating known words."""


class Pronounces(Hashable, Protocol):
    """What the compiler needs of a pronouncer."""

    def word(self, word: str) -> tuple[Pronunciation, ...]:
        """Pronunciations of a word, best first."""
        ...


@dataclass(frozen=True)
class Part:
    """Phone graph of one automaton. S states; arcs in compressed rows.

    `phone (S,) int8`, `word (S,) int32` (word that ends here or -1), `target (S,) int32` (word
    state reached, or -1), `exit (S,) bool` (its word state accepts), `outside (S,) bool` (it
    accepts words that are no value), `cost (S,) float32` (log-score of entering), `start (S+1,)
    int32` and `to (A,) int32` (arcs), `roots` (first states of each word state).
    """

    phone: npt.NDArray[np.int8]
    word: Ints
    target: Ints
    exit: npt.NDArray[np.bool_]
    outside: npt.NDArray[np.bool_]
    cost: Floats
    start: Ints
    to: Ints
    roots: list[list[int]]
    words: tuple[str, ...]
    slot_arcs: list[list[tuple[SlotUse, int]]]
    accepts: list[frozenset[Label]]


class _Growing:
    """The states of a part while it grows; state 0 waits in silence before the first word."""

    def __init__(self) -> None:
        self.phone: list[int] = [BLANK]
        self.word: list[int] = [NO_WORD]
        self.target: list[int] = [-1]
        self.children: list[list[int]] = [[]]

    def grow(self, spoken: Iterable[tuple[int, int, tuple[Pronunciation, ...]]]) -> list[int]:
        """The first states of the words that may follow one word state.

        Each comes as its number, the word state behind it, and its pronunciations. They share
        states as long as they sound the same.
        """
        inner: dict[tuple[int, int], int] = {}
        leaves: dict[tuple[int, int, int, int], int] = {}
        first: list[int] = []
        for number, end, pronunciations in spoken:
            for pronunciation in pronunciations:
                node = -1
                for depth, sound in enumerate(pronunciation):
                    if depth == len(pronunciation) - 1:
                        leaf = (node, sound, number, end)
                        if leaf in leaves:
                            break
                        new = leaves[leaf] = len(self.phone)
                        self.word.append(number)
                        self.target.append(end)
                    elif (node, sound) in inner:
                        node = inner[node, sound]
                        continue
                    else:
                        new = inner[node, sound] = len(self.phone)
                        self.word.append(NO_WORD)
                        self.target.append(-1)
                    self.phone.append(sound)
                    self.children.append([])
                    (first if node < 0 else self.children[node]).append(new)
                    node = new
        return first


def _part(automaton: Automaton, pronouncer: Pronounces, *, again: bool = False) -> Part:
    """The part of an automaton; with `again` what it accepts may be said any number of times."""
    states = _Growing()
    words: dict[str, int] = {}
    roots: list[list[int]] = []
    slot_arcs: list[list[tuple[SlotUse, int]]] = []
    pronunciations: dict[str, tuple[Pronunciation, ...]] = {}
    for arcs in automaton.arcs:
        spoken: list[tuple[int, int, tuple[Pronunciation, ...]]] = []
        slots: list[tuple[SlotUse, int]] = []
        for symbol, end in arcs.items():
            if isinstance(symbol, SlotUse):
                slots.append((symbol, end))
                continue
            number = words.setdefault(symbol, len(words))
            if symbol not in pronunciations:
                pronunciations[symbol] = _pronounced(symbol, pronouncer)
            spoken.append((number, end, pronunciations[symbol]))
        roots.append(states.grow(spoken))
        slot_arcs.append(slots)
    # Where a run may end it may begin again.
    after = [
        r + roots[0] if again and a else r for r, a in zip(roots, automaton.accepts, strict=True)
    ]
    children = [
        after[end] if end >= 0 else row
        for row, end in zip(states.children, states.target, strict=True)
    ]
    return _freeze(
        states.phone, states.word, states.target, children, roots, tuple(words), slot_arcs,
        automaton.accepts,
    )  # fmt: skip


def _pronounced(word: str, pronouncer: Pronounces) -> tuple[Pronunciation, ...]:
    pronunciations = tuple(p for p in pronouncer.word(word) if p)
    if not pronunciations:
        raise GrammarError(
            f"no pronunciation for the word {word!r}; spell it out in words, "
            "or add it to the lexicon"
        )
    return pronunciations


def _freeze(
    phone: list[int],
    word: list[int],
    target: list[int],
    children: list[list[int]],
    roots: list[list[int]],
    words: tuple[str, ...],
    slot_arcs: list[list[tuple[SlotUse, int]]],
    accepts: list[frozenset[Label]],
) -> Part:
    lengths = np.fromiter((len(c) for c in children), np.int32, len(children))
    start = np.zeros(len(children) + 1, np.int32)
    np.cumsum(lengths, out=start[1:])
    to = np.fromiter((t for c in children for t in c), np.int32, int(start[-1]))
    ends = np.asarray(target, np.int32)
    # The last stands for states in the middle of a word, whose end is -1.
    accepting = np.array([*map(bool, accepts), False])
    near = np.array([*(NEAR in a for a in accepts), False])
    return Part(
        phone=np.asarray(phone, np.int8),
        word=np.asarray(word, np.int32),
        target=ends,
        exit=accepting[ends],
        outside=near[ends],
        cost=np.zeros(len(phone), np.float32),
        start=start,
        to=to,
        roots=roots,
        words=words,
        slot_arcs=slot_arcs,
        accepts=accepts,
    )


def _free_part() -> Part:
    """Any phones with a vowel among them, as every word has one: "well" is not "where" and an l.

    States 1 to C are the consonants before the first vowel, the others all phones from it on.
    """
    vowels = np.array([INDEX[v] for v in VOWELS], np.int32)
    consonants = np.array([INDEX[c] for c in CONSONANTS], np.int32)
    before = np.arange(1, len(consonants) + 1, dtype=np.int32)
    after = np.arange(1, len(PHONES), dtype=np.int32) + len(consonants)  # phone p is after[p - 1]
    first = np.concatenate([before, after[vowels - 1]])
    count = 1 + len(before) + len(after)
    lengths = np.concatenate(
        [[0], np.full(len(before), len(first)), np.full(len(after), len(after))]
    )
    return Part(
        phone=np.concatenate([[BLANK], consonants, np.arange(1, len(PHONES))]).astype(np.int8),
        word=np.full(count, NO_WORD, np.int32),
        target=np.full(count, -1, np.int32),
        exit=np.arange(count) > len(before),
        outside=np.zeros(count, bool),
        cost=np.full(count, FREE_PHONE_COST, np.float32),
        start=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32),
        to=np.concatenate([np.tile(first, len(before)), np.tile(after, len(after))]),
        roots=[[int(state) for state in first]],
        words=(),
        slot_arcs=[[]],
        accepts=[frozenset([True])],
    )


@dataclass(frozen=True)
class SlotPart:
    """A slot type ready to decode: its phone graph and how its words become a value."""

    part: Part
    reader: SlotReader


@dataclass(frozen=True)
class SlotReader:
    """How the words of a slot become a value."""

    interpret: Callable[[str], Any]
    values: Mapping[str, Any] | None = None
    """The value of each wording, where they are listed."""
    recipe: Recipe | None = None
    """What `interpret` is, where it works values out; see Pattern."""
    free: bool = False
    """Free words: their value is what the transcriber hears."""
    kind: str = ""
    """What every value is, where words near them can be heard; see Near."""


def compile_slot(slot_type: SlotType, pronouncer: Pronounces) -> SlotPart:
    """Compile one slot type. Raises GrammarError for an empty one."""
    if isinstance(slot_type, FreeWords):
        return SlotPart(_free_part(), SlotReader(lambda words: words, free=True))
    if isinstance(slot_type, Pattern):
        automaton = build([(True, slot_type.expression)])
        part = _with_near(_part(automaton, pronouncer), slot_type.near, pronouncer)
        reader = SlotReader(
            slot_type.interpret, recipe=slot_type.recipe, kind=_kind(slot_type.near)
        )
        return SlotPart(part, reader)
    by_words: dict[str, Any] = {}
    wordings: list[tuple[str, ...]] = []
    for value in slot_type.values:
        for words in phrases(value.expression):
            text = " ".join(words)
            if words and text not in by_words:  # the first value to claim a wording keeps it
                by_words[text] = value.value
                wordings.append(words)
    if not wordings:
        raise GrammarError(f"slot ${slot_type.name} has no values", line=slot_type.line)
    part = _with_near(_part(trie(wordings), pronouncer), slot_type.near, pronouncer)
    reader = SlotReader(by_words.__getitem__, values=by_words, kind=_kind(slot_type.near))
    return SlotPart(part, reader)


def _with_near(part: Part, near: Near | None, pronouncer: Pronounces) -> Part:
    """The part of a slot type's values, and beside it the words near them.

    Beside, and not merged: words that are both are there twice, and the one that is no value always
    scores less. Merged, every state would lead to all words of its kind: ten times the states.
    """
    if near is None:
        return part
    aside = _near_part(near.piece, pronouncer)
    # State 0, silence, and word state 0, the start, are those of the values.
    states, targets = len(part.phone) - 1, len(part.roots) - 1
    roots = [[state + states for state in row] for row in aside.roots]
    return Part(
        phone=np.concatenate([part.phone, aside.phone[1:]]),
        word=np.concatenate([part.word, _shifted(aside.word[1:], len(part.words))]),
        target=np.concatenate([part.target, _shifted(aside.target[1:], targets)]),
        exit=np.concatenate([part.exit, aside.exit[1:]]),
        outside=np.concatenate([part.outside, aside.outside[1:]]),
        cost=np.concatenate([part.cost, aside.cost[1:]]),
        start=np.concatenate([part.start, aside.start[2:] + part.start[-1]]),
        to=np.concatenate([part.to, aside.to + np.int32(states)]),
        roots=[part.roots[0] + roots[0], *part.roots[1:], *roots[1:]],
        words=part.words + aside.words,
        slot_arcs=part.slot_arcs + aside.slot_arcs[1:],
        accepts=part.accepts + aside.accepts[1:],
    )


def _kind(near: Near | None) -> str:
    return "" if near is None else near.kind


def _shifted(numbers: Ints, by: int) -> Ints:
    return np.where(numbers >= 0, numbers + by, numbers).astype(np.int32)


@lru_cache(maxsize=16)
def _near_part(piece: Expression, pronouncer: Pronounces) -> Part:
    """Runs of pieces. Many slot types share them: all that are numbers do."""
    part = _part(build([(NEAR, piece)]), pronouncer, again=True)
    part.cost[part.roots[0]] = NEAR_COST
    return part


def compile_sentences(grammar: Grammar, pronouncer: Pronounces) -> Part:
    """The phone graph of all sentences, slots left as calls."""
    automaton = build((i, s.expression) for i, s in enumerate(grammar.sentences))
    if automaton.accepts[0]:
        number = next(iter(automaton.accepts[0]))
        sentence = grammar.sentences[int(str(number))]
        raise GrammarError(
            f"a sentence of {sentence.intent} may be empty: every part of it is optional",
            source=grammar.source,
            line=sentence.line,
        )
    return _part(automaton, pronouncer)
