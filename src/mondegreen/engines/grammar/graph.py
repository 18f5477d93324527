"""The phone graph of a whole grammar, which is what the decoder walks.

Sentences do not copy a slot's part; they *call* it: a (part, caller) pair is a context, and a
decoder state is a context with a state of its part. So a catalogue of 100,000 names used in five
places is stored once, and replacing it rebuilds that part alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import GrammarError
from ...grammar.analysis.automaton import Label
from ...grammar.expression import Grammar, Sentence, SlotUse, walk
from .ahead import Ahead
from .compile import (
    NO_WORD,
    Floats,
    Ints,
    Longs,
    Part,
    Pronounces,
    SlotPart,
    SlotReader,
    compile_sentences,
    compile_slot,
)


@dataclass(frozen=True)
class Context:
    """A part called from one place: `slot` is None for the sentences themselves."""

    part: int
    slot: SlotUse | None
    returns: int
    """Word state of the sentences where the slot ends; -1 for the sentences."""


@dataclass(frozen=True)
class SentenceMeaning:
    """What a sentence means, the slots that are said aside."""

    intent: str
    fixed: Mapping[str, Any]
    """Slots that it fills without anybody saying them."""


LEAVES = -2
"""See Ways."""


@dataclass(frozen=True)
class Ways:
    """Where paths go, in one table for those inside a part and those through a junction.

    Row s holds what follows a state s, row `junctions` + w what follows a word state w.
    """

    start: Longs
    """(S + W + 1,) where each row begins, and the end."""
    state: Ints
    context: Ints
    """-1: the context in which a path is."""
    junctions: int
    after: Ints
    """(S,) word state of the sentences reached from a state, or -1; LEAVES: the one to which its
    context returns."""


@dataclass(frozen=True)
class Graph:
    """Everything the decoder reads. State numbers are global over the parts, `offset` apart.

    `junction` rows list where a path goes after a sentence's word or a finished slot: the roots of
    a word state of the sentences and the entries of the slots called there, as (context, state).
    """

    phone: npt.NDArray[np.int8]
    word: Ints
    exit: npt.NDArray[np.bool_]
    outside: npt.NDArray[np.bool_]
    """(S,) whether the words of a slot that end there are near its type and no value of it."""
    cost: Floats
    start: Longs
    to: Ints
    junction: Ints
    """(S,) word state of the sentences reached from a state of part 0, or -1."""
    contexts: tuple[Context, ...]
    shift: Longs
    """(C,) key of a (context, state) pair = state + shift[context]."""
    returns: Ints
    """(C,) word state a context returns to, or -1."""
    junction_start: Longs
    junction_context: Ints
    junction_state: Ints
    final: npt.NDArray[np.bool_]
    """(W,) whether a word state of the sentences ends a sentence."""
    accepts: tuple[tuple[int, ...], ...]
    """Per word state, the numbers of the sentences that end there."""
    reachable: tuple[frozenset[str], ...]
    """Per word state, the intents of the sentences that can still end from there."""
    free: npt.NDArray[np.bool_]
    """(C,) whether a context is free words."""
    keys: int
    """How many (context, state) pairs there are."""
    words: tuple[str, ...]
    sentences: tuple[SentenceMeaning, ...]
    slots: Mapping[str, SlotReader]
    """By the name of the type, in the order of their parts, which follow the sentences'."""
    part_states: Longs
    """(P+1,) where the states of each part begin, and the end."""
    part_words: Longs
    """(P+1,) where the words of each part begin, and the end."""

    @cached_property
    def ways(self) -> Ways:
        """All arcs in one table."""
        return Ways(
            start=np.concatenate([self.start, self.start[-1] + self.junction_start[1:]]),
            state=np.concatenate([self.to, self.junction_state]),
            context=np.concatenate([np.full(len(self.to), -1, np.int32), self.junction_context]),
            junctions=self.states,
            after=np.where(self.exit, LEAVES, self.junction).astype(np.int32),
        )

    @cached_property
    def ahead(self) -> Ahead:
        """What may still come from each of its places."""
        return Ahead(self)

    @property
    def states(self) -> int:
        """Phone states stored."""
        return len(self.phone)


def meanings_of(sentences: Sequence[Sentence]) -> tuple[SentenceMeaning, ...]:
    """What each of a grammar's sentences means."""
    return tuple(SentenceMeaning(s.intent, s.fixed) for s in sentences)


