"""Signs, fractions, money and units of measure as they are written with numbers, to words."""

from __future__ import annotations

import re
import unicodedata

from .numbers import spoken_number, spoken_ordinal
from .traced import Rule

Words = tuple[str, ...]
MINUS = "−"
"""What `marked` writes before a number below zero."""

_SIGN = re.compile(r"(?<![\w.\-–−])[-–−](?=[$£€¥]\s\d|[$£€¥]?\.?\d)(?!\d+[-–])")
_VULGAR = re.compile(r"[¼-¾⅐-⅞]")
_BELOW = r"(?:[234568]|10|16|32|64|100)"
FRACTION = rf"(?<![\d/.,])(?:\d+ )?[1-9]\d?/{_BELOW}(?![\d/.])"
"""A fraction that people say as one, with the whole number before it; 24/7 is none."""
_CURRENCY = {
    "$": ("dollar", "dollars"), "£": ("pound", "pounds"), "€": ("euro", "euros"),
    "¥": ("yen", "yen"), "₹": ("rupee", "rupees"), "₩": ("won", "won"), "₽": ("ruble", "rubles"),
    "₿": ("bitcoin", "bitcoins"), "฿": ("baht", "baht"), "₺": ("lira", "lira"),
    "₴": ("hryvnia", "hryvnias"), "₪": ("shekel", "shekels"), "₫": ("dong", "dong"),
    "¢": ("cent", "cents"),
}  # fmt: skip
_SIGNS = "".join(_CURRENCY)
_SCALES_SHORT = {"k": "thousand", "m": "million", "bn": "billion", "b": "billion", "tn": "trillion"}
_MONEY = re.compile(
    rf"([{_SIGNS}])\s?(\d[\d,]*)(?:\.(\d\d)(?!\d))?(\.\d+)?"
    r"(\s(?:thousand|million|billion|trillion)\b|\s?(?:[kKmMbB]|bn|tn)\b)?"
)
_MONEY_BEHIND = re.compile(
    rf"(?<![\w.,])(\d[\d,]*)(?:\.(\d\d)(?!\d))?(\.\d+)?\s?([{_SIGNS}])(?!\s?\d|\w)"
)
_CENTS = re.compile(r"\$\s?\.(\d\d)(?!\d)")
_UNITS = {
    "mg": "milligram", "kg": "kilogram", "g": "gram", "ml": "milliliter", "cl": "centiliter",
    "dl": "deciliter", "l": "liter", "km": "kilometer", "cm": "centimeter", "mm": "millimeter",
    "m": "meter", "nm": "nanometer", "mi": "mile", "yd": "yard", "w": "watt", "kw": "kilowatt",
    "mw": "megawatt", "wh": "watt hour", "kwh": "kilowatt hour", "v": "volt", "kv": "kilovolt",
    "mah": "milliamp hour", "db": "decibel", "kb": "kilobyte", "mb": "megabyte", "gb": "gigabyte",
    "tb": "terabyte", "lb": "pound", "lbs": "pound", "oz": "ounce", "pt": "pint", "qt": "quart",
    "gal": "gallon", "tsp": "teaspoon", "tbsp": "tablespoon", "h": "hour", "hr": "hour",
    "hrs": "hour", "min": "minute", "mins": "minute", "sec": "second", "secs": "second",
    "s": "second", "ms": "millisecond", "ns": "nanosecond", "cal": "calorie", "kcal": "kilocalorie",
    "microg": "microgram", "microm": "micrometer", "micros": "microsecond", "microl": "microliter",
}  # fmt: skip
_UNITS_WITHOUT_PLURAL = {
    "hz": "hertz", "khz": "kilohertz", "mhz": "megahertz", "ghz": "gigahertz",
    "mph": "miles per hour", "kmh": "kilometers per hour", "kph": "kilometers per hour",
    "mbps": "megabits per second", "gbps": "gigabits per second", "kbps": "kilobits per second",
    "hp": "horsepower", "ft": "feet", "rpm": "revolutions per minute", "fps": "frames per second",
}  # fmt: skip
_SINGULAR = {"ft": "foot"}
_UPRIGHT = frozenset("WVL")
"""Single letters that are units as capitals: 100 W, 12 V."""
_PER = re.compile(
    r"(?<=\d)(\s?)([A-Za-z]{1,4})/(ml|l|kg|g|h|hr|min|s|sec|m|km|day|week|month|year)\b"
)
_SCALES = {"c": "celsius", "f": "fahrenheit"}


def _vulgar(written: re.Match[str]) -> str:
    return f" {unicodedata.normalize('NFKC', written[0])} "


