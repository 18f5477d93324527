from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.errors import DataError
from mondegreen.evaluate.error_rates import (
    ErrorRate,
    edit_distance,
    phone_error_rate,
    pronounced_error_rate,
    word_error_rate,
)
from mondegreen.evaluate.metrics import (
    exact_match,
    intent_correct,
    semantic_errors,
    slot_scores,
    slu_f1,
)
from mondegreen.types import Meaning, Slot


def meaning(intent: str, **slots: str) -> Meaning:
    return Meaning(intent, tuple(Slot(n, v, v) for n, v in slots.items()))


PLAY = meaning("Play", artist="nina simone", room="kitchen")

slots = st.builds(
    lambda name, value: Slot(name, value, value),
    st.sampled_from(["artist", "room"]),
    st.sampled_from(["a", "b", "a b", "nina simone", "nina simon"]),
)
meanings = st.builds(
    lambda intent, filled: Meaning(intent, tuple(filled)),
    st.sampled_from(["Play", "Stop"]),
    st.lists(slots, max_size=3),
)
items = st.lists(st.tuples(st.none() | meanings, st.none() | meanings), min_size=1, max_size=6)


def slow_edit_distance(a: str, b: str) -> int:
    if not a or not b:
        return len(a) + len(b)
    return min(
        slow_edit_distance(a[1:], b) + 1,
        slow_edit_distance(a, b[1:]) + 1,
        slow_edit_distance(a[1:], b[1:]) + (a[0] != b[0]),
    )


@given(st.text("abc", max_size=5), st.text("abc", max_size=5))
def test_edit_distance_is_the_fewest_edits(a: str, b: str) -> None:
    assert edit_distance(a, b) == slow_edit_distance(a, b)


@given(st.text("ab", max_size=8), st.text("ab", max_size=8), st.text("ab", max_size=8))
def test_edit_distance_is_a_metric(a: str, b: str, c: str) -> None:
    assert edit_distance(a, b) == edit_distance(b, a)
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)


def test_word_error_rate_adds_up_before_dividing() -> None:
    rate = word_error_rate(["play some jazz", "stop"], ["play jazz please", "stop"])
    assert rate == ErrorRate(2, 4)
    assert rate.rate == 0.5


def test_a_missing_hypothesis_costs_all_its_words() -> None:
    assert word_error_rate(["one two", "three"], [None, "three"]).rate == pytest.approx(2 / 3)
    assert phone_error_rate([(1, 2, 3)], [None]).errors == 3


def test_words_for_an_empty_reference_are_errors() -> None:
    assert word_error_rate([""], ["hello"]).rate == 1.0
    assert word_error_rate([""], [""]).rate == 0.0


def test_lists_of_other_lengths_are_refused() -> None:
    for score in (exact_match, intent_correct, slot_scores, slu_f1, semantic_errors):
        with pytest.raises(DataError, match="2 references and 1 predictions"):
            score([PLAY, PLAY], [PLAY])
    with pytest.raises(DataError, match="put None"):
        word_error_rate(["a", "b"], ["a"])


def test_strict_counts_extra_slots_and_lenient_does_not() -> None:
    extra = meaning("Play", artist="nina simone", room="kitchen", volume="5")
    lacking = meaning("Play", artist="nina simone")
    predictions = [PLAY, extra, lacking, meaning("Stop", artist="nina simone", room="kitchen")]
    references = [PLAY] * 4
    assert exact_match(references, predictions).tolist() == [True, False, False, False]
    assert exact_match(references, predictions, lenient=True).tolist() == [True, True, False, False]


def test_slot_order_does_not_matter_and_repeats_do() -> None:
    twice = Meaning("Play", (Slot("a", 1, "one"), Slot("a", 1, "one")))
    once = Meaning("Play", (Slot("a", 1, "one"),))
    turned = Meaning("Play", PLAY.slots[::-1])
    assert exact_match([twice, PLAY], [once, turned]).tolist() == [False, True]


@given(items)
def test_missing_predictions_are_errors_and_none_is_skipped(
    pairs: list[tuple[Meaning | None, Meaning | None]],
) -> None:
    references = [r for r, _ in pairs]
    nothing: list[Meaning | None] = [None] * len(pairs)
    flags = exact_match(references, nothing)
    assert flags.shape == (len(pairs),)
    assert flags.tolist() == [r is None for r in references]
    assert intent_correct(references, nothing).tolist() == flags.tolist()
    assert slot_scores(references, nothing).false_negatives == sum(
        len(r.slots) for r in references if r
    )


