"""Words fitted into strings of phones, and what passages make of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.answers.answerer import Answerer, spoken_question
from mondegreen.answers.chance import chance_table, surprise
from mondegreen.answers.explain import Explainer
from mondegreen.answers.fitting import PhoneString, Readings, fitted, starts_of, unbroken
from mondegreen.answers.question import read_question
from mondegreen.audio.samples import Samples
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.phonetics.distance import PhoneDistance, articulatory_costs
from mondegreen.phonetics.pronouncer import usual_pronouncer

phone_strings = st.lists(st.integers(1, 41), min_size=1, max_size=8)


def brute(reading: Sequence[int], phones: Sequence[int]) -> float:
    """The least cost of a reading over all parts of a string in which no place is inside a word."""
    distance = PhoneDistance(articulatory_costs())
    return min(
        distance.between(reading, phones[a:b])
        for a in range(len(phones)) for b in range(a + 1, len(phones) + 1)
    )  # fmt: skip


@given(st.lists(phone_strings, min_size=1, max_size=4), phone_strings)
def test_a_fit_is_the_best_over_all_parts(readings: list[list[int]], phones: list[int]) -> None:
    sorted_readings, order = Readings.of(readings)
    string = unbroken(phones)
    costs, ends = fitted(sorted_readings, string)
    starts = starts_of(sorted_readings, string, ends)
    distance = PhoneDistance(articulatory_costs())
    for row, which in enumerate(order):
        deleted = distance.between(readings[which], [])
        best = min(brute(readings[which], phones), deleted)
        assert costs[row] == pytest.approx(best, abs=1e-4)
        assert 0 <= starts[row] < ends[row] <= len(phones)


def test_an_edge_inside_a_word_costs() -> None:
    phones = np.array([p for w in ("cube", "light") for p in usual_pronouncer().word(w)[0]])
    inside = np.ones(len(phones) + 1, np.bool_)
    inside[[0, 4, -1]] = False  # k j u b | l aɪ t
    word, _ = Readings.of([usual_pronouncer().word("light")[0], (phones[2], phones[3], phones[4])])
    costs, _ = fitted(word, PhoneString(phones, inside))
    assert sorted(costs.tolist()) == pytest.approx([0.0, 0.6], abs=1e-6)


def test_long_words_that_fit_surprise_more_than_short_ones() -> None:
    words = [
        "cat",
        "table",
        "electricity",
        "photograph",
        "banana",
        "window",
        "remember",
        "Shakespeare",
    ]
    readings = [np.array(usual_pronouncer().phrase(word)[0]) for word in words * 60]
    strings = [read_question("who went down to the river yesterday").sound] * 10
    table = chance_table(readings, strings)
    assert (np.diff(table, axis=1) <= 0).all()
    short, long, bad = surprise(table, [0.6, 2.0, 9.0], [3, 10, 10])
    assert bad < short < long


def test_the_ear_adds_what_the_transcript_lost(answerer: Answerer) -> None:
    explainer = Explainer(answerer.index, answerer.searcher.lexical)
    question = read_question("what was the place called something")
    lost = replace(question, by_ear=read_question("lutetia parisiorum").sound)
    passages = range(len(answerer.index))
    plain = [explained.worth for explained in explainer.explain(question, passages)]
    by_ear = [explained.worth for explained in explainer.explain(lost, passages)]
    best = int(np.argmax(np.subtract(by_ear, plain)))
    assert "Lutetia" in answerer.index.texts[best]


def test_the_ear_finds_a_passage_of_which_no_word_was_written_down(answerer: Answerer) -> None:
    lost = read_question("what was he eating")
    by_ear = replace(lost, by_ear=read_question("what was lutetia parisiorum").sound)
    explainer = Explainer(answerer.index, answerer.searcher.lexical)
    assert explainer.by_ear(lost, 3) == []
    best = explainer.by_ear(by_ear, 3)[0]
    assert "Lutetia" in answerer.index.texts[best]
    hit = next(hit for hit in answerer.searcher.search(by_ear) if hit.passage == best)
    assert "Lutetia" in [piece.word for piece in hit.explained.by_ear]


def test_a_word_that_was_written_down_and_heard_counts_once(answerer: Answerer) -> None:
    explainer = Explainer(answerer.index, answerer.searcher.lexical)
    question = read_question("what was lutetia parisiorum")
    by_ear = replace(question, by_ear=question.sound)
    explained = explainer.explain(by_ear, range(len(answerer.index)))
    assert {"lutetia", "parisiorum"} <= {p.word for e in explained for p in e.pieces}
    assert not {"Lutetia", "Parisiorum"} & {p.word for e in explained for p in e.by_ear}


def test_a_spoken_question_brings_its_phones(
    starter: GrammarEngine, say: Callable[..., Samples]
) -> None:
    question = spoken_question(starter.ear.listen(say("who built the tower")))
    assert "tower" in question.text.lower()
    assert question.by_ear is not None
    tower = usual_pronouncer().word("tower")
    readings, _ = Readings.of(tower)
    costs, _ = fitted(readings, question.by_ear)
    assert costs.min() < 0.5
