"""From a finished search to readings: the best path, and the best path of every other meaning.

A backward Viterbi pass over the kept frames gives, for each word-to-word arc, the score of the best
whole path through it (its max-marginal). Two paths with different words differ in such an arc or in
where they end, so following the arcs in the order of their max-marginals gives meanings best first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

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


class _Step(NamedTuple):
    """A place (with SOUND or REST) in a frame."""

    frame: int
    place: int
    mode: int


class _Stay(NamedTuple):
    """Where a step is, and what it loses there against the best label."""

    context: int
    state: int
    loss: float


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
        # Paths share most of their steps, and asking arrays for single numbers takes the time.
        self._before: dict[_Step, _Step] = {}
        self._after: dict[_Step, _Step] = {}
        self._stays: dict[_Step, _Stay] = {}
        self._ranked: list[tuple[float, int, int, int]] | None = None
        self._at = 0
        """How many of these have been looked at."""
        self._listed: list[Path] = []
        self._seen: set[tuple[int, int, int, int]] = set()
        """Arcs of the paths that were found."""

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
        for number in range(limit):
            # Asked again where the first few leave a doubt, it goes on behind those.
            if number == len(self._listed) and not self._find_another(8 * limit):
                return
            yield self._listed[number]

    def _find_another(self, most: int) -> bool:
        """Find the next path, among the best `most` of what it may go through."""
        if not self._listed:
            best = self.best()
            if best is None:
                return False
            self._remember(best)
            return True
        if self._ranked is None:
            self._ranked = self._candidates(self._listed[0].score - ALTERNATIVE_BEAM)
        while self._at < min(most, len(self._ranked)):
            score, frame, arc, final = self._ranked[self._at]
            self._at += 1
            if frame >= 0 and self._arc_key(frame, arc) in self._seen:
                continue
            path = self._finished(final) if frame < 0 else self._through(score, frame, arc)
            if not _word_arcs(path) <= self._seen:
                self._remember(path)
                return True
        return False

    def _remember(self, path: Path) -> None:
        self._listed.append(path)
        self._seen |= _word_arcs(path)

    def _candidates(self, floor: float) -> list[tuple[float, int, int, int]]:
        """Score, frame (-1: the end), arc and final of what paths go through, best first."""
        self._backward()
        ends = [(float(s), -1, 0, i) for i, s in enumerate(self.final_score) if s > floor]
        return sorted([*ends, *self._marginals(floor)], key=lambda c: -c[0])

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
        sound = _nevers(len(self.frames[-1].state))
        sound[self.final_place] = 0.0
        rest = sound.copy()
        self._sound_after, self._rest_after = [sound], [rest]
        for t in range(len(self.frames) - 1, 0, -1):
            now, before, row = self.frames[t], self.frames[t - 1], self.scores[t]
            onward = row[now.phone] + sound
            resting = row[BLANK] + rest
            (stayed,) = (now.origin >= 0).nonzero()
            origin = now.origin[stayed]
            sound, rest = _nevers(len(before.state)), _nevers(len(before.state))
            rest[origin] = resting[stayed]
            sound[origin] = np.maximum(resting[stayed], onward[stayed])
            gain = onward[now.dest] + graph.cost[now.state[now.dest]]
            (other,) = (before.phone[now.source] != now.phone[now.dest]).nonzero()
            np.maximum.at(rest, now.source, gain)
            np.maximum.at(sound, now.source[other], gain[other])
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
            score = now.reward + row[now.phone[now.dest]] + self._sound_after[t][now.dest]
            (high,) = (score > floor).nonzero()
            if not len(high):
                continue
            leaving = graph.word[before.state[now.source[high]]] >= 0
            for arc in high[leaving].tolist():
                key = self._arc_key(t, arc)
                value = float(score[arc])
                if key not in best or value > best[key][0]:
                    best[key] = (value, t, arc, 0)
        return list(best.values())

    def _through(self, score: float, frame: int, arc: int) -> Path:
        now, before = self.frames[frame], self.frames[frame - 1]
        source, dest = int(now.source[arc]), int(now.dest[arc])
        same = before.phone[source] == now.phone[dest]
        mode = REST if same or before.rest[source] > before.sound[source] else SOUND
        head = self._back(_Step(frame - 1, source, mode))
        tail = self._onward(_Step(frame, dest, SOUND))
        return self._path(score, head + tail)

    def _back(self, step: _Step) -> list[_Step]:
        """Steps from the first frame up to this one, by the forward scores."""
        steps = [step]
        while step.frame > 0:
            before = self._before.get(step)
            if before is None:
                before = self._before[step] = self._previous(step)
            step = before
            steps.append(step)
        steps.reverse()
        return steps

    def _previous(self, step: _Step) -> _Step:
        frame, place, mode = step
        now, before = self.frames[frame], self.frames[frame - 1]
        came = int(now.came[place])
        if mode == SOUND and came >= 0:
            same = before.phone[came] == now.phone[place]
            resting = same or before.rest[came] > before.sound[came]
            return _Step(frame - 1, came, REST if resting else SOUND)
        origin = int(now.origin[place])
        sounding = mode == SOUND or before.sound[origin] >= before.rest[origin]
        return _Step(frame - 1, origin, SOUND if sounding else REST)

    def _onward(self, step: _Step) -> list[_Step]:
        """Steps from this one to the last frame, by the backward scores."""
        steps = [step]
        while step.frame < len(self.frames) - 1:
            after = self._after.get(step)
            if after is None:
                after = self._after[step] = self._next(step)
            step = after
            steps.append(step)
        return steps

    def _next(self, step: _Step) -> _Step:
        graph, t = self.graph, step.frame + 1
        here, now, row = self.frames[step.frame], self.frames[t], self.scores[t]
        options: list[tuple[float, int, int]] = []
        for place in (now.origin == step.place).nonzero()[0].tolist():
            options.append((float(row[BLANK] + self._rest_after[t][place]), place, REST))
            if step.mode == SOUND:
                sounding = row[now.phone[place]] + self._sound_after[t][place]
                options.append((float(sounding), place, SOUND))
        (arcs,) = (now.source == step.place).nonzero()
        if len(arcs):
            dest = now.dest[arcs]
            phone = now.phone[dest]
            gain = row[phone] + self._sound_after[t][dest] + graph.cost[now.state[dest]]
            if step.mode == SOUND:
                gain = np.where(phone == here.phone[step.place], NEVER, gain)
            winner = int(np.argmax(gain))
            options.append((float(gain[winner]), int(dest[winner]), SOUND))
        _, following, how = max(options)
        return _Step(t, following, how)

    def _stay(self, step: _Step) -> _Stay:
        stay = self._stays.get(step)
        if stay is None:
            frame, place, mode = step
            live = self.frames[frame]
            label = BLANK if mode == REST else live.phone[place]
            loss = float(self.scores[frame][label] - self._ceiling[frame])
            stay = _Stay(int(live.context[place]), int(live.state[place]), loss)
            self._stays[step] = stay
        return stay

    def _path(self, score: float, steps: list[_Step]) -> Path:
        visits: list[Visit] = []
        context, state, total = self._stay(steps[0])
        first = sounded = steps[0].frame
        for step in steps[1:]:
            stay = self._stay(step)
            if stay.context == context and stay.state == state:
                total += stay.loss
                sounded = step.frame if step.mode == SOUND else sounded
                continue
            visits.append(Visit(context, state, first, step.frame - 1, sounded, total))
            context, state, total = stay
            first = sounded = step.frame
        visits.append(Visit(context, state, first, steps[-1].frame, sounded, total))
        return Path(score, tuple(visits), self._end(visits[-1]))

    def _end(self, visit: Visit) -> int:
        if visit.context == 0:
            return int(self.graph.junction[visit.state])
        return int(self.graph.returns[visit.context])


def _nevers(count: int) -> Scores:
    scores = np.empty(count, np.float32)
    scores.fill(NEVER)
    return scores


def unfinished(lattice: Lattice) -> Path | None:
    """The best path so far, whether or not a sentence may end there; `end` may be -1."""
    if not lattice.frames:
        return None
    live = lattice.frames[-1]
    place = int(np.argmax(live.best))
    mode = SOUND if live.sound[place] >= live.rest[place] else REST
    steps = lattice._back(_Step(len(lattice.frames) - 1, place, mode))
    return lattice._path(float(live.best[place]), steps)


def _word_arcs(path: Path) -> set[tuple[int, int, int, int]]:
    pairs = zip(path.visits, path.visits[1:], strict=False)
    arcs = {(a.context, a.state, b.context, b.state) for a, b in pairs}
    last = path.visits[-1]
    arcs.add((last.context, last.state, -1, -1))
    return arcs
