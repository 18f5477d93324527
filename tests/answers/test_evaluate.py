"""Questions with known answers are asked and counted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from mondegreen.answers.answerer import Answerer
from mondegreen.cli.main import app
from mondegreen.errors import DataError
from mondegreen.evaluate.answering import Passages, ask_all, figures, has_answer
from mondegreen.evaluate.answering_page import write_page
from mondegreen.evaluate.question_set import read_question_set, read_questions

PARAGRAPHS = [
    ("Mongols", "Kublai Khan founded the Yuan dynasty in 1271. His summer capital was Xanadu.",
     [("which dynasty did Kublai Khan found", "Yuan"),
      ("what was the summer capital of cobbler con", "Xanadu")]),
    ("Towers", "Gustave Eiffel built the tower for the fair of 1889. It is 330 metres tall.",
     [("who built the tower", "Gustave Eiffel"), ("how tall is the tower", "330 metres")]),
]  # fmt: skip


def question_file(place: Path) -> Path:
    articles = []
    for title, context, qas in PARAGRAPHS:
        rows = [
            {"id": f"{title}{i}", "question": question,
             "answers": [{"text": answer, "answer_start": context.index(answer)}]}
            for i, (question, answer) in enumerate(qas)
        ]  # fmt: skip
        articles.append({"title": title, "paragraphs": [{"context": context, "qas": rows}]})
    place.write_text(json.dumps({"data": articles}), "utf-8")
    return place


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Answerer, Path]:
    from mondegreen.answers import build_index

    folder = tmp_path_factory.mktemp("asked")
    path = question_file(folder / "questions.json")
    return Answerer(build_index([path], folder / "index").index), path


def test_every_figure_is_counted(asked: tuple[Answerer, Path]) -> None:
    answerer, path = asked
    outcomes = ask_all(answerer, read_questions(path))
    assert [outcome.rank for outcome in outcomes] == [0, 0, 0, 0]
    assert all(outcome.answered for outcome in outcomes)
    assert ("cobbler", "Kublai") in outcomes[1].meant
    scores = figures(outcomes)
    assert scores["r_at_1"].value == scores["answered_right"].value == 1.0
    assert scores["harmed"].value == 0.0
    assert scores["r_at_1"].n == 4
    assert [outcome.short for outcome in outcomes][1:] == ["Xanadu", "Gustave Eiffel", "330 metres"]
    assert [outcome.exact for outcome in outcomes][1:] == [True, True, True]
    right = sum(outcome.exact for outcome in outcomes)
    assert scores["exact"].value == right / 4
    assert scores["overlap"].value == pytest.approx(np.mean([o.overlap for o in outcomes]))
    assert scores["exact_in_passage"].n == scores["overlap_in_passage"].n == 4


def test_the_page_shows_what_was_asked_as_text(
    asked: tuple[Answerer, Path], tmp_path: Path
) -> None:
    answerer, path = asked
    outcomes = ask_all(answerer, read_questions(path))
    write_page(tmp_path / "page.html", "<b>", figures(outcomes), outcomes)
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "cobbler → Kublai" in page
    assert page.count("<td>Xanadu") == 1  # the short answer, right
    assert "<h1>&lt;b&gt;</h1>" in page


def test_an_answer_is_found_in_any_case_and_spacing(asked: tuple[Answerer, Path]) -> None:
    question = read_questions(asked[1])[2]
    assert has_answer("It was gustave\n eiffel.", question)
    assert not has_answer("It was Gustave.", question)


def test_questions_about_other_pages_and_other_formats_are_refused(
    answerer: Answerer, tmp_path: Path
) -> None:
    path = question_file(tmp_path / "questions.json")
    with pytest.raises(DataError, match="paragraph of the question 'Towers0' is not in the index"):
        ask_all(answerer, read_questions(path))
    path.write_text('{"data": [{"paragraphs": 3}]}', "utf-8")
    with pytest.raises(DataError, match="not in SQuAD's format"):
        read_questions(path)
    path.write_text('{"data": []}', "utf-8")
    with pytest.raises(DataError, match="holds no question"):
        read_questions(path)


def one_question(place: Path, start: int, answer: str = "Yuan") -> Path:
    answers = [{"text": answer, "answer_start": start}]
    qas = [{"id": "q", "question": "which dynasty did Kublai Khan found", "answers": answers},
           {"id": "none", "question": "who", "answers": [], "is_impossible": True}]  # fmt: skip
    title, context, _ = PARAGRAPHS[0]
    paragraphs = [{"context": context, "qas": qas}]
    place.write_text(json.dumps({"data": [{"title": title, "paragraphs": paragraphs}]}))
    return place


@given(start=st.integers(-5, 200))
def test_an_answer_is_found_near_the_place_that_is_stated(
    asked: tuple[Answerer, Path], tmp_path_factory: pytest.TempPathFactory, start: int
) -> None:
    path = one_question(tmp_path_factory.getbasetemp() / "one.json", start)
    questions = read_question_set(path)
    (question,) = questions.asked
    assert question.paragraph[question.place :].startswith("Yuan")
    assert (questions.unanswerable, len(Passages(asked[0].index).of(question))) == (1, 1)


def test_what_is_wrong_with_questions_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with pytest.raises(DataError, match="the answer 'Ming' of the question 'q' is not in its par"):
        read_questions(one_question(path, 3, "Ming"))
    for text, reason in (
        ("{}", r"format \(no 'data'\); expected data"),
        ("[1]", r"format \(a field holds another kind of value\)"),
        ("{", r"is not JSON: .*; expected questions in SQuAD's format"),
    ):
        path.write_text(text, "utf-8")
        with pytest.raises(DataError, match=reason) as refused:
            read_questions(path)
        assert "Error" not in str(refused.value)


def test_questions_without_an_answer_are_counted(
    asked: tuple[Answerer, Path], tmp_path: Path
) -> None:
    folder = asked[1].parent / "index"
    command = ["answers", "evaluate", str(folder), str(one_question(tmp_path / "q.json", 30))]
    done = CliRunner().invoke(app, command)
    assert (done.exit_code, "1 question without an answer left out" in done.stderr) == (0, True)


def test_the_verbs(tmp_path: Path) -> None:
    path = question_file(tmp_path / "questions.json")
    runner = CliRunner()
    indexed = runner.invoke(app, ["index", str(path), "-o", str(tmp_path / "index"), "--json"])
    assert (indexed.exit_code, json.loads(indexed.stdout)["pages"]) == (0, 2)
    asked = runner.invoke(app, ["ask", "who built the tower", "-i", str(tmp_path / "index")])
    assert "Gustave Eiffel built the tower" in asked.stdout
    counted = runner.invoke(
        app, ["answers", "evaluate", str(tmp_path / "index"), str(path), "--json"]
    )
    assert json.loads(counted.stdout)["figures"]["r_at_1"]["value"] == 1.0
    refused = runner.invoke(app, ["ask", "who", "-i", str(tmp_path / "none")])
    assert refused.exit_code == 2
