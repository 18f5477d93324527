"""Where in the audio each word and phone was said: forced alignment over CTC posteriors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ..errors import AudioError, GrammarError
from ..phonetics.inventory import BLANK, PHONES, Pronunciation
from .hearing import Hearing

LogPosteriors = npt.NDArray[np.float32]

SPIKE_DELAY = 0.030
"""Seconds by which a spike comes late. Measured on 96 words joined at known places: uncorrected,
the median word starts 40 ms and ends 20 ms late; corrected, both are within 11 ms."""
REACH = 0.085
"""Seconds a phone extends from its spike towards a pause; about half a stressed vowel."""
_NEVER = np.float32(-1e30)


class Pronounces(Protocol):
    """What says how a word sounds; `phonetics.pronouncer.Pronouncer` does."""

    def word(self, word: str) -> tuple[Pronunciation, ...]:
        """Pronunciations of one word, any of which may be aligned."""
        ...


class Span(NamedTuple):
    """A word or phone with its place in the audio."""

    text: str
    start: float
    """Seconds."""
    end: float
    score: float
    """How well the audio supports it: a geometric mean of posteriors, in [0, 1]."""


@dataclass(frozen=True)
class Alignment:
    """Words and phones of an utterance in order, none overlapping."""

    words: tuple[Span, ...]
    phones: tuple[Span, ...]
    score: float
    """Log score of the best path, per frame; comparable between alignments of the same audio."""


@dataclass
class _Graph:
    """CTC states: every word's pronunciations side by side, with a blank before and after each."""

    labels: list[int] = field(default_factory=list)
    before: list[list[int]] = field(default_factory=list)
    """States each state may be reached from, itself among them."""
    place: list[tuple[int, int]] = field(default_factory=list)
    """(word, phone within it) of a phone's state; (-1, -1) of a blank."""

    def add(self, label: int, sources: Sequence[int], place: tuple[int, int] = (-1, -1)) -> int:
        state = len(self.labels)
        # Two equal phones in a row need a blank between them, or they read as one.
        allowed = [s for s in sources if label == BLANK or self.labels[s] != label]
        self.labels.append(label)
        self.before.append([state, *allowed])
        self.place.append(place)
        return state


def _compile(words: Sequence[str], pronouncer: Pronounces) -> tuple[_Graph, list[int]]:
    """The graph, whose first state is a blank, and the states a path may end in."""
    graph = _Graph()
    pause = graph.add(BLANK, ())
    ends: list[int] = []
    for number, word in enumerate(words):
        readings = [p for p in pronouncer.word(word) if p]
        if not readings:
            raise GrammarError(
                f"found no pronunciation of {word!r}, which must be aligned; spell it as it is "
                "said, or add it to the lexicon"
            )
        into, ends = [pause, *ends], []
        for reading in readings:
            sources = into
            for i, phone in enumerate(reading):
                state = graph.add(phone, sources, (number, i))
                if i + 1 < len(reading):
                    sources = [state, graph.add(BLANK, (state,))]
            ends.append(state)
        pause = graph.add(BLANK, ends)
    return graph, [pause, *ends]


def _best_path(
    scores: npt.NDArray[np.float32], graph: _Graph, ends: Sequence[int]
) -> tuple[npt.NDArray[np.int64], float]:
    """The likeliest state for each frame (T,), and its log score. `scores` (T, labels)."""
    count, width = len(graph.labels), max(map(len, graph.before))
    before = np.full((count, width), count, np.int64)  # one state past the last is never reached
    for state, sources in enumerate(graph.before):
        before[state, : len(sources)] = sources
    emitted = scores[:, graph.labels]
    best = np.full(count + 1, _NEVER, np.float32)
    # The path starts in the pause before the first word, or on one of its first phones.
    starts = [s for s, sources in enumerate(graph.before) if 0 in sources]
    best[starts] = emitted[0, starts]
    came_from = np.empty((len(scores), count), np.int16)
    rows = np.arange(count)
    for t in range(1, len(scores)):
        arriving = best[before]
        choice = arriving.argmax(axis=1)
        came_from[t] = choice
        best[:count] = arriving[rows, choice] + emitted[t]
    state = max(ends, key=lambda s: best[s])
    total = float(best[state])
    path = np.empty(len(scores), np.int64)
    for t in range(len(scores) - 1, -1, -1):
        path[t] = state
        if t:
            state = int(before[state, came_from[t, state]])
    return path, total


