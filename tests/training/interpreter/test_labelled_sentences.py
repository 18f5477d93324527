"""Labelled utterances as the interpreter learns them."""

from __future__ import annotations

import numpy as np
import pytest

from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError
from mondegreen.training.interpreter.labelled_sentences import (
    Labelled,
    Names,
    Sentence,
    Swaps,
    sentence_of,
)


def utterance(text: str, *slots: tuple[str, str]) -> Utterance:
    labels = tuple(
        SlotLabel(name, words, text.index(words), text.index(words) + len(words))
        for name, words in slots
    )
    return Utterance("u1", text=text, intent="alarm_set", slots=labels)


def test_slots_lie_over_words() -> None:
    sentence = sentence_of(utterance("wake me at 7 a.m. tomorrow", ("time", "7 a.m."),
                                     ("date", "tomorrow")))  # fmt: skip
    assert sentence.words == ("wake", "me", "at", "seven", "am", "tomorrow")
    assert sentence.spans == (Labelled("time", 3, 5), Labelled("date", 5, 6))
    assert sentence.meaning.values() == {"time": "seven am", "date": "tomorrow"}
    assert sentence.tags({"date": 0, "time": 1}) == [0, 0, 0, 3, 4, 1]


def test_a_slot_without_a_place_is_named() -> None:
    row = Utterance("u7", text="wake me", intent="alarm_set", slots=(SlotLabel("time", "7"),))
    with pytest.raises(DataError, match="u7: the slot 'time' has no place"):
        sentence_of(row)


@pytest.mark.parametrize("row", [Utterance("u2", intent="a"), Utterance("u2", text="hello")])
def test_what_is_not_labelled_is_named(row: Utterance) -> None:
    with pytest.raises(DataError, match="u2: it has no"):
        sentence_of(row)


def test_swapped_values_keep_their_slots_and_the_words_around() -> None:
    cities = ["berlin", "new york", "san francisco bay", "rome"]
    sentences = [
        Sentence(str(i), ("weather", "in", *city.split(), "today"), "weather",
                 (Labelled("place", 2, 2 + len(city.split())),))
        for i, city in enumerate(cities)
    ]  # fmt: skip
    swaps = Swaps(sentences, least=2)
    rng = np.random.default_rng(3)
    values = set()
    for _ in range(60):
        swapped = swaps.swapped(sentences[0], 1.0, rng)
        (span,) = swapped.spans
        assert swapped.words[:2] == ("weather", "in")
        assert swapped.words[span.end :] == ("today",)
        values.add(" ".join(swapped.words[span.start : span.end]))
    assert values == set(cities)
    assert swaps.swapped(sentences[0], 0.0, rng) == sentences[0]
    assert Swaps(sentences, least=5).swapped(sentences[0], 1.0, rng) == sentences[0]


def test_names_are_sorted() -> None:
    rows = [Sentence("1", ("a",), "z", (Labelled("s", 0, 1),)), Sentence("2", ("b",), "y", ())]
    assert Names.of(rows) == Names(("y", "z"), ("s",))
