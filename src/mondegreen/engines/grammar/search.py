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
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...phonetics.inventory import BLANK
from ...settings import check_count, check_number
from ...speech.hearing import BLANK_PENALTY, PRIOR_SCALE, Scores
from .compile import Ints, Longs
from .graph import LEAVES, Graph

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

    def __post_init__(self) -> None:
        """Raise SettingsError for values that no search can work with."""
        for name in ("beam", "prior_scale", "blank_penalty"):
            check_number(name, getattr(self, name), 0.0 if name == "beam" else None)
        check_count("max_states", self.max_states, 10**7)


class Frame(NamedTuple):
    """The live states after one frame, and how they were reached. n states, m arcs.

    `context, state (n,)`; `sound, rest (n,)` scores and `best (n,)` the better of them; `phone
    (n,)` of each state; `key (n,)` of each (context, state) pair; `origin (n,)` the same state's
    place in the frame before or -1; `came (n,)` place in the frame before of the arc that won over
    staying, or -1; `source, dest (m,)` and `reward (m,)`: all arcs into live states and what each
    brought.
    """

    context: Ints
    state: Ints
    sound: Scores
    rest: Scores
    best: Scores
    phone: npt.NDArray[np.int8]
    key: Longs
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
        silence = np.zeros(1, np.float32)
        self._live = Frame(
            zero, zero, np.array([NEVER]), silence, silence, graph.phone[:1], graph.shift[:1],
            zero - 1, zero - 1, zero[:0], zero[:0], silence[:0],
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

    def wait(self, scores: Scores) -> None:
        """Take in `(T, P)` frames before the first word in which nothing sounds.

        No word begins in them: in silence the beginnings of all sentences are alive, and cost ten
        times what the middle of one does.
        """
        if len(self._live.state) > 1:
            raise ValueError("found words that have begun, expected silence alone")
        for row in scores:
            rest = self._live.rest + row[BLANK]
            self._live = self._live._replace(rest=rest, best=rest, origin=np.zeros(1, np.int32))
            self.frames.append(self._live)
            self.scores.append(row)

    # A frame has some fifty live states, so its time goes into the calls and not into the numbers:
    # what is written with fewer calls is faster. `nonzero` is asked for by the method, which costs
    # a quarter of the function's time.

    def _arcs(self) -> tuple[Longs, Ints, Ints]:
        """Source place, context and state of every arc out of the live states."""
        ways, live = self.graph.ways, self._live
        after = ways.after[live.state]
        (inside,) = (after == LEAVES).nonzero()
        after[inside] = self.graph.returns[live.context[inside]]
        (leaving,) = (after >= 0).nonzero()
        row = np.concatenate([live.state, ways.junctions + after[leaving]])
        first = ways.start[row]
        count = ways.start[row + 1] - first
        ends = count.cumsum()
        source = np.concatenate([np.arange(len(live.state)), leaving]).repeat(count)
        arc = (first - ends + count).repeat(count) + np.arange(len(source))
        state, context = ways.state[arc], ways.context[arc]
        (same,) = (context < 0).nonzero()
        context[same] = live.context[source[same]]
        return source, context, state

    def _step(self, row: Scores) -> None:
        graph, live, beam = self.graph, self._live, self.settings.beam
        source, context, state = self._arcs()
        phone = graph.phone[state]
        same = phone == live.phone[source]
        entry = np.where(same, live.rest[source], live.best[source]) + graph.cost[state]
        (near,) = (entry > live.best.max() - beam).nonzero()
        source, entry = source[near], entry[near]
        dest, places = self._targets(context[near], state[near], phone[near])
        contexts, states, phones, keys = places
        n, old = len(states), len(live.state)
        incoming = np.empty(n, np.float32)
        incoming.fill(NEVER)
        stay, rest = incoming.copy(), incoming.copy()
        np.maximum.at(incoming, dest, entry)
        stay[:old] = live.sound
        rest[:old] = live.best
        (winning,) = ((entry == incoming[dest]) & (entry > stay[dest])).nonzero()
        came = np.empty(n, np.int32)
        came.fill(-1)
        came[dest[winning]] = source[winning]
        sound = np.maximum(stay, incoming) + row[phones]
        if states[0] == 0:  # silence before the first word, which comes first and never sounds
            sound[0] = NEVER
        rest += row[BLANK]
        best = np.maximum(sound, rest)
        keep = self._beam(best)
        new_place = np.empty(n, np.int32)
        new_place.fill(-1)
        new_place[keep] = np.arange(len(keep), dtype=np.int32)
        self._place[keys] = new_place
        arrived = new_place[dest]
        (alive,) = (arrived >= 0).nonzero()
        self._live = Frame(
            context=contexts[keep],
            state=states[keep],
            sound=sound[keep],
            rest=rest[keep],
            best=best[keep],
            phone=phones[keep],
            key=keys[keep],
            origin=np.where(keep < old, keep, -1).astype(np.int32),
            came=came[keep],
            source=source[alive].astype(np.int32),
            dest=arrived[alive],
            reward=entry[alive],
        )
        self.frames.append(self._live)
        self.scores.append(row)

    def _targets(
        self, context: Ints, state: Ints, phone: npt.NDArray[np.int8]
    ) -> tuple[Ints, tuple[Ints, Ints, npt.NDArray[np.int8], Longs]]:
        """Places of arc targets; and contexts, states, phones and keys of all that are live now,
        the new ones behind the old."""
        live = self._live
        key = state + self.graph.shift[context]
        place = self._place[key]
        (fresh,) = (place < 0).nonzero()
        if not len(fresh):
            return place, (live.context, live.state, live.phone, live.key)
        fresh_key = key[fresh]
        # The last writer of each key stands for it; everyone else reads its number back.
        number = np.arange(len(fresh), dtype=np.int32)
        self._place[fresh_key] = number
        (unique,) = (self._place[fresh_key] == number).nonzero()
        self._place[fresh_key[unique]] = np.arange(len(unique), dtype=np.int32) + len(live.state)
        place[fresh] = self._place[fresh_key]
        new = fresh[unique]
        return place, (
            np.concatenate([live.context, context[new]]),
            np.concatenate([live.state, state[new]]),
            np.concatenate([live.phone, phone[new]]),
            np.concatenate([live.key, key[new]]),
        )

    def _beam(self, score: Scores) -> Longs:
        (keep,) = (score > score.max() - self.settings.beam).nonzero()
        if len(keep) > self.settings.max_states:
            limit = np.partition(score[keep], -self.settings.max_states)[-self.settings.max_states]
            keep = keep[score[keep] >= limit]
        return np.asarray(keep)

    def finals(self) -> tuple[Longs, Scores, Ints]:
        """Live states where a sentence may end: places, scores, word states of the sentences."""
        return whole_sentences(self.graph, self._live)


def whole_sentences(graph: Graph, frame: Frame) -> tuple[Longs, Scores, Ints]:
    """Live states of a frame where a sentence may end: places, scores, word states."""
    after = np.where(
        frame.context == 0,
        graph.junction[frame.state],
        np.where(graph.exit[frame.state], graph.returns[frame.context], -1),
    )
    # Word state 0 is the start: nothing was said yet.
    place = np.flatnonzero((after > 0) & graph.final[after])
    return place, frame.best[place], after[place]
