"""From examples to scales: the dose regression, the two probes, and the units of all three."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...errors import DataError
from ...nasality.evidence import Evidence
from ...nasality.scales import EXTRA, EXTRA_WIDTH, PARTS, centred_sonorants
from ...nasality.sound_classes import SONORANTS, VOWEL
from .examples import Example
from .linear import Line, logistic, ridge

Floats = npt.NDArray[np.float64]
_SPOKEN_WEIGHT = 2.0
"""How much all utterances of voices and people together count in the dose, where all of the
synthesiser's count 1: they hold its zero in place, and keep it from what tells people apart."""
KNEE = 0.01
"""cm² at which doses begin to count by their ratio: log2(1 + area / KNEE)."""
ONE_STEP = 0.2
"""cm² that is one step."""
_FEWEST = 5
"""Sounds of a phone below which its mean is that of all sonorants."""


@dataclass(frozen=True)
class Settings:
    """How strongly the fits are held back, and how much of whom is heard."""

    dose_penalty: float = 300.0
    probe_penalty: float = 3.0
    voices: tuple[str, ...] = ("hibari",)
    people: int = 400
    """Recordings of people, where the data has any."""
    versions: int = 2
    """Worsened versions of each synthesised recording, beside it; people are heard as they were
    recorded, each with a microphone and a room of their own."""
    seed: int = 1


def phone_means(examples: Sequence[Example]) -> Floats:
    """(20, W) of each sonorant with a closed velum and no nasal beside it."""
    order = {phone: row for row, phone in enumerate(sorted(SONORANTS))}
    width = examples[0].evidence.numbers["sonorants"].shape[1]
    total, count = np.zeros((len(order), width)), np.zeros(len(order))
    for example in examples:
        if example.area == 0.0:
            evidence = example.evidence
            phones = [order[evidence.placed[i].phone] for i in evidence.members["sonorants"]]
            of_phone = np.array(phones, np.int64)[evidence.free]
            np.add.at(total, of_phone, evidence.numbers["sonorants"][evidence.free])
            np.add.at(count, of_phone, 1)
    means = total / np.maximum(count, 1)[:, None]
    means[count < _FEWEST] = total.sum(axis=0) / count.sum()
    return means


def centres(examples: Sequence[Example]) -> Floats:
    """(6,) of the two numbers of each other group, with a closed velum."""
    rows = [
        np.concatenate([e.evidence.numbers[name] for e in examples if e.area == 0.0])
        for name in EXTRA
    ]
    return np.concatenate([np.mean(row, axis=0) for row in rows])


def summary(evidence: Evidence, means: Floats, centre: Floats) -> Floats:
    """(W + 6,) an utterance as the dose regression sees it."""
    free = centred_sonorants(evidence, means)[evidence.free]
    extra = np.zeros(EXTRA_WIDTH)
    for number, name in enumerate(EXTRA):
        columns = slice(2 * number, 2 * number + 2)
        if len(evidence.numbers[name]):
            extra[columns] = evidence.numbers[name].mean(axis=0) - centre[columns]
    return np.concatenate([free.mean(axis=0), extra])


def vowel_probe(examples: Sequence[Example], means: Floats, size: int, penalty: float) -> Line:
    """The log-odds that a vowel's frames stand beside a nasal."""
    rows, beside = [], []
    for example in examples:
        evidence = example.evidence
        vowel = np.array([evidence.placed[i].phone in VOWEL for i in evidence.members["sonorants"]])
        centred = centred_sonorants(evidence, means)[:, :size]
        rows.append(centred[vowel])
        beside.append(~evidence.free[vowel])
    return logistic(np.concatenate(rows), np.concatenate(beside), penalty)


def consonant_probe(examples: Sequence[Example], penalty: float) -> Line:
    """The log-odds that the frames of a voiced consonant are a nasal's."""
    frames = np.concatenate([e.consonants for e in examples])
    nasal = np.concatenate([e.consonants_nasal for e in examples])
    return logistic(frames, nasal, penalty)


def dose(area: npt.ArrayLike) -> Floats:
    """What the regression learns for an area in cm²."""
    return np.log2(1 + np.asarray(area, np.float64) / KNEE)


@dataclass(frozen=True)
class Fitted:
    """Scales as they are written."""

    phone_means: Floats
    weights: Floats
    centres: Floats
    bias: Floats

    def values(self, example: Example) -> Floats:
        """(3,) the scales of an utterance; NaN where no vowel counts."""
        if not example.evidence.free.any():
            return np.full(len(PARTS), np.nan)
        x = summary(example.evidence, self.phone_means, self.centres)
        return np.asarray(self.weights @ x + self.bias)


@dataclass(frozen=True)
class Probes:
    """The two probes, of frames."""

    vowels: Line
    consonants: Line


def fit_probes(examples: Sequence[Example], settings: Settings, frame_size: int) -> Probes:
    """The probes of the typical speakers among `examples`; no opened velum is looked at.

    Raises DataError where there is nobody.
    """
    healthy = [e for e in examples if e.origin != "synthesised"]
    if not healthy:
        raise DataError("found no utterance of voices or people; expected some to learn from")
    return Probes(
        vowel_probe(healthy, phone_means(healthy), frame_size, settings.probe_penalty),
        consonant_probe(healthy, settings.probe_penalty),
    )


def fit_scales(examples: Sequence[Example], settings: Settings, probes: Probes) -> Fitted:
    """The scales of `examples`. Raises DataError when some kind of them is missing."""
    opened = [e for e in examples if e.origin == "synthesised" and e.kind == "oral"]
    healthy = [e for e in examples if e.origin != "synthesised"]
    if not healthy or not {0.0, ONE_STEP} <= {e.area for e in opened}:
        raise DataError(
            f"found {len(opened)} synthesised utterances and {len(healthy)} of voices and people; "
            f"expected both, the former with areas of 0 and {ONE_STEP} cm²"
        )
    means, centre = phone_means([*opened, *healthy]), centres([*opened, *healthy])
    rows = np.array([summary(e.evidence, means, centre) for e in [*opened, *healthy]])
    targets = np.concatenate([dose([e.area for e in opened]), np.zeros(len(healthy))])
    weight = np.ones(len(rows))
    weight[len(opened) :] = _SPOKEN_WEIGHT * len(opened) / len(healthy)
    lines = [
        ridge(rows, targets, settings.dose_penalty, weight),
        _on_frames(probes.vowels, rows.shape[1]),
        _on_frames(probes.consonants, rows.shape[1]),
    ]
    weights, bias = _in_steps(lines, rows, opened, len(healthy))
    return Fitted(means, weights, centre, bias)


def _on_frames(probe: Line, width: int) -> Line:
    """A probe of frames as one of whole summaries, of which the frames come first."""
    weights = np.zeros(width)
    weights[: len(probe.weights)] = probe.weights
    return Line(weights, 0.0)


def _in_steps(
    lines: Sequence[Line], rows: Floats, opened: Sequence[Example], healthy: int
) -> tuple[Floats, Floats]:
    """The scales in steps: 0 is the mean of voices and people, 1 is ONE_STEP away from closed."""
    areas = np.array([e.area for e in opened])
    weights, bias = [], []
    for line in lines:
        values = line(rows)
        step = (
            values[: len(opened)][areas == ONE_STEP].mean()
            - values[: len(opened)][areas == 0.0].mean()
        )
        weights.append(line.weights / step)
        bias.append((line.bias - values[-healthy:].mean()) / step)
    return np.array(weights), np.array(bias)
