"""From written text to the words people say: lower case, digits spelt out, symbols named."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from .expression import EMPTY, Choice, Expression, Sequence, Word
from .numbers import number_readings, spoken_digits, spoken_number, spoken_ordinal

# Written symbols that stand for a word; the rest of the punctuation is silent.
_SYMBOLS = {
    "&": "and", "+": "plus", "%": "percent", "@": "at", "=": "equals", "°": "degrees",
}  # fmt: skip
_CURRENCY = {"$": ("dollar", "dollars"), "€": ("euro", "euros"), "£": ("pound", "pounds")}
_PLAIN = re.compile(r"[a-z]+(?:'[a-z]+)*(?: [a-z]+(?:'[a-z]+)*)*")
_TOKEN = re.compile(
    r"""(?P<money>[$€£]\d+)
      | (?P<ordinal>\d+(?:st|nd|rd|th)\b)
      | (?P<clock>\d{1,2}:\d\d)
      | (?P<decimal>\d+\.\d+)
      | (?P<grouped>\d{1,3}(?:,\d{3})+)
      | (?P<digits>\d+)
      | (?P<number>\#(?=\d)|№)
      | (?P<initials>(?:[a-z]\.){2,})
      | (?P<word>'?[a-z]+(?:'[a-z]+)*'?)
      | (?P<symbol>[&+%@=°])
    """,
    re.VERBOSE,
)


def _folded(text: str) -> str:
    """Lower case, plain apostrophes, accents removed (the pronunciation lexicon is English)."""
    text = text.replace("’", "'").replace("‘", "'").lower()
    if text.isascii():
        return text
    # Letters that Unicode does not decompose.
    for letter, plain in (("ß", "ss"), ("ø", "o"), ("æ", "ae"), ("œ", "oe"), ("đ", "d"), ("ł", "l")):
        text = text.replace(letter, plain)
    kept = unicodedata.normalize("NFKD", text)
    return "".join(c for c in kept if not unicodedata.combining(c))


def _clock(text: str) -> str:
    hour, minute = (int(part) for part in text.split(":"))
    if minute == 0:
        return f"{spoken_number(hour)} o'clock" if 1 <= hour <= 12 else spoken_number(hour)
    return f"{spoken_number(hour)} {'oh ' if minute < 10 else ''}{spoken_number(minute)}"


def _readings(kind: str, text: str) -> list[str]:
    """The ways to say one written token, plainest first."""
    if kind == "money":
        one, many = _CURRENCY[text[0]]
        amount = int(text[1:])
        return [f"{spoken_number(amount)} {one if amount == 1 else many}"]
    if kind == "ordinal":
        number = int(text[:-2])
        return [spoken_ordinal(number) if number else "zeroth"]
    if kind == "clock":
        return [_clock(text)]
    if kind == "decimal":
        whole, fraction = text.split(".")
        return [f"{number_readings(whole)[0]} point {spoken_digits(fraction)}"]
    if kind == "grouped":
        return [spoken_number(int(text.replace(",", "")))]
    if kind == "digits":
        return number_readings(text)
    if kind == "number":
        return ["number"]
    if kind == "initials":
        return [text.replace(".", " ").strip()]
    if kind == "symbol":
        return [_SYMBOLS[text]]
    if text == "'n'":
        return ["and"]
    # Quotation marks are silent; apostrophes inside, before ('tis) or after -in (rockin') are not.
    if text.startswith("'") and text.endswith("'"):
        return [text[1:-1]]
    return [text if text.endswith("in'") else text.removesuffix("'")]


def words_of(text: str) -> list[str]:
    """Canonical words of written text: "Turn-on 8 Lights!" → ["turn", "on", "eight", "lights"]."""
    if _PLAIN.fullmatch(text):
        return text.split(" ")
    out: list[str] = []
    for match in _TOKEN.finditer(_folded(text)):
        out.extend(_readings(str(match.lastgroup), match.group())[0].split())
    return out


@lru_cache(maxsize=1 << 17)
def _word(text: str) -> Word:
    return Word(text)


def spoken(words: list[str]) -> Expression:
    """Words said one after another, as an expression."""
    if len(words) == 1:
        return _word(words[0])
    return Sequence(tuple(map(_word, words))) if words else EMPTY


def phrase(text: str) -> Expression:
    """How written text is said; a run of digits may be read in several ways ("1984", "182").

    Text without a speakable word gives EMPTY.
    """
    if _PLAIN.fullmatch(text):
        return spoken(text.split(" "))
    folded = _folded(text)
    if folded.isascii() and not any(c.isdigit() for c in folded):
        return spoken(words_of(folded))
    parts: list[Expression] = []
    for match in _TOKEN.finditer(folded):
        readings = [spoken(r.split()) for r in _readings(str(match.lastgroup), match.group())]
        parts.append(readings[0] if len(readings) == 1 else Choice(tuple(readings)))
    return parts[0] if len(parts) == 1 else Sequence(tuple(parts))
