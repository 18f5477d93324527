"""What one utterance offers for judging the velum: numbers for each sound, none judged yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..audio.samples import RATE, Samples
from ..phonetics.inventory import BLANK
from ..speech.encoder import Frames
from ..speech.phone_reader import LogPosteriors
from . import acoustics
from .acoustics import Spectra
from .sound_classes import (
    COGNATES,
    FRICATIVES,
    NASAL,
    ORAL_VOICED,
    SONORANTS,
    STOP_OF,
    VOICED_STOPS,
    VOICELESS_STOPS,
    VOWEL,
)

Floats = npt.NDArray[np.float64]
PRIOR_SCALE = 0.3
"""As in searches: how much of a label's prior is taken out before labels are compared."""
_FLOOR = -12.0
"""Nats: a label less likely than that is as good as impossible, and how much less says nothing."""
_LATE = 1
"""Frames (24 ms) by which posteriors come after their sound; alignments have 30 ms taken off."""
_STOP_REACH = 2
"""Frames to either side of a stop in which its label may peak."""

POSTERIORS = 6
"""Numbers of a sonorant that are read off its posteriors; see `_sonorant_posteriors`."""
GROUPS: Mapping[str, frozenset[int]] = {
    "sonorants": SONORANTS,
    "voiced stops": VOICED_STOPS,
    "voiceless stops": VOICELESS_STOPS,
    "fricatives": FRICATIVES,
}
"""Sounds that are judged by numbers of their own."""


@dataclass(frozen=True)
class Placed:
    """A sound with its place: frames from `first` up to `last`."""

    phone: int
    word: int
    first: int
    last: int
    score: float
    """How well the audio supports it; see alignment."""
    beside_nasal: bool
    """Whether a nasal stands before or after it: it is then half nasal with any velum."""


@dataclass(frozen=True)
class JoinedHearing:
    """An utterance as the ear hears it, the frames of all its pieces in a row."""

    samples: Samples
    """(N,) of which frame i is samples from `i * stride` on."""
    frames: Frames
    """(T, size)"""
    log_posteriors: LogPosteriors
    """(T, 42)"""
    log_prior: LogPosteriors
    frame_seconds: float
    lengths: tuple[int, ...]
    """Frames of each piece."""

    @property
    def stride(self) -> int:
        """Samples from one frame to the next."""
        return round(self.frame_seconds * RATE)


@dataclass(frozen=True)
class Evidence:
    """The numbers of each sound of an utterance, by group."""

    placed: tuple[Placed, ...]
    numbers: Mapping[str, Floats]
    """By name of the group: (n, width)."""
    members: Mapping[str, tuple[int, ...]]
    """Which of `placed` each row is; consonants beside a nasal have none."""
    nasal_ratios: Floats
    """(M,) of nasals: log-odds of the nasal over the stop of its place, priors out."""
    stop_ratios: Floats
    """(S,) of stops: log-odds of the nasal of its place over the stop."""
    precise: tuple[int, int]
    """Sounds heard as what they should be, of how many."""
    pitch: float
    """Hz, the median over voiced frames of sonorants; NaN when none is."""

    @property
    def free(self) -> npt.NDArray[np.bool_]:
        """(n,) which sonorants no nasal stands beside: by these the velum is judged."""
        beside = [self.placed[i].beside_nasal for i in self.members["sonorants"]]
        return ~np.array(beside, np.bool_)


