"""Figures of an evaluation, each with its 95 % interval: trials in, scores out.

Almost every figure is a function of sums over utterances (what was right, what was missed), so an
utterance is turned into a row of counts once, and resampling adds up rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .counts import Counts, Floats, counts
from .intervals import Interval, bootstrap_statistic, middle, resampled, wilson
from .ranking import BINS, auroc
from .trial import Trial, sources_of

Scores = dict[str, Interval | None]
"""Figures by name, as in LABELS; None for what these utterances say nothing about."""
ROUNDS = 1_000
"""Resamples of an interval: they place its ends to within a tenth of its width."""


@dataclass(frozen=True)
class Figure:
    """A figure that is computed from sums over utterances."""

    among: str
    """The count of the utterances that it is about."""
    sums: tuple[str, ...]
    """The counts that it is computed from."""
    formula: Callable[..., Floats]
    """Their sums, in that order, to the figure; each is an array of any shape."""
    share: str = ""
    """Where the figure is a share of utterances: the count of those that are meant."""
    needs: str = ""
    """A count without which it says nothing, such as that of slots."""

    def rows(self, table: Counts) -> Floats:
        """What each utterance adds to the sums `(N, K)`."""
        return np.stack([table[name] for name in self.sums], axis=1)

    def of(self, sums: Floats) -> Floats:
        """The figure of sums `(…, K)`: `(…)`."""
        return self.formula(*np.moveaxis(sums, -1, 0))


def _divided(part: Floats, whole: Floats, empty: npt.ArrayLike = 0.0) -> Floats:
    return np.asarray(np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), empty))


def _precision(right: Floats, extra: Floats, missed: Floats) -> Floats:
    return _divided(right, right + extra, missed == 0)


def _recall(right: Floats, extra: Floats, missed: Floats) -> Floats:
    return _divided(right, right + missed, extra == 0)


def _f1(right: Floats, extra: Floats, missed: Floats) -> Floats:
    return _divided(2 * right, 2 * right + extra + missed, 1.0)


def _calibration_error(accepted: Floats, *gaps: Floats) -> Floats:
    return _divided(np.sum(np.abs(gaps), axis=0), accepted)


def _share(part: str, among: str) -> Figure:
    return Figure(among, (part, among), _divided, share=part)


def _of_slots(name: str, formula: Callable[..., Floats]) -> Figure:
    kinds = ("true_positives", "false_positives", "false_negatives")
    return Figure("labelled", tuple(f"{name}_{kind}" for kind in kinds), formula, needs="slots")


FIGURES = {
    "exact_match": _share("strict", "labelled"),
    "exact_match_lenient": _share("lenient", "labelled"),
    "intent_accuracy": _share("intent", "labelled"),
    "slot_precision": _of_slots("slot", _precision),
    "slot_recall": _of_slots("slot", _recall),
    "slot_f1": _of_slots("slot", _f1),
    "slu_f1": _of_slots("slu", _f1),
    "semer": Figure("labelled", ("sem_errors", "sem_units"), _divided),
    "wer": Figure("texts", ("word_errors", "words"), _divided, needs="transcripts"),
    "refused": _share("refused", "labelled"),
    "wrong_silently": _share("wrong", "labelled"),
    "false_accepts": _share("let_in", "foreign"),
    "ece": Figure("accepted", ("accepted", *(f"gap_{n}" for n in range(BINS))), _calibration_error),
}
"""Figures that are computed from sums."""
LABELS = {
    "exact_match": "exact match",
    "exact_match_lenient": "  extra slots forgiven",
    "intent_accuracy": "intent accuracy",
    "slot_precision": "slot precision",
    "slot_recall": "slot recall",
    "slot_f1": "slot F1",
    "slu_f1": "SLU-F1",
    "semer": "semantic error rate",
    "wer": "word error rate",
    "refused": "refused",
    "wrong_silently": "accepted and wrong",
    "false_accepts": "accepted, to be refused",
    "auroc": "AUROC of refusing",
    "ece": "calibration error",
    "latency_median": "latency, median",
    "latency_p95": "latency, 95 %",
}
"""Every figure of an evaluation, as people call it, in the order in which they are shown."""
MILLISECONDS = frozenset({"latency_median", "latency_p95"})
"""Figures in milliseconds for a second of sound; the others are between 0 and 1, or little more."""


def score(
    trials: Sequence[Trial], which: int = 0, *, rounds: int = ROUNDS, seed: int = 0
) -> Scores:
    """Every figure of the first engine, or of the second. The order of the trials changes nothing.

    Raises DataError for an engine whose confidence is no probability.
    """
    trials = sorted(trials, key=lambda trial: trial.utterance.id)
    table = counts(trials, which)
    sources = np.array(sources_of(trials))
    scores: Scores = {
        name: _of_sums(figure, table, sources, rounds, seed) for name, figure in FIGURES.items()
    }
    scores["auroc"] = _auroc(trials, which, rounds, seed)
    speeds = [
        answer.result.compute_ms / trial.seconds
        for trial in trials
        if (answer := trial.answers[which]).result is not None and trial.seconds > 0
    ]
    scores["latency_median"] = _quantile(speeds, 0.5, rounds, seed)
    scores["latency_p95"] = _quantile(speeds, 0.95, rounds, seed)
    return {name: scores[name] for name in LABELS}


def _of_sums(
    figure: Figure, table: Counts, sources: npt.NDArray[np.str_], rounds: int, seed: int
) -> Interval | None:
    """A figure over counts `(N,)` of utterances that were made from `sources (N,)`."""
    among = table[figure.among] > 0
    n = int(among.sum())
    if n == 0 or (figure.needs and not table[figure.needs][among].any()):
        return None
    groups = sources[among]
    alone = len(np.unique(groups)) == n
    if figure.share and alone:
        return wilson(int(table[figure.share][among].sum()), n)
    rows = figure.rows(table)[among]
    draws = figure.of(resampled(rows, rounds=rounds, seed=seed, groups=groups))
    return Interval(float(figure.of(rows.sum(axis=0))), *middle(draws), n)


def _auroc(trials: Sequence[Trial], which: int, rounds: int, seed: int) -> Interval | None:
    """How well confidence tells what to accept from what to refuse; both kinds are drawn anew."""
    sure = np.array([trial.answers[which].confidence for trial in trials])
    labelled = np.array([trial.reference is not None for trial in trials], np.bool_)
    good, bad = sure[labelled], sure[~labelled]
    if not good.size or not bad.size:
        return None
    rng = np.random.default_rng(seed)
    draws = [auroc(rng.choice(good, good.size), rng.choice(bad, bad.size)) for _ in range(rounds)]
    return Interval(auroc(good, bad), *middle(np.array(draws)), len(trials))


def _quantile(values: Sequence[float], share: float, rounds: int, seed: int) -> Interval | None:
    if not values:
        return None
    array = np.array(values)
    return bootstrap_statistic(
        lambda drawn: float(np.quantile(array[drawn], share)), len(array), rounds=rounds, seed=seed
    )


__all__ = ["FIGURES", "LABELS", "MILLISECONDS", "Figure", "Scores", "score"]
