"""Dates: "tomorrow", "next monday", "the fourth of july", "in two weeks" → "YYYY-MM-DD"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from ...text.numbers import UNITS, VALUES, parse_cardinal, parse_ordinal, spoken_year
from ..expression import Expression
from .numeric import cardinal, ordinal
from .pieces import any_of, either, maybe, seq

Clock = Callable[[], date]

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_NEAR = {
    "the day before yesterday": -2, "yesterday": -1, "today": 0, "tomorrow": 1,
    "the day after tomorrow": 2,
}  # fmt: skip
_LEAP_YEARS = tuple(range(1904, 2100, 4))


def _year() -> Expression:
    """1900 to 2099."""
    tail = either("hundred", seq("oh", any_of(UNITS[1:10])), cardinal(10, 99))
    thousand = seq("two thousand", maybe(seq(maybe("and"), cardinal(1, 99))))
    return either(seq("nineteen", tail), seq("twenty", cardinal(10, 99)), thousand)


def _leap_year() -> Expression:
    return any_of(spoken_year(year) for year in _LEAP_YEARS)


def _in_month(months: list[str], low: int, high: int, year: Expression) -> Expression:
    """A day of one of these months, said day first or month first, with an optional year."""
    month, day = any_of(months), ordinal(low, high)
    day_and_month = either(seq(month, maybe("the"), day), seq(maybe("the"), day, "of", month))
    return seq(day_and_month, maybe(year))


def calendar_date() -> Expression:
    """Every way to say a date that this type knows; see docs/formats.md."""
    by_length: dict[int, list[str]] = {}
    for month, longest in zip(MONTHS, _LONGEST, strict=True):
        by_length.setdefault(longest, []).append(month)
    parts: list[Expression | str] = [
        any_of(_NEAR),
        seq(maybe("this", "next", "last"), any_of(WEEKDAYS)),
        seq(any_of(WEEKDAYS), "next week"),
        "next week",
        seq("in", _span()),
        seq(_span(), "from", either("now", "today")),
        seq(_span(), "ago"),
        seq("the", ordinal(1, 31)),
    ]
    for longest, months in by_length.items():
        parts.append(_in_month(months, 1, 28 if longest == 29 else longest, _year()))
    parts.append(_in_month(["february"], 29, 29, _leap_year()))
    return either(*parts)


def _span() -> Expression:
    return either(
        seq(either("a", "one"), either("day", "week")),
        seq(cardinal(2, 99), either("days", "weeks")),
    )


def read_date(text: str, today: date) -> str:
    """The date said, as "YYYY-MM-DD", counted from `today`.

    A weekday alone is the first one after today; "this friday" may be today; "next friday" is the
    one of the next calendar week (Monday first); "last friday" the latest one before today. A date
    without a year, and "the fifth" alone, is the first such day from today on.
    Raises ValueError for words that are not a date.
    """
    words = text.split()
    if text in _NEAR:
        return (today + timedelta(_NEAR[text])).isoformat()
    if words[-1] in WEEKDAYS:
        return _weekday(words, today).isoformat()
    if text.endswith("next week"):
        monday = today - timedelta(today.weekday()) + timedelta(7)
        in_next_week = (
            monday + timedelta(WEEKDAYS.index(words[0]))
            if len(words) == 3
            else today + timedelta(7)
        )
        return in_next_week.isoformat()
    if words[0] == "in" or words[-1] in ("now", "today", "ago"):
        days = _span_days([w for w in words if w not in ("in", "from", "now", "today", "ago")])
        return (today + timedelta(-days if words[-1] == "ago" else days)).isoformat()
    month = next((m for m in words if m in MONTHS), None)
    if month is None:
        day = parse_ordinal(words[1:])
        return _first_from(today, lambda d: d.day == day).isoformat()
    return _day_of_month(words, month, today).isoformat()


def _weekday(words: list[str], today: date) -> date:
    ahead = (WEEKDAYS.index(words[-1]) - today.weekday()) % 7
    which = words[0] if len(words) > 1 else ""
    if which == "next":
        return today - timedelta(today.weekday()) + timedelta(7 + WEEKDAYS.index(words[-1]))
    if which == "last":
        return today - timedelta(7 - ahead)
    return today + timedelta(ahead if which == "this" or ahead else 7)


def _span_days(words: list[str]) -> int:
    count = 1 if words[0] in ("a", "one") else parse_cardinal(words[:-1])
    return count * (7 if words[-1].startswith("week") else 1)


def _first_from(today: date, fits: Callable[[date], bool]) -> date:
    """The first fitting day from today on; 29 February is at most eight years away."""
    for ahead in range(8 * 366):
        day = today + timedelta(ahead)
        if fits(day):
            return day
    raise ValueError("no such day in the next eight years")


def _day_of_month(words: list[str], month: str, today: date) -> date:
    at = words.index(month)
    number = MONTHS.index(month) + 1
    if at and words[at - 1] == "of":
        day_words, year_words = words[: at - 1], words[at + 1 :]
    else:
        rest = words[at + 1 :]
        # A day is one word, or a ten and a unit; what follows is the year.
        start = 1 if rest[0] == "the" else 0
        length = 2 if rest[start] in ("twenty", "thirty") else 1
        day_words, year_words = rest[start : start + length], rest[start + length :]
    day = parse_ordinal([w for w in day_words if w != "the"])
    if year_words:
        return date(_read_year(year_words), number, day)
    return _first_from(today, lambda d: d.day == day and d.month == number)


def _read_year(words: list[str]) -> int:
    if "thousand" in words:
        return parse_cardinal(words)
    century = VALUES[words[0]] * 100
    rest = [w for w in words[1:] if w not in ("hundred", "oh")]
    return century + (parse_cardinal(rest) if rest else 0)


def date_reader(clock: Clock) -> Callable[[str], str]:
    """`read_date` against a clock that is asked each time."""
    return lambda text: read_date(text, clock())
