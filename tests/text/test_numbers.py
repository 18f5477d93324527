"""Numbers as they are said, against an arithmetic of their own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mondegreen.text.numbers import spoken_number, spoken_ordinal, spoken_year

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_UNITS = {word: value for value, word in enumerate(_ONES)} | {
    word: 20 + 10 * i for i, word in enumerate(_TENS)
}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}


def _value(spoken: str) -> int:
    total = part = 0
    for word in spoken.split():
        if word == "hundred":
            part *= 100
        elif word in _SCALES:
            total, part = total + part * _SCALES[word], 0
        else:
            part += _UNITS[word]
    return total + part


@given(st.integers(0, 10**15 - 1))
def test_cardinals_read_back_as_the_number(number: int) -> None:
    assert _value(spoken_number(number)) == number


@given(st.integers(1, 999))
def test_negative_numbers(number: int) -> None:
    assert spoken_number(-number) == f"minus {spoken_number(number)}"


def test_ordinals_and_years() -> None:
    assert spoken_ordinal(12) == "twelfth"
    assert spoken_ordinal(40) == "fortieth"
    assert spoken_ordinal(101) == "one hundred first"
    assert spoken_year(1900) == "nineteen hundred"
    assert spoken_year(2000) == "two thousand"
    assert spoken_year(2010) == "twenty ten"
