"""Written forms of every kind against readings that people accept; each must be one of them."""

from __future__ import annotations

from itertools import product

import pytest

from mondegreen.text.read_aloud import spoken_readings
from mondegreen.text.spoken_text import for_voices, spoken_text, unspeakable
from mondegreen.text.symbols import unread

NUMBERS = {"1": "one", "2": "two", "5": "five", "12": "twelve", "2.5": "two point five"}
UNITS = {
    "mg": "milligram", "kg": "kilogram", "ml": "milliliter", "km": "kilometer", "cm": "centimeter",
    "mm": "millimeter", "lb": "pound", "oz": "ounce", "GB": "gigabyte", "MB": "megabyte",
    "kW": "kilowatt", "kWh": "kilowatt hour", "min": "minute", "sec": "second", "ms": "millisecond",
    "tsp": "teaspoon", "tbsp": "tablespoon", "gal": "gallon", "dB": "decibel", "µg": "microgram",
}  # fmt: skip
PLURALS = {
    "GHz": "gigahertz", "kHz": "kilohertz", "mph": "miles per hour",
    "km/h": "kilometers per hour", "Mbps": "megabits per second",
}  # fmt: skip
MONEY = {"$": "dollars", "£": "pounds", "€": "euros", "¥": "yen", "₹": "rupees", "¢": "cents"}
MINUTES = {"05": "oh five", "15": "fifteen", "30": "thirty", "45": "forty five"}
HOURS = {"1": "one", "7": "seven", "12": "twelve"}


def _measured() -> dict[str, str]:
    table = {}
    for (figure, words), (unit, name) in product(NUMBERS.items(), UNITS.items()):
        table[f"{figure} {unit}"] = f"{words} {name}{'' if figure == '1' else 's'}"
    for (figure, words), (unit, name) in product(NUMBERS.items(), PLURALS.items()):
        table[f"{figure}{unit}"] = f"{words} {name}"
    return table


def _priced() -> dict[str, str]:
    table = {}
    for (figure, words), (sign, name) in product(list(NUMBERS.items())[1:4], MONEY.items()):
        table[f"{sign}{figure}"] = table[f"{figure}{sign}"] = f"{words} {name}"
        table[f"{sign} {figure} today"] = f"{words} {name} today"
        table[f"{sign}{figure} million"] = table[f"{sign}{figure}M"] = f"{words} million {name}"
    return table


def _timed() -> dict[str, str]:
    table = {}
    for (hour, spoken_hour), (minute, spoken_minute) in product(HOURS.items(), MINUTES.items()):
        table[f"{hour}:{minute}"] = f"{spoken_hour} {spoken_minute}"
        table[f"{hour}:{minute} p.m."] = f"{spoken_hour} {spoken_minute} p m"
    for hour, spoken_hour in HOURS.items():
        for half in ("am", "a.m.", "AM"):
            table[f"{hour} {half}"] = table[f"{hour}:00 {half}"] = f"{spoken_hour} a m"
        table[f"{hour}:00"] = f"{spoken_hour} o'clock"
    return table


def _negative() -> dict[str, str]:
    table = {}
    for sign in "-−":
        for figure, words in NUMBERS.items():
            table[f"{sign}{figure}"] = f"minus {words}"
            table[f"it is {sign}{figure}°"] = f"it is minus {words} degrees"
    return table


