"""What is said, as people write it down."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.text.numbers import spoken_number, spoken_ordinal, spoken_year
from mondegreen.text.written_forms import in_figures, written_forms


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("set it to fifty percent", "set it to 50%"),
        ("wake me at seven thirty p m", "wake me at 7:30 p.m."),
        ("on the twenty third of may", "on the 23rd of may"),
        ("one hundred twenty degrees", "120°"),
        ("the twelfth of june", "the 12th of june"),
        ("thirty seconds", "30 seconds"),
        ("call one one two", "call 112"),
    ],
)
def test_a_writer_has_ways(spoken: str, written: str) -> None:
    forms = written_forms(spoken)
    assert forms[0] == spoken
    assert written in forms


@pytest.mark.parametrize("spoken", ["turn on the light", ""])
def test_what_is_no_number_stays(spoken: str) -> None:
    assert written_forms(spoken) == (spoken,)


@given(st.integers(0, 999_999))
def test_every_number_has_figures(number: int) -> None:
    words = spoken_number(number).replace(" and ", " ")
    assert f"add {number} more" in written_forms(f"add {words} more")


@given(st.integers(1, 99))
def test_every_ordinal_has_figures(number: int) -> None:
    (figures,) = set(written_forms(f"the {spoken_ordinal(number)}")) - {
        f"the {spoken_ordinal(number)}"
    }
    assert figures.startswith(f"the {number}")
    assert figures[-2:] in {"st", "nd", "rd", "th"}


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("count one oh one", "count 101"), ("count two fifty", "count 250"),
        ("level minus five percent", "level -5%"), ("dial nine four oh", "dial 940"),
        ("license b fifty two", "license B52"), ("license b five two", "license B52"),
    ],
)  # fmt: skip
def test_short_numbers_signs_and_codes(spoken: str, written: str) -> None:
    assert written in written_forms(spoken)


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("what sank in nineteen twelve", "what sank in 1912"),
        ("Nineteen Oh Five?", "1905?"),
        ("since two thousand five", "since 2005"),
        ("since Two Thousand and Five", "since 2005"),
        ("nineteen hundred and five", "1905"),
        ("two thousand and twelve", "2012"),
        ("one hundred and five and six", "105 and six"),
        ("between two hundred and five hundred", "between 200 and 500"),
        ("from two thousand and twenty ten on", "from 2000 and 2010 on"),
        ("one thousand and one nights", "one thousand and one nights"),
        ("forty-five and three hundred eight", "45 and 308"),
        ("one of two ships", "one of two ships"),
        ("thirty seven million people", "37 million people"),
        ("one thousand nine hundred fifty nine", "one thousand nine hundred fifty nine"),
        ("one two three", "123"),
        ("seven eleven twelve", "seven eleven twelve"),
    ],
)
def test_years_and_small_numbers_become_figures(spoken: str, written: str) -> None:
    assert in_figures(spoken) == written


@given(st.integers(1101, 2099))
def test_every_year_becomes_figures(year: int) -> None:
    assert in_figures(f"in {spoken_year(year)}") == f"in {year}"
