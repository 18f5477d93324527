"""The best few ways of having filled the slots, for every state that the search keeps alive.

The search keeps the best path into each state, and "a small latte" and "a large latte" meet in the
same state after their size: from there on the search alone is sure of one. Here each state keeps
tokens, one for each way of having filled the slots so far (token passing with several tokens, Young
et al. 1989), so that what was said first can still be weighed against its rivals. Words outside
slots make no difference, for where a path stands says what they were good for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ...phonetics.inventory import BLANK
from ...speech.hearing import Scores
from ...types import Slot
from .compile import Ints, Longs
from .graph import Graph
from .search import NEVER, Frame, Search

KEPT = 4
"""Tokens of a state. Orders of six slots in noise have three that matter."""
REACH = np.float32(16.0)
"""Nats below the best path at which another has no token: it counts 7 in 100,000 of it. As far as
the search reaches, 22, twice the tokens take twice the time where a sentence begins."""
MOST = 1_000
"""Tokens that sound, and as many that rest, after a frame. Where a sentence begins there are up to
4,600 without a limit, and the first look takes 114 instead of 55 ms; all 597 decisions in
80 commands, each at two risks, and in 36 coffee orders are the same."""
_START = 0
_SILENCE = np.zeros(1, np.int32)
"""Context and state before the first frame."""


@dataclass(frozen=True)
class FilledSlot:
    """A slot that was filled; free words and words outside its type have no value."""

    name: str
    spoken: str
    value: Any
    has_value: bool

    @cached_property
    def key(self) -> tuple[str, str, bool]:
        """Its identity: a value may be a list or a mapping."""
        return self.name, repr(self.value), self.has_value

    def slot(self) -> Slot:
        """As results have it, without times."""
        return Slot(self.name, self.value, self.spoken)


@dataclass(frozen=True)
class Filling:
    """One way of having filled the slots so far."""

    slots: tuple[FilledSlot, ...] = ()
    context: int = 0
    """The slot that is being said; 0: none."""
    words: tuple[str, ...] = ()
    """Those of its words that were finished."""

    @property
    def key(self) -> object:
        """Its identity."""
        return tuple(slot.key for slot in self.slots), self.context, self.words


class Fillings:
    """All ways of having filled the slots that were met in one utterance, numbered."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.listed = [Filling()]
        self._numbers: dict[object, int] = {self.listed[0].key: _START}
        self._after: dict[tuple[int, int, int, bool], int] = {}

    def after(self, filling: int, context: int, state: int, leaves: bool) -> int:
        """The filling once a path in `context` is past `state`, out of the slot if it `leaves`."""
        key = filling, context, state, leaves
        number = self._after.get(key)
        if number is None:
            number = self._after[key] = self._number(self._next(*key))
        return number

    def words_past(self, number: int, context: int, state: int) -> tuple[str, ...]:
        """The slot's words of a path in `context` once it is past `state`."""
        before, word = self.listed[number], int(self.graph.word[state])
        words = before.words if before.context == context else ()
        return (*words, self.graph.words[word]) if word >= 0 else words

    def _number(self, filling: Filling) -> int:
        number = self._numbers.setdefault(filling.key, len(self.listed))
        if number == len(self.listed):
            self.listed.append(filling)
        return number

    def _next(self, number: int, context: int, state: int, leaves: bool) -> Filling:
        before, words = self.listed[number], self.words_past(number, context, state)
        if not leaves:
            return Filling(before.slots, context, words)
        return Filling((*before.slots, self.filled(context, state, words)))

    def filled(self, context: int, state: int, words: tuple[str, ...]) -> FilledSlot:
        """The slot of a context whose words end in a state."""
        use = self.graph.contexts[context].slot
        assert use is not None
        reader, spoken = self.graph.slots[use.type], " ".join(words)
        if reader.free or self.graph.outside[state]:
            return FilledSlot(use.name, spoken, None, has_value=False)
        return FilledSlot(use.name, spoken, reader.interpret(spoken), has_value=True)


class Tokens(NamedTuple):
    """N tokens, by place: `place (N,)` among the live states, `filling (N,)`, `score (N,)`."""

    place: Longs
    filling: Longs
    score: Scores

    def taken(self, which: Longs) -> Tokens:
        """Those at some numbers."""
        return Tokens(self.place[which], self.filling[which], self.score[which])


