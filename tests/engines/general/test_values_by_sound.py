"""Which of a user's values is meant, over the sounds of real audio."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.audio.samples import Samples
from mondegreen.engines.general.choice import Written, choose
from mondegreen.engines.general.interpreter import Reading
from mondegreen.engines.general.model_folder import Balance
from mondegreen.engines.general.tags import Span
from mondegreen.engines.general.user_values import UserValues
from mondegreen.engines.general.values_by_sound import LISTED, ValuesBySound
from mondegreen.phonetics.pronouncer import usual_pronouncer
from mondegreen.speech.ear import Ear
from mondegreen.speech.word_scores import WordScores

SLOTS = ("person", "place")
SENTENCE = "call harry in boston"


def reading(text: str) -> Reading:
    """That somebody (the second word) is called somewhere (the last)."""
    words = tuple(text.split())
    spans = (Span(0, 1, 2), Span(1, len(words) - 1, len(words)))
    return Reading(words, np.zeros(1), np.zeros(1), spans, 0.0)


@pytest.fixture(scope="module")
def fit(say: Callable[..., Samples]) -> WordScores:
    return WordScores(Ear.load().listen(say(SENTENCE)).scores(), usual_pronouncer())


def by_sound(fit: WordScores, lists: Mapping[str, Iterable[str]]) -> ValuesBySound:
    pronouncer = usual_pronouncer()
    return ValuesBySound(
        {name: UserValues.of(values, pronouncer) for name, values in lists.items()}, SLOTS, fit
    )


def test_a_value_that_was_said_gains_and_its_neighbour_loses(fit: WordScores) -> None:
    values = by_sound(fit, {"person": ["Harry", "Mary"]})
    ways = {way.values: gain for way, gain in values.ways(reading("call mary in boston"), True)}
    # What is written down is a value too, by the letter; the other one fits the sounds.
    assert ways[("Mary", "boston")] == LISTED
    assert ways[("Harry", "boston")] > LISTED + 1.0
    assert set(ways) == {("Mary", "boston"), ("Harry", "boston")}


def test_what_is_written_remains_where_the_list_lacks_it(fit: WordScores) -> None:
    values = by_sound(fit, {"place": ["Austin"]})
    ways = {way.values: gain for way, gain in values.ways(reading(SENTENCE), True)}
    assert ways[("harry", "boston")] == -LISTED
    assert ways[("harry", "Austin")] < -LISTED


def test_out_of_reach_only_the_letters_tell(fit: WordScores) -> None:
    values = by_sound(fit, {"person": ["Larry", "Harry"], "place": ["Austin"]})
    assert [(way.values, gain) for way, gain in values.ways(reading(SENTENCE), False)] == [
        (("Harry", "boston"), LISTED - LISTED)
    ]


def test_each_slot_of_a_reading_has_its_own_value(fit: WordScores) -> None:
    values = by_sound(fit, {"person": ["Harry"], "place": ["Boston", "Austin"]})
    written = [Written(tuple(text.split()), 0.0) for text in ("call larry in austin", SENTENCE)]
    read = {one.words: reading(" ".join(one.words)) for one in written}
    best, *_ = choose(
        written, lambda words, _: read[words], Balance(1.0, 0.0, 0.0), values.ways
    )  # fmt: skip
    assert best.reading.values == ("Harry", "Boston")
    assert best.reading.words == tuple(SENTENCE.split())


def test_the_words_of_a_value_take_the_place_of_those_written(fit: WordScores) -> None:
    values = by_sound(fit, {"person": {"p1": ["hair e"]}, "place": {"b": ["boss ton"]}})
    ways = {way.values: way for way, _ in values.ways(reading(SENTENCE), True)}
    assert set(ways) == {(a, b) for a in ("harry", "p1") for b in ("boston", "b")}
    both = ways[("p1", "b")]
    assert " ".join(both.words) == "call hair e in boss ton"
    spoken = [" ".join(both.words[span.start : span.end]) for span in both.spans]
    assert spoken == ["hair e", "boss ton"]
    assert ways[("harry", "boston")].words == tuple(SENTENCE.split())


@given(st.lists(st.sampled_from(["Harry", "Larry", "Mary", "Terry", "Barry", "Carrie"])))
def test_whatever_the_list_the_ways_are_its_values_or_what_is_written(
    fit: WordScores, names: list[str]
) -> None:
    ways = list(by_sound(fit, {"person": names}).ways(reading(SENTENCE), True))
    people = [way.value(0) for way, _ in ways]
    assert len(set(people)) == len(people)
    assert set(people) <= {*names, "harry"}
    assert ("harry" in people) == ("Harry" not in names)
    assert [gain for _, gain in ways] == sorted((gain for _, gain in ways), reverse=True)
