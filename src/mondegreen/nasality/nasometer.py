"""Recordings in, nasality out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..audio.samples import Samples, check_samples
from ..errors import AudioError
from ..evaluate.intervals import Interval, middle
from ..phonetics.inventory import PHONES
from ..speech.ear import Ear, shipped_ear
from .evidence import Evidence, gather
from .judgement import Doubt, Nasality, Point
from .placed_sounds import PlacedUtterance, alone, with_text
from .quality import Gauge, Quality
from .scales import Judged, Scales, index_of, joined
from .sound_classes import COGNATES, NASAL, SONORANTS

Floats = npt.NDArray[np.float64]
FEWEST = 5
"""Vowels without which nothing is said at all."""
FEW = 40
"""Vowels below which a result is in doubt: the interval of the index is then 0.3 steps wide."""
ROUNDS = 1_000
_FIT, _POOR_FIT = 0.5, 0.62
"""How well a text fits what is heard (see `fit`), below which it was not said, and below which it
is doubtful. Of 80 recordings of people 1 and 3 lie below with their own text; with another's 75
and all 80.
"""
_FIT_ALONE = 0.78
"""The same without a text, where the reader names what it hears best: of 25 orders by people the
worst has 0.83, of noises that pass for speech half have less."""
_HEARD = 0.1
_NOISY, _DEAF = 15.0, 6.0
_CLIPPED, _RUINED = 0.001, 0.03
_HIGH = 250.0
"""Hz: children speak above it, and few adults."""
_NASAL_TEXT = 0.2
"""Share of sonorants beside nasals from which on a text is nasal-loaded; of English it is 0.25."""
_NASALS = 3
_LONGER = "record longer, with prompts that have no nasals ('mondegreen nasality prompts')"
_GIVE_TEXT = (
    "record longer, or give what is said with --text: stops that sound like nasals hide the vowels "
    "beside them"
)
NARROW = (
    "speech by telephone, or that was once at 8 kHz, reads as 0.2 to 0.3 steps more nasal; record "
    "at 16 kHz or more"
)
NOBODY = "found nobody speaking, expected speech; record closer to the mouth, in a quieter place"


@dataclass(frozen=True)
class Take:
    """One recording as it was judged, before the numbers are put together."""

    judged: Judged
    stop_ratios: Floats
    """(S,) see Evidence."""
    nasal_ratios: Floats
    """(M,) see Evidence."""
    precise: tuple[int, int]
    beside: int
    """Sonorants beside a nasal."""
    pitches: tuple[float, ...]
    """Hz, of each utterance that has a voice."""
    quality: Quality
    text_known: bool
    fit: float
    nasogram: tuple[Point, ...]


@dataclass(frozen=True)
class _Part:
    """One utterance of a recording."""

    judged: Judged
    evidence: Evidence
    """Without its numbers, 2.5 kB a vowel."""
    beside: int
    scores: Floats
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Nasometer:
    """Judges recordings. Make one with `load`; safe to share between threads."""

    ear: Ear
    scales: Scales

    @classmethod
    def load(cls, folder: str | Path | None = None, ear: Ear | None = None) -> Nasometer:
        """With the scales in `folder` (None: those that ship) over an ear (None: the one that
        ships). Raises ModelError when they do not belong together."""
        chosen = ear or shipped_ear()
        scales = Scales.load(folder)
        scales.check(chosen)
        return cls(chosen, scales)

    def listen(self, samples: Samples, text: str | None = None) -> Nasality:
        """The nasality of `samples (N,)` at 16 kHz, which say `text`; None: whatever they say.

        Raises AudioError for what cannot be judged (silence, noise, another text, clipped, too
        little, not (N,), no numbers), GrammarError for a text that cannot be pronounced.
        """
        return self.together([self.take([samples], text)])

    def take(self, blocks: Iterable[Samples], text: str | None = None) -> Take:
        """One recording, in `blocks (N,)`, judged sound by sound. Raises as `listen`."""
        gauge = Gauge()
        fed = map(gauge.feed, map(_checked, blocks))
        if text is not None:
            utterance = with_text(fed, text, self.ear)
            utterances = iter([] if utterance is None else [utterance])
        else:
            utterances = alone(fed, self.ear)
        # One after another: of hours, only what is judged of each sound stays in memory.
        parts = [self._part(utterance) for utterance in utterances if utterance.placed]
        quality = gauge.quality()
        _check_sound(quality)
        if not parts:
            raise AudioError(NOBODY)
        how_well = fit(np.concatenate([part.scores for part in parts]))
        check_fit(how_well, text)
        evidences = [part.evidence for part in parts]
        return Take(
            joined([part.judged for part in parts]),
            stop_ratios=np.concatenate([e.stop_ratios for e in evidences]),
            nasal_ratios=np.concatenate([e.nasal_ratios for e in evidences]),
            precise=(sum(e.precise[0] for e in evidences), sum(e.precise[1] for e in evidences)),
            beside=sum(part.beside for part in parts),
            pitches=tuple(e.pitch for e in evidences if not math.isnan(e.pitch)),
            quality=quality, text_known=text is not None, fit=how_well,
            nasogram=tuple(point for part in parts for point in part.points),
        )  # fmt: skip

    def _part(self, utterance: PlacedUtterance) -> _Part:
        evidence = gather(utterance.hearing, utterance.placed)
        return _Part(
            self.scales.judge(evidence), replace(evidence, numbers={}), int((~evidence.free).sum()),
            _scores(utterance), tuple(self._points(utterance)),
        )  # fmt: skip

    def together(self, takes: Sequence[Take]) -> Nasality:
        """The nasality of one speaker over several recordings.

        Raises AudioError where they hold too few vowels and too few nasals to say anything.
        """
        judged = joined([take.judged for take in takes])
        nasals = np.concatenate([take.nasal_ratios for take in takes])
        stops = np.concatenate([take.stop_ratios for take in takes])
        with_texts = all(take.text_known for take in takes)
        right, sounds = (sum(take.precise[i] for take in takes) for i in (0, 1))
        vowels = int((judged.group == 0).sum())
        if vowels < FEWEST and not (with_texts and len(nasals) >= _NASALS):
            raise AudioError(
                f"found {vowels} vowels away from nasals, expected {FEWEST} or more, better {FEW}; "
                + (_LONGER if with_texts else _GIVE_TEXT)
            )
        index, dose = self._intervals(judged) if vowels >= FEWEST else (None, None)
        beside = sum(take.beside for take in takes)
        pitches = [pitch for take in takes for pitch in take.pitches]
        pitch = float(np.median(pitches)) if pitches else None
        quality = _worst([take.quality for take in takes])
        doubts = _doubts(vowels, beside, pitch, quality, min(t.fit for t in takes), with_texts)
        return Nasality(
            index=index, dose=dose,
            stops_as_nasals=(int((stops > 0).sum()), len(stops)) if with_texts else None,
            hyponasality=self._hyponasality(nasals) if with_texts else None,
            precise=(right, sounds) if with_texts else None,
            vowels=vowels, beside_nasals=beside, pitch=pitch, quality=quality,
            text_known=with_texts,
            doubts=tuple(doubts),
            nasogram=tuple(point for take in takes for point in take.nasogram),
        )  # fmt: skip

    def _intervals(self, judged: Judged) -> tuple[Interval, Interval]:
        """The index and the dose."""
        shares = self.scales.about.shares
        whole, draws = self.scales.values(judged), self.scales.drawn(judged, ROUNDS)
        draws = draws[~np.isnan(draws).any(axis=1)]
        words = len(np.unique(judged.words))
        return (
            Interval(float(index_of(whole, shares)), *middle(index_of(draws, shares)), words),
            Interval(float(whole[0]), *middle(draws[:, 0]), words),
        )

    def _hyponasality(self, ratios: Floats) -> float | None:
        if len(ratios) < _NASALS:
            return None
        typical, stop = self.scales.about.nasals
        return float((typical - ratios.mean()) / (typical - stop))

    def _points(self, utterance: PlacedUtterance) -> Iterator[Point]:
        """The nasogram of an utterance, at the frames of its sonorants."""
        for sound in utterance.placed:
            if sound.phone in SONORANTS:
                frames = utterance.hearing.frames[sound.first : sound.last]
                word = utterance.words[sound.word] if utterance.words else ""
                values = self.scales.track(frames, sound.phone)
                for i, value in enumerate(values, sound.first):
                    time = utterance.seconds(i)
                    judged = not sound.beside_nasal
                    yield Point(time, float(value), PHONES[sound.phone], word, judged)


@lru_cache(maxsize=1)
def shipped_nasometer() -> Nasometer:
    """The nasometer that ships, one for all the work of a process."""
    return Nasometer.load()


def fit(scores: Floats) -> float:
    """How well the sounds named are heard, from 0 to 1, by the `scores (N,)` of their alignment:
    the mean of the share that is heard at all and of how surely."""
    return float(((scores > _HEARD).mean() + scores.mean()) / 2) if len(scores) else 0.0


def _scores(utterance: PlacedUtterance) -> Floats:
    """Of the sounds that an open velum leaves alone."""
    moved = COGNATES.keys() | NASAL
    return np.array([sound.score for sound in utterance.placed if sound.phone not in moved])


def _checked(block: Samples) -> Samples:
    """`block (N,)` of finite samples. Raises AudioError for another shape or other values."""
    if block.ndim != 1:
        raise AudioError(
            f"audio array: found shape {block.shape}, expected (N,) at 16 kHz; "
            "mondegreen.audio.from_array makes it of any recording"
        )
    check_samples(block, "audio array")
    return block


def _check_sound(quality: Quality) -> None:
    if quality.clipped > _RUINED:
        raise AudioError(
            f"found {quality.clipped:.1%} of the samples cut off, expected under {_RUINED:.0%}; "
            "record again at a lower level"
        )


def check_fit(how_well: float, text: str | None) -> None:
    """Raise AudioError where sounds fit what is heard so badly (see `fit`) that something else was
    said than `text`; without a text, that nothing was."""
    if how_well >= (_FIT if text is not None else _FIT_ALONE):
        return
    # Cut and not rounded: what is refused at 0.4996 must not be said to be 0.50.
    shown = f"{math.floor(100 * how_well) / 100:.2f}"
    if text is None:
        raise AudioError(
            f"found hardly any clear speech (fit {shown}, expected {_FIT_ALONE} or more): "
            "noise, music or no English; record a voice alone, and give what it says with --text"
        )
    raise AudioError(
        f"found something else said than the text (fit {shown}, expected {_FIT:.2f} or more); "
        "give the words that were said, or leave the text out"
    )


def _doubts(
    vowels: int,
    beside: int,
    pitch: float | None,
    quality: Quality,
    how_well: float,
    with_texts: bool,
) -> Iterator[Doubt]:
    if vowels < FEW:
        yield Doubt("few-vowels", f"{vowels} vowels; {FEW} are needed for a steady result")
    if quality.snr_db < _NOISY:
        yield Doubt("noise", f"{quality.snr_db:.0f} dB of speech over noise; {_NOISY:.0f} are good")
    if beside > _NASAL_TEXT * (vowels + beside):
        yield Doubt(
            "nasal-text",
            f"{beside} of {vowels + beside} vowels stand beside a nasal: a text without nasals "
            "gives more; typical speakers score up to 0.2 too high on others",
        )
    if pitch is not None and pitch > _HIGH:
        yield Doubt("high-pitch", f"a voice at {pitch:.0f} Hz: there are no norms for children")
    if not with_texts:
        yield Doubt("no-text", "the sounds were guessed: give what was said with --text")
    if how_well < _POOR_FIT:
        yield Doubt("poor-fit", f"what is heard fits the sounds named badly ({how_well:.2f})")
    if quality.clipped > _CLIPPED:
        yield Doubt("clipped", f"{quality.clipped:.1%} of the samples are cut off")
    if not quality.wide or quality.high_hz < 3_000 or quality.low_hz > 500:
        band = f"heard between {quality.low_hz:.0f} and {quality.high_hz:.0f} Hz only"
        narrow = "" if quality.wide else f": {NARROW}"
        yield Doubt("band", band + narrow)


def _worst(qualities: Sequence[Quality]) -> Quality:
    return Quality(
        sum(q.seconds for q in qualities), min(q.snr_db for q in qualities),
        max(q.clipped for q in qualities), max(q.low_hz for q in qualities),
        min(q.high_hz for q in qualities), all(q.wide for q in qualities),
    )  # fmt: skip