BY_HAND = {
    ".5": "point five", "½": "one half", "1/2": "one half", "2½": "two and a half",
    "1/2 a cup": "half a cup", "7/16": "seven sixteenths", "1/10": "one tenth",
    "¾": "three quarters",
    "C++": "c plus plus", "C#": "c sharp", "F#": "f sharp", ".NET": "dot net",
    "911": "nine one one", "call 911": "call nine one one", "dial 112": "dial one one two",
    "Porsche 911": "porsche nine eleven", "$.50": "fifty cents", "$5bn": "five billion dollars",
    "$3k": "three thousand dollars", "$3.50": "three dollars fifty", "5 cents": "five cents",
    "Henry VIII": "henry the eighth", "Louis XIV": "louis the fourteenth",
    "Elizabeth II": "elizabeth the second", "Charles I": "charles the first",
    "World War I": "world war one", "World War II": "world war two", "Act V": "act five",
    "Chapter XL": "chapter forty", "Super Bowl LVIII": "super bowl fifty eight",
    "Rocky IV": "rocky four", "Malcolm X": "malcolm x", "class C": "class c", "Ⅷ": "eight",
    "I": "i", "Charles I am late": "charles i am late",
    "555-1234": "five five five one two three four",
    "(555) 123-4567": "five five five one two three four five six seven",
    "555.123.4567": "five five five one two three four five six seven",
    "+44 20 7946 0958": "plus four four two oh seven nine four six oh nine five eight",
    "020 7946 0958": "zero two zero seven nine four six zero nine five eight",
    "1-800-555-0199": "one eight hundred five five five zero one nine nine",
    "1984": "nineteen eighty four", "2005": "two thousand five", "1900": "nineteen hundred",
    "1990s": "nineteen nineties", "'90s": "nineties",
    "1995–2000": "nineteen ninety five to two thousand",
    "2024-05-06": "may sixth twenty twenty four", "12.5.2024": "twelve five twenty twenty four",
    "Jan 5, 2024": "january fifth twenty twenty four", "Dec. 31": "december thirty first",
    "July 4": "july fourth", "8.30 pm": "eight thirty p m", "19:45": "nineteen forty five",
    "13:00": "thirteen hundred", "me@example.com": "me at example dot com",
    "john.smith@mail.co.uk": "john dot smith at mail dot co dot u k",
    "a_b@x.org": "a underscore b at x dot org", "www.example.com": "w w w dot example dot com",
    "see example.org.": "see example dot org",
    "https://example.com/a-b": "h t t p s colon slash slash example dot com slash a dash b",
    "192.168.1.1": "one nine two dot one six eight dot one dot one",
    "v1.2.3": "v one point two point three", "1.000.000": "one million", "1 000 000": "one million",
    "1'000": "one thousand", "5 m²": "five square meters", "x²": "x squared", "10³": "ten cubed",
    "10^3": "ten to the power of three", "5*3": "five times three", "5÷3": "five divided by three",
    "2+2=4": "two plus two equals four", "2 + 2": "two plus two", "±5": "plus or minus five",
    "≥5": "at least five", "<5": "less than five", "~5": "about five", "√2": "square root of two",
    "π": "pi", "5‰": "five per mille", "№ 5": "number five", "§ 5": "section five",
    "©2020": "copyright twenty twenty", "café™": "café", "5'10\"": "five feet ten inches",
    "5 ft 3 in": "five feet three inches", "6 ft": "six feet", "1 ft": "one foot",
    "100 W": "one hundred watts", "5 mg/ml": "five milligrams per milliliter",
    "5 km/s": "five kilometers per second", "w/o sugar": "without sugar", "w/ milk": "with milk",
    "5-10 minutes": "five to ten minutes", "$5-$10": "five dollars to ten dollars",
    "9–5": "nine to five", "B12": "b twelve", "R2-D2": "r two d two", "2Pac": "two pac",
    "E. T. Smith": "e t smith", "Florence + the Machine": "florence and the machine",
}  # fmt: skip
ACCEPTED = {**_measured(), **_priced(), **_timed(), **_negative(), **BY_HAND}


def test_the_table_is_large() -> None:
    assert len(ACCEPTED) >= 300


@pytest.mark.parametrize("written", ACCEPTED)
def test_a_written_form_has_an_accepted_reading(written: str) -> None:
    ways = {" ".join(words) for words in spoken_readings(written, 4)}
    assert ACCEPTED[written] in ways


@pytest.mark.parametrize("written", ACCEPTED)
def test_grammars_voices_and_aligners_read_the_same(written: str) -> None:
    first = spoken_readings(written, 1)[0]
    assert tuple(word.word for word in spoken_text(written)) == first
    # What a voice is given says the same when it is read again, and needs no rule but for case.
    assert spoken_readings(for_voices(written), 1)[0] == first
    assert not any(c.isdigit() or c in "$£€%@/+=" for c in for_voices(written))


@pytest.mark.parametrize("written", ACCEPTED)
def test_spans_lie_where_the_text_does_and_cover_it(written: str) -> None:
    text = f"so {written} then"
    spans = [word.at for word in spoken_text(text)]
    assert spans[0] == (0, 2)
    assert spans[-1] == (len(text) - 4, len(text))
    inside = spans[1:-1]
    assert inside == sorted(inside)
    assert inside[0][0] == 3
    assert max(end for _, end in inside) == 3 + len(written)


@pytest.mark.parametrize(
    ("text", "at", "character"),
    [
        ("turn on ☕ now", 8, "☕"), ("a → b", 2, "→"), ("5 ⌘", 2, "⌘"), ("x\x07", 1, "\x07"),
        ("👍", 0, "👍"), ("go \ue123", 3, "\ue123"),
    ],
)  # fmt: skip
def test_a_character_without_a_reading_is_refused_with_its_place(
    text: str, at: int, character: str
) -> None:
    character_unread = unread(text)
    assert character_unread is not None
    assert (character_unread.at, character_unread.character) == (at, character)
    assert f"character {at + 1} (" in str(unspeakable(text))


@pytest.mark.parametrize(
    "text", ["“Hi”, she said… – no?", "café™", "5 µg", "a\u200bb", "one\xadtwo"]
)
def test_punctuation_and_what_has_a_rule_is_read(text: str) -> None:
    assert unspeakable(text) is None
