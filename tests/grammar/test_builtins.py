"""Built-in slot types: every wording they produce is understood, as the value it was made for."""

from __future__ import annotations

import random
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.grammar.builtins import BUILTINS, EXAMPLE_TODAY, builtin
from mondegreen.grammar.builtins.clock import read_time
from mondegreen.grammar.builtins.dates import read_date
from mondegreen.grammar.builtins.duration import read_duration
from mondegreen.grammar.builtins.numeric import cardinal, ordinal, signed_cardinal
from mondegreen.grammar.expression import Choice, Expression, FreeWords, Pattern, ValueList, Word
from mondegreen.text.numbers import (
    parse_digits,
    parse_number,
    parse_ordinal,
    spoken_number,
    spoken_ordinal,
    spoken_year,
)

PATTERNS = [name for name in BUILTINS if isinstance(builtin(name), Pattern)]


def one_path(expression: Expression, rng: random.Random) -> list[str]:
    if isinstance(expression, Word):
        return [expression.text]
    assert hasattr(expression, "items")
    if isinstance(expression, Choice):
        return one_path(rng.choice(expression.items), rng)
    return [word for item in expression.items for word in one_path(item, rng)]


def all_paths(expression: Expression) -> list[str]:
    if isinstance(expression, Word):
        return [expression.text]
    assert hasattr(expression, "items")
    if isinstance(expression, Choice):
        return [p for item in expression.items for p in all_paths(item)]
    paths = [""]
    for item in expression.items:
        paths = [f"{a} {b}".strip() for a in paths for b in all_paths(item)]
    return paths


def pattern(name: str) -> Pattern:
    kind = builtin(name, clock=lambda: EXAMPLE_TODAY)
    assert isinstance(kind, Pattern)
    return kind


@pytest.mark.parametrize("name", PATTERNS)
@given(seed=st.integers(0, 2**32))
def test_every_wording_can_be_read(name: str, seed: int) -> None:
    kind = pattern(name)
    words = " ".join(one_path(kind.expression, random.Random(seed)))
    value = kind.interpret(words)
    if name == "Time":
        assert re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value)
    elif name == "Date":
        assert date.fromisoformat(value).isoformat() == value
    elif name == "Duration":
        assert value > 0
    else:
        numeric = isinstance(BUILTINS[name].value, int | float)
        assert isinstance(value, int | float if numeric else str)


@pytest.mark.parametrize("name", PATTERNS)
def test_the_documented_example_has_the_documented_value(name: str) -> None:
    builtin = BUILTINS[name]
    value = pattern(name).interpret(builtin.example)
    assert value == builtin.value
    assert type(value) is type(builtin.value)


@given(st.integers(0, 10**15 - 1))
def test_spoken_numbers_read_back(number: int) -> None:
    assert parse_number(spoken_number(number)) == number


@given(st.integers(-999_999, 999_999), st.integers(0, 99))
def test_spoken_decimals_read_back(whole: int, hundredths: int) -> None:
    number = float(f"{whole}.{hundredths:02d}")
    assert parse_number(spoken_number(number)) == number


@given(st.integers(1, 999_999))
def test_spoken_ordinals_read_back(number: int) -> None:
    assert parse_ordinal(spoken_ordinal(number).split()) == number


@given(st.integers(0, 600), st.integers(0, 600))
def test_a_range_says_exactly_its_numbers(a: int, b: int) -> None:
    low, high = min(a, b), max(a, b)
    numbers = {int(parse_number(p)) for p in all_paths(cardinal(low, high))}
    assert numbers == set(range(low, high + 1))


@given(st.integers(0, 40), st.integers(1, 150))
def test_a_range_of_ordinals_says_exactly_its_numbers(low: int, more: int) -> None:
    numbers = {parse_ordinal(p.split()) for p in all_paths(ordinal(low + 1, low + more))}
    assert numbers == set(range(low + 1, low + more + 1))


@pytest.mark.parametrize(("low", "high"), [(995, 1105), (9_990, 10_010), (99_980, 100_120)])
def test_a_range_across_a_thousand_says_exactly_its_numbers(low: int, high: int) -> None:
    numbers = {int(parse_number(p)) for p in all_paths(cardinal(low, high))}
    assert numbers == set(range(low, high + 1))


def test_a_range_may_begin_below_zero() -> None:
    numbers = {int(parse_number(p)) for p in all_paths(signed_cardinal(-12, 3))}
    assert numbers == set(range(-12, 4))


@pytest.mark.parametrize(("low", "high"), [(5, 4), (-1, 3), (0, 1_000_000)])
def test_an_impossible_range_is_refused(low: int, high: int) -> None:
    with pytest.raises(ValueError, match="range"):
        cardinal(low, high)


@given(st.integers(0, 999_999))
def test_the_whole_cardinal_type_contains_every_number(number: int) -> None:
    assert matches(pattern("Cardinal").expression, tuple(spoken_number(number).split()))


