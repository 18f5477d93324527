"""Reply templates: sections, alternatives, escapes, and values that cannot break out."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.errors import GrammarError
from mondegreen.grammar.replies import template

MUSIC = "Playing ['{title}'[ by {artist}]|{artist}|some {genre}|some music]."


@pytest.mark.parametrize(
    ("fields", "reply"),
    [
        ({"title": "Rhapsody in Blue"}, "Playing 'Rhapsody in Blue'."),
        ({"title": "Hey Jude", "artist": "The Beatles"}, "Playing 'Hey Jude' by The Beatles."),
        ({"artist": "Queen"}, "Playing Queen."),
        ({"genre": "jazz"}, "Playing some jazz."),
        ({}, "Playing some music."),
    ],
)
def test_first_alternative_with_all_its_slots(fields: dict[str, str], reply: str) -> None:
    assert template(MUSIC).fill(fields) == reply


def test_a_missing_field_outside_sections_gives_nothing() -> None:
    assert template("The {color} light[ is {state}].").fill({"state": "on"}) is None
    assert template("The {color} light[ is {state}].").fill({"color": "red"}) == "The red light."


def test_a_bar_outside_sections_is_a_bar() -> None:
    assert template("a|b").fill({}) == "a|b"


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("a [b", 3),
        ("a] b", 2),
        ("{", 1),
        ("ab {}", 4),
        ("{two words}", 1),
        ("}", 1),
        ("end\\", 4),
        ("\\n", 1),
        ("[" * 40 + "]" * 40, 33),
    ],
)
def test_mistakes_name_their_column(text: str, column: int) -> None:
    with pytest.raises(GrammarError, match=rf"column {column}:"):
        template(text)


@given(st.text())
def test_any_text_can_be_escaped(text: str) -> None:
    escaped = "".join(f"\\{c}" if c in "{}[]|\\" else c for c in text)
    assert template(escaped).fill({}) == text
    assert template(f"[{escaped}]").fill({}) == text


@given(st.text(), st.text())
def test_values_are_put_in_as_they_are(title: str, artist: str) -> None:
    filled = template(MUSIC).fill({"title": title, "artist": artist})
    assert filled == f"Playing '{title}' by {artist}."


@given(st.text(alphabet="ab{}[]|\\ ", max_size=30))
def test_a_template_that_is_read_can_be_filled(text: str) -> None:
    try:
        reply = template(text)
    except GrammarError:
        return  # what is refused, and where, is tested above
    filled = reply.fill(dict.fromkeys(re.findall(r"[ab]+", text), "value"))
    assert filled is not None  # with every field known, nothing can be missing
    assert filled.count("value") <= text.count("{")
