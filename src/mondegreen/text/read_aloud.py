"""Written names to the words people say for them: numbers, symbols, acronyms, accents."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from .measures import FRACTION, MINUS, fraction_readings, marked, unit_reading
from .numbers import spoken_digits, spoken_number, spoken_ordinal, spoken_year

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
_SYMBOLS = {
    "&": " and ", "@": " at ", "%": " percent ", "=": " equals ", "°": " degrees ", "€": " euro ",
    "£": " pound ", "$": " dollar ", "#": " number ", "×": " by ", "∞": " infinity ",
}  # fmt: skip
_UNDECOMPOSED = str.maketrans({
    "æ": "ae", "œ": "oe", "ø": "o", "ß": "ss", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
    "ħ": "h", "ŋ": "ng",
})  # fmt: skip
_QUOTES = str.maketrans("’‘ʼ´`", "'''''")
_LEADING_APOSTROPHE = frozenset(
    {"'til", "'em", "'cause", "'bout", "'round", "'n", "'n'", "'tis", "'twas", "'cos"}
)
_VOWEL_LETTERS = frozenset("aeiouy")
_SHORT_CAPITAL_WORDS = frozenset(
    {"A", "I", "THE", "AND", "OF", "TO", "IN", "ON", "AT", "MY", "ME", "WE", "IS", "IT", "BE", "GO",
     "NO", "SO", "UP", "DO", "HE", "BY", "OR", "IF", "AS", "AM", "AN", "FOR", "YOU", "HER", "HIS",
     "ALL", "NEW", "OLD", "RED", "BIG", "BAD", "ONE", "TWO", "BOY", "MAN", "DAY", "LOVE", "NOT",
     "OUR", "OUT", "WHO", "WHY", "HOW", "NOW", "GET", "LET", "FUN", "SUN", "SKY", "CAN", "OH"}
)  # fmt: skip
_TOKEN = re.compile(
    r"(?:[^\W\d_]\.){2,}[^\W\d_]?"  # R.E.M.
    rf"|{FRACTION}|{MINUS}"
    r"|\d+(?:,\d{3})+(?:\.\d+)?|\d+\.\d+|\d+(?:st|nd|rd|th|'?s)\b|\d+"
    r"|'?[^\W\d_]+(?:'[^\W\d_]+)*'?"
)
_ROMAN = re.compile(r"X{0,3}(?:IX|IV|V?I{0,3})$")


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
    # Longer runs are telephone numbers and codes; nobody says them as one number.
    if (len(whole) > 1 and whole[0] == "0") or len(whole) > 12:
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


def number_readings(token: str) -> tuple[tuple[str, ...], ...]:
    """Ways to say a number as written ("182", "1,000", "3.5", "21st"), the likeliest first."""
    digits = token.replace(",", "")
    if token[-1] == "s":  # "90's", "1980s"
        words = _whole_number_readings(digits.rstrip("'s"), grouped=False)[0]
        return ((*words[:-1], _plural(words[-1])),)
    if token[-1].isalpha():
        return (_words(spoken_ordinal(int(digits[:-2]))),)
    whole, point, fraction = digits.partition(".")
    if point:
        return ((*_words(spoken_number(int(whole))), "point", *_words(spoken_digits(fraction))),)
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


def _roman(token: str) -> int:
    """Value of a Roman numeral of two letters or more up to 39, else 0; XX and XXX are names."""
    if len(token) < 2 or token in {"XX", "XXX"} or not _ROMAN.fullmatch(token):
        return 0
    values = [{"I": 1, "V": 5, "X": 10}[c] for c in token]
    following = [*values[1:], 0]
    return sum(-v if v < n else v for v, n in zip(values, following, strict=True))


def _fixed_reading(token: str, bare: str, *, first: bool, dotted: bool) -> tuple[str, ...]:
    """Words of an abbreviation, a Roman numeral or another token with a reading of its own."""
    lower = bare.lower()
    if lower in _ABBREVIATIONS and (dotted or lower in _ALWAYS_FULL):
        return tuple(_ABBREVIATIONS[lower].split())
    if not first and _roman(bare):
        return _words(spoken_number(_roman(bare)))
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


def _plain_number(character: str) -> str:
    """ASCII for a digit of any script, a space for a numeric sign such as a fraction."""
    if character.isascii() or character.isalpha() or not character.isnumeric():
        return character
    return str(unicodedata.digit(character, " "))


def _prepared(text: str) -> str:
    text = marked(text.translate(_QUOTES))
    text = unicodedata.normalize("NFKC", text)
    if not text.isascii():
        text = "".join(map(_plain_number, text))
    text = re.sub(r"(?<=[A-Za-z])\$(?=[A-Za-z])", "s", text)  # Ke$ha, A$AP
    text = re.sub(r"(?<=[A-Za-z])!(?=[A-Za-z])", "i", text)  # P!nk
    text = re.sub(r"(?<=\w)-[nN]-(?=\w)", " n' ", text)  # Salt-N-Pepa
    text = re.sub(r"(?<=\w) \+ (?=\w)", " and ", text)  # Florence + the Machine
    text = re.sub(r"(?<=\w)\+|\+(?=\d)", " plus ", text)  # Disney+
    text = re.sub(r"(?<=\d)\s?([aApP])\.?[mM]\b\.?", r" \1 m ", text)
    text = re.sub(r"\b0(?=\d:\d\d)", "", text)
    text = re.sub(r"\bNo\. ?(?=\d)", " number ", text)
    text = re.sub(r"(?<=\w) [Ss]t\.?$", " street", text)
    text = re.sub(r"\b(\d{1,2}):00\b", r"\1 o'clock ", text)
    text = re.sub(r"\b(\d{1,2}):0(\d)\b", r"\1 oh \2 ", text)
    return re.sub(r"[&@%=°€£$#×∞]", lambda m: _SYMBOLS[m[0]], text)


def spoken_readings(text: str, most: int = 3) -> tuple[tuple[str, ...], ...]:
    """Ways to say `text`, the likeliest first: "Area 182" -> area one hundred eighty two (or one
    eighty two).

    Words are lower case and keep their accents. Empty when nothing in the text can be said.
    """
    prepared = _prepared(text)
    matches = list(_TOKEN.finditer(prepared))
    shouting = _is_shouting([m[0] for m in matches])
    readings: list[tuple[str, ...]] = [()]
    for i, match in enumerate(matches):
        token = match[0]
        if token == MINUS:
            choices: tuple[tuple[str, ...], ...] = (("minus",), ("negative",))
        elif "/" in token:
            choices = fraction_readings(token)
        elif token[0].isdigit():
            choices = number_readings(token)
        elif "." in token:
            choices = (tuple(token.replace(".", "").lower()),)
        else:
            dotted = prepared[match.end() : match.end() + 1] == "."
            choices = _letters_token(token, first=i == 0, shouting=shouting, dotted=dotted)
            before = matches[i - 1] if i else None
            gap = prepared[before.end() : match.start()] if before else ""
            unit = unit_reading(token, before[0] if before else "", gap)
            choices = (unit, *choices) if unit else choices
        readings = [(*r, *c) for r in readings for c in choices][:most]
    return tuple(dict.fromkeys(r for r in readings if r))


@lru_cache(maxsize=4096)
def spoken_words(text: str) -> tuple[str, ...]:
    """The words said for a written name, lower case: "99 Luftballons" -> ninety nine luftballons.

    Empty when nothing in the text can be said.
    """
    # Most of a catalogue is plain lower-case words; they need none of the rules.
    if text.isascii() and text.islower() and text.replace(" ", "").isalpha():
        return tuple(text.split())
    readings = spoken_readings(text, 1)
    return readings[0] if readings else ()
