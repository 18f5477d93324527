"""Words as the interpreter reads them."""

from __future__ import annotations

import pytest

from mondegreen.text.joined_words import joined_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Wake me at 7 a.m.", "wake me at seven am"),
        ("wake me at seven am", "wake me at seven am"),
        ("7 p.m. on BBC two", "seven pm on bbc two"),
        ("convert U.S.D. to eur", "convert usd to eur"),
        ("convert usd to eur", "convert usd to eur"),
        ("alarm for 7am and 20%", "alarm for seven am and twenty percent"),
        ("am I a b c person", "am i a bc person"),
        ("i want a t v", "i want a tv"),
        ("a", "a"),
        ("", ""),
    ],
)
def test_initials_are_one_word(text: str, words: str) -> None:
    assert " ".join(word.word for word in joined_words(text)) == words


def test_a_joined_word_stands_for_all_its_characters() -> None:
    text = "meet at 7 a.m. sharp"
    seven, am = joined_words(text)[2:4]
    assert (seven.at and text[slice(*seven.at)], am.at and text[slice(*am.at)]) == ("7", "a.m.")
