from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError
from mondegreen.evaluate.intervals import wilson
from mondegreen.evaluate.metrics import semantic_errors, slot_scores, slu_f1
from mondegreen.evaluate.ranking import auroc, calibration_error
from mondegreen.evaluate.scores import LABELS, Scores, score
from mondegreen.evaluate.trial import Answer, Trial
from mondegreen.types import Slot, Understanding

Make = Callable[..., Any]
RIGHT = ("exact_match", "exact_match_lenient", "intent_accuracy", "slot_precision", "slot_recall",
         "slot_f1", "slu_f1")  # fmt: skip
WRONG = ("semer", "wer", "refused", "wrong_silently", "false_accepts")

meanings = st.none() | st.tuples(
    st.sampled_from(["Play", "Stop"]),
    st.dictionaries(
        st.sampled_from(["room", "artist"]), st.sampled_from(["a", "b c", 5]), max_size=2
    ),
)
cases = st.lists(
    st.tuples(meanings, meanings, st.sampled_from([0.1, 0.5, 0.97])), min_size=1, max_size=8
)


def value(scores: Scores, name: str) -> float:
    interval = scores[name]
    assert interval is not None, name
    return interval.value


@given(cases)
@settings(max_examples=50)
def test_what_is_understood_as_meant_scores_perfectly(
    trial: Make, answer: Make, pairs: list[tuple[Any, Any, float]]
) -> None:
    trials = [trial(f"{n}", m, answer(m), text="play a b c" if m else "")
              for n, (m, _, _) in enumerate(pairs)]  # fmt: skip
    trials = [
        replace(t, answers=(Answer(replace(t.answers[0].result, transcript=t.utterance.text)),))
        for t in trials
    ]
    scores = score(trials, rounds=5)
    assert list(scores) == list(LABELS)
    for name in RIGHT:
        assert scores[name] is None or scores[name].value == 1.0, name
    for name in WRONG:
        assert scores[name] is None or scores[name].value == 0.0, name
    assert (scores["exact_match"] is None) == all(m is None for m, _, _ in pairs)


