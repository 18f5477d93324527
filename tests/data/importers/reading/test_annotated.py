"""Marked sentences as plain text with spans."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.data.importers.reading.annotated import parse_marked, place_slots
from mondegreen.data.utterance import SlotLabel


def test_marks_become_spans_of_the_plain_text() -> None:
    text, slots = parse_marked("wake me up at [time : five am] [date : this week]")
    assert text == "wake me up at five am this week"
    assert slots == (SlotLabel("time", "five am", 14, 21), SlotLabel("date", "this week", 22, 31))


@pytest.mark.parametrize(
    ("marked", "text", "slot"),
    [
        ("  [a : b]  ", "b", SlotLabel("a", "b", 0, 1)),
        ("at [time:five]", "at five", SlotLabel("time", "five", 3, 7)),
        ("at [time :: five ]", "at five", SlotLabel("time", "five", 3, 7)),
        ("at [time : 5:30]", "at 5:30", SlotLabel("time", "5:30", 3, 7)),
        ("[date : 下周]的[event_name : 会]", "下周的会", SlotLabel("date", "下周", 0, 2)),
    ],
)
def test_the_ways_a_mark_is_written(marked: str, text: str, slot: SlotLabel) -> None:
    assert parse_marked(marked)[0] == text
    assert parse_marked(marked)[1][0] == slot


@pytest.mark.parametrize(
    ("marked", "problem"),
    [
        ("wake me [time : five", "stray bracket"),
        ("wake me time : five]", "stray bracket"),
        ("wake me [five am]", "stray bracket"),
        ("wake me [time : ]", "expected [slot : words]"),
        ("wake me [ : five]", "expected [slot : words]"),
        ("wake [me [time : five] up]", "stray bracket"),
    ],
)
def test_a_broken_mark_is_refused(marked: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem.replace("[", r"\[").replace("]", r"\]")):
        parse_marked(marked)


_words = st.from_regex(r"[a-zé]{1,6}( [a-zé]{1,6}){0,2}", fullmatch=True)


@given(st.lists(st.tuples(_words, st.none() | st.sampled_from(["time", "date"])), min_size=1))
def test_every_slot_lies_where_its_words_are(pieces: list[tuple[str, str | None]]) -> None:
    marked = " ".join(words if name is None else f"[{name} : {words}]" for words, name in pieces)
    text, slots = parse_marked(marked)
    assert text == " ".join(words for words, _ in pieces)
    assert [(s.name, s.words(text)) for s in slots] == [(n, w) for w, n in pieces if n]
    assert all(s.value == s.words(text) for s in slots)


def test_places_in_a_text_without_the_spaces_of_its_marks() -> None:
    plain, slots = parse_marked("[date : 这周] 早上 [time : 五点] 叫醒我")
    text = "这周早上五点叫醒我"
    placed = place_slots(slots, plain, text)
    assert [(s.name, s.words(text), s.start) for s in placed] == [
        ("date", "这周", 0), ("time", "五点", 4)
    ]  # fmt: skip


def test_places_where_more_than_spaces_differs() -> None:
    plain, slots = parse_marked("play [artist : art] by [song : party] [x : gone]")
    text = "please play the party art by party"
    placed = place_slots(slots, plain, text)
    assert [(s.start, s.end) for s in placed] == [(22, 25), (29, 34), (None, None)]
    assert placed[2].value == "gone"
