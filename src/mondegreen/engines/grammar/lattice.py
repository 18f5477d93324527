"""From a finished search to readings: the best path, and the best path of every other meaning.

A backward Viterbi pass over the kept frames gives, for each word-to-word arc, the score of the best
whole path through it (its max-marginal). Two paths with different words differ in such an arc or in
where they end, so following the arcs in the order of their max-marginals gives meanings best first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...phonetics.inventory import BLANK
from ...speech.hearing import Scores
from .search import NEVER, Search

SOUND, REST = 0, 1
ALTERNATIVE_BEAM = 12.0
"""Paths this far (natural log) below the best are not looked at as alternatives."""


@dataclass(frozen=True)
class Visit:
    """A stay in one state, frames `first` to `last` inclusive; it sounds up to `sounded`."""

    context: int
    state: int
    first: int
    last: int
    sounded: int
    score: float
    """Sum over its frames of (score of the path - best score any label has there); at most 0."""


@dataclass(frozen=True)
class Path:
    """One path from silence to the end of a sentence; `end` is the sentences' word state."""

    score: float
    visits: tuple[Visit, ...]
    end: int


@dataclass
class _Step:
    """A place (with SOUND or REST) in a frame."""

    frame: int
    place: int
    mode: int


class Lattice:
    """The finished search with backward scores; iterate `paths` for readings best first."""

    def __init__(self, search: Search) -> None:
        self.graph = search.graph
        self.frames = search.frames
        self.scores = search.scores
        self.final_place, self.final_score, self.final_word_state = search.finals()
        self._ceiling = np.array([row.max() for row in self.scores], np.float32)
        self._sound_after: list[Scores] = []
        self._rest_after: list[Scores] = []

    @property
    def free_score(self) -> float:
        """Score of the best sequence of labels under no grammar at all."""
        return float(self._ceiling.sum())

    def best(self) -> Path | None:
        """The best complete path, or None when no sentence fits within the beam."""
        if not len(self.final_place):
            return None
        winner = int(np.argmax(self.final_score))
        return self._finished(winner)

    def _finished(self, winner: int) -> Path:
        live, place = self.frames[-1], int(self.final_place[winner])
        mode = SOUND if live.sound[place] >= live.rest[place] else REST
        steps = self._back(_Step(len(self.frames) - 1, place, mode))
        return self._path(float(self.final_score[winner]), steps)

    def paths(self, limit: int) -> Iterator[Path]:
        """Complete paths, best first, each through a word-to-word arc no earlier one used."""
        if not len(self.final_place):
            return
        best = self.best()
        assert best is not None
        yield best
        self._backward()
        seen = set(_word_arcs(best))
        candidates: list[tuple[float, int, int, int]] = []  # score, frame (-1: final), arc, final
        for i, score in enumerate(self.final_score):
            if score > best.score - ALTERNATIVE_BEAM:
                candidates.append((float(score), -1, 0, i))
        candidates += self._marginals(best.score - ALTERNATIVE_BEAM)
        candidates.sort(key=lambda c: -c[0])
        for score, frame, arc, final in candidates[: 8 * limit]:
            if frame < 0:
                path = self._finished(final)
            else:
                if self._arc_key(frame, arc) in seen:
                    continue
                path = self._through(score, frame, arc)
            arcs = _word_arcs(path)
            if arcs <= seen:
                continue
            seen |= arcs
            yield path
            limit -= 1
            if limit <= 0:
                return

    def _arc_key(self, frame: int, arc: int) -> tuple[int, int, int, int]:
        now, before = self.frames[frame], self.frames[frame - 1]
        source, dest = now.source[arc], now.dest[arc]
        return (
            int(before.context[source]), int(before.state[source]),
            int(now.context[dest]), int(now.state[dest]),
        )  # fmt: skip

    def _backward(self) -> None:
        """Best score from each live state (sounding, resting) to the end, frame by frame."""
        graph = self.graph
        count = len(self.frames[-1].state)
        sound = np.full(count, NEVER)
        sound[self.final_place] = 0.0
        rest = sound.copy()
        self._sound_after, self._rest_after = [sound], [rest]
        for t in range(len(self.frames) - 1, 0, -1):
            now, row = self.frames[t], self.scores[t]
            before = self.frames[t - 1]
            onward = row[graph.phone[now.state]] + sound
            resting = row[BLANK] + rest
            stayed = np.flatnonzero(now.origin >= 0)
            origin = now.origin[stayed]
            sound_before = np.full(len(before.state), NEVER)
            rest_before = np.full(len(before.state), NEVER)
            rest_before[origin] = resting[stayed]
            sound_before[origin] = np.maximum(resting[stayed], onward[stayed])
            gain = onward[now.dest] + graph.cost[now.state[now.dest]]
            same = graph.phone[before.state[now.source]] == graph.phone[now.state[now.dest]]
            np.maximum.at(rest_before, now.source, gain)
            np.maximum.at(sound_before, now.source[~same], gain[~same])
            sound, rest = sound_before, rest_before
            self._sound_after.append(sound)
            self._rest_after.append(rest)
        self._sound_after.reverse()
        self._rest_after.reverse()

    def _marginals(self, floor: float) -> list[tuple[float, int, int, int]]:
        """The best frame of each word-to-word arc whose best whole path scores above `floor`."""
        best: dict[tuple[int, int, int, int], tuple[float, int, int, int]] = {}
        graph = self.graph
        for t in range(1, len(self.frames)):
            now, before, row = self.frames[t], self.frames[t - 1], self.scores[t]
            score = (
                now.reward + row[graph.phone[now.state[now.dest]]] + self._sound_after[t][now.dest]
            )
            leaving = graph.word[before.state[now.source]] >= 0
            for arc in np.flatnonzero((score > floor) & leaving):
                key = self._arc_key(t, int(arc))
                value = float(score[arc])
                if key not in best or value > best[key][0]:
                    best[key] = (value, t, int(arc), 0)
        return list(best.values())

    def _through(self, score: float, frame: int, arc: int) -> Path:
        now, before = self.frames[frame], self.frames[frame - 1]
        source, dest = int(now.source[arc]), int(now.dest[arc])
        same = self.graph.phone[before.state[source]] == self.graph.phone[now.state[dest]]
        mode = REST if same or before.rest[source] > before.sound[source] else SOUND
        head = self._back(_Step(frame - 1, source, mode))
        tail = self._onward(_Step(frame, dest, SOUND))
        return self._path(score, head + tail)

    def _back(self, step: _Step) -> list[_Step]:
        """Steps from the first frame up to this one, by the forward scores."""
        steps = [step]
        graph = self.graph
        while step.frame > 0:
            now, before = self.frames[step.frame], self.frames[step.frame - 1]
            came = int(now.came[step.place])
            if step.mode == REST:
                place = int(now.origin[step.place])
                mode = SOUND if before.sound[place] >= before.rest[place] else REST
            elif came >= 0:
                place = came
                same = graph.phone[before.state[place]] == graph.phone[now.state[step.place]]
                mode = REST if same or before.rest[place] > before.sound[place] else SOUND
            else:
                place, mode = int(now.origin[step.place]), SOUND
            step = _Step(step.frame - 1, place, mode)
            steps.append(step)
        steps.reverse()
        return steps

    def _onward(self, step: _Step) -> list[_Step]:
        """Steps from this one to the last frame, by the backward scores."""
        steps = [step]
        while step.frame < len(self.frames) - 1:
            step = self._next(step)
            steps.append(step)
        return steps

    def _next(self, step: _Step) -> _Step:
        graph, t = self.graph, step.frame + 1
        here, now, row = self.frames[step.frame], self.frames[t], self.scores[t]
        options: list[tuple[float, int, int]] = []
        for place in map(int, np.flatnonzero(now.origin == step.place)):
            options.append((float(row[BLANK] + self._rest_after[t][place]), place, REST))
            if step.mode == SOUND:
                sounding = row[graph.phone[now.state[place]]] + self._sound_after[t][place]
                options.append((float(sounding), place, SOUND))
        arcs = np.flatnonzero(now.source == step.place)
        dest = now.dest[arcs]
        phone = graph.phone[now.state[dest]]
        gain = row[phone] + self._sound_after[t][dest] + graph.cost[now.state[dest]]
        if step.mode == SOUND:
            gain = np.where(phone == graph.phone[here.state[step.place]], NEVER, gain)
        if len(arcs):
            winner = int(np.argmax(gain))
            options.append((float(gain[winner]), int(dest[winner]), SOUND))
        _, following, how = max(options)
        return _Step(t, following, how)

    def _path(self, score: float, steps: list[_Step]) -> Path:
        visits: list[Visit] = []
        context = state = -1
        first = sounded = 0
        total = 0.0
        for step in [*steps, None]:
            if step is not None:
                live = self.frames[step.frame]
                where = int(live.context[step.place]), int(live.state[step.place])
                label = BLANK if step.mode == REST else self.graph.phone[where[1]]
                loss = float(self.scores[step.frame][label] - self._ceiling[step.frame])
                if where == (context, state):
                    total += loss
                    sounded = step.frame if step.mode == SOUND else sounded
                    continue
            if state >= 0:
                last = step.frame - 1 if step is not None else steps[-1].frame
                visits.append(Visit(context, state, first, last, sounded, total))
            if step is not None:
                (context, state), first, sounded, total = where, step.frame, step.frame, loss
        return Path(score, tuple(visits), self._end(visits[-1]))

    def _end(self, visit: Visit) -> int:
        if visit.context == 0:
            return int(self.graph.junction[visit.state])
        return int(self.graph.returns[visit.context])


def unfinished(search: Search) -> Path | None:
    """The best path so far, whether or not a sentence may end there; `end` is -1."""
    if not search.frames:
        return None
    lattice = Lattice(search)
    live = search.frames[-1]
    score = np.maximum(live.sound, live.rest)
    place = int(np.argmax(score))
    mode = SOUND if live.sound[place] >= live.rest[place] else REST
    steps = lattice._back(_Step(len(search.frames) - 1, place, mode))
    return lattice._path(float(score[place]), steps)


def _word_arcs(path: Path) -> set[tuple[int, int, int, int]]:
    pairs = zip(path.visits, path.visits[1:], strict=False)
    arcs = {(a.context, a.state, b.context, b.state) for a, b in pairs}
    last = path.visits[-1]
    arcs.add((last.context, last.state, -1, -1))
    return arcs
