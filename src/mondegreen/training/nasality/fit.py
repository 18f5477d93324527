"""From examples to scales: the dose regression, the two probes, and the units of all three."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...nasality.evidence import Evidence
from ...nasality.scales import EXTRA, EXTRA_WIDTH, centred_sonorants
from ...nasality.sounds import SONORANTS, VOWEL
from .examples import Example
from .linear import Line, logistic

Floats = npt.NDArray[np.float64]
KNEE = 0.05
"""cm² at which doses begin to count by their ratio: log2(1 + area / KNEE)."""
ONE_STEP = 0.2
"""cm² that is one step."""
_FEWEST = 5
"""Sounds of a phone below which its mean is that of all sonorants."""


@dataclass(frozen=True)
class Settings:
    """How strongly the fits are held back, and how much of whom is heard."""

    dose_penalty: float = 1_000.0
    probe_penalty: float = 0.3
    voices: tuple[str, ...] = ("hibari",)
    people: int = 600
    """Recordings of people, where the data has any."""
    versions: int = 2
    """Worsened versions of each recording, beside it."""
    seed: int = 1


def phone_means(examples: Sequence[Example]) -> Floats:
    """(20, W) of each sonorant with a closed velum and no nasal beside it."""
    order = {phone: row for row, phone in enumerate(sorted(SONORANTS))}
    width = examples[0].evidence.numbers["sonorants"].shape[1]
    total, count = np.zeros((len(order), width)), np.zeros(len(order))
    for example in examples:
        if example.area == 0.0:
            evidence = example.evidence
            for i, row, free in zip(
                evidence.members["sonorants"], evidence.numbers["sonorants"], evidence.free,
                strict=True,
            ):  # fmt: skip
                if free:
                    total[order[evidence.placed[i].phone]] += row
                    count[order[evidence.placed[i].phone]] += 1
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
