"""How far a reading can be trusted: evidence from the audio, and one calibrated probability.

The evidence compares the reading with what a free phone loop heard (no grammar at all) and with the
next best meaning. A logistic model on it, fitted on synthetic speech in and out of many grammars,
gives the probability that intent and all slots are right (Platt 1999). A reading in doubt gets a
second opinion (see there), and a second model weighs both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import log1p
from pathlib import Path
from typing import Annotated, ClassVar

import msgspec
import numpy as np
import numpy.typing as npt

from ...phonetics.inventory import BLANK
from ...weights.folder import Description, open_folder, shipped
from ..logistic import Logistic
from .compile import FREE_PHONE_COST
from .lattice import Lattice
from .reading import Reading
from .second_opinion import LEAD_CAP, OPINION, Balance, Opinion

EVIDENCE = (
    "per_phone", "worst_word", "margin", "length", "words", "entropy", "sounding", "free",
)  # fmt: skip
"""Names of the evidence, in the order of the weights."""
MARGIN_CAP = 12.0
_REBUILD = "reinstall mondegreen, or rebuild it with: mondegreen train confidence"
_LARGEST = 1e4
"""Fitted weights are below 10; from such a one on, a probability would be a jump."""
DOUBT = (0.003, 0.95)
"""How sure a reading is of itself for a second opinion to be asked. Of 262 utterances of unseen
people in noise, against sentences of like sound, 59 are surer or clear of all others: all right."""
HOPELESS = 1e-4
"""How sure a reading must be of itself for one even where another ties with it, or where its words
are free. Of 1,300 utterances of people in lists, orders and commands none less sure than 0.002 was
understood in the end; ten seconds of foreign speech, which may be as close to one sentence as to
another, took 0.9 s."""


@dataclass(frozen=True)
class Evidence:
    """What speaks for and against a reading; see EVIDENCE."""

    per_phone: float
    """Log-score lost against a free phone loop, per phone of the reading's own words (<= 0)."""
    worst_word: float
    """The same for the worst word alone."""
    margin: float
    """Log-score by which the next meaning is worse, at most MARGIN_CAP."""
    length: float
    """log(1 + phones of the reading's own words)."""
    words: float
    """Words in the reading."""
    entropy: float
    """Mean entropy of the phone scores of a frame between the first word and the last, in nats."""
    sounding: float
    """Share of those frames in which some phone beats the blank."""
    free: float
    """Share of the phones that lie in free words, which fit any speech and prove nothing."""

    def vector(self) -> npt.NDArray[np.float64]:
        """`(8,)`, in the order of EVIDENCE."""
        return np.array([getattr(self, name) for name in EVIDENCE])


