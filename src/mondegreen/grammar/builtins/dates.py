"""Dates: "tomorrow", "next monday", "the fourth of july", "in two weeks" → "YYYY-MM-DD"."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

from ...text.numbers import ORDINALS, UNITS, VALUES, parse_cardinal, parse_ordinal, spoken_year
from ..expression import Expression
from .numeric import cardinal, number_piece, ordinal, ordinal_piece
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
_UNITS = ("day", "week", "month", "year")
_HOLIDAYS = (
    "christmas", "christmas eve", "christmas day", "boxing day", "new year's eve",
    "new year's day", "easter", "easter monday", "good friday", "halloween", "thanksgiving",
    "valentine's day", "mother's day", "father's day", "my birthday",
)  # fmt: skip
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
    month_first = seq(month, either(seq(maybe("the"), day), cardinal(low, high)))
    day_and_month = either(month_first, seq(maybe("the"), day, "of", month))
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
        seq(either("next", "last"), either("week", "month", "year")),
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
    plural = any_of(unit + "s" for unit in _UNITS)
    return either(
        seq(either("a", "one"), any_of(_UNITS)),
        seq(cardinal(2, 99), plural),
        seq("a couple of", plural),
    )


def date_piece() -> Expression:
    """A piece of a day that no calendar has, and feasts; see Near."""
    month = any_of(MONTHS)
    units = (*_UNITS, "hour", "decade")
    one = seq(either("a", "an", "one", "half a"), any_of(units))
    many = seq(maybe("a few"), any_of(unit + "s" for unit in units))
    return either(
        number_piece(),
        seq(maybe("the"), ordinal_piece()),
        seq(maybe("of"), month),
        one,
        many,
        "ago",
        "from now",
        seq(any_of(WEEKDAYS), maybe("after next")),
        any_of(_HOLIDAYS),
    )


def read_date(text: str, today: date) -> str:
    """The date said, as "YYYY-MM-DD", counted from `today`.

    A weekday alone is the first one after today; "this friday" may be today; "next friday" is the
    one of the next calendar week (Monday first); "last friday" the latest one before today. "Next
    month" is this day of the next month, or its last one where it has no such day. A date without
    a year, and "the fifth" alone, is the first such day from today on.
    Raises ValueError for words that are not a date.
    """
    return _day(text, text.split(), today).isoformat()


def _day(text: str, words: list[str], today: date) -> date:
    month = next((m for m in words if m in MONTHS), None)
    if text in _NEAR:
        return today + timedelta(_NEAR[text])
    if any(word in WEEKDAYS for word in words):
        return _weekday(words, today)
    if month is not None:
        return _day_of_month(words, month, today)
    if words[0] in ("in", "next", "last") or words[-1] in ("now", "today", "ago"):
        return _at_distance(words, today)
    day = parse_ordinal(words[1:])
    return _first_from(today, lambda d: d.day == day)


def _at_distance(words: list[str], today: date) -> date:
    """ "in two weeks", "a month ago", "next year"."""
    unit_at = next(i for i, w in enumerate(words) if w.removesuffix("s") in _UNITS)
    number = [w for w in words[:unit_at] if w not in ("in", "next", "last")]
    count = 2 if "couple" in number else parse_cardinal(number or ["one"])
    back = words[0] == "last" or words[-1] == "ago"
    return _moved(today, -count if back else count, words[unit_at].removesuffix("s"))


def _weekday(words: list[str], today: date) -> date:
    day = next(WEEKDAYS.index(w) for w in words if w in WEEKDAYS)
    ahead = (day - today.weekday()) % 7
    which = next((w for w in words if w in ("this", "next", "last")), "")
    if which == "next":
        return today - timedelta(today.weekday()) + timedelta(7 + day)
    if which == "last":
        return today - timedelta(7 - ahead)
    return today + timedelta(ahead if which == "this" or ahead else 7)


def _moved(today: date, count: int, unit: str) -> date:
    """So many units from today; a month that has no such day gives its last one."""
    if unit in ("day", "week"):
        return today + timedelta(count * (7 if unit == "week" else 1))
    months = today.year * 12 + today.month - 1 + count * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


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
        rest = rest[1:] if rest[0] == "the" else rest
        ten = rest[0] in ("twenty", "thirty") and _is_unit(rest[1:])
        day_words, year_words = rest[: 1 + ten], rest[1 + ten :]
    day_words = [w for w in day_words if w != "the"]
    is_ordinal = day_words[-1] in ORDINALS
    day = parse_ordinal(day_words) if is_ordinal else parse_cardinal(day_words)
    if year_words:
        return date(_read_year(year_words), number, day)
    return _first_from(today, lambda d: d.day == day and d.month == number)


def _is_unit(words: list[str]) -> bool:
    """Whether words after a ten go on with its unit, and not with the year two thousand."""
    if not words or words[:2] == ["two", "thousand"]:
        return False
    return 1 <= VALUES.get(words[0], ORDINALS.get(words[0], 0)) <= 9


def _read_year(words: list[str]) -> int:
    if "thousand" in words:
        return parse_cardinal(words)
    century = VALUES[words[0]] * 100
    rest = [w for w in words[1:] if w not in ("hundred", "oh")]
    return century + (parse_cardinal(rest) if rest else 0)


def date_reader(clock: Clock) -> Callable[[str], str]:
    """`read_date` against a clock that is asked each time."""
    return lambda text: read_date(text, clock())