def gather(hearing: JoinedHearing, placed: Sequence[Placed]) -> Evidence:
    """The evidence in an utterance whose sounds are known with their places."""
    spectra = Spectra.of(hearing.samples, len(hearing.frames), hearing.stride)
    scores = hearing.log_posteriors - PRIOR_SCALE * hearing.log_prior
    scores = np.maximum(scores - _log_sum(scores, range(scores.shape[1]))[:, None], _FLOOR)
    numbers: dict[str, list[Floats]] = {name: [] for name in GROUPS}
    members: dict[str, list[int]] = {name: [] for name in GROUPS}
    for i, sound in enumerate(placed):
        group = next((name for name, phones in GROUPS.items() if sound.phone in phones), None)
        if group is None or (sound.beside_nasal and group != "sonorants"):
            continue
        if group == "sonorants":
            row = _sonorant(hearing, scores, spectra, sound)
        else:
            row = _consonant(scores, sound)
        numbers[group].append(row)
        members[group].append(i)
    widths = dict.fromkeys(GROUPS, 2) | {"sonorants": width(hearing.frames.shape[1])}
    return Evidence(
        placed=tuple(placed),
        numbers={n: np.array(rows).reshape(-1, widths[n]) for n, rows in numbers.items()},
        members={n: tuple(rows) for n, rows in members.items()},
        nasal_ratios=_ratios(scores, placed, STOP_OF, sign=-1.0),
        stop_ratios=_ratios(scores, placed, COGNATES, sign=1.0),
        precise=_precise(scores, placed),
        pitch=_median_pitch(spectra, placed),
    )


def width(frame_size: int) -> int:
    """Numbers of a sonorant over an encoder whose frames have `frame_size`."""
    return frame_size + POSTERIORS + acoustics.WIDTH


def _sonorant(hearing: JoinedHearing, scores: Floats, spectra: Spectra, sound: Placed) -> Floats:
    frames = hearing.frames[sound.first : sound.last].mean(axis=0)
    late = _span(scores, sound, 0)
    posteriors = _sonorant_posteriors(late, sound.phone)
    return np.concatenate(
        [frames, posteriors, spectra.measure(sound.phone, sound.first, sound.last)]
    )


def _sonorant_posteriors(scores: Floats, phone: int) -> Floats:
    """(6,) mean and highest log-probability of a nasal, of the sound itself, of voiced consonants,
    of the blank and of any vowel, over a sonorant's `scores (t, 42)`."""
    nasal = _log_sum(scores, NASAL)
    return np.array(
        [
            nasal.mean(), nasal.max(), scores[:, phone].mean(),
            _log_sum(scores, ORAL_VOICED).mean(), scores[:, BLANK].mean(),
            _log_sum(scores, VOWEL).mean(),
        ]
    )  # fmt: skip


def _consonant(scores: Floats, sound: Placed) -> Floats:
    """(2,) log-odds of a nasal over the sound, and the sound's own log-probability, at its best."""
    span = _span(scores, sound, _STOP_REACH)
    own = float(span[:, sound.phone].max())
    nasal = COGNATES.get(sound.phone)
    against = float(span[:, nasal].max() if nasal else _log_sum(span, NASAL).max())
    return np.array([against - own, own])


def _ratios(
    scores: Floats, placed: Sequence[Placed], other: Mapping[int, int], *, sign: float
) -> Floats:
    ratios = []
    for sound in placed:
        if sound.phone in other:
            span = _span(scores, sound, _STOP_REACH)
            ratio = span[:, other[sound.phone]].max() - span[:, sound.phone].max()
            ratios.append(sign * float(ratio))
    return np.array(ratios)


def _precise(scores: Floats, placed: Sequence[Placed]) -> tuple[int, int]:
    right = 0
    for sound in placed:
        best = _span(scores, sound, 0).max(axis=0)
        right += int(best[1:].argmax()) + 1 == sound.phone
    return right, len(placed)


def _span(scores: Floats, sound: Placed, reach: int) -> Floats:
    """Rows of the scores in which a sound shows."""
    first = max(0, min(sound.first + _LATE - reach, len(scores) - 1))
    return scores[first : max(first + 1, sound.last + _LATE + reach)]


def _median_pitch(spectra: Spectra, placed: Sequence[Placed]) -> float:
    pitches = [spectra.pitch[s.first : s.last] for s in placed if s.phone in SONORANTS]
    voiced = np.concatenate([np.zeros(0), *pitches])
    voiced = voiced[~np.isnan(voiced)]
    return float(np.median(voiced)) if len(voiced) else float("nan")


def _log_sum(scores: npt.NDArray[np.floating], phones: frozenset[int] | range) -> Floats:
    return np.asarray(np.logaddexp.reduce(scores[:, sorted(phones)].astype(np.float64), axis=1))
