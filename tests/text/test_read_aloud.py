from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.text.read_aloud import fold_accents, spoken_readings, spoken_words

NAMES = {
    "AC/DC": "a c d c",
    "99 Luftballons": "ninety nine luftballons",
    "Beyoncé": "beyoncé",
    "Guns N' Roses": "guns n' roses",
    "Guns N’ Roses": "guns n' roses",
    "Rock 'n' Roll": "rock n' roll",
    "Mr. Blue Sky": "mister blue sky",
    "R.E.M.": "r e m",
    "MGMT": "m g m t",
    "YMCA": "y m c a",
    "ABBA": "abba",
    "KISS": "kiss",
    "THE DARK SIDE OF THE MOON": "the dark side of the moon",
    "Rocky IV": "rocky four",
    "Ke$ha": "kesha",
    "P!nk": "pink",
    "$20": "twenty dollars",
    "$1 Menu": "one dollar menu",
    "50%": "fifty percent",
    "24K Magic": "twenty four k magic",
    "UB40": "u b forty",
    "Jay-Z": "jay z",
    "Simon & Garfunkel": "simon and garfunkel",
    "Livin' on a Prayer": "livin' on a prayer",
    "'Til the End": "'til the end",
    "Don't Stop": "don't stop",
    "1989": "nineteen eighty nine",
    "2005": "two thousand five",
    "1905": "nineteen oh five",
    "1,000 Years": "one thousand years",
    "21st Century": "twenty first century",
    "3.5": "three point five",
    "10:30": "ten thirty",
    "007": "zero zero seven",
    "I Love My 90's R&B": "i love my nineties r and b",
    "1980s Hits": "nineteen eighties hits",
    "9AM in Dallas": "nine a m in dallas",
    "ten AM": "ten a m",
    "turn on the tv": "turn on the t v",
    "at seven thirty am": "at seven thirty a m",
    "here I am": "here i am",
    "09:59 p.m.": "nine fifty nine p m",
    "No. 1 Fan": "number one fan",
    "Say No.": "say no",
    "72nd St": "seventy second street",
    "St. Vincent": "saint vincent",
    "Nov. 6th": "november sixth",
    "Song 2 (Remix)": "song two remix",
}


@pytest.mark.parametrize("written", NAMES)
def test_names_are_said_as_people_say_them(written: str) -> None:
    assert " ".join(spoken_words(written)) == NAMES[written]


def test_numbers_with_two_readings_keep_both() -> None:
    readings = spoken_readings("Area 182")
    assert ("area", "one", "eighty", "two") in readings
    assert ("area", "one", "hundred", "eighty", "two") in readings


@pytest.mark.parametrize("silent", ["", " ", "?!", "---", "'"])
def test_nothing_to_say_is_no_words(silent: str) -> None:
    assert spoken_words(silent) == ()


def test_accents_fold() -> None:
    assert (
        fold_accents("Sigur Rós, Björk, Straße, Øya, Łódź")
        == "sigur ros, bjork, strasse, oya, lodz"
    )


@pytest.mark.parametrize("ending", ["", "th", ".5", "s", "/8", " pm"])
def test_more_digits_than_a_number_has_are_said_one_by_one(ending: str) -> None:
    words = spoken_words("1" * 6_000 + ending)
    assert words[:5_900] == ("one",) * 5_900
    assert spoken_words("1,234,567,890,123.5")[-2:] == ("point", "five")
    assert spoken_words("3.14159265358979")[:3] == ("three", "point", "one")


@given(st.text(max_size=40))
def test_any_text_gives_lower_case_words_or_none(text: str) -> None:
    for word in spoken_words(text):
        assert word
        assert " " not in word
        assert not any(c.isdigit() and c.isascii() for c in word)
        assert any(c.isalpha() for c in word)
        assert word == word.lower()


NUMBERS_WITH_SIGNS = {
    "it is -5 degrees outside": "it is minus five degrees outside",
    "−18": "minus eighteen", "-2.5": "minus two point five", "-.5": "minus point five",
    "-$5": "minus five dollars", "3 - 5": "three five", "7-8": "seven eight",
    "covid-19": "covid nineteen", "Anthology -1989-": "anthology nineteen eighty nine",
    ".5 litres": "point five litres", "0.5": "zero point five",
    "add 1/2 cup of sugar": "add one half cup of sugar", "½ cup": "one half cup",
    "2½ cups": "two and a half cups", "1 1/2 cups": "one and a half cups",
    "3/4": "three quarters", "5/8": "five eighths", "24/7": "twenty four seven",
    "9/11": "nine eleven", "5/3": "five three", "1/2/2024": "one two twenty twenty four",
    "take 5 mg daily": "take five milligrams daily", "1 mg": "one milligram",
    "1/2 kg": "one half kilogram", "1 1/2 kg": "one and a half kilograms",
    "2.4GHz": "two point four gigahertz", "2 l": "two liters", "2L": "two l",
    "5G": "five g", "10 km/h": "ten kilometers per hour", "20 °C": "twenty degrees celsius",
    "mg": "mg", "$4.50": "four dollars fifty", "£3.05": "three pounds five",
    "$0.99": "ninety nine cents", "$1.00": "one dollar", "€5 million": "five million euros",
    "$1.5 million": "one point five million dollars",
}  # fmt: skip


@pytest.mark.parametrize("written", NUMBERS_WITH_SIGNS)
def test_numbers_are_said_with_their_signs_and_units(written: str) -> None:
    assert " ".join(spoken_words(written)) == NUMBERS_WITH_SIGNS[written]


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("-5", "negative five"), ("1/2 cup", "half a cup"), ("1/4", "a quarter"),
        ("1/4 cup", "a quarter of a cup"), ("3/4 ounce", "three quarters of an ounce"),
        ("1/2 hour", "half an hour"), ("2/3 cup", "two thirds of a cup"),
        ("5 mg", "five mg"), ("NAS", "nas"), ("LED", "led"),
    ],
)  # fmt: skip
def test_some_are_said_in_another_way_too(written: str, other: str) -> None:
    assert other in {" ".join(words) for words in spoken_readings(written)}
