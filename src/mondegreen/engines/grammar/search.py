"""Token passing over phone posteriors: every path through the graph that the audio supports.

CTC's topology: each phone state is either sounding (`sound`) or in the blank after it (`rest`); a
path may stay in either, and a repeated phone needs a blank between (Graves et al. 2006). Scores are
Viterbi log-scores of posteriors divided by scaled label priors, as in hybrid recognisers: a CTC
network's blank is far too likely a priori.

The search is frame-synchronous with a beam. Only live states are held, so the cost follows the
beam and not the size of the graph; all work of a frame is a few array operations. What each frame
did is kept (`Frame`), which is what `lattice` needs to rank meanings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...phonetics.inventory import BLANK
from ...speech.hearing import BLANK_PENALTY, PRIOR_SCALE, Scores
from .compile import Ints, Longs
from .graph import Graph

NEVER = np.float32(-1e30)


@dataclass(frozen=True)
class SearchSettings:
    """How wide the search is and how posteriors become scores."""

    beam: float = 22.0
    """States this far (natural log) below the best are dropped. Of 100,000 names said by a voice
    never trained on, 14 loses 9 % of the right ones, 18 4.5 % and 22 2 % (n = 400). A small grammar
    has few states to drop: 22 costs the starter's search 2 % of its time."""
    max_states: int = 4000
    """Most states alive in one frame: what bounds the time. 8,000 find no more names."""
    prior_scale: float = PRIOR_SCALE
    blank_penalty: float = BLANK_PENALTY


@dataclass(frozen=True)
class Frame:
    """The live states after one frame, and how they were reached. n states, m arcs.

    `context, state (n,)`; `sound, rest (n,)` scores; `origin (n,)` the same state's place in the
    frame before or -1; `came (n,)` place in the frame before of the arc that won over staying, or
    -1; `source, dest (m,)` and `reward (m,)`: all arcs into live states and what each brought.
    """

    context: Ints
    state: Ints
    sound: Scores
    rest: Scores
    origin: Ints
    came: Ints
    source: Ints
    dest: Ints
    reward: Scores


