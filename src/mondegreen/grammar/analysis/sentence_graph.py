"""All sentences of a grammar as one graph in which every string of words has one path.

Expressions become a graph built from their ends, equal futures merged as they are made; then paths
that begin with the same words are merged (subset construction, with weights: Mohri 1997). What
stands on the arcs are probabilities, so that sums over all sentences take one walk over the graph.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from ..expression import Choice, Expression, FreeWords, Grammar, Pattern, SlotUse, ValueList, Word
from .ambiguity import FREE

Distribution = Literal["choices", "sentences"]
"""How likely sentences are. `choices`: intents equally, then the sentences of an intent, the parts
of a choice and the values of a slot, as `grammar.sample` draws them. `sentences`: all equally."""

MAX_STATES = 400_000
"""States of the graph; the starter grammar has 5,000, and 18,000 before they are merged."""
_DIGITS = 12
"""Of probabilities when futures are compared: sums in another order differ behind them."""


class TooLarge(Exception):
    """The graph has more than MAX_STATES states."""


@dataclass(frozen=True)
class SentenceGraph:
    """A deterministic acyclic graph of sentences; its last state is the start.

    Arcs lead to states with smaller numbers, so counting down visits a state after all that lead
    to it.
    """

    arcs: list[list[tuple[str, int, float]]]
    """Of each state: word, next state, probability."""
    stops: list[dict[str, float]]
    """Of each state: probability that the sentence ends here and has this intent."""
    sentences: list[int]
    """Different sentences from each state on."""

    @property
    def start(self) -> int:
        """Where every sentence begins."""
        return len(self.arcs) - 1

    @classmethod
    def of(cls, grammar: Grammar, distribution: Distribution) -> SentenceGraph | None:
        """The graph of a grammar whose slots are all defined; None when nothing can be said.

        Silence is no sentence. Raises TooLarge.
        """
        merged = _Merged(_Futures(grammar, weighted=distribution == "choices"))
        arcs, stops = merged.arcs, merged.stops
        not_silent = 1 - sum(stops[-1].values()) if distribution == "choices" else 1.0
        stops[-1] = {}
        if not arcs[-1]:
            return None
        arcs[-1] = [(word, to, p / not_silent) for word, to, p in arcs[-1]]
        counts: list[int] = []
        for outgoing, ends in zip(arcs, stops, strict=True):
            counts.append(bool(ends) + sum(counts[to] for _, to, _ in outgoing))
        if distribution == "sentences":
            for state, (outgoing, ends) in enumerate(zip(arcs, stops, strict=True)):
                total = counts[state]
                arcs[state] = [(word, to, counts[to] / total) for word, to, _ in outgoing]
                stops[state] = {intent: 1 / (total * len(ends)) for intent in ends}
        return cls(arcs, stops, counts)


class _Futures:
    """What can follow: states with weighted arcs, built from the ends of sentences."""

    def __init__(self, grammar: Grammar, *, weighted: bool) -> None:
        self.weighted = weighted
        self.arcs: list[dict[tuple[str, int], float]] = []
        self.stops: list[dict[str, float]] = []
        self._states: dict[object, int] = {}
        self._slots = grammar.slot_types
        self._added: dict[tuple[int, int], int] = {}
        by_intent: dict[str, list[int]] = {}
        for sentence in grammar.sentences:
            end = self._state({}, {sentence.intent: 1.0})
            by_intent.setdefault(sentence.intent, []).append(self._add(sentence.expression, end))
        self.start = self._mixed([self._mixed(states) for states in by_intent.values()])

    def _state(self, arcs: dict[tuple[str, int], float], stops: dict[str, float]) -> int:
        key = (
            frozenset((arc, round(p, _DIGITS)) for arc, p in arcs.items()),
            frozenset((intent, round(p, _DIGITS)) for intent, p in stops.items()),
        )
        state = self._states.get(key)
        if state is None:
            state = self._states[key] = len(self.arcs)
            if state > MAX_STATES:
                raise TooLarge
            self.arcs.append(arcs)
            self.stops.append(stops)
        return state

    def _mixed(self, states: Iterable[int]) -> int:
        """A state that is any of some states, each equally likely."""
        all_ = list(states)
        if len(set(all_)) == 1:
            return all_[0]
        arcs: dict[tuple[str, int], float] = {}
        stops: dict[str, float] = {}
        for state in all_:
            for arc, p in self.arcs[state].items():
                arcs[arc] = arcs.get(arc, 0.0) + p / len(all_) if self.weighted else 1.0
            for intent, p in self.stops[state].items():
                stops[intent] = stops.get(intent, 0.0) + p / len(all_) if self.weighted else 1.0
        return self._state(arcs, stops)

    def _add(self, expression: Expression, then: int) -> int:
        """The state from which an expression is said, and `then` what follows."""
        if isinstance(expression, Word):
            return self._state({(expression.text, then): 1.0}, {})
        key = (id(expression), then)
        state = self._added.get(key)
        if state is None:
            state = self._added[key] = self._compound(expression, then)
        return state

    def _compound(self, expression: Expression, then: int) -> int:
        if isinstance(expression, SlotUse):
            return self._slot(expression.type, then)
        if isinstance(expression, Choice):
            return self._mixed([self._add(item, then) for item in expression.items])
        if not isinstance(expression, Word):
            for item in reversed(expression.items):
                then = self._add(item, then)
        return then

    def _slot(self, name: str, then: int) -> int:
        kind = self._slots[name]
        if isinstance(kind, FreeWords):
            return self._state({(FREE, then): 1.0}, {})
        if isinstance(kind, Pattern):
            return self._add(kind.expression, then)
        assert isinstance(kind, ValueList)
        return self._mixed([self._add(value.expression, then) for value in kind.values])


class _Merged:
    """The same sentences, so that each has one path."""

    def __init__(self, futures: _Futures) -> None:
        self.arcs: list[list[tuple[str, int, float]]] = []
        self.stops: list[dict[str, float]] = []
        self._futures = futures
        self._states_by_places: dict[frozenset[tuple[int, float]], int] = {}
        self._states: dict[object, int] = {}
        self._state({futures.start: 1.0})

    def _state(self, places: Mapping[int, float]) -> int:
        """The state for being at several places at once, each with its probability."""
        key = frozenset((place, round(p, _DIGITS)) for place, p in places.items())
        state = self._states_by_places.get(key)
        if state is not None:
            return state
        moves: dict[str, dict[int, float]] = {}
        stops: dict[str, float] = {}
        for place, share in places.items():
            for (word, to), p in self._futures.arcs[place].items():
                weights = moves.setdefault(word, {})
                weights[to] = weights.get(to, 0.0) + share * p
            for intent, p in self._futures.stops[place].items():
                stops[intent] = stops.get(intent, 0.0) + share * p
        arcs = []
        for word, weights in moves.items():
            total = math.fsum(weights.values()) if self._futures.weighted else 1.0
            even = {to: p / total if self._futures.weighted else 1.0 for to, p in weights.items()}
            arcs.append((word, self._state(even), total))
        state = self._states_by_places[key] = self._state_with(arcs, stops)
        return state

    def _state_with(self, arcs: list[tuple[str, int, float]], stops: dict[str, float]) -> int:
        signature = (
            frozenset((word, to, round(p, _DIGITS)) for word, to, p in arcs),
            frozenset((intent, round(p, _DIGITS)) for intent, p in stops.items()),
        )
        state = self._states.get(signature)
        if state is None:
            state = self._states[signature] = len(self.arcs)
            if state > MAX_STATES:
                raise TooLarge
            self.arcs.append(arcs)
            self.stops.append(stops)
        return state


__all__ = ["MAX_STATES", "Distribution", "SentenceGraph", "TooLarge"]
