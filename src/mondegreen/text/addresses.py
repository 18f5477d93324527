"""Telephone numbers, e-mail and web addresses, dates in figures: each written out by a rule."""

from __future__ import annotations

import re

from .numbers import spoken_digits, spoken_number
from .traced import Rule

DIALLED = "\ue000"
"""Stands before a run of digits that is said digit by digit."""
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
MONTHS = frozenset(_MONTHS)
_SIGNS = {
    ".": "dot", "@": "at", "/": "slash", "-": "dash", "_": "underscore", ":": "colon", "+": "plus",
    "?": "question mark", "=": "equals", "&": "and", "#": "hash", "~": "tilde", "%": "percent",
}  # fmt: skip
_SIGN = re.compile(rf"([{re.escape(''.join(_SIGNS))}])")
_SAID_AS_WORDS = frozenset({"co", "me", "my", "to", "go", "we", "be", "is", "it", "on", "at"})
_ENDING = r"(?:com|org|net|edu|gov|io|uk|de|fr|tv|ai|app|dev|info|biz|eu)\b"
_PATH = r"(?:[/?#][\w./?=&#~%+-]*[\w/])?"
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b", re.ASCII)
_WEB = re.compile(
    rf"\b(?:https?://|www\.)[\w-]+(?:\.[\w-]+)*(?::\d+)?{_PATH}"
    rf"|(?<![\w.@])[a-z][\w-]+(?:\.[\w-]+)*\.{_ENDING}(?!\.\w){_PATH}",
    re.ASCII | re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<![\w.,/-])(?:"
    r"\+\d{1,3}(?:[ .-]?\(?\d+\)?){2,}"
    r"|(?:1[-. ])?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}"
    r"|\d{3}-\d{4}|0\d{2,4} \d{3,4} \d{3,4}|[1-9]\d{9,10})(?![\w/-]|[.,:]\d)"
)
_CALLED = re.compile(r"\b((?:call|dial|phone|ring|fax) )(\d{3,15})\b(?![.,:/-]\d)", re.IGNORECASE)
_ISO_DATE = re.compile(r"(?<![\w-])(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?![\w-])")
_DOTTED_DATE = re.compile(r"(?<![\w.])(\d{1,2})\.(\d{1,2})\.((?:19|20)\d\d)(?![\w]|\.\d)")
_MONTH_NAMES = {month[:3]: month for month in _MONTHS} | {"sept": "september"}
_MONTH_BEFORE_DAY = re.compile(
    r"\b(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.? (?=\d{1,2}(?:st|nd|rd|th)?\b)"
)
_NETWORK = re.compile(r"(?<![\w.])(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?![\w]|\.\d)")
_VERSION = re.compile(r"(?<![\d.,])(\d+(?:\.\d+){2,})(?![\d,])")


def _address(written: re.Match[str]) -> str:
    spoken_parts: list[str] = []
    for part in _SIGN.split(written[0]):
        if part in _SIGNS:
            spoken_parts.append(_SIGNS[part])
        elif part.lower() in ("www", "http", "https") or (
            len(part) == 2 and part.isalpha() and part.lower() not in _SAID_AS_WORDS
        ):
            spoken_parts += part.lower()
        else:
            spoken_parts.append(part)
    return f" {' '.join(spoken_parts)} "


def _dialled(written: re.Match[str]) -> str:
    plus = " plus" if written[0].startswith("+") else ""
    return f"{plus} {DIALLED}{re.sub('[^0-9]', '', written[0])} "


def _iso_date(written: re.Match[str]) -> str:
    year, month, day = written.groups()
    ending = {"01": "st", "21": "st", "31": "st", "02": "nd", "22": "nd", "03": "rd", "23": "rd"}
    return f" {_MONTHS[int(month) - 1]} {int(day)}{ending.get(day, 'th')} {year} "


def _version(written: re.Match[str]) -> str:
    parts = written[1].split(".")
    if len(parts[0]) <= 3 and all(len(part) == 3 for part in parts[1:]):
        return "".join(parts)  # 1.000.000, as Germans group digits
    return " point ".join(parts)


def _network(written: re.Match[str]) -> str:
    return f" {' dot '.join(f'{DIALLED}{part}' for part in written.groups())} "


RULES: tuple[Rule, ...] = (
    (_MAIL, _address),
    (_WEB, _address),
    (_PHONE, _dialled),
    (_CALLED, rf"\1 {DIALLED}\2 "),
    (_ISO_DATE, _iso_date),
    (_DOTTED_DATE, r" \1 \2 \3 "),
    (_NETWORK, _network),
    (_VERSION, _version),
    (_MONTH_BEFORE_DAY, lambda m: f"{_MONTH_NAMES[m[1].lower()]} "),
)


def dialled_readings(digits: str) -> tuple[tuple[str, ...], ...]:
    """Ways to say a telephone number: digits, its noughts "zero" or "oh"; 800 may be a whole."""
    plain = tuple(spoken_digits(digits).split())
    oh = tuple("oh" if word == "zero" else word for word in plain)
    ways = [plain, oh]
    if len(digits) in (10, 11) and digits[-10:-7] == "800":
        head = tuple(spoken_digits(digits[:-10]).split())
        rest = tuple(spoken_digits(digits[-7:]).split())
        ways.append((*head, *spoken_number(800).split(), *rest))
    return tuple(dict.fromkeys(ways))


__all__ = ["DIALLED", "MONTHS", "RULES", "dialled_readings"]
