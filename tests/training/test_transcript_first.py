"""A meaning written as words, and read back."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from mondegreen.training.baselines.fit_transcript_first import Reader, written
from mondegreen.training.interpreter.labelled_sentences import Labelled, Names, Sentence

SENTENCE = Sentence(
    "1", ("wake", "me", "at", "seven", "am"), "alarm_set", (Labelled("time_of_day", 3, 5),)
)


def test_a_meaning_is_read_back() -> None:
    text = written(SENTENCE)
    assert text == "wake me at seven am ; alarm set ; time of day : seven am"
    assert Reader.of(Names.of([SENTENCE])).meaning(text) == SENTENCE.meaning


@pytest.mark.parametrize("text", ["", "wake me", "wake me ; alarm", " ; "])
def test_what_names_no_intent_means_nothing(text: str) -> None:
    assert Reader.of(Names.of([SENTENCE])).meaning(text) is None


def test_slots_that_there_are_not_are_left_out() -> None:
    reader = Reader.of(Names.of([SENTENCE]))
    meaning = reader.meaning("x ; alarm set ; place : here ; time of day : ")
    assert meaning is not None
    assert meaning.slots == ()