class TokenPassing:
    """Follows a search frame by frame; fork it where the search is forked."""

    def __init__(self, fillings: Fillings) -> None:
        self.fillings = fillings
        self.frames = 0
        zero, none = np.zeros(1, np.int64), np.zeros(0, np.int64)
        self.sound = Tokens(none, none, np.zeros(0, np.float32))
        self.rest = Tokens(zero, zero, np.zeros(1, np.float32))

    def fork(self) -> TokenPassing:
        """A copy that goes its own way; the numbers of the fillings are shared."""
        other = TokenPassing(self.fillings)
        other.frames, other.sound, other.rest = self.frames, self.sound, self.rest
        return other

    def follow(self, search: Search) -> None:
        """Take in the frames that the search has come further."""
        for number in range(self.frames, len(search.frames)):
            before = search.frames[number - 1] if number else None
            context = _SILENCE if before is None else before.context
            state = _SILENCE if before is None else before.state
            floor = search.frames[number].best.max() - REACH
            self._step(search.frames[number], context, state, search.scores[number], floor)
            self._prune(floor)
        self.frames = len(search.frames)

    def both(self) -> Tokens:
        """All tokens, sounding or resting."""
        return _joined(self.sound, self.rest)

    def _step(self, now: Frame, context: Ints, state: Ints, row: Scores, floor: np.float32) -> None:
        graph = self.fillings.graph
        both = self.both()
        both = both.taken(np.argsort(both.place, kind="stable"))
        phone = graph.phone[state]
        same = phone[now.source] == now.phone[now.dest]
        entered = _joined(
            self._moved(both, now, (~same).nonzero()[0], context, state, row, floor),
            self._moved(self.rest, now, same.nonzero()[0], context, state, row, floor),
        )
        # Where a state of the frame before is now; -1: it died.
        place = np.full(len(state), -1, np.int64)
        (kept,) = (now.origin >= 0).nonzero()
        place[now.origin[kept]] = kept
        held = _stayed(self.sound, place)
        held = held._replace(score=held.score + row[now.phone[held.place]])
        sounding = _joined(entered, held)
        resting = _stayed(both, place)
        resting = resting._replace(score=resting.score + row[BLANK])
        silent = now.state[sounding.place] == 0  # silence before the first word never sounds
        sounding = sounding._replace(score=np.where(silent, NEVER, sounding.score))
        self.sound, self.rest = sounding, resting

    def _prune(self, floor: np.float32) -> None:
        count = len(self.fillings.listed)
        self.sound, self.rest = (_best(some, floor, count) for some in (self.sound, self.rest))

    def _moved(
        self, tokens: Tokens, now: Frame, arcs: Longs, context: Ints, state: Ints, row: Scores,
        floor: np.float32,
    ) -> Tokens:  # fmt: skip
        """The tokens over some arcs that stay above `floor`; `tokens` are in order of places."""
        source, dest = now.source[arcs], now.dest[arcs]
        first = np.searchsorted(tokens.place, source, "left")
        count = np.searchsorted(tokens.place, source, "right") - first
        ends = count.cumsum()
        total = int(ends[-1]) if len(ends) else 0
        which = (first - ends + count).repeat(count) + np.arange(total)
        source, dest = source.repeat(count), dest.repeat(count)
        graph = self.fillings.graph
        score = tokens.score[which] + graph.cost[now.state[dest]] + row[now.phone[dest]]
        # Before their fillings are looked up, which costs most: half of them fall.
        (above,) = (score > floor).nonzero()
        which, source, dest, score = which[above], source[above], dest[above], score[above]
        inside, after = context[source], now.context[dest]
        # In a slot a word ends, or the slot does.
        leaves = inside != after
        past = (inside > 0) & ((graph.word[state[source]] >= 0) | leaves)
        filling = tokens.filling[which].copy()
        (changed,) = past.nonzero()
        if len(changed):
            filling[changed] = self._past(
                filling[changed], inside[changed], state[source[changed]], leaves[changed]
            )
        return Tokens(dest.astype(np.int64), filling, score)

    def _past(
        self, filling: Longs, context: Ints, state: Ints, leaves: npt.NDArray[np.bool_]
    ) -> Longs:
        graph = self.fillings.graph
        key = ((filling * len(graph.contexts) + context) * graph.states + state) * 2 + leaves
        _, first, back = np.unique(key, return_index=True, return_inverse=True)
        numbers = [
            self.fillings.after(int(filling[i]), int(context[i]), int(state[i]), bool(leaves[i]))
            for i in first
        ]
        return np.array(numbers, np.int64)[back]


def _joined(first: Tokens, second: Tokens) -> Tokens:
    return Tokens(
        np.concatenate([first.place, second.place]),
        np.concatenate([first.filling, second.filling]),
        np.concatenate([first.score, second.score]),
    )


def _stayed(tokens: Tokens, place: Longs) -> Tokens:
    where = place[tokens.place]
    (alive,) = (where >= 0).nonzero()
    return Tokens(where[alive], tokens.filling[alive], tokens.score[alive])


def _best(tokens: Tokens, floor: np.float32, fillings: int) -> Tokens:
    """The best token of each place and filling, at most KEPT of a place, in order of the places."""
    if len(tokens.score) > MOST:
        floor = max(floor, -np.partition(-tokens.score, MOST)[MOST])
    near = tokens.taken((tokens.score > floor).nonzero()[0])
    if not len(near.place):
        return near
    key = near.place * fillings + near.filling
    order = np.lexsort((-near.score, key))
    key = key[order]
    near = near.taken(order[np.concatenate([[True], key[1:] != key[:-1]])])
    near = near.taken(np.lexsort((-near.score, near.place)))
    first = np.concatenate([[True], near.place[1:] != near.place[:-1]])
    begins = np.maximum.accumulate(np.where(first, np.arange(len(first)), 0))
    return near.taken((np.arange(len(first)) - begins < KEPT).nonzero()[0])
