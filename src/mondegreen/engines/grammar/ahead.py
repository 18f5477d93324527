"""What may still come from where a path stands: intents, slots, and how a slot's words may end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...types import Slot

if TYPE_CHECKING:
    from .graph import Graph

MOST = 60
"""States looked at for the ways to end a slot: a name has some ten phones, said in a few ways."""

Outcome = tuple[str, str]
"""An intent, and the slots it fills without a word (as text, to be compared)."""


@dataclass(frozen=True)
class Coming:
    """What sentences may still bring."""

    outcomes: frozenset[Outcome]
    slots: frozenset[str]
    """Names of those that may still be filled."""

    def __or__(self, other: Coming) -> Coming:
        return Coming(self.outcomes | other.outcomes, self.slots | other.slots)


NOTHING = Coming(frozenset(), frozenset())


@dataclass(frozen=True)
class Ending:
    """One way in which a slot's words may end: those that are missing, and the last state."""

    words: tuple[str, ...]
    state: int


@dataclass
class Ahead:
    """What may come after each place of a graph, worked out where it is asked for and kept."""

    graph: Graph
    _words: dict[int, Coming] = field(default_factory=dict)
    _states: dict[int, Coming] = field(default_factory=dict)
    _endings: dict[int, tuple[Ending, ...] | None] = field(default_factory=dict)
    _fixed: dict[Outcome, tuple[Slot, ...]] = field(default_factory=dict)

    def outcome(self, sentence: int) -> Outcome:
        """Of a sentence, by its number."""
        meaning = self.graph.sentences[sentence]
        return meaning.intent, repr(sorted(meaning.fixed.items()))

    def fixed(self, outcome: Outcome) -> tuple[Slot, ...]:
        """The slots that an outcome fills without a word."""
        if not self._fixed:
            for number, meaning in enumerate(self.graph.sentences):
                slots = tuple(Slot(name, value, "") for name, value in meaning.fixed.items())
                self._fixed.setdefault(self.outcome(number), slots)
        return self._fixed[outcome]

    def ends(self, word_state: int) -> Outcome | None:
        """What a sentence means that ends in a word state; None where none may end."""
        accepted = self.graph.accepts[word_state] if word_state > 0 else ()
        return self.outcome(accepted[0]) if accepted else None

    def may_end(self, state: int) -> bool:
        """Whether a sentence may end with the word that goes through a state of the sentences."""
        return any(self.graph.final[target] for target in self._targets(state))

    def after(self, word_state: int) -> Coming:
        """What may come after a word state of the sentences; they have no loops."""
        stack = [word_state]
        while stack:
            here = stack[-1]
            if here in self._words:
                stack.pop()
                continue
            following = list(self._following(here))
            waiting = [state for state, _ in following if state not in self._words]
            if waiting:
                stack += waiting
                continue
            ended = frozenset(self.outcome(n) for n in self.graph.accepts[here])
            coming = Coming(ended, frozenset(name for _, name in following if name))
            for state, _ in following:
                coming |= self._words[state]
            self._words[here] = coming
        return self._words[word_state]

    def within(self, state: int) -> Coming:
        """What may come after a state of the sentences, in the middle of a word."""
        coming = self._states.get(state)
        if coming is None:
            coming = NOTHING
            for target in self._targets(state):
                coming |= self.after(target)
            self._states[state] = coming
        return coming

    def endings(self, state: int) -> tuple[Ending, ...] | None:
        """The ways in which the words of a slot may end from a state on; None: too many."""
        if state not in self._endings:
            self._endings[state] = self._find_endings(state)
        return self._endings[state]

    def _find_endings(self, state: int) -> tuple[Ending, ...] | None:
        graph = self.graph
        endings: dict[tuple[tuple[str, ...], bool], Ending] = {}
        todo: list[tuple[int, tuple[str, ...]]] = [(state, ())]
        for _ in range(MOST):
            if not todo:
                return tuple(endings.values())
            here, words = todo.pop()
            word = int(graph.word[here])
            if word >= 0:
                words = (*words, graph.words[word])
            if graph.exit[here]:
                endings.setdefault((words, bool(graph.outside[here])), Ending(words, here))
            row = graph.to[graph.start[here] : graph.start[here + 1]]
            todo += [(following, words) for following in row.tolist()]
        return None

    def _following(self, word_state: int) -> Iterator[tuple[int, str]]:
        """The word states one word or slot further on, with the slot's name."""
        graph = self.graph
        row = slice(graph.junction_start[word_state], graph.junction_start[word_state + 1])
        contexts, states = graph.junction_context[row].tolist(), graph.junction_state[row].tolist()
        for context in dict.fromkeys(contexts):
            slot = graph.contexts[context].slot
            if slot is not None:
                yield int(graph.returns[context]), slot.name
        for context, state in zip(contexts, states, strict=True):
            if context == 0:
                yield from ((target, "") for target in self._targets(state))

    def _targets(self, state: int) -> Iterator[int]:
        """The word states in which the words end that go through a state of the sentences."""
        graph, todo = self.graph, [state]
        while todo:
            here = todo.pop()
            if graph.junction[here] >= 0:
                yield int(graph.junction[here])
            else:
                todo += graph.to[graph.start[here] : graph.start[here + 1]].tolist()
