"""Expressions to minimal acyclic word automata, so that sentences share their beginnings and ends.

Thompson's construction, subset construction, then merging of equal right languages from the end
(Revuz 1992; the automata are acyclic). Symbols are spoken words and slot uses; nothing here knows
about sound.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from collections.abc import Sequence as Seq
from dataclasses import dataclass, field
from itertools import product

from ...errors import GrammarError
from ..expression import Choice, Expression, Sequence, SlotUse, Word

Symbol = str | SlotUse
Label = Hashable
"""What an accepting state stands for: the index of a sentence, or True inside a slot."""

MAX_STATES = 2_000_000
MAX_PHRASES = 10_000
"""Wordings of one slot value; more than that wants a Pattern."""


@dataclass
class Automaton:
    """A deterministic acyclic automaton over words and slot uses; state 0 is the start."""

    arcs: list[dict[Symbol, int]] = field(default_factory=lambda: [{}])
    accepts: list[frozenset[Label]] = field(default_factory=lambda: [frozenset()])


class _Nfa:
    def __init__(self) -> None:
        self.arcs: list[list[tuple[Symbol, int]]] = []
        self.free: list[list[int]] = []

    def state(self) -> int:
        self.arcs.append([])
        self.free.append([])
        if len(self.arcs) > MAX_STATES:
            raise GrammarError(
                f"the grammar needs more than {MAX_STATES:,} states; move long lists into slots"
            )
        return len(self.arcs) - 1

    def add(self, expression: Expression, start: int) -> int:
        """Add an expression from `start`; the state where it ends."""
        if isinstance(expression, Sequence):
            for item in expression.items:
                start = self.add(item, start)
            return start
        end = self.state()
        if isinstance(expression, Choice):
            for item in expression.items:
                self.free[self.add(item, start)].append(end)
        else:
            symbol: Symbol
            if isinstance(expression, Word):
                symbol = expression.text
            else:
                symbol = SlotUse(expression.name, expression.type)
            self.arcs[start].append((symbol, end))
        return end

    def closure(self, states: Iterable[int]) -> frozenset[int]:
        seen = set(states)
        todo = list(seen)
        while todo:
            for nxt in self.free[todo.pop()]:
                if nxt not in seen:
                    seen.add(nxt)
                    todo.append(nxt)
        return frozenset(seen)


def build(expressions: Iterable[tuple[Label, Expression]]) -> Automaton:
    """The minimal automaton that accepts every labelled expression."""
    nfa = _Nfa()
    start = nfa.state()
    labels: dict[int, Label] = {}
    for label, expression in expressions:
        head = nfa.state()
        nfa.free[start].append(head)
        end = nfa.add(expression, head)
        # A state of its own, so that no label leaks into an expression that continues.
        last = nfa.state()
        nfa.free[end].append(last)
        labels[last] = label
    return minimise(_determinise(nfa, start, labels))


def _determinise(nfa: _Nfa, start: int, labels: dict[int, Label]) -> Automaton:
    first = nfa.closure([start])
    index = {first: 0}
    todo = [first]
    out = Automaton()
    out.accepts[0] = frozenset(labels[s] for s in first if s in labels)
    while todo:
        here = todo.pop()
        moves: dict[Symbol, set[int]] = {}
        for state in here:
            for symbol, target in nfa.arcs[state]:
                moves.setdefault(symbol, set()).add(target)
        for symbol, targets in moves.items():
            there = nfa.closure(targets)
            if there not in index:
                index[there] = len(out.arcs)
                out.arcs.append({})
                out.accepts.append(frozenset(labels[s] for s in there if s in labels))
                todo.append(there)
            out.arcs[index[here]][symbol] = index[there]
    return out


def trie(phrases: Iterable[Seq[str]]) -> Automaton:
    """The minimal automaton of a plain list of word sequences; fast for 100,000 of them."""
    out = Automaton()
    arcs, accepts = out.arcs, out.accepts
    final = frozenset([True])
    for words in phrases:
        state = 0
        for word in words:
            nxt = arcs[state].get(word)
            if nxt is None:
                nxt = len(arcs)
                arcs[state][word] = nxt
                arcs.append({})
                accepts.append(frozenset())
            state = nxt
        accepts[state] = final
    return minimise(out)


def minimise(automaton: Automaton) -> Automaton:
    """Merge states with the same future; the start stays state 0."""
    order = _children_first(automaton)
    classes: dict[Hashable, int] = {}
    class_of = [-1] * len(automaton.arcs)
    members: list[int] = []
    for state in order:
        future = frozenset((s, class_of[t]) for s, t in automaton.arcs[state].items())
        signature = (automaton.accepts[state], future)
        class_number = classes.get(signature)
        if class_number is None:
            class_number = classes[signature] = len(members)
            members.append(state)
        class_of[state] = class_number
    # Classes are numbered children first; turning them round puts the start at 0.
    last = len(members) - 1
    out = Automaton([{} for _ in members], [frozenset() for _ in members])
    for number, state in enumerate(members):
        out.accepts[last - number] = automaton.accepts[state]
        out.arcs[last - number] = {s: last - class_of[t] for s, t in automaton.arcs[state].items()}
    return out


def _children_first(automaton: Automaton) -> list[int]:
    order: list[int] = []
    seen = [False] * len(automaton.arcs)
    seen[0] = True
    stack = [(0, iter(automaton.arcs[0].values()))]
    while stack:
        state, children = stack[-1]
        for child in children:
            if not seen[child]:
                seen[child] = True
                stack.append((child, iter(automaton.arcs[child].values())))
                break
        else:
            order.append(state)
            stack.pop()
    return order


def phrases(expression: Expression) -> list[tuple[str, ...]]:
    """Every word sequence of an expression without slots, for slot values.

    Raises GrammarError past MAX_PHRASES wordings, or when a slot is used inside.
    """
    if isinstance(expression, Word):
        return [(expression.text,)]
    if isinstance(expression, SlotUse):
        raise GrammarError(
            f"slot ${expression.type} is used inside a slot value; values hold words"
        )
    parts = [phrases(item) for item in expression.items]
    if isinstance(expression, Choice):
        wordings = [p for part in parts for p in part]
    else:
        count = 1
        for part in parts:
            count *= len(part)
            if count > MAX_PHRASES:
                break
        if count > MAX_PHRASES:
            raise GrammarError(f"one slot value has more than {MAX_PHRASES:,} wordings")
        wordings = [tuple(w for piece in combo for w in piece) for combo in product(*parts)]
    if len(wordings) > MAX_PHRASES:
        raise GrammarError(f"one slot value has more than {MAX_PHRASES:,} wordings")
    return list(dict.fromkeys(wordings))