def link(sentences: Part, slots: Mapping[str, SlotPart], rules: Sequence[SentenceMeaning]) -> Graph:
    """Join the sentences' part and the slots' parts into one graph (copies, no compilation)."""
    parts = [sentences, *(slot.part for slot in slots.values())]
    sizes = [len(p.phone) for p in parts]
    offset = _sums(sizes)
    contexts = _contexts(sentences, list(slots))
    base = _sums([sizes[c.part] for c in contexts])
    junction = np.full(int(offset[-1]), -1, np.int32)
    junction[: sizes[0]] = sentences.target
    junction[0] = 0  # silence leads to the first word state
    start, to = _arcs(parts, offset, junction)
    entries = _entries(sentences, parts, offset, contexts)
    return Graph(
        phone=np.concatenate([p.phone for p in parts]),
        word=_words(parts),
        exit=np.concatenate([np.zeros(sizes[0], bool), *(p.exit for p in parts[1:])]),
        outside=np.concatenate([p.outside for p in parts]),
        cost=np.concatenate([p.cost for p in parts]),
        start=start,
        to=to,
        junction=junction,
        contexts=contexts,
        shift=np.array([base[i] - offset[c.part] for i, c in enumerate(contexts)], np.int64),
        returns=np.array([c.returns for c in contexts], np.int32),
        junction_start=_sums([len(row) for row in entries]),
        junction_context=np.array([context for row in entries for context, _ in row], np.int32),
        junction_state=np.array([state for row in entries for _, state in row], np.int32),
        final=np.array([bool(a) for a in sentences.accepts]),
        accepts=tuple(tuple(sorted(int(str(x)) for x in a)) for a in sentences.accepts),
        reachable=_reachable(sentences, rules),
        free=np.array([c.slot is not None and slots[c.slot.type].reader.free for c in contexts]),
        keys=int(base[-1]),
        words=tuple(w for p in parts for w in p.words),
        sentences=tuple(rules),
        slots={name: slot.reader for name, slot in slots.items()},
        part_states=offset,
        part_words=_sums([len(p.words) for p in parts]),
    )


def unlink(graph: Graph) -> tuple[Part, dict[str, SlotPart]]:
    """The sentences' part and the slots' parts again, of which `link` makes the same graph.

    What a graph does not hold, for `link` makes no use of it, is left open.
    """
    roots: list[list[int]] = []
    slot_arcs: list[list[tuple[SlotUse, int]]] = []
    entries: dict[int, list[int]] = {}
    for follows in _followers(graph):
        roots.append(follows.pop(0, []))
        slot_arcs.append([])
        for number, states in follows.items():
            called = graph.contexts[number]
            assert called.slot is not None
            slot_arcs[-1].append((called.slot, called.returns))
            entries[called.part] = states
    accepts: list[frozenset[Label]] = [frozenset(numbers) for numbers in graph.accepts]
    slots = {}
    for part, (name, reader) in enumerate(graph.slots.items(), 1):
        slots[name] = SlotPart(_part(graph, part, [entries.get(part, [])], [[]], []), reader)
    return _part(graph, 0, roots, slot_arcs, accepts), slots


def _followers(graph: Graph) -> Iterator[dict[int, list[int]]]:
    """What follows each word state of the sentences: states, numbered in their part, by context."""
    first = [int(graph.part_states[c.part]) for c in graph.contexts]
    starts = graph.junction_start.tolist()
    contexts, states = graph.junction_context.tolist(), graph.junction_state.tolist()
    for begin, end in pairwise(starts):
        follows: dict[int, list[int]] = {}
        for context, state in zip(contexts[begin:end], states[begin:end], strict=True):
            follows.setdefault(context, []).append(state - first[context])
        yield follows


def _part(
    graph: Graph,
    part: int,
    roots: list[list[int]],
    slot_arcs: list[list[tuple[SlotUse, int]]],
    accepts: list[frozenset[Label]],
) -> Part:
    begin, end = map(int, graph.part_states[part : part + 2])
    first_word, end_word = map(int, graph.part_words[part : part + 2])
    arcs = graph.start[begin : end + 1]
    word = graph.word[begin:end]
    return Part(
        phone=graph.phone[begin:end],
        word=np.where(word >= 0, word - first_word, NO_WORD).astype(np.int32),
        target=graph.junction[begin:end],
        exit=graph.exit[begin:end],
        outside=graph.outside[begin:end],
        cost=graph.cost[begin:end],
        start=(arcs - arcs[0]).astype(np.int32),
        to=graph.to[arcs[0] : arcs[-1]] - np.int32(begin),
        roots=roots,
        words=graph.words[first_word:end_word],
        slot_arcs=slot_arcs,
        accepts=accepts,
    )


