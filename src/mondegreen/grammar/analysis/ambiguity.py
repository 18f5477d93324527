"""Sentences a grammar can read in two ways, found without writing its sentences out.

Sentences become one automaton over words and slots (`automaton`); slots become automata of their
own, entered and left like subroutines. Walking all of them in step, a set of positions at a time,
any set with two positions that both accept, or that lead to one, is one string of words with two
readings. Positions that cannot meet again are never walked, so a catalogue costs nothing unless
something competes with it.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, KeysView, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

from ..expression import (
    Choice,
    Expression,
    FreeWords,
    Grammar,
    Sequence,
    SlotType,
    SlotUse,
    ValueList,
    Word,
)
from .automaton import Automaton, build, phrases, trie

MAX_STEPS = 300_000
"""Positions looked at. Codes of letters in a row stand side by side by the dozen, so the number of
sets of them is no measure of the work."""
MAX_EXAMPLES = 2_000
MAX_READINGS = 8
FREE = "…"
"""Stands for free words, which are alike only to free words."""

Position = tuple[int, SlotUse | None, int]
"""A state of the sentences' automaton, or of a slot's that returns to one."""
Sounds = Mapping[str, str]
"""What each word is taken for: itself, or the first word that sounds the same."""


@dataclass(frozen=True)
class WordReading:
    """One way to read a string of words."""

    sentence: int
    slots: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Name, type and words of each slot."""
    literal: tuple[bool, ...]
    """For each word, whether the sentence itself says it rather than a slot."""


@dataclass
class Ambiguities:
    """Strings of words that can be read in two ways; `complete` unless there was too much to
    look at."""

    examples: list[tuple[str, ...]] = field(default_factory=list)
    complete: bool = True


def _renamed(expression: Expression, sounds: Sounds) -> Expression:
    if isinstance(expression, Word):
        return Word(sounds.get(expression.text, expression.text))
    if isinstance(expression, Sequence):
        return Sequence(tuple(_renamed(item, sounds) for item in expression.items))
    if isinstance(expression, Choice):
        return Choice(tuple(_renamed(item, sounds) for item in expression.items))
    return expression


def _slot_automaton(kind: SlotType, sounds: Sounds) -> Automaton:
    if isinstance(kind, FreeWords):
        return build([(True, Word(FREE))])
    if isinstance(kind, ValueList):
        wordings = (words for value in kind.values for words in phrases(value.expression))
        return trie([sounds.get(w, w) for w in words] for words in wordings)
    return build([(True, _renamed(kind.expression, sounds))])


class WordMachine:
    """The sentences of a grammar as automata; every slot used must be defined and filled."""

    def __init__(self, grammar: Grammar, sounds: Sounds | None = None) -> None:
        sounds = sounds or {}
        self.outer = build(
            (i, _renamed(s.expression, sounds)) for i, s in enumerate(grammar.sentences)
        )
        used = {s.type for arcs in self.outer.arcs for s in arcs if isinstance(s, SlotUse)}
        self.inner = {name: _slot_automaton(grammar.slot_types[name], sounds) for name in used}
        # Words that can continue a value which is complete already ("new york" after "new").
        self.continuing = {
            name: {w for a, ok in zip(m.arcs, m.accepts, strict=True) if ok for w in a}
            for name, m in self.inner.items()
        }
        self.shortest = {name: _shortest_phrase(m) for name, m in self.inner.items()}
        self.firsts = [self._first_words(q) for q in range(len(self.outer.arcs))]

    def _first_words(self, q: int) -> KeysView[Any]:
        # In the order of the grammar: that of a set changes from run to run, and examples with it.
        words: dict[Any, None] = {}
        for symbol in self.outer.arcs[q]:
            if isinstance(symbol, SlotUse):
                words |= dict.fromkeys(self.inner[symbol.type].arcs[0])
            else:
                words[symbol] = None
        return words.keys()

    def words_after(self, position: Position) -> Iterable[Any]:
        """Words that can be said next."""
        q, use, state = position
        return self.firsts[q] if use is None else self.inner[use.type].arcs[state]

    def after(self, position: Position, word: str) -> Iterator[Position]:
        """Positions after one more word; a complete slot value also stands behind its slot."""
        q, use, state = position
        if use is not None:
            yield from self._enter(q, use, self.inner[use.type].arcs[state].get(word))
            return
        for symbol, target in self.outer.arcs[q].items():
            if isinstance(symbol, SlotUse):
                yield from self._enter(target, symbol, self.inner[symbol.type].arcs[0].get(word))
            elif symbol == word:
                yield target, None, 0

    def _enter(self, back: int, use: SlotUse, state: int | None) -> Iterator[Position]:
        if state is None:
            return
        machine = self.inner[use.type]
        if machine.arcs[state]:
            yield back, use, state
        if machine.accepts[state]:
            yield back, None, 0

    def count_endings(self, positions: Iterable[Position]) -> int:
        """Readings that may end here; two positions of one sentence are two ("[b, $slot] (c)")."""
        return sum(len(self.outer.accepts[q]) for q, use, _ in positions if use is None)

    def paths(self, start: int, *, backward: bool = False) -> dict[int, tuple[str, ...]]:
        """Shortest words from `start` to each state; `backward`: from each state to the end."""
        edges: dict[int, list[tuple[int, tuple[str, ...]]]] = {}
        for q, arcs in enumerate(self.outer.arcs):
            for symbol, target in arcs.items():
                edge_words = (
                    self.shortest[symbol.type] if isinstance(symbol, SlotUse) else (symbol,)
                )
                a, b = (target, q) if backward else (q, target)
                edges.setdefault(a, []).append((b, edge_words))
        sources = [q for q, ok in enumerate(self.outer.accepts) if ok] if backward else [start]
        shortest: dict[int, tuple[str, ...]] = {}
        queue: list[tuple[int, int, tuple[str, ...]]] = [(0, q, ()) for q in sources]
        while queue:
            length, q, words = heappop(queue)
            if q in shortest:
                continue
            shortest[q] = words
            for target, edge_words in edges.get(q, ()):
                if target not in shortest:
                    path = (*edge_words, *words) if backward else (*words, *edge_words)
                    heappush(queue, (length + len(edge_words), target, path))
        return shortest

    def ambiguities(self) -> Ambiguities:
        """Examples of word strings with two readings or more, at least one of each kind."""
        return _Walk(self).run()

    def readings(self, words: tuple[str, ...]) -> list[WordReading]:
        """At most MAX_READINGS ways to read these words."""
        return list(_Reader(self, words).read())