def weigh(reading: Reading, readings: Sequence[Reading], lattice: Lattice) -> Evidence:
    """The evidence for one of a lattice's readings."""
    rivals = [other.score for other in readings if other is not reading]
    margin = min(MARGIN_CAP, reading.score - max(rivals, default=-np.inf))
    # Silence around the command would dilute what its own frames say.
    inside = np.stack(lattice.scores[reading.spans[0].first : reading.spans[-1].last + 1])
    shares = np.exp(inside - inside.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    entropy = float(-(shares * np.log(shares + 1e-12)).sum(axis=1).mean())
    word_spans = [s for s in reading.spans if s.text]
    word_phones = sum(len(s.phones) for s in word_spans)
    free_phones = len(reading.phones) - word_phones
    # What the search takes from every free phone says nothing about how well the audio fits.
    loss = reading.score - FREE_PHONE_COST * free_phones - lattice.free_score
    return Evidence(
        per_phone=loss / max(1, word_phones),
        worst_word=min((s.score / len(s.phones) for s in word_spans), default=0.0),
        margin=margin,
        length=log1p(word_phones),
        words=float(len(word_spans)),
        entropy=entropy,
        sounding=float((inside.argmax(axis=1) != BLANK).mean()),
        free=free_phones / len(reading.phones),
    )


def in_doubt(sure: float, *, contested: bool = False) -> bool:
    """Whether a second opinion is worth its time on a reading this sure of itself.

    `contested`: its words are free, or another reading fits nearly as well.
    """
    return sure > HOPELESS if contested else DOUBT[0] < sure < DOUBT[1]


@dataclass(frozen=True)
class Calibration:
    """The fitted models and the threshold below which a reading is refused."""

    alone: Logistic
    """From the evidence: how likely intent and every slot are right."""
    advised: Logistic
    """The same from the evidence and a second opinion."""
    balance: Balance
    """Which of several meanings."""
    threshold: float
    tie: float
    """Share of the best meaning below which it cannot be told from the second."""
    word_floor: float
    """Words losing more than this per phone are named as missing (log-score, negative)."""

    def in_doubt(self, evidence: Evidence, *, contested: bool) -> bool:
        """Whether a second opinion is worth its time; see the function of this name."""
        return in_doubt(self.alone.probability(evidence.vector()), contested=contested)

    def probability(self, evidence: Evidence, opinion: Opinion | None) -> float:
        """Probability that a reading is right in intent and every slot.

        No more than its share among the readings: speech as unclear as none that the models were
        fitted on made one sure at 0.94 of which the listeners gave it 0.31.
        """
        if opinion is None:
            return self.alone.probability(evidence.vector())
        numbers = np.concatenate([evidence.vector(), opinion.vector()])
        return min(opinion.share, self.advised.probability(numbers))

    def tied(self, evidence: Evidence, opinion: Opinion | None, shares: Sequence[float]) -> bool:
        """Whether one of the first two meanings was surely meant, and nobody can tell which.

        `shares` are those of all meanings considered.
        """
        if opinion is None or len(shares) < 2 or shares[0] >= self.tie:
            return False
        either = replace(opinion, lead=LEAD_CAP)
        return shares[0] + shares[1] > self.tie and (
            self.probability(evidence, either) >= self.threshold
        )


class CalibrationDescription(Description, frozen=True, kw_only=True):
    """What `mondegreen.json` says of a confidence: all of it, for it needs no other file."""

    FORMAT: ClassVar[int] = 4
    KIND: ClassVar[str] = "confidence"

    evidence: tuple[str, ...]
    """Names of the evidence and of the opinion, in the order of the weights."""
    alone: Logistic
    advised: Logistic
    balance: Balance
    threshold: Annotated[float, msgspec.Meta(ge=0, le=1)]
    tie: Annotated[float, msgspec.Meta(ge=0.5, le=1)]
    word_floor: Annotated[float, msgspec.Meta(ge=-100, le=0)]
    recipe: dict[str, int | float]
    """How it was made and what was counted; for people."""

    def __post_init__(self) -> None:
        """Raise ValueError for what no confidence of this version can be."""
        if self.evidence != (*EVIDENCE, *OPINION):
            raise ValueError("it was made for other evidence")
        for name, model, count in (
            ("alone", self.alone, len(EVIDENCE)), ("advised", self.advised, len(self.evidence))
        ):  # fmt: skip
            if len(model.weights) != count:
                raise ValueError(f"{name} has {len(model.weights)} weights, expected {count}")
            if not all(abs(number) <= _LARGEST for number in (*model.weights, model.bias)):
                raise ValueError(f"{name} has a weight beyond {_LARGEST:g}")
        if not all(0 <= number <= _LARGEST for number in msgspec.structs.astuple(self.balance)):
            raise ValueError(f"balance has a weight below 0 or beyond {_LARGEST:g}")


def load_calibration(folder: Path) -> Calibration:
    """The calibration that `mondegreen train confidence` wrote. Raises ModelError for another."""
    about = open_folder(folder, CalibrationDescription, _REBUILD).about
    return Calibration(
        about.alone, about.advised, about.balance, about.threshold, about.tie, about.word_floor
    )


@lru_cache(maxsize=1)
def default_calibration() -> Calibration:
    """The calibration that ships. Raises ModelError when it is damaged."""
    return load_calibration(shipped("confidence"))