def _sums(counts: Sequence[int] | Longs) -> Longs:
    """0 and the running sums: where each of so many things begins, and the end."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _contexts(sentences: Part, names: list[str]) -> tuple[Context, ...]:
    """The sentences themselves, then every use of a slot with the word state it returns to."""
    calls = dict.fromkeys(call for arcs in sentences.slot_arcs for call in arcs)
    for use, _ in calls:
        if use.type not in names:
            raise GrammarError(f"slot ${use.type} is used but never defined", line=use.line)
    slot_contexts = (Context(1 + names.index(use.type), use, end) for use, end in calls)
    return (Context(0, None, -1), *slot_contexts)


def _entries(
    sentences: Part, parts: Sequence[Part], offset: Longs, contexts: Sequence[Context]
) -> list[list[tuple[int, int]]]:
    """For each word state the (context, state) pairs that follow it, its slots' among them."""
    numbers = {(c.slot, c.returns): i for i, c in enumerate(contexts)}
    rows = []
    for roots, arcs in zip(sentences.roots, sentences.slot_arcs, strict=True):
        row = [(0, root) for root in roots]
        for use, end in arcs:
            number = numbers[use, end]
            part = contexts[number].part
            row += [(number, int(root + offset[part])) for root in parts[part].roots[0]]
        rows.append(row)
    return rows


def _arcs(parts: Sequence[Part], offset: Longs, junction: Ints) -> tuple[Longs, Ints]:
    """`start` and `to` of all parts' arcs in one.

    Within the sentences, words are followed through junctions only, which also know the slots.
    """
    counts = np.concatenate([np.diff(p.start) for p in parts])
    followed = np.zeros(len(junction), bool)
    followed[: offset[1]] = junction[: offset[1]] >= 0
    to = np.concatenate([p.to + offset[i] for i, p in enumerate(parts)])
    targets = to[~np.repeat(followed, counts)].astype(np.int32)
    return _sums(np.where(followed, 0, counts)), targets


def _words(parts: Sequence[Part]) -> Ints:
    """The word that ends in each state, numbered through all parts, or NO_WORD."""
    firsts = _sums([len(p.words) for p in parts])[:-1]
    numbered = [
        np.where(p.word >= 0, p.word + first, NO_WORD)
        for p, first in zip(parts, firsts, strict=True)
    ]
    return np.concatenate(numbered).astype(np.int32)


def _reachable(sentences: Part, rules: Sequence[SentenceMeaning]) -> tuple[frozenset[str], ...]:
    """The intents that may still come, for each word state; the sentences have no loops."""
    following: list[set[int]] = []
    for state, arcs in enumerate(sentences.slot_arcs):
        following.append(set(_leaf_targets(sentences, state)) | {end for _, end in arcs})
    by_state: list[frozenset[str] | None] = [None] * len(following)
    stack = [0]
    while stack:
        state = stack[-1]
        waiting = [s for s in following[state] if by_state[s] is None]
        if waiting:
            stack += waiting
            continue
        here = {rules[int(str(number))].intent for number in sentences.accepts[state]}
        by_state[state] = frozenset(here.union(*(by_state[s] or () for s in following[state])))
        stack.pop()
    return tuple(intents or frozenset() for intents in by_state)


def _leaf_targets(part: Part, state: int) -> list[int]:
    """Word states one word away from a word state."""
    todo, ends = list(part.roots[state]), []
    while todo:
        node = todo.pop()
        if part.target[node] >= 0:
            ends.append(int(part.target[node]))
        else:
            todo += [int(t) for t in part.to[part.start[node] : part.start[node + 1]]]
    return ends


def compile_grammar(grammar: Grammar, pronouncer: Pronounces) -> Graph:
    """The whole grammar as one phone graph.

    Raises GrammarError for an undefined or empty slot, an empty sentence or a word without sound.
    """
    used = {use.type for s in grammar.sentences for use in _uses(s)}
    for name in used:
        if name not in grammar.slot_types:
            raise GrammarError(f"slot ${name} is used but never defined", source=grammar.source)
    slots = {
        name: compile_slot(kind, pronouncer)
        for name, kind in grammar.slot_types.items()
        if name in used
    }
    return link(compile_sentences(grammar, pronouncer), slots, meanings_of(grammar.sentences))


def _uses(sentence: Sentence) -> list[SlotUse]:
    return [e for e in walk(sentence.expression) if isinstance(e, SlotUse)]
