"""Word automata to one phone graph, which is what the decoder walks.

A *part* is the phone graph of one word automaton: the sentences (part 0), or the values of one slot
type. Sentences do not copy a slot's part; they *call* it: a (part, caller) pair is a context, and a
decoder state is a context with a state of its part. So a catalogue of 100,000 names used in five
places is stored once, and replacing it rebuilds that part alone.

Within a part the pronunciations of all words leaving a word state form a tree of phones; every leaf
is one word ending in one word state, so the words of a path are read off its leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..errors import GrammarError
from ..phonetics.inventory import BLANK, PHONES, Pronunciation
from .automaton import Automaton, Label, build, phrases, trie
from .expression import FreeWords, Grammar, Pattern, Sentence, SlotType, SlotUse, walk

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

NO_WORD = -1
FREE_PHONE_COST = -2.5
"""Log-score of each phone inside free words: what keeps a wildcard from beating known words."""


class Pronounces(Protocol):
    """What the compiler needs of a pronouncer."""

    def word(self, word: str) -> tuple[Pronunciation, ...]:
        """Pronunciations of a word, best first."""
        ...


@dataclass(frozen=True)
class Part:
    """Phone graph of one automaton. S states; arcs in compressed rows.

    `phone (S,) int8`, `word (S,) int32` (word that ends here or -1), `target (S,) int32` (word
    state reached, or -1), `exit (S,) bool` (its word state accepts), `cost (S,) float32` (log-score
    of entering), `start (S+1,) int32` and `to (A,) int32` (arcs), `roots` (first states of each
    word state).
    """

    phone: npt.NDArray[np.int8]
    word: Ints
    target: Ints
    exit: npt.NDArray[np.bool_]
    cost: Floats
    start: Ints
    to: Ints
    roots: list[list[int]]
    words: tuple[str, ...]
    slot_arcs: list[list[tuple[SlotUse, int]]]
    accepts: list[frozenset[Label]]


def _part(automaton: Automaton, pronouncer: Pronounces) -> Part:
    phone: list[int] = [BLANK]  # state 0 waits in silence before the first word
    word: list[int] = [NO_WORD]
    target: list[int] = [-1]
    children: list[list[int]] = [[]]
    words: dict[str, int] = {}
    roots: list[list[int]] = []
    slot_arcs: list[list[tuple[SlotUse, int]]] = []
    known: dict[str, tuple[Pronunciation, ...]] = {}
    for arcs in automaton.arcs:
        inner: dict[tuple[int, int], int] = {}
        leaves: dict[tuple[int, int, int, int], int] = {}
        first: list[int] = []
        slots: list[tuple[SlotUse, int]] = []
        for symbol, end in arcs.items():
            if isinstance(symbol, SlotUse):
                slots.append((symbol, end))
                continue
            number = words.setdefault(symbol, len(words))
            if symbol not in known:
                known[symbol] = tuple(p for p in pronouncer.word(symbol) if p)
                if not known[symbol]:
                    raise GrammarError(
                        f"no pronunciation for the word {symbol!r}; spell it out in words, "
                        "or add it to the lexicon"
                    )
            for pronunciation in known[symbol]:
                node = -1
                for depth, sound in enumerate(pronunciation):
                    if depth == len(pronunciation) - 1:
                        leaf = (node, sound, number, end)
                        if leaf in leaves:
                            break
                        new = leaves[leaf] = len(phone)
                        word.append(number)
                        target.append(end)
                    elif (node, sound) in inner:
                        node = inner[node, sound]
                        continue
                    else:
                        new = inner[node, sound] = len(phone)
                        word.append(NO_WORD)
                        target.append(-1)
                    phone.append(sound)
                    children.append([])
                    (first if node < 0 else children[node]).append(new)
                    node = new
        roots.append(first)
        slot_arcs.append(slots)
    return _freeze(phone, word, target, children, roots, tuple(words), slot_arcs, automaton.accepts)


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
    for state, end in enumerate(target):
        if end >= 0:
            children[state] = roots[end]
    lengths = np.fromiter((len(c) for c in children), np.int32, len(children))
    start = np.zeros(len(children) + 1, np.int32)
    np.cumsum(lengths, out=start[1:])
    to = np.fromiter((t for c in children for t in c), np.int32, int(start[-1]))
    ends = np.asarray(target, np.int32)
    accepting = np.array([bool(a) for a in accepts] + [False])
    return Part(
        phone=np.asarray(phone, np.int8),
        word=np.asarray(word, np.int32),
        target=ends,
        exit=accepting[ends] & (ends >= 0),
        cost=np.zeros(len(phone), np.float32),
        start=start,
        to=to,
        roots=roots,
        words=words,
        slot_arcs=slot_arcs,
        accepts=accepts,
    )


def _free_part() -> Part:
    """Any phones at all: a loop over the whole inventory."""
    count = len(PHONES) - 1
    everyone = np.arange(1, count + 1, dtype=np.int32)
    start = np.concatenate([[0], np.arange(0, count + 1) * count]).astype(np.int32)
    return Part(
        phone=np.arange(count + 1).astype(np.int8),
        word=np.full(count + 1, NO_WORD, np.int32),
        target=np.full(count + 1, -1, np.int32),
        exit=np.arange(count + 1) > 0,
        cost=np.full(count + 1, FREE_PHONE_COST, np.float32),
        start=start,
        to=np.tile(everyone, count),
        roots=[list(range(1, count + 1))],
        words=(),
        slot_arcs=[[]],
        accepts=[frozenset([True])],
    )


@dataclass(frozen=True)
class SlotPart:
    """A slot type ready to decode: its phone graph and how its words become a value."""

    type: SlotType
    part: Part
    interpret: Callable[[str], Any]


def compile_slot(slot_type: SlotType, pronouncer: Pronounces) -> SlotPart:
    """Compile one slot type. Raises GrammarError for an empty one."""
    if isinstance(slot_type, FreeWords):
        return SlotPart(slot_type, _free_part(), lambda words: words)
    if isinstance(slot_type, Pattern):
        automaton = build([(True, slot_type.expression)])
        return SlotPart(slot_type, _part(automaton, pronouncer), slot_type.interpret)
    by_words: dict[str, Any] = {}
    wordings: list[tuple[str, ...]] = []
    for value in slot_type.values:
        for words in phrases(value.expression):
            spoken = " ".join(words)
            if words and spoken not in by_words:  # the first value to claim a wording keeps it
                by_words[spoken] = value.value
                wordings.append(words)
    if not wordings:
        raise GrammarError(f"slot ${slot_type.name} has no values", line=slot_type.line)
    return SlotPart(slot_type, _part(trie(wordings), pronouncer), by_words.__getitem__)


@dataclass(frozen=True)
class Context:
    """A part called from one place: `slot` is None for the sentences themselves."""

    part: int
    slot: SlotUse | None
    returns: int
    """Word state of the sentences where the slot ends; -1 for the sentences."""


@dataclass(frozen=True)
class Graph:
    """Everything the decoder reads. State numbers are global over the parts, `offset` apart.

    `junction` rows list where a path goes after a sentence's word or a finished slot: the roots of
    a word state of the sentences and the entries of the slots called there, as (context, state).
    """

    phone: npt.NDArray[np.int8]
    word: Ints
    exit: npt.NDArray[np.bool_]
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
    keys: int
    """How many (context, state) pairs there are."""
    words: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    slots: Mapping[str, SlotPart]

    @property
    def states(self) -> int:
        """Phone states stored."""
        return len(self.phone)


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


def link(sentences: Part, slots: Mapping[str, SlotPart], rules: Sequence[Sentence]) -> Graph:
    """Join the sentences' part and the slots' parts into one graph (copies, no compilation)."""
    names = list(slots)
    parts = [sentences, *(slots[n].part for n in names)]
    sizes = [len(p.phone) for p in parts]
    offset = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    contexts = [Context(0, None, -1)]
    numbers: dict[tuple[SlotUse, int], int] = {}
    for arcs in sentences.slot_arcs:
        for use, end in arcs:
            if (use, end) not in numbers:
                if use.type not in slots:
                    raise GrammarError(f"slot ${use.type} is used but never defined", line=use.line)
                numbers[use, end] = len(contexts)
                contexts.append(Context(1 + names.index(use.type), use, end))
    base = np.concatenate([[0], np.cumsum([sizes[c.part] for c in contexts])]).astype(np.int64)
    shift = np.array([base[i] - offset[c.part] for i, c in enumerate(contexts)], np.int64)
    rows: list[tuple[list[int], list[int]]] = []
    for state, arcs in enumerate(sentences.slot_arcs):
        where = [0] * len(sentences.roots[state])
        what = list(sentences.roots[state])
        for use, end in arcs:
            number = numbers[use, end]
            part = contexts[number].part
            entries = [int(r + offset[part]) for r in parts[part].roots[0]]
            where += [number] * len(entries)
            what += entries
        rows.append((where, what))
    junction = np.full(int(offset[-1]), -1, np.int32)
    junction[: sizes[0]] = sentences.target
    junction[0] = 0  # silence leads to the first word state
    word_offset = np.cumsum([0, *(len(p.words) for p in parts)])
    start = np.concatenate(
        [[0], *(p.start[1:] + shift_ for p, shift_ in zip(parts, _arc_offsets(parts), strict=True))]
    )
    # Within the sentences, words are followed through junctions only, which also know the slots.
    counts = np.diff(start)
    main_leaf = np.zeros(len(junction), bool)
    main_leaf[: sizes[0]] = junction[: sizes[0]] >= 0
    to = np.concatenate([p.to + offset[i] for i, p in enumerate(parts)])
    keep = ~np.repeat(main_leaf, counts)
    counts = np.where(main_leaf, 0, counts)
    return Graph(
        phone=np.concatenate([p.phone for p in parts]),
        word=np.concatenate(
            [
                np.where(p.word >= 0, p.word + w, NO_WORD)
                for p, w in zip(parts, word_offset[:-1], strict=True)
            ]
        ).astype(np.int32),
        exit=np.concatenate([np.zeros(sizes[0], bool), *(p.exit for p in parts[1:])]),
        cost=np.concatenate([p.cost for p in parts]),
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        to=to[keep].astype(np.int32),
        junction=junction,
        contexts=tuple(contexts),
        shift=shift,
        returns=np.array([c.returns for c in contexts], np.int32),
        junction_start=np.concatenate([[0], np.cumsum([len(w) for w, _ in rows])]).astype(np.int64),
        junction_context=np.array([c for w, _ in rows for c in w], np.int32),
        junction_state=np.array([s for _, r in rows for s in r], np.int32),
        final=np.array([bool(a) for a in sentences.accepts]),
        accepts=tuple(tuple(sorted(int(str(x)) for x in a)) for a in sentences.accepts),
        reachable=_reachable(sentences, rules),
        keys=int(base[-1]),
        words=tuple(w for p in parts for w in p.words),
        sentences=tuple(rules),
        slots=dict(slots),
    )


def _reachable(sentences: Part, rules: Sequence[Sentence]) -> tuple[frozenset[str], ...]:
    ahead: list[set[int]] = [set() for _ in sentences.roots]
    for state in range(len(sentences.roots)):
        leaves = {int(t) for t in _leaf_targets(sentences, state)}
        ahead[state] = leaves | {end for _, end in sentences.slot_arcs[state]}
    found: list[frozenset[str] | None] = [None] * len(ahead)
    stack = [0]
    while stack:
        state = stack[-1]
        waiting = [s for s in ahead[state] if found[s] is None]
        if waiting:
            stack += waiting
            continue
        here = {rules[int(str(a))].intent for a in sentences.accepts[state]}
        found[state] = frozenset(here.union(*(found[s] or () for s in ahead[state])))
        stack.pop()
    return tuple(f or frozenset() for f in found)


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


def _arc_offsets(parts: Sequence[Part]) -> list[int]:
    return [int(x) for x in np.cumsum([0, *(len(p.to) for p in parts)])[:-1]]


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
    return link(compile_sentences(grammar, pronouncer), slots, grammar.sentences)


def _uses(sentence: Sentence) -> list[SlotUse]:
    return [e for e in walk(sentence.expression) if isinstance(e, SlotUse)]