def matches(expression: Expression, words: tuple[str, ...]) -> bool:
    """Whether an expression can say exactly these words."""

    def ends(part: Expression, at: int) -> set[int]:
        if isinstance(part, Word):
            return {at + 1} if words[at : at + 1] == (part.text,) else set()
        assert hasattr(part, "items")
        if isinstance(part, Choice):
            return {e for item in part.items for e in ends(item, at)}
        reached = {at}
        for item in part.items:
            reached = {e for start in reached for e in ends(item, start)}
        return reached

    return len(words) in ends(expression, 0)


TIMES = {
    "seven thirty": "07:30", "half past seven": "07:30", "quarter to nine p m": "20:45",
    "noon": "12:00", "midnight": "00:00", "ten o'clock": "10:00", "seven in the morning": "07:00",
    "twelve": "12:00", "twelve a m": "00:00", "twelve p m": "12:00", "quarter to one": "12:45",
    "quarter to one p m": "12:45", "quarter to one a m": "00:45", "ten to midnight": "23:50",
    "twenty three oh five": "23:05", "oh seven thirty": "07:30", "zero zero thirty": "00:30",
    "eleven at night": "23:00", "two at night": "02:00",
    "ten minutes past six in the evening": "18:10",
    "a quarter of five": "04:45", "half past noon": "12:30", "five in the afternoon": "17:00",
    "twenty one fifteen": "21:15", "twenty o'clock": "20:00",
}  # fmt: skip


@pytest.mark.parametrize(("wording", "value"), TIMES.items())
def test_times(wording: str, value: str) -> None:
    assert matches(pattern("Time").expression, tuple(wording.split()))
    assert read_time(wording) == value


DURATIONS = {
    "an hour and a half": 5400, "ninety seconds": 90, "one hour thirty minutes": 5400,
    "half an hour": 1800, "two and a half hours": 9000, "a minute and ten seconds": 70,
    "a quarter of an hour": 900, "three quarters of an hour": 2700, "a couple of weeks": 1_209_600,
    "one hundred and twenty minutes": 7200, "two days and three hours": 183_600, "a second": 1,
}  # fmt: skip


@pytest.mark.parametrize(("wording", "value"), DURATIONS.items())
def test_durations(wording: str, value: int) -> None:
    assert matches(pattern("Duration").expression, tuple(wording.split()))
    assert read_duration(wording) == value


# Seen from Thursday 16 July 2026.
DATES = {
    "today": "2026-07-16", "tomorrow": "2026-07-17", "the day before yesterday": "2026-07-14",
    "friday": "2026-07-17", "thursday": "2026-07-23", "this thursday": "2026-07-16",
    "next monday": "2026-07-20", "next friday": "2026-07-24", "last thursday": "2026-07-09",
    "friday next week": "2026-07-24", "in two weeks": "2026-07-30", "three days ago": "2026-07-13",
    "a week from now": "2026-07-23", "march third": "2027-03-03", "july sixteenth": "2026-07-16",
    "the fourth of july": "2027-07-04", "twelfth of march twenty twenty seven": "2027-03-12",
    "february the twenty ninth": "2028-02-29", "the first": "2026-08-01",
    "march twenty first two thousand and five": "2005-03-21",
    "march twentieth nineteen oh four": "1904-03-20",
}  # fmt: skip


@pytest.mark.parametrize(("wording", "value"), DATES.items())
def test_dates(wording: str, value: str) -> None:
    assert matches(pattern("Date").expression, tuple(wording.split()))
    assert read_date(wording, EXAMPLE_TODAY) == value


def test_no_date_can_be_said_that_does_not_exist() -> None:
    expression = pattern("Date").expression
    assert not matches(expression, ("february", "thirtieth"))
    assert not matches(expression, ("june", "thirty", "first"))
    assert not matches(expression, ("february", "twenty", "ninth", *spoken_year(2027).split()))
    assert matches(expression, ("february", "twenty", "ninth", *spoken_year(2028).split()))


def test_the_clock_is_asked_each_time() -> None:
    days = iter([date(2026, 7, 16), date(2026, 7, 17)])
    kind = builtin("Date", clock=lambda: next(days))
    assert isinstance(kind, Pattern)
    assert [kind.interpret("today"), kind.interpret("today")] == ["2026-07-16", "2026-07-17"]


def test_signs_are_read_one_by_one() -> None:
    assert parse_digits(["double", "oh", "triple", "five"]) == "00555"
    assert pattern("Alphanumeric").interpret("o oh zed b") == "O0ZB"


def test_words_that_are_no_number_are_refused() -> None:
    with pytest.raises(ValueError, match="banana"):
        parse_number("two banana")
    with pytest.raises(ValueError, match="ordinal"):
        parse_ordinal(["two"])


def test_names_are_found_whatever_their_case_and_spelling() -> None:
    assert isinstance(builtin("color"), ValueList)
    assert isinstance(builtin("WORDS"), FreeWords)
    with pytest.raises(KeyError, match="did you mean Duration"):
        builtin("Durations")