@given(cases, st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_the_order_of_utterances_changes_nothing(
    trial: Make, answer: Make, pairs: list[tuple[Any, Any, float]], random: Any
) -> None:
    trials = [trial(f"{n}", m, answer(reply, sure), meta={"clean": f"{n // 2}"})
              for n, (m, reply, sure) in enumerate(pairs)]  # fmt: skip
    turned = random.sample(trials, len(trials))
    assert score(trials, rounds=20, seed=3) == score(turned, rounds=20, seed=3)


@given(cases)
@settings(max_examples=50)
def test_utterances_without_an_answer_count_as_errors(
    trial: Make, pairs: list[tuple[Any, Any, float]]
) -> None:
    trials = [trial(f"{n}", m, Answer(None, "too long")) for n, (m, _, _) in enumerate(pairs)]
    scores = score(trials, rounds=5)
    labelled = sum(m is not None for m, _, _ in pairs)
    for name in ("exact_match", "intent_accuracy", "slot_recall", "slot_f1"):
        assert scores[name] is None or (scores[name].value, scores[name].n) == (0.0, labelled)
    if labelled:
        assert value(scores, "refused") == 1.0
        assert value(scores, "semer") == 1.0  # every slot is missing, and every intent
    assert scores["ece"] is None
    assert scores["latency_median"] is None


@given(cases)
@settings(max_examples=50)
def test_sums_of_single_utterances_are_the_metrics_of_all(
    trial: Make, answer: Make, pairs: list[tuple[Any, Any, float]]
) -> None:
    trials = [trial(f"{n}", m, answer(reply, sure)) for n, (m, reply, sure) in enumerate(pairs)]
    scores = score(trials, rounds=5)
    among = [t for t in trials if t.reference is not None]
    references = [t.reference for t in among]
    meanings = [t.meaning() for t in among]
    slots = slot_scores(references, meanings)
    for name, of_all in (
        ("slot_precision", slots.precision), ("slot_recall", slots.recall), ("slot_f1", slots.f1),
        ("slu_f1", slu_f1(references, meanings).f1),
        ("semer", semantic_errors(references, meanings).rate),
    ):  # fmt: skip
        assert scores[name] is None or scores[name].value == pytest.approx(of_all), name
    accepted = [t for t in trials if t.meaning() is not None]
    if accepted:
        sure = [t.answers[0].confidence for t in accepted]
        assert value(scores, "ece") == pytest.approx(
            calibration_error(sure, [t.right() for t in accepted])
        )
    kinds = [[t.answers[0].confidence for t in trials if (t.reference is None) == foreign]
             for foreign in (False, True)]  # fmt: skip
    if all(kinds):
        assert value(scores, "auroc") == auroc(*kinds)


def test_a_known_case(trial: Make, answer: Make) -> None:
    attic, cellar = ("On", {"room": "attic"}), ("On", {"room": "cellar"})
    extra = ("On", {"room": "attic", "colour": "red"})
    trials = [
        trial("right", attic, answer(attic, 0.9, transcript="on in the attic please"),
              text="On in the attic"),
        trial("extra", attic, answer(extra)),
        trial("other", attic, answer(cellar)),
        trial("refused", attic, answer(None)),
        trial("silent", attic, answer(("Off", {}))),
        trial("let in", None, answer(attic), text="nice weather"),
        trial("kept out", None, answer(None, 0.2)),
    ]  # fmt: skip
    scores = score(trials)
    assert scores["exact_match"] == wilson(1, 5)
    assert scores["exact_match_lenient"] == wilson(2, 5)
    assert scores["intent_accuracy"] == wilson(3, 5)
    assert scores["refused"] == wilson(1, 5)
    assert scores["wrong_silently"] == wilson(3, 5)
    assert scores["false_accepts"] == wilson(1, 2)
    assert value(scores, "slot_precision") == 2 / 4
    assert value(scores, "slot_recall") == 2 / 5
    # An insertion, a substitution, a slot and an intent missing, and the same with a wrong intent.
    assert value(scores, "semer") == 6 / 10
    assert value(scores, "wer") == 1 / 4
    assert scores["wer"] is not None
    assert scores["wer"].n == 1  # the weather should be refused, whatever was written of it
    assert value(scores, "latency_median") == 20.0
    assert value(scores, "auroc") == (1 + 1 + 1 + 1 + 1 + 5 * 0.5) / 10


def test_words_are_compared_where_the_labels_have_them() -> None:
    """A label with a place in the text has words, "half past seven"; one without has its value."""
    result = Understanding("understood", "Alarm", (Slot("time", "07:30", "half past seven"),), 0.9)
    text = "wake me at half past seven"
    for label in (SlotLabel("time", "07:30", 11, 26), SlotLabel("time", "07:30")):
        utterance = Utterance("a", text=text, intent="Alarm", slots=(label,))
        assert value(score([Trial(utterance, 1.0, (Answer(result),))], rounds=5), "slu_f1") == 1.0


def test_labels_and_results_are_compared_as_they_are_said(trial: Make, answer: Make) -> None:
    reply = answer(("Alarm", {"time": "07:30"}), transcript="wake me at seven thirty")
    written = trial("a", ("Alarm", {"time": "07:30"}), reply, text="Wake me at 7:30")
    scores = score([written])
    assert value(scores, "wer") == 0.0
    assert value(scores, "slu_f1") == 1.0


def test_whole_numbers_are_equal_however_they_are_written(trial: Make, answer: Make) -> None:
    def exact(label: Any, slot: Any) -> float:
        pair = trial("a", ("Set", {"level": label}), answer(("Set", {"level": slot})))
        return value(score([pair], rounds=5), "exact_match")

    assert exact(5, 5.0) == 1.0
    assert exact({"b": [1.0], "a": 2}, {"a": 2.0, "b": [1]}) == 1.0
    assert exact(5, "5") == 0.0
    assert exact(1, True) == 0.0
    assert exact(5, 5.5) == 0.0


def test_versions_of_one_utterance_vary_together(trial: Make, answer: Make) -> None:
    rng = np.random.default_rng(1)
    on = ("On", {})

    def trials(versions: int) -> list[Trial]:
        return [
            trial(f"{n}-{v}", on, answer(on if ok else None), meta={"clean": f"{n}"})
            for n, ok in enumerate(rng.random(40) < 0.7)
            for v in range(versions)
        ]

    once, often = (score(trials(versions))["exact_match"] for versions in (1, 10))
    assert once is not None
    assert often is not None
    assert often.n == 400
    # Ten copies of 40 recordings know no more than the 40 do.
    assert often.high - often.low == pytest.approx(once.high - once.low, rel=0.25)


def test_a_confidence_that_is_no_probability_is_named(trial: Make, answer: Make) -> None:
    with pytest.raises(DataError, match=r"confidence 17\.0; expected 0 to 1"):
        score([trial("a", ("On", {}), answer(("On", {}), 17.0))])
