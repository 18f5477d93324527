"""What each utterance adds to the sums that figures of an evaluation are computed from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from .error_rates import word_error_rate
from .metrics import exact_match, intent_correct, semantic_errors, slot_scores, slu_f1
from .ranking import BINS, equal_width_bin
from .trial import Trial, as_said

Floats = npt.NDArray[np.float64]
Counts = Mapping[str, Floats]
"""What each of N utterances adds to the sums, `(N,)` by name."""


def counts(trials: Sequence[Trial], which: int = 0) -> Counts:
    """What each trial adds to the sums, `(N,)` by name, for the first engine or the second.

    Raises DataError for an engine whose confidence is no probability.
    """
    references = [trial.reference for trial in trials]
    meanings = [trial.meaning(which) for trial in trials]
    labelled = np.array([reference is not None for reference in references], bool)
    accepted = np.array([meaning is not None for meaning in meanings], bool)
    strict = exact_match(references, meanings)
    table: dict[str, Any] = {
        "labelled": labelled,
        "foreign": ~labelled,
        "strict": labelled & strict,
        "lenient": labelled & exact_match(references, meanings, lenient=True),
        "intent": labelled & intent_correct(references, meanings),
        "refused": labelled & ~accepted,
        "wrong": labelled & accepted & ~strict,
        "let_in": ~labelled & accepted,
        "accepted": accepted,
    }
    pairs = list(zip(references, meanings, strict=True))
    for name, score in (("slot", slot_scores), ("slu", slu_f1)):
        slot_counts = [score([r], [m]) if r is not None else None for r, m in pairs]
        for short in ("true_positives", "false_positives", "false_negatives"):
            table[f"{name}_{short}"] = [getattr(f, short) if f else 0 for f in slot_counts]
    errors = [semantic_errors([r], [m]) if r is not None else None for r, m in pairs]
    table["slots"] = np.sum([table[name] for name in table if name.startswith("slot_")], axis=0) > 0
    table["sem_errors"] = [e.errors if e else 0 for e in errors]
    table["sem_units"] = [e.units if e else 0 for e in errors]
    table |= _words(trials, which) | _calibration(trials, which, accepted, strict)
    return {name: np.asarray(column, np.float64) for name, column in table.items()}


def _words(trials: Sequence[Trial], which: int) -> dict[str, Any]:
    """Words, and errors in them, of what should be understood and has a text."""
    rates = []
    for trial in trials:
        text = as_said(trial.utterance.text) if trial.reference is not None else ""
        result = trial.answers[which].result
        transcript = as_said(result.transcript) if result is not None else None
        rates.append((word_error_rate([text], [transcript]) if text else None, bool(transcript)))
    return {
        "texts": [rate is not None for rate, _ in rates],
        "transcripts": [rate is not None and transcribed for rate, transcribed in rates],
        "word_errors": [rate.errors if rate else 0 for rate, _ in rates],
        "words": [rate.units if rate else 0 for rate, _ in rates],
    }


def _calibration(
    trials: Sequence[Trial], which: int, accepted: npt.NDArray[np.bool_], right: npt.ArrayLike
) -> dict[str, Any]:
    """By bin of the calibration error, how much surer than right each accepted answer is."""
    confidences = np.array([trial.answers[which].confidence for trial in trials], np.float64)
    if not ((confidences >= 0) & (confidences <= 1)).all():
        worst = confidences[~((confidences >= 0) & (confidences <= 1))][0]
        raise DataError(f"found an answer with confidence {worst}; expected 0 to 1")
    gaps = np.where(accepted, confidences - np.asarray(right, np.float64), 0.0)
    bins = equal_width_bin(confidences)
    return {f"gap_{number}": np.where(bins == number, gaps, 0.0) for number in range(BINS)}


__all__ = ["Counts", "Floats", "counts"]
