"""Time of day: "half past seven", "quarter to nine p m", "noon" → "HH:MM"."""

from __future__ import annotations

from ...text.numbers import TENS, UNITS, VALUES, parse_cardinal
from ..expression import Expression
from .numeric import cardinal, number_piece
from .pieces import any_of, either, maybe, seq

_NAMED = {"noon": 720, "midday": 720, "midnight": 0}
_PAST = ("past", "after")
_TO = ("to", "till", "before")
_STRANGE = ("sunrise", "sunset", "dawn", "dusk", "breakfast time", "lunch time", "dinner time")
_DAY_PARTS = ("a m", "p m", "in the morning", "in the afternoon", "in the evening", "at night")


def time_of_day() -> Expression:
    """Every way to say a time that this type knows; see docs/formats.md."""
    hour = any_of(UNITS[1:13])
    minutes = either(seq("oh", any_of(UNITS[1:10])), cardinal(10, 59))
    fraction = either(
        "half past",
        seq(maybe("a"), "quarter", either(*_PAST, *_TO, "of")),
        seq(cardinal(1, 29), maybe("minutes", "minute"), either(*_PAST, *_TO)),
    )
    noon_or_midnight = any_of(_NAMED)
    twelve_hour = seq(
        either(
            seq(hour, maybe("o'clock")),
            seq(hour, minutes),
            seq(fraction, hour),
        ),
        maybe(*_DAY_PARTS),
    )
    late = seq(cardinal(13, 23), maybe(minutes, "o'clock"))
    early = seq(either("oh", "zero"), either(any_of(UNITS[1:10]), "zero"), minutes)
    o_hundred = seq(either("oh", "zero"), any_of(UNITS[1:10]))
    hundred = seq(either(o_hundred, cardinal(10, 23)), "hundred", maybe("hours"))
    twelve = seq(maybe("twelve", "twelve o'clock"), noon_or_midnight)
    return either(twelve_hour, late, early, hundred, twelve, seq(fraction, noon_or_midnight))


def time_piece() -> Expression:
    """A piece of a time that no clock shows, and times that depend on the day; see Near."""
    turn = seq(maybe("minutes", "minute"), either(*_PAST, *_TO, "of"))
    after = seq(turn, either(any_of(_NAMED), *UNITS, *TENS[2:]))
    return either(number_piece(), after, any_of(_NAMED), "o'clock", *_DAY_PARTS, *_STRANGE)


def read_time(text: str) -> str:
    """The time said, as "HH:MM" on the 24-hour clock.

    A time without "a m", "p m" or a part of the day stays as it was said: "seven thirty" is
    "07:30", "twelve" is "12:00". Raises ValueError for words that are not a time.
    """
    for part in _DAY_PARTS:
        if text.endswith(" " + part):
            return _format(_in_day_part(_minutes(text.removesuffix(part).split()), part))
    return _format(_minutes(text.split()))


def _format(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _in_day_part(minutes: int, part: str) -> int:
    """Choose the half of the day; midnight to six is night, the rest of the night is evening."""
    minutes %= 720
    if part == "at night":
        return minutes if minutes < 360 else minutes + 720
    return minutes if part in ("a m", "in the morning") else minutes + 720


def _minutes(words: list[str]) -> int:
    """Minutes since midnight, as said."""
    words = [w for w in words if w not in ("o'clock", "minute", "minutes", "hundred", "hours")]
    if words[0] == "twelve" and words[-1] in _NAMED:
        return _NAMED[words[-1]]
    for turn in (*_PAST, *_TO, "of"):
        if turn in words:
            at = words.index(turn)
            offset = _offset([w for w in words[:at] if w != "a"])
            base = _hour(words[at + 1 :])
            if turn in _PAST:
                return base + offset
            return _before(base, offset)
    if words[0] in ("oh", "zero") and len(words) > 1:
        hour = 0 if words[1] == "zero" else VALUES[words[1]]
        return hour * 60 + (_offset(words[2:]) if words[2:] else 0)
    for length in (2, 1):  # "twenty three oh five": the longest hour that is one
        head = words[:length]
        # Only "twenty" begins an hour of two words: "one twenty" is 1:20, not 21:00.
        if length == 2 and head[0] != "twenty":
            continue
        try:
            hour = parse_cardinal(head) if head[0] not in _NAMED else -1
        except ValueError:
            continue
        if length > len(words) or hour > 23:
            continue
        if hour >= 0:
            return hour * 60 + (_offset(words[length:]) if words[length:] else 0)
    return _hour(words)


def _before(base: int, offset: int) -> int:
    """`offset` minutes before an hour, staying on the clock that was named: ten to one is 12:50."""
    if base in (0, 720):
        return (base - offset) % 1440 if base == 0 else base - offset
    minutes = base - offset
    return minutes + 720 if minutes < 60 and base == 60 else minutes


def _offset(words: list[str]) -> int:
    if words == ["half"]:
        return 30
    if words == ["quarter"]:
        return 15
    return parse_cardinal(words[1:] if words[0] == "oh" else words)


def _hour(words: list[str]) -> int:
    if words[0] in _NAMED:
        return _NAMED[words[0]]
    return parse_cardinal(words) * 60
