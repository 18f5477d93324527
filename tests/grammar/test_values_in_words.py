"""Values of every built-in kind, put into words by the test and read back."""

from __future__ import annotations

import string
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.grammar.analysis.membership import has_sentence
from mondegreen.grammar.builtins import BUILTINS, EXAMPLE_TODAY, builtin
from mondegreen.grammar.builtins.colour import NAMES
from mondegreen.grammar.expression import Grammar, Pattern, Sentence, SlotUse, ValueList
from mondegreen.grammar.phrases import phrase
from mondegreen.text.numbers import (
    UNITS,
    spoken_number,
    spoken_ordinal,
    spoken_year,
)

WordsAndValue = tuple[str, Any]
"""Words, and the value that they are."""


def can_be_said(kind: str, words: str) -> bool:
    slot_types = {kind: builtin(kind)}
    grammar = Grammar("", (Sentence("", SlotUse("value", kind)),), slot_types)
    return has_sentence(grammar, words.split())


def value_of(kind: str, words: str) -> Any:
    kind_of_value = builtin(kind, clock=lambda: EXAMPLE_TODAY)
    if isinstance(kind_of_value, ValueList):
        return next(
            v.value for v in kind_of_value.values if phrase(words) in _wordings(v.expression)
        )
    assert isinstance(kind_of_value, Pattern)
    return kind_of_value.interpret(words)


def _wordings(expression: Any) -> tuple[Any, ...]:
    return (expression, *getattr(expression, "items", ()))


def _time(minutes: int) -> list[WordsAndValue]:
    hour, minute = divmod(minutes, 60)
    value = f"{hour:02d}:{minute:02d}"
    half = "a m" if hour < 12 else "p m"
    clock = spoken_number(hour % 12 or 12)
    if not minute:
        return [(f"{clock} {half}", value), (f"{clock} o'clock {half}", value)]
    minute_words = f"oh {UNITS[minute]}" if minute < 10 else spoken_number(minute)
    ways = [f"{clock} {minute_words} {half}"]
    if minute < 30:
        ways.append(f"{spoken_number(minute)} minutes past {clock} {half}")
    return [(way, value) for way in ways]


def _duration(hours: int, minutes: int) -> list[WordsAndValue]:
    seconds = 3600 * hours + 60 * minutes
    many = f"{spoken_number(hours)} hour{'s' * (hours > 1)}"
    ways = [f"{many} and {spoken_number(minutes)} minute{'s' * (minutes > 1)}"]
    ways.append(f"{many} {spoken_number(minutes)}")
    if minutes == 30:
        ways.append(f"{many} and a half")
    if minutes == 15:
        ways.append(f"{many} and a quarter")
    return [(way, seconds) for way in ways]


def _date(days: int) -> list[WordsAndValue]:
    day = EXAMPLE_TODAY + timedelta(days)
    month, ordinal = day.strftime("%B").lower(), spoken_ordinal(day.day)
    year = spoken_year(day.year)
    ways = [
        f"{month} {ordinal} {year}", f"the {ordinal} of {month} {year}",
        f"{month} {spoken_number(day.day)} {year}",
    ]  # fmt: skip
    if 0 <= days < 365:
        ways.append(f"{month} the {ordinal}")
    return [(way, day.isoformat()) for way in ways]


def _decimal(tenthousandths: int) -> list[WordsAndValue]:
    value = tenthousandths / 10_000
    words = spoken_number(value)
    ways = [words]
    if 0 < abs(value) < 1:
        ways.append(words.replace("zero point", "point"))
    if value % 1 == 0.5 and value > 1:
        ways.append(f"{spoken_number(int(value))} and a half")
    return [(way, int(value) if value.is_integer() else value) for way in ways]


def _whole(value: int) -> list[WordsAndValue]:
    ways = [spoken_number(value)]
    hundreds, rest = divmod(value, 100)
    if 1 <= hundreds <= 9 and rest:
        tail = f"oh {UNITS[rest]}" if rest < 10 else spoken_number(rest)
        ways += [
            f"{UNITS[hundreds]} {tail}",
            f"{UNITS[hundreds]} hundred and {spoken_number(rest)}",
        ]
    return [(way, value) for way in ways]


def _spelled(signs: str) -> list[WordsAndValue]:
    return [(" ".join(UNITS[int(s)] if s.isdigit() else s.lower() for s in signs), signs)]


def _text(signs: str, least: int, most: int) -> st.SearchStrategy[list[WordsAndValue]]:
    return st.text(st.sampled_from(signs), min_size=least, max_size=most).map(_spelled)


