"""Scores of understanding: exact match, intents, slots, SLU-F1, SemER and ICER.

A missing prediction (None) is an error everywhere; no item is ever skipped.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from ..types import Meaning, Slot
from .error_rates import edit_distance

Flags = npt.NDArray[np.bool_]
_Key = tuple[str, str]


def _key(slot: Slot) -> _Key:
    return slot.name, json.dumps(_plain(slot.value), sort_keys=True, default=repr)


def _plain(value: Any) -> Any:
    """The value with whole numbers as such: a manifest's 5.0 is an engine's 5."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _pairs(
    references: Sequence[Meaning | None], predictions: Sequence[Meaning | None]
) -> Iterator[tuple[Meaning | None, Meaning | None]]:
    if len(references) != len(predictions):
        raise DataError(
            f"found {len(references)} references and {len(predictions)} predictions; expected one "
            "prediction each: put None where nothing was understood"
        )
    return zip(references, predictions, strict=True)


def _counts(meaning: Meaning | None) -> Counter[_Key]:
    return Counter(_key(s) for s in meaning.slots) if meaning else Counter()


def exact_match(
    references: Sequence[Meaning | None],
    predictions: Sequence[Meaning | None],
    *,
    lenient: bool = False,
) -> Flags:
    """Whether each item (N,) has the right intent and exactly the right slots; its mean is EM.

    A reference of None is something to reject, right when the prediction is None as well.
    `lenient` forgives predicted slots that the reference has not, as some published scorers do.
    """
    flags = []
    for reference, predicted in _pairs(references, predictions):
        if reference is None or predicted is None:
            flags.append(reference is predicted)
            continue
        missing = _counts(reference) - _counts(predicted)
        extra = _counts(predicted) - _counts(reference)
        right = reference.intent == predicted.intent and not missing
        flags.append(right and (lenient or not extra))
    return np.array(flags, np.bool_)


def intent_correct(
    references: Sequence[Meaning | None], predictions: Sequence[Meaning | None]
) -> Flags:
    """Whether each item (N,) has the right intent; the mean is intent accuracy."""
    return np.array(
        [(r and r.intent) == (p and p.intent) for r, p in _pairs(references, predictions)], np.bool_
    )


@dataclass(frozen=True)
class PrecisionRecall:
    """Counts behind precision, recall and F1; they may be fractions (SLU-F1 adds distances)."""

    true_positives: float
    false_positives: float
    false_negatives: float

    @property
    def precision(self) -> float:
        """Share of what was predicted that is right; with no prediction, whether that was right."""
        predictions = self.true_positives + self.false_positives
        return (
            self.true_positives / predictions if predictions else float(self.false_negatives == 0)
        )

    @property
    def recall(self) -> float:
        """Share of what there was to find that was found; with nothing there, whether none was."""
        labels = self.true_positives + self.false_negatives
        return self.true_positives / labels if labels else float(self.false_positives == 0)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = 2 * self.true_positives + self.false_positives + self.false_negatives
        return 2 * self.true_positives / total if total else 1.0


def slot_scores(
    references: Sequence[Meaning | None], predictions: Sequence[Meaning | None]
) -> PrecisionRecall:
    """Micro-averaged slot precision, recall and F1: right are slots of the right name and value."""
    right = extra = missed = 0
    for reference, predicted in _pairs(references, predictions):
        labelled, answered = _counts(reference), _counts(predicted)
        right += sum((labelled & answered).values())
        extra += sum((answered - labelled).values())
        missed += sum((labelled - answered).values())
    return PrecisionRecall(right, extra, missed)


def _spoken_words(slot: Slot) -> str:
    return " ".join(slot.spoken.lower().split())


def _word_distance(reference: str, hypothesis: str) -> float:
    """Word error rate of one value; above 1 when the hypothesis is much the longer one."""
    words = reference.split()
    return edit_distance(words, hypothesis.split()) / max(len(words), 1)


def _letter_distance(reference: str, hypothesis: str) -> float:
    """Edit distance in characters by the longer of the two, so within [0, 1]."""
    return edit_distance(reference, hypothesis) / max(len(reference), len(hypothesis), 1)


def _distance_scores(
    references: Sequence[Meaning | None],
    predictions: Sequence[Meaning | None],
    distance: Callable[[str, str], float],
) -> PrecisionRecall:
    right = extra = missed = 0.0
    for reference, predicted in _pairs(references, predictions):
        wanted: dict[str, list[str]] = defaultdict(list)
        for slot in reference.slots if reference else ():
            wanted[slot.name].append(_spoken_words(slot))
        for slot in predicted.slots if predicted else ():
            candidates = wanted[slot.name]
            if not candidates:
                extra += 1
                continue
            distances = [distance(c, _spoken_words(slot)) for c in candidates]
            nearest = int(np.argmin(distances))
            candidates.pop(nearest)
            right += 1
            extra += distances[nearest]
            missed += distances[nearest]
        missed += sum(map(len, wanted.values()))
    return PrecisionRecall(right, extra, missed)


def slu_f1(
    references: Sequence[Meaning | None], predictions: Sequence[Meaning | None]
) -> PrecisionRecall:
    """SLU-F1 of SLURP (Bastianelli et al. 2020, "SLURP: A Spoken Language Understanding Resource
    Package", EMNLP): slots by label, their spoken words compared by distance.

    In order of prediction, each slot takes the nearest reference of its label; the pair is one true
    positive, and its distance is added to both false positives and false negatives. What is left
    unpaired is a whole false positive or negative. The word flavour's distance is the word error
    rate, the character flavour's the edit distance by the longer value; the counts of both are
    added up before precision, recall and F1 are taken.
    """
    words = _distance_scores(references, predictions, _word_distance)
    letters = _distance_scores(references, predictions, _letter_distance)
    return PrecisionRecall(
        words.true_positives + letters.true_positives,
        words.false_positives + letters.false_positives,
        words.false_negatives + letters.false_negatives,
    )


@dataclass(frozen=True)
class SemanticErrors:
    """Errors that make up SemER, and what they are counted against."""

    substitutions: int
    insertions: int
    deletions: int
    intents: int
    reference_slots: int
    items: int

    @property
    def errors(self) -> int:
        """Errors of all kinds."""
        return self.substitutions + self.insertions + self.deletions + self.intents

    @property
    def units(self) -> int:
        """What they are counted against: the reference slots, and one intent an item."""
        return self.reference_slots + self.items

    @property
    def rate(self) -> float:
        """SemER over the whole set: all errors / (reference slots + one intent an item)."""
        return self.errors / self.units if self.units else 0.0


def semantic_errors(
    references: Sequence[Meaning | None], predictions: Sequence[Meaning | None]
) -> SemanticErrors:
    """SemER: slot substitutions, insertions and deletions and intent errors.

    A wrong value in a slot of the right name is one substitution; what is left over on either side
    is an insertion or a deletion (Su et al. 2018, "A Re-ranker Scheme for Integrating Large Scale
    NLU Models", define it so).
    """
    substitutions = insertions = deletions = slots = 0
    for reference, predicted in _pairs(references, predictions):
        labelled, answered = _counts(reference), _counts(predicted)
        slots += sum(labelled.values())
        missing = Counter(name for name, _ in (labelled - answered).elements())
        extra = Counter(name for name, _ in (answered - labelled).elements())
        swapped = sum((missing & extra).values())
        substitutions += swapped
        deletions += sum(missing.values()) - swapped
        insertions += sum(extra.values()) - swapped
    wrong = int(np.sum(~intent_correct(references, predictions)))
    return SemanticErrors(substitutions, insertions, deletions, wrong, slots, len(references))
