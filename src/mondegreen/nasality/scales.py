"""The weights by which nasality is judged: linear in what `evidence` gathers, 30 kB.

Three scales, each in steps: 0 is a typical adult with a closed velum, 1 is VocalTractLab's speakers
with one open by 0.2 cm². `dose` is a regression on the velum's area; the two probes never saw an
open velum: one tells vowels beside nasals from others, one tells nasals from voiced consonants.
They are after Saxon et al. 2019 and 2020, who score such features of an acoustic model; their
numbers are not reproduced here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..evaluate.intervals import resampled
from ..speech.ear import Ear
from ..weights.arrays import Arrays
from ..weights.folder import Description, Sha256, open_folder, shipped
from .evidence import GROUPS, Evidence, width
from .sound_classes import SONORANTS

SCALES = "scales.npz"
REBUILD = "reinstall mondegreen, or rebuild it with: mondegreen train nasality"
PARTS = ("dose", "vowels", "consonants")
"""The three scales, in the order of their rows."""
SHARES = (0.7, 0.3, 0.0)
"""Of the three scales in the index. The dose strays least; with a share of the vowel probe the
smallest openings are told better (of four speakers for choosing, 0.02 cm² from a closed velum: area
under the curve 0.91 instead of 0.87). The probe of consonants strays twice as much from sentence to
sentence and is left to the nasogram."""
OPEN = 1.0
"""Steps beyond which a probe says no more than "open", and counts as this much: from 0.05 cm² on it
does not rise. Correlation with the area within those speakers, at worst: 0.95 instead of 0.86."""
EXTRA = tuple(name for name in GROUPS if name != "sonorants")
EXTRA_WIDTH = 2 * len(EXTRA)

Floats = npt.NDArray[np.float64]


RecipeKey = Literal["dose_penalty", "probe_penalty", "voices", "people", "versions", "seed"]


class ScalesDescription(Description, frozen=True, kw_only=True):
    """What `mondegreen.json` says of the scales of nasality."""

    FORMAT: ClassVar[int] = 1
    KIND: ClassVar[str] = "nasality scales"
    NEEDED: ClassVar[tuple[str, ...]] = (SCALES,)

    reader: Sha256
    """SHA-256 of the phone reader whose posteriors were learned from."""
    encoder: Sha256
    """SHA-256 of the encoder whose frames were learned from."""
    shares: tuple[float, float, float]
    """Of the three scales in the index."""
    nasals: tuple[float, float]
    """Log-odds of a nasal over its stop: of typical speakers, and of stops in its place."""
    sentence_sd: tuple[float, float]
    """Steps by which the index of a sentence strays with the same speaker and velum: where all
    sessions have the same sentences, and where each has others."""
    dose_sd: tuple[float, float]
    """The same of the dose alone."""
    recipe: dict[RecipeKey, float | tuple[str, ...]]
    """The settings they were made with."""

    def __post_init__(self) -> None:
        """Raise ValueError for what no scales can be."""
        if abs(sum(self.shares) - 1.0) > 0.01 or min(self.shares) < 0.0:
            raise ValueError(f"shares are {self.shares}; expected three that sum to 1")
        if not self.nasals[0] - self.nasals[1] > 0.5:
            raise ValueError("typical nasals are no farther from stops than chance")
        if min(*self.sentence_sd, *self.dose_sd) <= 0.0:
            raise ValueError("a deviation between sentences is not above 0")


@dataclass(frozen=True)
class Judged:
    """What each sound of an utterance adds to the three scales; sums over sounds are what counts.

    A scale's value is its bias, plus the mean over sonorants, plus the means over each other group.
    """

    words: npt.NDArray[np.int64]
    """(N,) which word each row belongs to."""
    group: npt.NDArray[np.int64]
    """(N,) 0 for sonorants, then EXTRA in order."""
    parts: Floats
    """(N, 3)"""


@dataclass(frozen=True)
class Scales:
    """The weights. Make with `load`."""

    about: ScalesDescription
    phone_means: Floats
    """(20, W) of the sonorants in the order of their labels, with a closed velum."""
    weights: Floats
    """(3, W + 6): of the numbers of a sonorant, then of the two of each other group."""
    centres: Floats
    """(6,) means of the other groups with a closed velum, for utterances that lack them."""
    bias: Floats
    """(3,)"""

    @classmethod
    def load(cls, folder: str | Path | None = None) -> Scales:
        """The scales in `folder`; None is those that ship. Raises ModelError."""
        place = shipped("nasality") if folder is None else Path(folder)
        described = open_folder(place, ScalesDescription, REBUILD)
        arrays = Arrays(described.file(SCALES), REBUILD)
        means = arrays.take("phone_means", np.float16, (len(SONORANTS), None))
        size = means.shape[1]
        return cls(
            described.about,
            means.astype(np.float64),
            arrays.take("weights", np.float32, (len(PARTS), size + EXTRA_WIDTH)).astype(float),
            arrays.take("centres", np.float32, (EXTRA_WIDTH,)).astype(float),
            arrays.take("bias", np.float32, (len(PARTS),)).astype(float),
        )

    def check(self, ear: Ear) -> None:
        """Raise ModelError unless the scales were fitted to what this ear hears."""
        if (ear.reader.digest, ear.encoder.digest) != (self.about.reader, self.about.encoder):
            raise ModelError(
                f"the nasality scales were fitted for another phone reader "
                f"({self.about.reader[:12]}…, found {ear.reader.digest[:12]}…); {REBUILD}"
            )
        if self.phone_means.shape[1] != width(ear.encoder.size):
            raise ModelError(
                f"the nasality scales take frames of another size than {ear.encoder.size}; "
                f"{REBUILD}"
            )

    def judge(self, evidence: Evidence) -> Judged:
        """What each sound adds; sonorants beside a nasal are left out."""
        size = self.phone_means.shape[1]
        free = evidence.free
        members = np.array(evidence.members["sonorants"], np.int64)[free]
        centred = centred_sonorants(evidence, self.phone_means)[free]
        rows, groups, parts = [members], [np.zeros(len(members), np.int64)], []
        parts.append(centred @ self.weights[:, :size].T)
        for number, name in enumerate(EXTRA):
            columns = slice(2 * number, 2 * number + 2)
            numbers = evidence.numbers[name] - self.centres[columns]
            parts.append(numbers @ self.weights[:, size:][:, columns].T)
            rows.append(np.array(evidence.members[name], np.int64))
            groups.append(np.full(len(numbers), number + 1, np.int64))
        words = np.array([sound.word for sound in evidence.placed], np.int64)
        return Judged(words[np.concatenate(rows)], np.concatenate(groups), np.concatenate(parts))

    def values(self, judged: Judged) -> Floats:
        """(3,) the scales over all sounds; NaN where no sonorant counts."""
        return self._of_sums(_sounds(judged).sum(axis=0))

    def drawn(self, judged: Judged, rounds: int) -> Floats:
        """(rounds, 3) the scales of words drawn again and again (Efron 1979); see `values`."""
        return self._of_sums(resampled(_sounds(judged), rounds=rounds, groups=judged.words))

    def _of_sums(self, sums: Floats) -> Floats:
        """(…, 3) from sums `(…, 16)` of rows of `_sounds`."""
        sums = sums.reshape(*sums.shape[:-1], len(GROUPS), len(PARTS) + 1)
        totals, counts = sums[..., :-1], sums[..., -1:]
        means = totals / np.maximum(counts, 1.0)
        means[..., 0, :][counts[..., 0, 0] == 0] = np.nan
        return np.asarray(self.bias + means.sum(axis=-2))

    def index(self, values: Floats) -> float:
        """The hypernasality index, of the three scales."""
        return float(index_of(values, self.about.shares))

    def track(self, frames: npt.NDArray[np.floating], phone: int) -> Floats:
        """(T,) the mean of the two probes for frames (T, size) of one sonorant, in steps.

        The dose is left out: it looks at whole sounds.
        """
        size = frames.shape[1]
        centred = frames - self.phone_means[sorted(SONORANTS).index(phone), :size]
        return np.asarray((centred @ self.weights[1:, :size].T + self.bias[1:]).mean(axis=1))


def index_of(values: Floats, shares: npt.ArrayLike = SHARES) -> Floats:
    """(…) the hypernasality index, in steps, of the three scales (…, 3); NaN where one is NaN."""
    parts = np.concatenate([values[..., :1], np.minimum(values[..., 1:], OPEN)], axis=-1)
    return np.asarray(parts @ np.asarray(shares, np.float64))


def _sounds(judged: Judged) -> Floats:
    """(N, 16) for each group the three parts of a sound and 1; 0 in the groups it is not of."""
    rows = np.zeros((len(judged.group), len(GROUPS), len(PARTS) + 1))
    rows[np.arange(len(rows)), judged.group, :-1] = judged.parts
    rows[np.arange(len(rows)), judged.group, -1] = 1.0
    return rows.reshape(len(rows), len(GROUPS) * (len(PARTS) + 1))


def joined(parts: Sequence[Judged]) -> Judged:
    """Several utterances as one; their words stay apart."""
    words: list[npt.NDArray[np.int64]] = []
    before = 0
    for part in parts:
        words.append(part.words + before)
        before += int(part.words.max(initial=-1)) + 1
    return Judged(
        np.concatenate(words),
        np.concatenate([part.group for part in parts]),
        np.concatenate([part.parts for part in parts]),
    )


def centred_sonorants(evidence: Evidence, phone_means: Floats) -> Floats:
    """(n, W) the numbers of all sonorants, less the means of each phone with a closed velum."""
    order = {phone: row for row, phone in enumerate(sorted(SONORANTS))}
    rows = [order[evidence.placed[i].phone] for i in evidence.members["sonorants"]]
    return evidence.numbers["sonorants"] - phone_means[rows]


__all__ = [
    "EXTRA",
    "EXTRA_WIDTH",
    "PARTS",
    "SCALES",
    "SHARES",
    "Judged",
    "Scales",
    "ScalesDescription",
    "centred_sonorants",
    "index_of",
    "joined",
]  # fmt: skip