LETTERS = string.ascii_uppercase
SAID: dict[str, st.SearchStrategy[list[WordsAndValue]]] = {
    "Cardinal": st.integers(0, 999_999).map(_whole),
    "Number": st.integers(-9_999_999, 9_999_999).map(_decimal),
    "SingleDigitInteger": st.integers(0, 9).map(_whole),
    "TwoDigitInteger": st.integers(0, 99).map(_whole),
    "Percent": st.integers(0, 100).map(lambda n: [(f"{spoken_number(n)} percent", n)]),
    "Ordinal": st.integers(1, 999).map(lambda n: [(spoken_ordinal(n), n)]),
    "SingleDigitOrdinal": st.integers(1, 9).map(lambda n: [(spoken_ordinal(n), n)]),
    "TwoDigitOrdinal": st.integers(1, 99).map(lambda n: [(spoken_ordinal(n), n)]),
    "Time": st.integers(0, 1439).map(_time),
    "Duration": st.builds(_duration, st.integers(1, 99), st.integers(1, 59)),
    "Date": st.integers(-40_000, 26_000).map(_date),
    "Colour": st.sampled_from([(way, value) for value, ways in NAMES.items() for way in ways]).map(
        lambda words: [words]
    ),
    "Digits": _text(string.digits, 1, 16),
    "PhoneNumber": _text(string.digits, 3, 15),
    "SingleLetter": _text(LETTERS, 1, 1),
    "Alphabetic": _text(LETTERS, 1, 12),
    "Alphanumeric": _text(LETTERS + string.digits, 1, 12),
}


def test_every_kind_with_values_is_here() -> None:
    assert SAID.keys() == BUILTINS.keys() - {"Words"}


@pytest.mark.parametrize("kind", SAID)
@given(data=st.data())
def test_a_value_in_words_is_that_value(kind: str, data: st.DataObject) -> None:
    for words, value in data.draw(SAID[kind]):
        assert can_be_said(kind, words), words
        assert value_of(kind, words) == value, words


@pytest.mark.parametrize(
    ("kind", "words", "value"),
    [
        ("Time", "twelve noon", "12:00"), ("Time", "twelve midnight", "00:00"),
        ("Time", "twelve o'clock midnight", "00:00"), ("Time", "fourteen hundred hours", "14:00"),
        ("Time", "oh six hundred", "06:00"),
        ("Cardinal", "one oh one", 101), ("Cardinal", "four oh four", 404),
        ("Cardinal", "two fifty", 250), ("Cardinal", "fifteen hundred", 1500),
        ("Cardinal", "a dozen", 12), ("Cardinal", "half a dozen", 6),
        ("Number", "point five", 0.5), ("Number", "minus point five", -0.5),
        ("Number", "three quarters", 0.75), ("Number", "minus two and a quarter", -2.25),
        ("Percent", "three quarters", 75), ("Percent", "a hundred percent", 100),
        ("Duration", "three hours and a half", 12_600),
        ("Duration", "two hours and a quarter", 8100),
        ("Duration", "an hour and three quarters", 6300),
        ("Duration", "two and three quarter hours", 9900),
        ("Duration", "two point five hours", 9000), ("Duration", "point five hours", 1800),
        ("Duration", "half a dozen weeks", 3_628_800), ("Duration", "five minutes thirty", 330),
        ("Date", "in a month", "2026-08-16"), ("Date", "two months ago", "2026-05-16"),
        ("Date", "next year", "2027-07-16"), ("Date", "last week", "2026-07-09"),
        ("Date", "a couple of days ago", "2026-07-14"), ("Date", "march six", "2027-03-06"),
        ("Date", "march twenty two thousand thirty", "2030-03-20"),
        ("Date", "march twenty two two thousand thirty", "2030-03-22"),
        ("Digits", "five twenty three", "523"), ("Alphanumeric", "b fifty two", "B52"),
        ("PhoneNumber", "plus four four twenty seven", "+4427"),
    ],
)  # fmt: skip
def test_what_people_say(kind: str, words: str, value: object) -> None:
    assert can_be_said(kind, words)
    assert value_of(kind, words) == value


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("Percent", "minus five percent"), ("Percent", "one hundred and one percent"),
        ("Cardinal", "minus five"), ("Cardinal", "two point five"),
        ("TwoDigitInteger", "one oh one"), ("SingleDigitInteger", "a dozen"),
        ("Duration", "one month"), ("Duration", "two years"), ("Duration", "minus two minutes"),
        ("Duration", "zero point zero hours"),
        ("Date", "february thirtieth"), ("Date", "june thirty one"), ("Date", "the thirty second"),
        ("Date", "february twenty ninth twenty twenty seven"), ("Time", "twenty five thirty"),
    ],
)  # fmt: skip
def test_what_no_kind_takes(kind: str, words: str) -> None:
    assert not can_be_said(kind, words)


@pytest.mark.parametrize(
    ("today", "words", "value"),
    [
        (date(2027, 1, 31), "in a month", "2027-02-28"),
        (date(2028, 2, 29), "in a year", "2029-02-28"),
        (date(2027, 3, 31), "last month", "2027-02-28"),
        (date(2027, 12, 15), "next month", "2028-01-15"),
        (date(2027, 1, 15), "in thirteen months", "2028-02-15"),
    ],
)
def test_months_are_counted_by_the_calendar(today: date, words: str, value: str) -> None:
    kind = builtin("Date", clock=lambda: today)
    assert isinstance(kind, Pattern)
    assert kind.interpret(words) == value