class _Spike(NamedTuple):
    word: int
    phone: int
    middle: float
    """Frames from the start of the audio."""
    log_posterior: float


def _spikes(path: npt.NDArray[np.int64], graph: _Graph, posteriors: LogPosteriors) -> list[_Spike]:
    spikes = []
    edges = np.flatnonzero(np.diff(path)) + 1
    for frames in np.split(np.arange(len(path)), edges):
        state = path[frames[0]]
        word, _ = graph.place[state]
        if word < 0:
            continue
        label = graph.labels[state]
        log_scores = posteriors[frames, label].astype(np.float64)
        weights = np.exp(log_scores - log_scores.max())
        middle = float((frames + 0.5) @ weights / weights.sum())
        spikes.append(_Spike(word, label, middle, float(log_scores.max())))
    return spikes


def _phone_spans(spikes: Sequence[_Spike], frame_seconds: float, seconds: float) -> list[Span]:
    """Phones meet half way between their spikes, or stop `REACH` from them where a pause lies."""
    middles = np.array([s.middle for s in spikes]) * frame_seconds - SPIKE_DELAY
    middles = np.clip(middles, 0.0, seconds)
    half = np.minimum(np.diff(middles) / 2, REACH)
    starts = middles - np.concatenate(([REACH], half))
    ends = middles + np.concatenate((half, [REACH]))
    return [
        Span(
            PHONES[spike.phone],
            float(max(0.0, start)),
            float(min(seconds, end)),
            float(np.exp(spike.log_posterior)),
        )
        for spike, start, end in zip(spikes, starts, ends, strict=True)
    ]


def align(
    hearing: Hearing, words: Sequence[str], pronouncer: Pronounces, *, prior_scale: float = 1.0
) -> Alignment:
    """Align the words of an utterance to what was heard of it; see `align_posteriors`."""
    return align_posteriors(
        hearing.log_posteriors,
        words,
        pronouncer,
        hearing.frame_seconds,
        log_prior=hearing.log_prior,
        prior_scale=prior_scale,
    )


def align_posteriors(
    log_posteriors: LogPosteriors,
    words: Sequence[str],
    pronouncer: Pronounces,
    frame_seconds: float,
    *,
    log_prior: npt.NDArray[np.float32] | None = None,
    prior_scale: float = 1.0,
) -> Alignment:
    """Align the words, each in whichever pronunciation fits best, to the whole of the audio.

    `log_posteriors` (T, 42): natural logs, one row every `frame_seconds`. `log_prior` (42,) times
    `prior_scale` is taken off first: a CTC reader says blank far too readily (Graves et al. 2006
    give the model; Huang et al. 2024, arXiv:2406.02560, why priors mend its alignments).
    Raises GrammarError for a word without a pronunciation, AudioError when the audio is too short
    for the words, ValueError for posteriors of another shape.
    """
    if log_posteriors.ndim != 2 or log_posteriors.shape[1] != len(PHONES):
        raise ValueError(f"found posteriors of shape {log_posteriors.shape}; expected (T, 42)")
    if not words:
        return Alignment((), (), 0.0)
    graph, ends = _compile(words, pronouncer)
    scores = np.maximum(np.asarray(log_posteriors, np.float32), np.float32(-1e4))
    if log_prior is not None:
        scores = scores - np.float32(prior_scale) * np.asarray(log_prior, np.float32)
    path, total = _best_path(scores, graph, ends) if len(scores) else (np.zeros(0, np.int64), -1e30)
    if total < -1e29:
        raise AudioError(
            f"found {len(log_posteriors)} frames ({len(log_posteriors) * frame_seconds:.2f} s), "
            f"too few for the {len(words)} words to align; expected at least a frame a phone"
        )
    spikes = _spikes(path, graph, log_posteriors)
    phones = _phone_spans(spikes, frame_seconds, len(log_posteriors) * frame_seconds)
    spans = []
    for number, word in enumerate(words):
        mine = [i for i, spike in enumerate(spikes) if spike.word == number]
        score = float(np.exp(np.mean([spikes[i].log_posterior for i in mine])))
        spans.append(Span(word, phones[mine[0]].start, phones[mine[-1]].end, score))
    return Alignment(tuple(spans), tuple(phones), total / len(scores))