@given(items)
def test_perfect_predictions_score_perfectly(
    pairs: list[tuple[Meaning | None, Meaning | None]],
) -> None:
    references = [r for r, _ in pairs]
    assert exact_match(references, references).all()
    assert slot_scores(references, references).f1 == 1.0
    assert slu_f1(references, references).f1 == 1.0
    assert semantic_errors(references, references).rate == 0.0


@given(items)
def test_lenient_never_scores_below_strict(
    pairs: list[tuple[Meaning | None, Meaning | None]],
) -> None:
    references, predictions = [r for r, _ in pairs], [p for _, p in pairs]
    strict = exact_match(references, predictions)
    assert np.all(exact_match(references, predictions, lenient=True) >= strict)


@given(items)
def test_slot_counts_agree_with_pairing_one_by_one(
    pairs: list[tuple[Meaning | None, Meaning | None]],
) -> None:
    right = extra = missed = 0
    for reference, predicted in pairs:
        left = [(s.name, s.value) for s in reference.slots] if reference else []
        for slot in predicted.slots if predicted else ():
            if (slot.name, slot.value) in left:
                left.remove((slot.name, slot.value))
                right += 1
            else:
                extra += 1
        missed += len(left)
    scores = slot_scores([r for r, _ in pairs], [p for _, p in pairs])
    assert (scores.true_positives, scores.false_positives, scores.false_negatives) == (
        right,
        extra,
        missed,
    )


def test_slu_f1_adds_distances_of_both_flavours() -> None:
    """Worked by hand: "nina simon" for "nina simone" is 1 of 2 words and 1 of 11 letters wrong."""
    reference = meaning("Play", artist="nina simone", room="kitchen")
    score = slu_f1([reference], [meaning("Play", artist="nina simon", volume="5")])
    assert score.true_positives == 2
    assert score.false_positives == pytest.approx((1 + 1 / 2) + (1 + 1 / 11))
    assert score.false_negatives == pytest.approx((1 + 1 / 2) + (1 + 1 / 11))
    wrong = 2 + 1 / 2 + 1 / 11
    assert score.f1 == pytest.approx(2 * 2 / (2 * 2 + 2 * wrong))


def test_slu_f1_pairs_each_prediction_with_the_nearest_of_its_label() -> None:
    two = Meaning("Play", (Slot("artist", "x", "abba"), Slot("artist", "y", "queen")))
    turned = Meaning("Play", (Slot("artist", "y", "queen"), Slot("artist", "x", "abba")))
    assert slu_f1([two], [turned]).f1 == 1.0


def least_slot_errors(reference: Meaning, predicted: Meaning) -> int:
    """Fewest errors over every way to pair slots of one name, by trying them all."""
    best = len(reference.slots) + len(predicted.slots)
    choices = [[None, *range(len(predicted.slots))] for _ in reference.slots]
    for pairing in product(*choices):
        used = [j for j in pairing if j is not None]
        if len(set(used)) < len(used):
            continue
        errors = len(predicted.slots) - len(used)
        for slot, j in zip(reference.slots, pairing, strict=True):
            other = None if j is None else predicted.slots[j]
            errors += other is None or slot.value != other.value
            errors += 10 * (other is not None and slot.name != other.name)
        best = min(best, errors)
    return best


@given(meanings, meanings)
def test_semantic_errors_are_the_fewest(reference: Meaning, predicted: Meaning) -> None:
    errors = semantic_errors([reference], [predicted])
    slot_errors = errors.substitutions + errors.insertions + errors.deletions
    assert slot_errors == least_slot_errors(reference, predicted)
    assert errors.intents == (reference.intent != predicted.intent)
    assert errors.rate == (slot_errors + errors.intents) / (len(reference.slots) + 1)


def test_semer_of_a_set() -> None:
    references = [PLAY, meaning("Stop")]
    predictions = [meaning("Play", artist="abba", volume="5"), None]
    rate = semantic_errors(references, predictions)
    assert (rate.substitutions, rate.insertions, rate.deletions, rate.intents) == (1, 1, 1, 1)
    assert rate.rate == 4 / 4


@given(
    st.lists(st.lists(st.lists(st.integers(1, 4), max_size=4), min_size=1, max_size=3), max_size=4),
    st.lists(st.integers(1, 4), max_size=9),
)
def test_the_nearest_pronunciation_counts(words: list[list[list[int]]], phones: list[int]) -> None:
    readings = [[phone for word in choice for phone in word] for choice in product(*words)]
    rate = pronounced_error_rate([words], [phones])
    fewest = min(edit_distance(reading, phones) for reading in readings)
    assert rate.errors == fewest
    assert rate.units in {len(r) for r in readings if edit_distance(r, phones) == fewest}
