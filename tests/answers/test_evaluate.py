"""Questions with known answers are asked and counted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mondegreen.answers.answerer import Answerer
from mondegreen.cli.main import app
from mondegreen.errors import DataError
from mondegreen.evaluate.answering import ask_all, figures, has_answer, read_questions
from mondegreen.evaluate.answering_page import write_page

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


def test_the_verbs(tmp_path: Path) -> None:
    from typer.testing import CliRunner

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