def _amount(sign: str, whole: str, cents: str | None, part: str | None, scale: str | None) -> str:
    one = whole == "1" and not (part or scale)
    name = _CURRENCY[sign][not one]
    if scale:
        short = scale.strip().lower()
        scale = f" {_SCALES_SHORT.get(short, short)}"
    if scale or part or cents in (None, "00") or sign == "¢":
        tail = part or (f".{cents}" if cents and (scale or sign == "¢") else "")
        return f"{whole}{tail}{scale or ''} {name} "
    cents = str(cents).lstrip("0")
    if whole == "0" and sign in "$€":
        return f"{cents} {'cent' if cents == '1' else 'cents'} "
    return f"{whole} {name} {cents} "


def _rate(written: re.Match[str]) -> str:
    """ "5 mg/ml" and "5 km/s": the units in full, and per between them."""
    _, above, below = written.groups()
    unit = _in_full(above)
    if not unit:
        return written[0]
    one = _in_full(below) or below
    return f" {unit}{'' if above.lower() in _UNITS_WITHOUT_PLURAL else 's'} per {one}"


def _in_full(unit: str) -> str:
    return _UNITS.get(unit.lower(), "") or _UNITS_WITHOUT_PLURAL.get(unit.lower(), "")


POINTS: Rule = (re.compile(r"(?<![\w.,])\.(\d+)"), lambda m: f" point {' '.join(m[1])}")
"""A point that begins a number is a word: ".5" → "point 5"."""
RULES: tuple[Rule, ...] = (
    (_VULGAR, _vulgar),
    (re.compile(r"(\d)\s*⁄\s*(\d)"), r"\1/\2"),
    (re.compile(r"(?<=\d)\s+(?=\d+/\d)"), " "),
    (_SIGN, f" {MINUS} "),
    # "1 000 000", "1'000"
    (
        re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:[\u00a0\u2009\u202f']\d{3})+(?!\d)"),
        lambda m: re.sub(r"\D", "", m[0]),
    ),
    (re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?: 000)+(?!\d)"), lambda m: m[0].replace(" ", "")),
    (_CENTS, lambda m: f"{m[1].lstrip('0')} cents "),
    (_MONEY, lambda m: _amount(*m.groups())),
    (_MONEY_BEHIND, lambda m: _amount(m[4], m[1], m[2], m[3], None)),
    POINTS,
    (_PER, _rate),
)
"""Numbers with signs: a minus is MINUS, ½ is 1/2, ".5" "point 5", "$ 4.50" "4 dollars 50"."""


_NO_THING = frozenset({"a", "an", "of", "the", "past", "to", "and", "or", "off"})
"""Words behind a fraction that are nothing to have a part of."""
_VOWELS = frozenset("aeio")


def fraction_readings(written: str, following: str = "") -> tuple[Words, ...]:
    """Ways to say a fraction as in FRACTION, the likeliest first; 5/3 is two numbers.

    `following` is the next word: ½ before "a cup" is a mere half.
    """
    whole, _, part = written.rpartition(" ")
    above, below = map(int, part.split("/"))
    head = tuple(spoken_number(int(whole)).split()) if whole else ()
    numbers = (*head, *spoken_number(above).split(), *spoken_number(below).split())
    if above >= below:
        return (numbers,)
    name = {2: "half", 4: "quarter"}.get(below, spoken_ordinal(below))
    if below == 2 and not whole and following in ("a", "an"):
        return (("half",),)
    if above > 1:
        plural = "halves" if below == 2 else name + "s"
        ways: list[Words] = [(*spoken_number(above).split(), *plural.split())]
    elif whole:
        ways = [("a", *name.split()), ("one", *name.split())]
    else:
        ways = [("one", *name.split()), ("a", *name.split())]
        ways[1:1] = [("half", _article(following))] if below == 2 else []
    if not whole and following.isalpha() and following not in _NO_THING:
        ways.append((*ways[-1], "of", _article(following)))
    readings = [(*head, "and", *way) if whole else way for way in ways]
    # 1/10 may be a day as well.
    return tuple(readings + [numbers] * (below >= 10))


def _article(following: str) -> str:
    return "an" if following[:1] in _VOWELS or following.startswith("hour") else "a"


def unit_reading(written: str, before: str, gap: str) -> Words:
    """The unit that letters behind a number stand for; empty where they stand for none.

    `before` is what stands before them and `gap` what lies between. Single letters are units only
    after a space and, but for watts and volts, in small print: 5 g weigh little, 5G is a network.
    """
    lower = written.lower()
    if before == "degrees" and lower in _SCALES and not gap.strip():
        return (_SCALES[lower],)
    if not before[-1:].isdigit() or gap.strip() or len(gap) > 1:
        return ()
    if len(written) == 1 and (gap != " " or (written != lower and written not in _UPRIGHT)):
        return ()
    single = before == "1" or ("/" in before and " " not in before)
    if lower in _UNITS_WITHOUT_PLURAL:
        name = _SINGULAR.get(lower, "") if single else ""
        return tuple((name or _UNITS_WITHOUT_PLURAL[lower]).split())
    name = _UNITS.get(lower, "")
    return tuple(f"{name}{'' if single else 's'}".split()) if name else ()