def _shortest_phrase(machine: Automaton) -> tuple[str, ...]:
    queue: deque[tuple[int, tuple[Any, ...]]] = deque([(0, ())])
    seen = {0}
    while queue:
        state, words = queue.popleft()
        if machine.accepts[state]:
            return words
        for word, target in machine.arcs[state].items():
            if target not in seen:
                seen.add(target)
                queue.append((target, (*words, word)))
    return ()


class _Walk:
    """One walk through all sets of positions that can stand side by side."""

    def __init__(self, machine: WordMachine) -> None:
        self.machine = machine
        self.ambiguities = Ambiguities()
        self.seen: set[frozenset[Position]] = set()
        self.todo: deque[tuple[tuple[Position, ...], tuple[str, ...]]] = deque()
        self.meetings: set[tuple[Position, frozenset[Position]]] = set()
        self.steps = 0
        self.endings = machine.paths(0, backward=True)

    def run(self) -> Ambiguities:
        for q, prefix in self.machine.paths(0).items():
            if len(self.machine.outer.accepts[q]) > 1:
                self._example(prefix)
            self._fork(q, prefix)
        while self.todo:
            if self.steps >= MAX_STEPS or len(self.ambiguities.examples) >= MAX_EXAMPLES:
                self.ambiguities.complete = False
                break
            self._expand(*self.todo.popleft())
        return self.ambiguities

    def _example(self, words: tuple[str, ...]) -> None:
        self.ambiguities.examples.append(words)

    def _fork(self, q: int, prefix: tuple[str, ...]) -> None:
        """Where one position becomes two: two symbols begin with one word, or a slot may go on."""
        machine = self.machine
        counts: Counter[Any] = Counter()
        for symbol, target in machine.outer.arcs[q].items():
            if not isinstance(symbol, SlotUse):
                counts[symbol] += 1
                continue
            counts.update(machine.inner[symbol.type].arcs[0].keys())
            if machine.continuing[symbol.type] & machine.firsts[target]:
                self._inside(symbol, target, prefix)
        for word, times in counts.items():
            if times > 1:
                self._step(((q, None, 0),), word, prefix)

    def _inside(self, use: SlotUse, back: int, prefix: tuple[str, ...]) -> None:
        """Where a value is complete and its next word could also be what follows the slot."""
        inner = self.machine.inner[use.type]
        firsts = self.machine.firsts[back]
        stack: list[tuple[int, tuple[Any, ...]]] = [(0, ())]
        seen = {0}
        while stack:
            state, words = stack.pop()
            self.steps += 1
            if inner.accepts[state] and not firsts.isdisjoint(inner.arcs[state]):
                both: tuple[Position, ...] = ((back, use, state), (back, None, 0))
                self._push(both, (*prefix, *words))
            for word, target in inner.arcs[state].items():
                if target not in seen:
                    seen.add(target)
                    stack.append((target, (*words, word)))

    def _push(self, positions: tuple[Position, ...], words: tuple[str, ...]) -> None:
        together = frozenset(positions)
        if len(positions) > 1 and together not in self.seen:
            self.seen.add(together)
            self.todo.append((positions, words))
            if self.machine.count_endings(positions) > 1:
                self._example(words)

    def _expand(self, positions: tuple[Position, ...], words: tuple[str, ...]) -> None:
        counts: Counter[Any] = Counter()
        for position in positions:
            counts.update(self.machine.words_after(position))
        for word, times in counts.items():
            if times > 1:
                self._step(positions, word, words)

    def _step(self, positions: tuple[Position, ...], word: str, words: tuple[str, ...]) -> None:
        self.steps += len(positions)
        came_from: dict[Position, Position] = {}
        prefix = (*words, word)
        for source in positions:
            # Each arrival is another string of words and slots, so a second one at the same place
            # is a second reading of the same words.
            for target in self.machine.after(source, word):
                if target not in came_from:
                    came_from[target] = source
                    continue
                meeting = (target, frozenset([source, came_from[target]]))
                if meeting not in self.meetings:
                    self.meetings.add(meeting)
                    self._example((*prefix, *self._ending(target)))
        self._push(tuple(came_from), prefix)

    def _ending(self, position: Position) -> tuple[str, ...]:
        q, use, state = position
        if use is None:
            return self.endings.get(q, ())
        inner = self.machine.inner[use.type]
        words: list[Any] = []
        while not inner.accepts[state]:
            word, state = next(iter(inner.arcs[state].items()))
            words.append(word)
        return (*words, *self.endings.get(q, ()))


