"""Written names to the words people say for them: numbers, symbols, acronyms, accents."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from . import addresses
from .addresses import DIALLED, MONTHS, dialled_readings
from .measures import FRACTION, MINUS, RULES, fraction_readings, unit_reading
from .numbers import VALUES, spoken_digits, spoken_number, spoken_ordinal, spoken_year
from .numerals import numeral_readings, roman
from .symbols import EARLY, LATE
from .traced import Rule, Traced

_ABBREVIATIONS = {
    "mr": "mister", "mrs": "missus", "ms": "miz", "dr": "doctor", "st": "saint", "jr": "junior",
    "sr": "senior", "vs": "versus", "ft": "featuring", "feat": "featuring", "pt": "part",
    "vol": "volume", "mt": "mount", "prof": "professor", "etc": "et cetera",
    "sgt": "sergeant", "capt": "captain", "lt": "lieutenant", "rev": "reverend", "ave": "avenue",
    "jan": "january", "feb": "february", "apr": "april", "aug": "august", "sep": "september",
    "sept": "september", "oct": "october", "nov": "november", "dec": "december", "mon": "monday",
    "tue": "tuesday", "tues": "tuesday", "wed": "wednesday", "thu": "thursday", "fri": "friday",
}  # fmt: skip
# These are said in full even when the full stop is missing; the others are words without it.
_ALWAYS_FULL = frozenset({"mr", "mrs", "dr", "jr", "sr", "vs", "sgt", "feat"})
_UNDECOMPOSED = str.maketrans({
    "æ": "ae", "œ": "oe", "ø": "o", "ß": "ss", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
    "ħ": "h", "ŋ": "ng",
})  # fmt: skip
_LEADING_APOSTROPHE = frozenset(
    {"'til", "'em", "'cause", "'bout", "'round", "'n", "'n'", "'tis", "'twas", "'cos"}
)
_EMERGENCY = frozenset({"911", "999", "112"})
_SPELLED = frozenset({"tv", "dvd", "cd", "pc", "usb", "ac", "pm"})
"""Spelled in small letters too: no English words. So is "am" behind a number."""
_VOWEL_LETTERS = frozenset("aeiouy")
_SHORT_CAPITAL_WORDS = frozenset(
    {"A", "I", "THE", "AND", "OF", "TO", "IN", "ON", "AT", "MY", "ME", "WE", "IS", "IT", "BE", "GO",
     "NO", "SO", "UP", "DO", "HE", "BY", "OR", "IF", "AS", "AM", "AN", "FOR", "YOU", "HER", "HIS",
     "ALL", "NEW", "OLD", "RED", "BIG", "BAD", "ONE", "TWO", "BOY", "MAN", "DAY", "LOVE", "NOT",
     "OUR", "OUT", "WHO", "WHY", "HOW", "NOW", "GET", "LET", "FUN", "SUN", "SKY", "CAN", "OH"}
)  # fmt: skip
_TOKEN = re.compile(
    r"(?:[^\W\d_]\.){2,}[^\W\d_]?"  # R.E.M.
    rf"|{FRACTION}|{MINUS}|{DIALLED}\d+"
    r"|\d+(?:,\d{3})+(?:\.\d+)?|\d+\.\d+|\d+(?:st|nd|rd|th|'?s)\b|\d+"
    r"|'?[^\W\d_]+(?:'[^\W\d_]+)*'?"
)


_MOST_DIGITS = 12
"""Longer runs are telephone numbers and codes; nobody says them as one number."""
# Basic Latin to Latin Extended-B, what İ leaves when it is lowered, and Vietnamese.
_LATIN = re.compile(r"['a-z0-9\u00df-\u024f\u0300-\u036f\u1e00-\u1eff]+")


def fold_accents(text: str) -> str:
    """Lower case with accents taken off: "Beyoncé" -> "beyonce", "Sigur Rós" -> "sigur ros"."""
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    plain = unicodedata.normalize("NFKD", lowered.translate(_UNDECOMPOSED))
    return "".join(c for c in plain if not unicodedata.combining(c))


def is_latin(word: str) -> bool:
    """Whether all letters of a lower-case word are Latin ones, with any accents.

    Of other scripts the English pronouncer reads none, or makes sounds that nobody says.
    """
    return _LATIN.fullmatch(word) is not None


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _plural(number: str) -> str:
    if number.endswith("y"):
        return number[:-1] + "ies"
    return number + ("es" if number.endswith("x") else "s")


def _whole_number_readings(whole: str, *, grouped: bool) -> tuple[tuple[str, ...], ...]:
    if len(whole) > 1 and whole[0] == "0":
        return (_words(spoken_digits(whole)),)
    value = int(whole)
    cardinal = _words(spoken_number(value))
    if not grouped and len(whole) == 4 and 1100 <= value <= 2099:
        return tuple(dict.fromkeys((_words(spoken_year(value)), cardinal)))
    if len(whole) == 3 and value % 100:
        hundreds, tail = divmod(value, 100)
        oh = ("oh",) if tail < 10 else ()
        short = (*_words(spoken_number(hundreds)), *oh, *_words(spoken_number(tail)))
        return cardinal, short
    return (cardinal,)


def number_readings(token: str, before: str = "") -> tuple[tuple[str, ...], ...]:
    """Ways to say a number as written ("182", "1,000", "3.5", "21st"), the likeliest first.

    Behind the name of a month, which `before` may be, a day is an ordinal.
    """
    digits = token.replace(",", "")
    whole, point, fraction = digits.rstrip("'sthndr").partition(".")
    if point or len(whole) > _MOST_DIGITS:
        long = len(whole) > _MOST_DIGITS
        before_point = spoken_digits(whole) if long else spoken_number(int(whole))
        after = ("point", *_words(spoken_digits(fraction))) if point else ()
        return ((*_words(before_point), *after),)
    if token[-1] == "s":  # "90's", "1980s"
        words = _whole_number_readings(digits.rstrip("'s"), grouped=False)[0]
        return ((*words[:-1], _plural(words[-1])),)
    if token[-1].isalpha():
        return (_words(spoken_ordinal(int(digits[:-2]))),)
    month = before.lower() in MONTHS and before not in {"may", "march"}  # verbs in small letters
    if month and digits.isdigit() and len(digits) <= 2 and 1 <= int(digits) <= 31:
        return _words(spoken_ordinal(int(digits))), _words(spoken_number(int(digits)))
    if token in _EMERGENCY:
        return (_words(spoken_digits(token)), *_whole_number_readings(token, grouped=False)[::-1])
    return _whole_number_readings(whole, grouped="," in token)


def _is_shouting(tokens: list[str]) -> bool:
    words = [t for t in tokens if t[0].isalpha() and len(t) > 1]
    capitals = [w for w in words if w.isupper()]
    return len(capitals) == len(words) and any(
        len(w) > 5 or w in _SHORT_CAPITAL_WORDS for w in capitals
    )


def _is_spelled_out(token: str, shouting: bool) -> bool:
    """Whether capitals are letter names ("AC", "MGMT", "YMCA") rather than a word ("ABBA")."""
    if not (token.isupper() and token.isascii() and token.isalpha() and 2 <= len(token) <= 5):
        return False
    lower = token.lower()
    if not _VOWEL_LETTERS & set(lower):
        return True
    if shouting or (token in _SHORT_CAPITAL_WORDS and token != "AM"):
        return False
    # Three consonants in a row at the start are no English word except str-, thr-, sch- and kin.
    tangled = re.match(r"(?!s[cpt][hlr]|[pt]h[lr]|sch)[^aeiou]{3}", lower) is not None
    return len(token) <= 3 or tangled


def _fixed_reading(token: str, bare: str, *, first: bool, dotted: bool) -> tuple[str, ...]:
    """Words of an abbreviation, a Roman numeral or another token with a reading of its own."""
    lower = bare.lower()
    if lower in _ABBREVIATIONS and (dotted or lower in _ALWAYS_FULL):
        return tuple(_ABBREVIATIONS[lower].split())
    if not first and roman(bare):
        return _words(spoken_number(roman(bare)))
    if token.lower() in {"'n'", "'n", "n'"}:
        return ("n'",)
    return ("okay",) if token == "OK" else ()


def _letters_token(
    token: str, *, first: bool, shouting: bool, dotted: bool
) -> tuple[tuple[str, ...], ...]:
    bare = token.strip("'")
    fixed = _fixed_reading(token, bare, first=first, dotted=dotted)
    lower = bare.lower()
    if fixed:
        return (fixed,)
    if _is_spelled_out(bare, shouting):
        # Some say NAS as a word.
        is_word = len(bare) > 2 and not _VOWEL_LETTERS.isdisjoint(lower)
        return (tuple(lower), (lower,)) if is_word else (tuple(lower),)
    if token.lower() in _LEADING_APOSTROPHE:
        return ((token.lower(),),)
    clipped = token.endswith("'") and lower.endswith(("in", "ol")) and len(lower) > 2
    return ((lower + "'",),) if clipped else ((lower,),)


def _plain_number(written: re.Match[str]) -> str:
    """ASCII for a digit of any script, a space for a numeric sign such as a fraction."""
    character = written[0]
    if character.isalpha() or not character.isnumeric():
        return character
    return str(unicodedata.digit(character, " "))


def _hour(written: re.Match[str]) -> str:
    hour = int(written[1])
    return f"{hour} o'clock " if 1 <= hour <= 12 else f"{hour} hundred "


_BEFORE: tuple[Rule, ...] = (
    (re.compile(r"\d{40}(?=\d)"), r"\g<0> "),  # rules look through each run again from each digit
    (re.compile("[’‘ʼ´`]"), "'"),
    *EARLY, *addresses.RULES, *RULES,
)  # fmt: skip
_AFTER: tuple[Rule, ...] = (
    (re.compile(r"[^\x00-\x7f]"), _plain_number),
    (re.compile(r"(?<=[A-Za-z])\$(?=[A-Za-z])"), "s"),  # Ke$ha, A$AP
    (re.compile(r"(?<=[A-Za-z])!(?=[A-Za-z])"), "i"),  # P!nk
    (re.compile(r"(?<=\w)-[nN]-(?=\w)"), " n' "),  # Salt-N-Pepa
    (re.compile(r"(?<=[A-Za-z]) \+ (?=\w)"), " and "),  # Florence + the Machine
    (re.compile(r"(?<=\w)\s?\+\s?(?=\d)|(?<=\w)\+|\+(?=\d)"), " plus "),  # Disney+
    (re.compile(r"\b(\d{1,2})\.([0-5]\d)(?=\s?[aApP]\.?[mM]\b)"), r"\1:\2"),
    (re.compile(r"\b(\d{1,2}):00(?=\s?[aApP]\.?[mM]\b)"), r"\1"),
    (re.compile(r"(?<=\d)\s?([aApP])\.?[mM]\b\.?"), r" \1 m "),
    (re.compile(r"\b0(?=\d:\d\d)"), ""),
    (re.compile(r"\bNo\. ?(?=\d)"), " number "),
    (re.compile(r"(?<=\w) [Ss]t\.?$"), " street"),
    (re.compile(r"\b([01]?\d|2[0-4]):00\b(?!:)"), _hour),
    (re.compile(r"\b(\d{1,2}):0(\d)\b"), r"\1 oh \2 "),
    *LATE,
)


class Token(NamedTuple):
    """A piece of a text that is said by itself, in one way or several."""

    readings: tuple[tuple[str, ...], ...]
    at: tuple[int, int]
    """Its characters in the text."""


def tokens(text: str) -> Iterator[Token]:
    """What is said for each piece of a text, in order: the likeliest reading first."""
    traced = Traced.of(text).rewritten(_BEFORE).composed().rewritten(_AFTER)
    prepared = traced.text
    matches = list(_TOKEN.finditer(prepared))
    shouting = _is_shouting([m[0] for m in matches])
    for i, match in enumerate(matches):
        before = matches[i - 1] if i else None
        following = matches[i + 1][0] if i + 1 < len(matches) else ""
        token = match[0]
        if token == MINUS:
            choices: tuple[tuple[str, ...], ...] = (("minus",), ("negative",))
        elif token[0] == DIALLED:
            choices = dialled_readings(token[1:])
        elif "/" in token:
            choices = fraction_readings(token, following)
        elif token[0].isdigit():
            choices = number_readings(token, before[0] if before else "")
        elif "." in token:
            choices = (tuple(token.replace(".", "").lower()),)
        else:
            choices = _word_readings(prepared, match, before, shouting=shouting, last=not following)
        yield Token(choices, traced.origin(*match.span()))


def _word_readings(
    prepared: str,
    match: re.Match[str],
    before: re.Match[str] | None,
    *,
    shouting: bool,
    last: bool,
) -> tuple[tuple[str, ...], ...]:
    """Ways to say letters: as a word, spelled, as a numeral or as a unit."""
    token = match[0]
    if token in _SPELLED or (token == "am" and before and before[0].lower() in VALUES):
        return tuple(token), (token,)  # a grammar may have the one or the other
    dotted = prepared[match.end() : match.end() + 1] == "."
    choices = _letters_token(token, first=before is None, shouting=shouting, dotted=dotted)
    if before is None:
        return choices
    numeral = numeral_readings(token.strip("'"), before[0], last=last)
    if numeral:
        return numeral
    gap = prepared[before.end() : match.start()]
    unit = unit_reading(token, before[0], gap)
    if not unit and token == "in" and dotted and before[0][-1].isdigit():
        unit = ("inch",) if before[0] == "1" else ("inches",)
    return (unit, *choices) if unit else choices


def spoken_readings(text: str, most: int = 3) -> tuple[tuple[str, ...], ...]:
    """Ways to say `text`, the likeliest first: "Area 182" -> area one hundred eighty two (or one
    eighty two).

    Words are lower case and keep their accents. Empty when nothing in the text can be said.
    """
    readings: list[tuple[str, ...]] = [()]
    for token in tokens(text):
        readings = [(*r, *c) for r in readings for c in token.readings][:most]
    return tuple(dict.fromkeys(r for r in readings if r))


@lru_cache(maxsize=4096)
def spoken_words(text: str) -> tuple[str, ...]:
    """The words said for a written name, lower case: "99 Luftballons" -> ninety nine luftballons.

    Empty when nothing in the text can be said.
    """
    # Most of a catalogue is plain lower-case words; they need none of the rules.
    if text.isascii() and text.islower() and text.replace(" ", "").isalpha():
        words = tuple(text.split())
        if _SPELLED.isdisjoint(words) and "am" not in words:
            return words
    readings = spoken_readings(text, 1)
    return readings[0] if readings else ()
