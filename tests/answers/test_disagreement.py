"""Of pages that contradict each other both are shown, and of others one is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from mondegreen.answers.answer import Answer, Candidate
from mondegreen.answers.build import build_index
from mondegreen.answers.disagreement import contradicting
from mondegreen.cli.main import app


def candidate(
    text: str, short: str | None = None, *, page: str = "a", sure: float = 0.9
) -> Candidate:
    short = text if short is None else short
    return Candidate(text, short, sure, page.upper(), "", f"{page}.md", f"{page}.md", text)


@pytest.mark.parametrize(
    ("one", "other", "disagree"),
    [
        ("Anna Berg", "Tom Reed", True),
        ("Anna Berg", "Mayor Berg", False),
        ("1902", "1912", True),
        ("March 1889", "1889", False),
        ("4 March", "4 April", True),
        ("nine on weekdays", "9 on Sundays", False),
        ("ten people", "nine people", True),
        ("12,345", "12345 people", False),
        ("1902", "Anna Berg", False),
        ("made of steel", "built in the north", False),
        ("", "", False),
    ],
)
def test_answers_of_one_kind_disagree_where_they_differ(
    one: str, other: str, disagree: bool
) -> None:
    pair = [candidate(one), candidate(other, page="b")]
    assert (contradicting(pair) is not None) == disagree


def test_only_another_page_that_is_nearly_as_sure_and_lacks_the_answer_contradicts() -> None:
    best = candidate("It was founded in 1902.", "1902")
    assert contradicting([best, candidate("In 1912.", "1912")]) is None
    assert contradicting([best, candidate("In 1912.", "1912", page="b", sure=0.5)]) is None
    both = candidate("Opened in 1912, founded in 1902.", "1912", page="b")
    assert contradicting([best, both]) is None
    third = candidate("In 1912.", "1912", page="c", sure=0.8)
    assert contradicting([best, both, third]) is third
    assert contradicting([]) is None


@given(st.text(), st.text())
def test_nobody_contradicts_themselves(text: str, short: str) -> None:
    assert contradicting([candidate(text, short), candidate(text, short, page="b")]) is None


def test_it_is_said_of_an_answer_alone() -> None:
    pair = (candidate("Anna Berg rules."), candidate("Tom Reed rules.", page="b"))
    answer = Answer("answered", "who", pair)
    assert answer.text == "Anna Berg rules. Another page, B, says: Tom Reed rules."
    assert answer.short == "Anna Berg rules."
    assert Answer("unsure", "who", pair).other is None


def test_both_pages_are_shown(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    for name, mayor in (("Guide", "Anna Berg"), ("News", "Tom Reed")):
        text = f"# {name}\n\nThe mayor of Greenville is {mayor}. Its river is the Willow.\n"
        (folder / f"{name}.md").write_text(text, "utf-8")
    build_index([folder], tmp_path / "index")
    question = ["ask", "who is the mayor of greenville", "-i", str(tmp_path / "index")]
    shown = CliRunner().invoke(app, question).stdout
    first, second = shown.split("Another page says:\n")
    assert {"Anna Berg" in first, "Anna Berg" in second} == {True, False}
    assert {"Tom Reed" in first, "Tom Reed" in second} == {True, False}
    assert ".md#" in second