class _Reader:
    """All readings of one string of words, depth first."""

    def __init__(self, machine: WordMachine, words: tuple[str, ...]) -> None:
        self.machine = machine
        self.words = words
        self._leads: dict[tuple[int, int], bool] = {}

    def read(self) -> Iterator[WordReading]:
        remaining = MAX_READINGS
        stack: list[tuple[int, int, tuple[tuple[SlotUse, int, int], ...]]] = [(0, 0, ())]
        while stack and remaining:
            at, q, slots = stack.pop()
            # Values of many lengths after one another leave most places without a way to the end.
            if not self._ends_well(at, q):
                continue
            if at == len(self.words):
                for label in sorted(self.machine.outer.accepts[q], key=repr):
                    if remaining:
                        remaining -= 1
                        yield self._reading(label, slots)
                continue
            for symbol, target in self.machine.outer.arcs[q].items():
                if not isinstance(symbol, SlotUse):
                    if symbol == self.words[at]:
                        stack.append((at + 1, target, slots))
                    continue
                stack += [
                    (end, target, (*slots, (symbol, at, end))) for end in self._ends(symbol, at)
                ]

    def _ends_well(self, at: int, q: int) -> bool:
        """Whether some way leads from the word `at` in the state `q` to the end."""
        if at == len(self.words) and self.machine.outer.accepts[q]:
            return True
        if (at, q) not in self._leads:
            self._leads[at, q] = at < len(self.words) and any(
                self._ends_well(end, target)
                for symbol, target in self.machine.outer.arcs[q].items()
                for end in self._after(symbol, at)
            )
        return self._leads[at, q]

    def _after(self, symbol: Any, at: int) -> Iterator[int]:
        """Where a word or a slot that begins at a word may end."""
        if isinstance(symbol, SlotUse):
            yield from self._ends(symbol, at)
        elif symbol == self.words[at]:
            yield at + 1

    def _ends(self, use: SlotUse, at: int) -> Iterator[int]:
        inner = self.machine.inner[use.type]
        state: int | None = 0
        for end in range(at, len(self.words)):
            state = inner.arcs[state].get(self.words[end]) if state is not None else None
            if state is None:
                return
            if inner.accepts[state]:
                yield end + 1

    def _reading(self, label: Any, slots: tuple[tuple[SlotUse, int, int], ...]) -> WordReading:
        literal = [True] * len(self.words)
        for _, start, end in slots:
            literal[start:end] = [False] * (end - start)
        filled = tuple((u.name, u.type, self.words[a:b]) for u, a, b in slots)
        return WordReading(label, filled, tuple(literal))
