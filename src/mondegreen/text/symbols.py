"""Signs and what they are called; which characters have no reading at all."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from .traced import Rule

_POWERS = {"²": " squared ", "³": " cubed "}
_SUPERSCRIPT = "⁰¹⁴⁵⁶⁷⁸⁹"
_SQUARE_UNIT = {
    "m": "meter", "km": "kilometer", "cm": "centimeter", "mm": "millimeter", "ft": "foot",
    "in": "inch", "mi": "mile", "yd": "yard",
}  # fmt: skip
_FEET = {"foot": "feet", "inch": "inches"}
_NAMES = {
    "&": "and", "@": "at", "%": "percent", "=": "equals", "°": "degrees", "€": "euro",
    "£": "pound", "$": "dollar", "¥": "yen", "₹": "rupee", "¢": "cent", "#": "number", "×": "by",
    "∞": "infinity", "÷": "divided by", "±": "plus or minus", "√": "square root of",
    "≥": "at least", "≤": "at most", "≈": "about", "‰": "per mille", "§": "section",
    "¶": "paragraph", "©": "copyright", "₩": "won", "₽": "ruble", "₿": "bitcoin", "฿": "baht",
    "₺": "lira", "₫": "dong", "₪": "shekel", "₴": "hryvnia", "≠": "is not", "♯": "sharp",
    "♭": "flat", "‱": "per ten thousand", "Ω": "ohm", "℮": "e",
}  # fmt: skip
# Decoration and what printing needs; nobody says them.
_SILENT = frozenset("™®℠´¨¸˜ˆ")
_GREEK = re.compile(r"(?<![^\W\d_])[α-ωΑ-Ω](?![^\W\d_])")


class Unread(NamedTuple):
    """A character that has no reading."""

    at: int
    """Its place in the text, from 0."""
    character: str

    def __str__(self) -> str:
        name = unicodedata.name(self.character, f"U+{ord(self.character):04X}").lower()
        return (
            f"character {self.at + 1} ({self.character!r}, {name}) has no reading; "
            "write what is said for it"
        )


def unread(text: str) -> Unread | None:
    """The first character of a text that would have to be left out; None when all can be read.

    Punctuation and decoration ("™") are silent by rule; letters are for pronouncers to judge.
    """
    if text.isascii():
        for at, character in enumerate(text):
            if character < " " and not character.isspace():
                return Unread(at, character)
        return None
    for at, character in enumerate(text):
        if not _is_read(character):
            return Unread(at, character)
    return None


def _is_read(character: str) -> bool:
    if character.isascii():
        return character >= " " or character.isspace()
    if character in _NAMES or character in _SILENT or character.isspace():
        return True
    category = unicodedata.category(character)
    # Letters, accents, digits and fractions, punctuation, and what only directs the printing.
    if category[0] in "LNPZ" or category in ("Mn", "Mc", "Cf"):
        return category[0] != "N" or character.isnumeric()
    plain = unicodedata.normalize("NFKC", character)
    return plain != character and all(map(_is_read, plain))


def _greek(written: re.Match[str]) -> str:
    return " " + unicodedata.name(written[0]).split()[-1].lower().replace("lamda", "lambda") + " "


def _area(written: re.Match[str]) -> str:
    number, unit, power = written.groups()
    name = _SQUARE_UNIT[unit]
    named = name if number == "1" else _FEET.get(name, name + "s")
    return f"{number} {'square' if power == '²' else 'cubic'} {named} "


def _roman_sign(written: re.Match[str]) -> str:
    return f" {round(unicodedata.numeric(written[0]))} "


def _to_the_power(written: re.Match[str]) -> str:
    return f" to the power of {unicodedata.normalize('NFKC', written[0]).strip('^')} "


_UNIT = "|".join(_SQUARE_UNIT)
EARLY: tuple[Rule, ...] = (
    (re.compile("[™®℠]"), " "),
    (re.compile("№ ?"), " number "),
    (re.compile("[\u2160-\u217f]"), _roman_sign),
    (re.compile(rf"\b(\d+(?:\.\d+)?) ?({_UNIT})([²³])"), _area),
    (re.compile("[²³]"), lambda m: _POWERS[m[0]]),
    (re.compile(rf"[{_SUPERSCRIPT}⁻]*[{_SUPERSCRIPT}]"), _to_the_power),
    (re.compile(r"(?<=\d)\^\d+"), _to_the_power),
    (re.compile("(?<=[0-9])\\s?[µμ](?=[gmsl]\\b)"), " micro"),
    (_GREEK, _greek),
    (re.compile(r"\bw/o\b"), "without"),
    (re.compile(r"\bw/ "), "with "),
    (re.compile(r"\bC\+\+"), "C plus plus "),
    (re.compile(r"\b([A-G])[#♯](?!\w)"), r"\1 sharp "),
    (re.compile(r"\b([A-G])♭(?!\w)"), r"\1 flat "),
    (re.compile(r"(?<![\w.])\.NET\b"), "dot net"),
    (re.compile(r"(\d+)['′]\s?(\d{1,2})(?:[\"″]|''|′′)"), r"\1 feet \2 inches "),
    (re.compile(r"(\d+)\s?ft\.?\s(\d+)\s?in\b\.?"), r"\1 feet \2 inches "),
    (re.compile(r"(?<=\d)\s?\*\s?(?=\d)"), " times "),
    (re.compile(r"[~≈]\s?(?=\d)"), " about "),
    (re.compile(r"<\s?(?=\d)"), " less than "),
    (re.compile(r">\s?(?=\d)"), " more than "),
    # A dash that printers put between figures is a range, and a hyphen before what is counted too.
    (re.compile(r"(?<=\d)\s?–\s?(?=[$£€]?\d)"), " to "),
    (
        re.compile(
            r"(?<=\d)-(?=[$£€]\d|\d+(?:%|°| (?:seconds|minutes|hours|days|weeks|months|years|"
            r"degrees|percent|dollars|people|times|pages|miles|cups)\b))"
        ),
        " to ",
    ),
)
"""Before numbers and letters are looked at."""
LATE: tuple[Rule, ...] = (
    (re.compile("[" + re.escape("".join(_NAMES)) + "]"), lambda m: f" {_NAMES[m[0]]} "),
)
"""After money, units and all else that gives a sign another name."""

__all__ = ["EARLY", "LATE", "Unread", "unread"]
