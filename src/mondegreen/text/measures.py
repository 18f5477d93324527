"""Signs, fractions, money and units of measure as they are written with numbers, to words."""

from __future__ import annotations

import re
import unicodedata

from .numbers import UNITS, ordinal_word, spoken_number

Words = tuple[str, ...]
MINUS = "−"
"""What `marked` writes before a number below zero."""

_SIGN = re.compile(r"(?<![\w.\-–−])[-–−](?=[$£€]\s\d|[$£€]?\.?\d)(?!\d+[-–])")
_POINT = re.compile(r"(?<![\w.,])\.(\d+)")
_VULGAR = re.compile(r"[¼-¾⅐-⅞]")
FRACTION = r"(?<![\d/.,])(?:\d+ )?[1-9]/[234568](?![\d/.])"
"""A fraction that people say as one, with the whole number before it; 24/7 is none."""
_CURRENCY = {"$": ("dollar", "dollars"), "£": ("pound", "pounds"), "€": ("euro", "euros")}
_MONEY = re.compile(
    r"([$£€])\s?(\d[\d,]*)(?:\.(\d\d)(?!\d))?(\.\d+)?(\s(?:thousand|million|billion|trillion)\b)?"
)
_UNITS = {
    "mg": "milligram", "kg": "kilogram", "g": "gram", "ml": "milliliter", "cl": "centiliter",
    "l": "liter", "km": "kilometer", "cm": "centimeter", "mm": "millimeter", "kw": "kilowatt",
    "kwh": "kilowatt hour", "kb": "kilobyte", "mb": "megabyte", "gb": "gigabyte",
    "tb": "terabyte", "lb": "pound", "lbs": "pound", "oz": "ounce",
}  # fmt: skip
_UNITS_WITHOUT_PLURAL = {
    "hz": "hertz", "khz": "kilohertz", "mhz": "megahertz", "ghz": "gigahertz",
    "mph": "miles per hour", "kmh": "kilometers per hour", "kph": "kilometers per hour",
}  # fmt: skip
_SCALES = {"c": "celsius", "f": "fahrenheit"}


def marked(text: str) -> str:
    """The text with what a sign means written out, before its characters are made plain.

    A minus is MINUS, ½ is 1/2, ".5" is "point 5", "$ 4.50" is "4 dollars 50".
    """
    text = _VULGAR.sub(lambda m: f" {unicodedata.normalize('NFKC', m[0])} ", text)
    text = re.sub(r"(\d)\s*⁄\s*(\d)", r"\1/\2", text)
    text = re.sub(r"(\d)\s+(?=\d/\d)", r"\1 ", text)
    text = _SIGN.sub(f" {MINUS} ", text)
    text = _MONEY.sub(_money, text)
    text = with_points_said(text)
    return re.sub(r"(?<=\d)(\s?)km/h\b", r"\1kmh", text)


def with_points_said(text: str) -> str:
    """The text with a point that begins a number as a word: ".5" → "point 5"."""
    return _POINT.sub(lambda m: f" point {' '.join(m[1])}", text)


def _money(written: re.Match[str]) -> str:
    sign, whole, cents, part, scale = written.groups()
    one = whole == "1" and not (part or scale)
    name = _CURRENCY[sign][not one]
    if scale or part or cents in (None, "00"):
        tail = part or (f".{cents}" if scale and cents else "")
        return f"{whole}{tail}{scale or ''} {name} "
    cents = cents.lstrip("0")
    return f"{whole} {name} {cents} " if whole != "0" or sign != "$" else f"{cents} cents "


def fraction_readings(written: str) -> tuple[Words, ...]:
    """Ways to say a fraction as in FRACTION, the likeliest first; 5/3 is two numbers."""
    whole, _, part = written.rpartition(" ")
    above, below = map(int, part.split("/"))
    head = tuple(spoken_number(int(whole)).split()) if whole else ()
    if above >= below:
        return ((*head, UNITS[above], UNITS[below]),)
    name = {2: "half", 4: "quarter"}.get(below, ordinal_word(UNITS[below]))
    if above > 1:
        ways: list[Words] = [(UNITS[above], name + "s")]
    elif whole:
        ways = [("a", name), ("one", name)]
    else:
        ways = [("one", name), ("a", name)]
        ways[1:1] = [("half", "a")] if below == 2 else []
    return tuple((*head, "and", *way) if whole else way for way in ways)


def unit_reading(written: str, before: str, gap: str) -> Words:
    """The unit that letters behind a number stand for; empty where they stand for none.

    `before` is what stands before them and `gap` what lies between. Single letters are units only
    in small print, after a space: 5 g weigh little, 5G is a network.
    """
    lower = written.lower()
    if before == "degrees" and lower in _SCALES and not gap.strip():
        return (_SCALES[lower],)
    if not before[-1:].isdigit() or gap.strip() or len(gap) > 1:
        return ()
    if len(written) == 1 and (written != lower or gap != " "):
        return ()
    if lower in _UNITS_WITHOUT_PLURAL:
        return tuple(_UNITS_WITHOUT_PLURAL[lower].split())
    name = _UNITS.get(lower, "")
    single = before == "1" or ("/" in before and " " not in before)
    return tuple(f"{name}{'' if single else 's'}".split()) if name else ()