class Search:
    """One utterance being decoded; feed it frames of scores, then read the result off `frames`."""

    def __init__(self, graph: Graph, settings: SearchSettings) -> None:
        self.graph = graph
        self.settings = settings
        self.frames: list[Frame] = []
        self.scores: list[Scores] = []
        # Place of each (context, state) key among the live states, -1 when it is not live.
        self._place = np.full(graph.keys, -1, np.int32)
        self._place[0] = 0
        zero = np.zeros(1, np.int32)
        self._live = Frame(
            zero, zero, np.array([NEVER]), np.zeros(1, np.float32), zero - 1, zero - 1,
            zero[:0], zero[:0], np.zeros(0, np.float32),
        )  # fmt: skip

    def fork(self) -> Search:
        """A copy to feed with frames that may yet change; this one does not notice."""
        other = Search.__new__(Search)
        other.graph, other.settings = self.graph, self.settings
        other.frames, other.scores = list(self.frames), list(self.scores)
        other._place, other._live = self._place.copy(), self._live
        return other

    def advance(self, scores: Scores) -> None:
        """Take in `(T, P)` frames of acoustic scores."""
        for row in scores:
            self._step(row)

    def _arcs(self) -> tuple[Ints, Ints, Ints]:
        """Source place, context and state of every arc out of the live states."""
        graph, live = self.graph, self._live
        first = graph.start[live.state]
        count = graph.start[live.state + 1] - first
        source, arc = _rows(first, count)
        state = graph.to[arc]
        context = live.context[source]
        after = np.where(
            live.context == 0,
            graph.junction[live.state],
            np.where(graph.exit[live.state], graph.returns[live.context], -1),
        )
        leaving = np.flatnonzero(after >= 0)
        first = graph.junction_start[after[leaving]]
        count = graph.junction_start[after[leaving] + 1] - first
        which, arc = _rows(first, count)
        return (
            np.concatenate([source, leaving[which]]).astype(np.int32),
            np.concatenate([context, graph.junction_context[arc]]),
            np.concatenate([state, graph.junction_state[arc]]),
        )

    def _step(self, row: Scores) -> None:
        graph, live = self.graph, self._live
        source, context, state = self._arcs()
        best = np.maximum(live.sound, live.rest)
        phone = graph.phone[state]
        same = phone == graph.phone[live.state[source]]
        entry = np.where(same, live.rest[source], best[source]) + graph.cost[state]
        near = np.flatnonzero(entry > best.max() - self.settings.beam)
        source, context, state, entry = source[near], context[near], state[near], entry[near]
        dest, contexts, states = self._places(context, state)
        n, old = len(states), len(live.state)
        incoming = np.full(n, NEVER)
        np.maximum.at(incoming, dest, entry)
        stay = np.full(n, NEVER)
        stay[:old] = live.sound
        rest = np.full(n, NEVER)
        rest[:old] = np.maximum(live.sound, live.rest)
        came = np.full(n, -1, np.int32)
        winning = np.flatnonzero((entry == incoming[dest]) & (entry > stay[dest]))
        came[dest[winning]] = source[winning]
        emitted = row[graph.phone[states]]
        sound = np.maximum(stay, incoming) + emitted
        sound[states == 0] = NEVER  # silence before the first word never sounds
        rest += row[BLANK]
        keep = self._beam(np.maximum(sound, rest))
        new_place = np.full(n, -1, np.int32)
        new_place[keep] = np.arange(len(keep), dtype=np.int32)
        self._place[states + graph.shift[contexts]] = new_place
        arrived = new_place[dest]
        alive = np.flatnonzero(arrived >= 0)
        self._live = Frame(
            context=contexts[keep],
            state=states[keep],
            sound=sound[keep],
            rest=rest[keep],
            origin=np.where(keep < old, keep, -1).astype(np.int32),
            came=came[keep],
            source=source[alive],
            dest=arrived[alive],
            reward=entry[alive],
        )
        self.frames.append(self._live)
        self.scores.append(row)

    def _places(self, context: Ints, state: Ints) -> tuple[Ints, Ints, Ints]:
        """Places of arc targets, and the live states lengthened by the new ones among them."""
        live = self._live
        key = state + self.graph.shift[context]
        place = self._place[key]
        fresh = np.flatnonzero(place < 0)
        fresh_key = key[fresh]
        # The last writer of each key stands for it; everyone else reads its number back.
        number = np.arange(len(fresh), dtype=np.int32)
        self._place[fresh_key] = number
        unique = np.flatnonzero(self._place[fresh_key] == number)
        self._place[fresh_key[unique]] = np.arange(len(unique), dtype=np.int32) + len(live.state)
        place[fresh] = self._place[fresh_key]
        new = fresh[unique]
        return (
            place,
            np.concatenate([live.context, context[new]]),
            np.concatenate([live.state, state[new]]),
        )

    def _beam(self, score: Scores) -> Longs:
        keep = np.flatnonzero(score > score.max() - self.settings.beam)
        if len(keep) > self.settings.max_states:
            limit = np.partition(score[keep], -self.settings.max_states)[-self.settings.max_states]
            keep = keep[score[keep] >= limit]
        return keep

    def finals(self) -> tuple[Longs, Scores, Ints]:
        """Live states where a sentence may end: places, scores, word states of the sentences."""
        graph, live = self.graph, self._live
        after = np.where(
            live.context == 0,
            graph.junction[live.state],
            np.where(graph.exit[live.state], graph.returns[live.context], -1),
        )
        # Word state 0 is the start: nothing was said yet.
        place = np.flatnonzero((after > 0) & graph.final[after])
        return place, np.maximum(live.sound, live.rest)[place], after[place]


def _rows(first: Longs, count: Longs) -> tuple[Longs, Longs]:
    """Row number and position of every element of the given slices of a flat array."""
    row = np.repeat(np.arange(len(first)), count)
    before = np.cumsum(count) - count
    position = np.arange(len(row)) - before[row] + first[row]
    return row, position
