from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mondegreen.evaluate.comparison import compare
from mondegreen.evaluate.intervals import mcnemar
from mondegreen.evaluate.scores import score
from mondegreen.evaluate.trial import sources_of

Make = Callable[..., Any]
ON, OFF = ("On", {"room": "attic"}), ("Off", {})


def test_the_better_engine_is_named(trial: Make, answer: Make) -> None:
    rng = np.random.default_rng(2)
    good, bad = rng.random(80) < 0.9, rng.random(80) < 0.6
    trials = [
        trial(f"{n}", ON, answer(ON if g else OFF), answer(ON if b else OFF))
        for n, (g, b) in enumerate(zip(good, bad, strict=True))
    ]
    comparison = compare(trials, rounds=1000)
    assert set(comparison) == {"exact_match", "intent_accuracy", "slot_f1", "slu_f1", "semer"}
    assert comparison["exact_match"].p_value == mcnemar(good, bad)
    assert comparison["exact_match"].test == "McNemar"
    assert comparison["exact_match"].difference.value == pytest.approx(good.mean() - bad.mean())
    assert comparison["semer"].difference.value < 0, "fewer errors are better"
    assert {name: compared.better for name, compared in comparison.items()} == dict.fromkeys(
        comparison, 0
    )
    turned = [trial(t.utterance.id, ON, *t.answers[::-1]) for t in trials]
    assert {c.better for c in compare(turned, rounds=1000).values()} == {1}


@given(st.lists(st.sampled_from([ON, OFF, None]), min_size=1, max_size=10))
@settings(max_examples=30)
def test_an_engine_does_not_differ_from_itself(
    trial: Make, answer: Make, answers: list[Any]
) -> None:
    trials = [trial(f"{n}", ON, answer(g), answer(g)) for n, g in enumerate(answers)]
    for compared in compare(trials, rounds=20).values():
        assert compared.difference.value == 0.0
        assert compared.p_value == 1.0
        assert compared.better is None


def test_versions_of_few_recordings_show_little(trial: Make, answer: Make) -> None:
    """Three recordings that the second engine gets wrong are no proof, in forty versions or in one:
    McNemar's test would take 120 utterances for independent."""
    trials = [
        trial(f"{n}-{v}", ON, answer(ON), answer(OFF if n < 3 else ON), meta={"clean": f"{n}"})
        for n in range(12)
        for v in range(40)
    ]
    difference = compare(trials)["exact_match"]
    assert difference.test == "paired bootstrap"
    assert difference.p_value > 0.05
    assert difference.better is None


def test_only_what_has_an_intent_is_compared(trial: Make, answer: Make) -> None:
    comparison = compare([trial("a", OFF, answer(OFF), answer(OFF)),
                     trial("b", None, answer(OFF), answer(None))], rounds=20)  # fmt: skip
    assert comparison["exact_match"].difference.n == 1
    assert "slot_f1" not in comparison, "there is no slot anywhere"


def test_where_recordings_are_from_makes_no_versions_of_them(trial: Make, answer: Make) -> None:
    """One of seven is wrong: whatever people note, that shows nothing, and gives an interval."""
    noted: tuple[dict[str, Any], ...] = (
        {}, {"source": "my lab"}, {"clean": "yes"}, {"source": 3}, {"source": ["a"]},
        {"source": "", "clean": None},
    )  # fmt: skip
    results = []
    for meta in noted:
        trials = [
            trial(f"u{n}", ON, answer(ON), answer(OFF if n == 0 else ON), meta=meta)
            for n in range(7)
        ]
        difference = compare(trials)["exact_match"]
        assert (difference.test, difference.better) == ("McNemar", None)
        results.append((score(trials, 1), difference))
    assert all(result == results[0] for result in results)


def test_versions_are_told_by_their_ids_and_by_those_of_the_set(trial: Make) -> None:
    rows = {
        "u1": {}, "u12": {"clean": "u"}, "u1-0": {"source": "my lab", "clean": "u1"},
        "u1-1-0": {"source": "u1", "clean": "u1-1"}, "u1@6": {"clean": "u1"},
        "noisy u1": {"clean": "u1"}, "u3-0": {"source": "u3"}, "u33": {"source": "u3"},
    }  # fmt: skip
    trials = [trial(name, None, meta=meta) for name, meta in rows.items()]
    assert sources_of(trials) == ["u1", "u12", "u1", "u1", "u1", "u1", "u3", "u33"]
    assert trials[4].source == "u1"
