"""One speaker over sessions: is the change larger than what the measure strays by?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import AudioError, DataError, in_one_line
from ..evaluate.intervals import Interval, middle
from .judgement import NOT_MEDICAL, Nasality
from .nasometer import Nasometer, Take
from .scales import ScalesDescription
from .sessions import Session

Say = Callable[[str], None]
_Z95 = 1.96
_ROUNDS = 2_000
_FEW_SENTENCES = 5
_UNLIKE = 0.25
"""By how much the shares of narrow recordings of two sessions may differ: a narrow recording reads
0.2 steps too high, and a quarter of them moves a session by 0.05, as chance does."""
_LEAST_REPEATS = 3
"""Prompts said twice in one session from which a test-retest figure is given."""


@dataclass(frozen=True)
class Sentence:
    """One recording with its index."""

    name: str
    text: str | None
    value: float
    take: Take


@dataclass(frozen=True)
class Judged:
    """A session."""

    session: Session
    result: Nasality
    index: Interval
    dose: Interval
    sentences: tuple[Sentence, ...]
    refused: tuple[str, ...]
    """Why recordings were left out, a line each."""

    @property
    def narrow(self) -> float:
        """Share of the recordings in which nothing lies above 4 kHz."""
        return float(np.mean([not sentence.take.quality.wide for sentence in self.sentences]))


@dataclass(frozen=True)
class Change:
    """From the baseline to a session, in steps."""

    value: Interval
    """n is how many sentences it rests on."""
    same_prompts: bool
    mdc95: float
    """The smallest change of one speaker that is not due to chance, 95 %: 1.96 √2 SEM."""
    same_band: bool = True
    """Whether both were recorded alike; where only one has anything above 4 kHz, the change is of
    the band, and not of the speaker."""

    @property
    def beyond(self) -> bool:
        """Whether it is larger than that, between sessions that can be compared."""
        return self.same_band and abs(self.value.value) > self.mdc95


@dataclass(frozen=True)
class Repeats:
    """Test and retest: prompts said more than once in one session."""

    pairs: int
    sd: float
    """Steps of one sentence."""
    mdc95: float
    """For as many sentences as the baseline has."""


@dataclass(frozen=True)
class Course:
    """A speaker over time."""

    sessions: tuple[Judged, ...]
    baseline: int
    changes: tuple[Change, ...]
    """Of each session from the baseline; its own is 0."""
    slope: Interval | None
    """Steps a session, or a month of 30 days where all sessions have dates; from three sessions,
    all of one band."""
    per_month: bool
    repeats: Repeats | None

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "sessions": [
                {
                    "session": judged.session.name,
                    "sentences": len(judged.sentences),
                    "refused": list(judged.refused),
                    **{k: v for k, v in judged.result.to_json().items() if k != "nasogram"},
                    "change": _change_json(change),
                }
                for judged, change in zip(self.sessions, self.changes, strict=True)
            ],
            "baseline": self.sessions[self.baseline].session.name,
            "slope": _plain(self.slope) if self.slope else None,
            "slope_unit": "steps per 30 days" if self.per_month else "steps per session",
            "test_retest": None
            if self.repeats is None
            else {
                "pairs": self.repeats.pairs, "sd": round(self.repeats.sd, 3),
                "mdc95": round(self.repeats.mdc95, 3),
            },
            "note": NOT_MEDICAL,
        }  # fmt: skip


def _plain(interval: Interval) -> Mapping[str, Any]:
    return {
        "value": round(interval.value, 3), "low": round(interval.low, 3),
        "high": round(interval.high, 3), "n": interval.n,
    }  # fmt: skip


def _change_json(change: Change) -> Mapping[str, Any]:
    return {
        **_plain(change.value), "mdc95": round(change.mdc95, 3), "beyond": change.beyond,
        "same_prompts": change.same_prompts, "same_band": change.same_band,
    }  # fmt: skip


def follow(
    sessions: Sequence[Session], nasometer: Nasometer, baseline: str | None = None,
    say: Say = lambda _: None,
) -> Course:  # fmt: skip
    """How one speaker's nasality went, against the session `baseline` (None: the first).

    A recording that cannot be judged is left out, and a session without any as well. Raises
    DataError when fewer than two sessions are left, or there is none of that name.
    """
    judged = [j for j in (_judged(s, nasometer, say) for s in sessions) if j is not None]
    if len(judged) < 2:
        raise DataError(
            f"found {len(judged)} session with speech that can be judged, expected two or more"
        )
    names = [j.session.name for j in judged]
    if baseline is not None and baseline not in names:
        raise DataError(f"found no session {baseline!r} to compare with; there are: {names}")
    first = names.index(baseline) if baseline is not None else 0
    repeats = _repeats(judged, len(judged[first].sentences))
    changes = [_change(judged[first], j, nasometer.scales.about, repeats) for j in judged]
    slope, per_month = _slope(judged)
    if not all(_alike(judged[first], j) for j in judged):
        slope = None  # a line through both bands would follow the microphone
    return Course(tuple(judged), first, tuple(changes), slope, per_month, repeats)


def _judged(session: Session, nasometer: Nasometer, say: Say) -> Judged | None:
    sentences, refused = [], []
    for spoken in session.recordings:
        try:
            take = nasometer.take([spoken.samples()], spoken.text)
        except (AudioError, DataError) as error:
            refused.append(in_one_line(f"{spoken.name}: {error}"))
            continue
        value = nasometer.scales.index(nasometer.scales.values(take.judged))
        if np.isnan(value):
            refused.append(in_one_line(f"{spoken.name}: found no vowel away from nasals"))
            continue
        sentences.append(Sentence(spoken.name, spoken.text, value, take))
    for line in refused:
        say(f"{session.name}: left out {line}")
    if not sentences:
        return None
    result = nasometer.together([sentence.take for sentence in sentences])
    if result.index is None or result.dose is None:
        say(f"{session.name}: left out, since it has too few vowels away from nasals")
        return None
    return Judged(session, result, result.index, result.dose, tuple(sentences), tuple(refused))


def _change(
    before: Judged, after: Judged, about: ScalesDescription, repeats: Repeats | None
) -> Change:
    first, second = _by_text(before), _by_text(after)
    shared = sorted(first.keys() & second.keys())
    count = min(len(before.sentences), len(after.sentences))
    same = len(shared) >= count
    rng = np.random.default_rng(0)
    if same and len(shared) > 1:
        steps = np.array([np.mean(second[text]) - np.mean(first[text]) for text in shared])
        draws = steps[rng.integers(0, len(steps), (_ROUNDS, len(steps)))].mean(axis=1)
        value, count = float(steps.mean()), len(steps)
    else:
        value = after.index.value - before.index.value
        draws = _drawn(after, rng) - _drawn(before, rng)
    sd = about.sentence_sd[0 if same else 1]
    mdc = _Z95 * sqrt(2) * sd / sqrt(count)
    if repeats is not None and same:
        mdc = max(mdc, repeats.mdc95)
    return Change(Interval(value, *middle(draws), count), same, mdc, _alike(before, after))


def _alike(one: Judged, other: Judged) -> bool:
    """Whether both sessions were recorded with the same band, nearly all of them."""
    return abs(one.narrow - other.narrow) <= _UNLIKE


def _drawn(judged: Judged, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """(_ROUNDS,) an index as it might have come out, by the width of its interval."""
    index = judged.index
    spread = (index.high - index.low) / (2 * _Z95)
    return rng.normal(index.value, max(spread, 1e-6), _ROUNDS)


def _by_text(judged: Judged) -> dict[str, list[float]]:
    """The index of each take of each text that was said."""
    values: dict[str, list[float]] = {}
    for sentence in judged.sentences:
        if sentence.text is not None:
            values.setdefault(sentence.text.lower(), []).append(sentence.value)
    return values


def _repeats(judged: Sequence[Judged], count: int) -> Repeats | None:
    squares, freedom, pairs = 0.0, 0, 0
    for one in judged:
        for several in _by_text(one).values():
            if len(several) > 1:
                pairs += 1
                freedom += len(several) - 1
                squares += float(np.square(np.array(several) - np.mean(several)).sum())
    if pairs < _LEAST_REPEATS:
        return None
    sd = sqrt(squares / freedom)
    return Repeats(pairs, sd, _Z95 * sqrt(2) * sd / sqrt(max(1, count)))


def _slope(judged: Sequence[Judged]) -> tuple[Interval | None, bool]:
    """Least squares over sessions; sentences are drawn again for the interval."""
    days = [j.session.day for j in judged]
    dated = [day for day in days if day is not None]
    per_month = len(dated) == len(days) and len(set(dated)) > 1
    times = (
        np.array([(day - dated[0]).days / 30 for day in dated])
        if per_month
        else np.arange(len(judged), dtype=np.float64)
    )
    if len(judged) < 3:
        return None, per_month
    centred = times - times.mean()
    values = [np.array([s.value for s in j.sentences]) for j in judged]
    rng = np.random.default_rng(0)

    def slope(means: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(means @ centred / (centred @ centred))

    means = np.array([v.mean() for v in values])
    drawn = np.stack(
        [v[rng.integers(0, len(v), (_ROUNDS, len(v)))].mean(axis=1) for v in values], axis=1
    )
    interval = Interval(float(slope(means)), *middle(slope(drawn)), len(judged))
    return interval, per_month
