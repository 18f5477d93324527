"""How values sound in a reply."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.assistant import wording
from mondegreen.grammar.builtins.clock import read_time as understood_time
from mondegreen.grammar.phrases import words_of

SIZES = {"day": 86_400, "hour": 3600, "minute": 60, "second": 1}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (5400, "1 hour 30 minutes"),
        (1, "1 second"),
        (0, "0 seconds"),
        (90061, "1 day 1 hour 1 minute 1 second"),
        (59.6, "1 minute"),
        (-5, "0 seconds"),
    ],
)
def test_duration(seconds: float, words: str) -> None:
    assert wording.duration(seconds) == words


@given(st.integers(0, 10**9))
def test_duration_says_every_second_once(seconds: int) -> None:
    words = wording.duration(seconds)
    parts = re.findall(r"(\d+) (day|hour|minute|second)(s?)", words)
    assert " ".join(f"{n} {unit}{s}" for n, unit, s in parts) == words
    assert sum(int(n) * SIZES[unit] for n, unit, _ in parts) == seconds
    assert all((n == "1") == (s == "") for n, _, s in parts)
    assert all(int(n) < 60 for n, unit, _ in parts if unit != "day")


@given(st.integers(0, 23), st.integers(0, 59))
def test_a_time_said_is_the_time_understood(hour: int, minute: int) -> None:
    clock, _, half = wording.time_of_day(hour, minute).partition(" ")
    spoken = [*words_of(clock), *half.lower().replace("m", " m").split()]
    assert understood_time(" ".join(spoken)) == f"{hour:02d}:{minute:02d}"


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        (5400, "mondegreen.Duration", "1 hour 30 minutes"),
        ("07:30", "mondegreen.Time", "7:30 AM"),
        ("12:00", "mondegreen.Time", "noon"),
        ("25:00", "mondegreen.Time", "25:00"),
        ("soon", "mondegreen.Time", "soon"),
        ("2026-11-24", "mondegreen.Date", "Tuesday, November 24"),
        ("2026-13-24", "mondegreen.Date", "2026-13-24"),
        (40, "mondegreen.Percent", "40 percent"),
        (21.0, "", "21"),
        (21.5, "degrees", "21.5"),
        (True, "", "yes"),
        (["milk", "eggs", "bread"], "item", "milk, eggs and bread"),
        ([60, 120], "mondegreen.Duration", "1 minute and 2 minutes"),
        ("Für Elise", "title", "Für Elise"),
    ],
)
def test_values_by_kind(value: Any, kind: str, words: str) -> None:
    assert wording.value(value, kind) == words


def test_dates_and_lists() -> None:
    assert wording.calendar_date(date(2024, 2, 29)) == "Thursday, February 29"
    assert wording.listing([]) == ""
    assert wording.listing(["milk", "eggs"]) == "milk and eggs"
