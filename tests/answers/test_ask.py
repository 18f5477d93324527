"""Questions in writing and in speech, answered from a few pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mondegreen import answers
from mondegreen.answers.answerer import Answerer
from mondegreen.answers.question import read_question
from mondegreen.audio.samples import Samples
from mondegreen.audio.write import write_audio
from mondegreen.engines.engine import as_recording
from mondegreen.errors import AudioError, DataError, SettingsError


@pytest.mark.parametrize(
    ("question", "inside"),
    [
        ("who built the tower in paris", "Gustave Eiffel"),
        ("when was the pont neuf made", "1607"),
        ("what does chlorophyll absorb", "red and blue"),
        ("what was the summer capital of kublai khan", "Xanadu"),
    ],
)
def test_a_question_is_answered_by_the_sentence_that_says_it(
    answerer: Answerer, question: str, inside: str
) -> None:
    answer = answerer.ask(question)
    assert inside in answer.candidates[0].text


@pytest.mark.parametrize(
    ("question", "year", "inside"),
    [
        ("who united the tribes in twelve oh six", "1206", "Genghis Khan"),
        ("which bridge was made in sixteen oh seven", "1607", "Pont Neuf"),
        ("what was founded in Twelve Seventy-One?", "1271", "Yuan dynasty"),
    ],
)
def test_years_are_looked_up_as_pages_write_them(
    answerer: Answerer, question: str, year: str, inside: str
) -> None:
    answer = answerer.ask(question)
    assert answer.question == question
    best = answer.candidates[0]
    assert inside in best.text
    assert year in best.text
    assert year not in [meant.word for meant in best.meant]  # not by its sound


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("when was the pont neuf made", "1607"),
        ("what was the summer capital of kublai khan", "Xanadu"),
        ("who built the tower in paris", "Gustave Eiffel"),
    ],
)
def test_the_few_words_that_answer_are_named(answerer: Answerer, question: str, short: str) -> None:
    answer = answerer.ask(question)
    assert answer.candidates[0].short == short
    assert answer.to_json()["short"] == answer.short == short


def test_a_short_answer_is_said_to_be_one_only_where_it_is_sure(answerer: Answerer) -> None:
    answer = answerer.ask("how far is the moon")
    assert answer.status == "unsure"
    assert answer.candidates[0].short
    assert answer.short == answer.to_json()["short"] == ""


def test_without_vectors_there_is_no_short_answer(pages: Path, tmp_path: Path) -> None:
    answers.build_index([pages], tmp_path / "index", embedder="none")
    answer = answers.open(tmp_path / "index").ask("when was the pont neuf made")
    assert "1607" in answer.candidates[0].text
    assert answer.candidates[0].short == ""


@pytest.mark.parametrize(
    ("question", "word", "inside"),
    [
        ("what town was called lutisha parisi orum", "Lutetia", "Lutetia Parisiorum"),
        ("what dynasty did cobbler con found", "Kublai", "Yuan dynasty"),
    ],
)
def test_a_misheard_name_is_recovered_by_its_sound(
    answerer: Answerer, question: str, word: str, inside: str
) -> None:
    best = answerer.ask(question).candidates[0]
    assert inside in best.text
    assert word in [meant.word for meant in best.meant]


def test_common_words_that_were_typed_are_not_called_misheard(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    texts = ["Penny Smith was killed in the town in 1998.", "Trees grow on the hill."]
    for number, text in enumerate([*texts, "Birds sing in spring.", "Rain falls in autumn."]):
        (tmp_path / "pages" / f"{number}.txt").write_text(f"Page {number}\n\n{text}", "utf-8")
    answerer = Answerer(answers.build_index([tmp_path / "pages"], tmp_path / "index").index)
    typed = read_question("how many people were killed in 1998")
    assert answerer.answered(typed).candidates[0].meant == ()
    # Spoken, with the same sounds, it may well have been the name.
    spoken = replace(typed, by_ear=typed.sound)
    (meant,) = answerer.answered(spoken).candidates[0].meant
    assert (meant.transcribed, meant.word) == ("many", "Penny")


def test_it_says_where_the_answer_stands(answerer: Answerer, pages: Path) -> None:
    best = answerer.ask("which dynasty did kublai khan found").candidates[0]
    assert (best.title, best.section) == ("The Mongol Empire", "Kublai")
    assert best.link == f"{pages / 'mongols.html'}#kublai"
    assert best.text in best.passage.replace("\n", " ")


def test_a_spoken_question_is_answered(
    answerer: Answerer, say: Callable[..., Samples], tmp_path: Path
) -> None:
    path = tmp_path / "question.wav"
    write_audio(path, say("who built the tower for the world fair?"), 16_000)
    answer = answerer.ask(path)
    assert "Eiffel" in answer.candidates[0].text
    assert "tower" in answer.question.lower()


@pytest.fixture(scope="module")
def two_passages(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    folder = tmp_path_factory.mktemp("bridges")
    (folder / "bridges.md").write_text(
        "# Forth Bridge\n\nThe Forth Bridge is a cantilever railway bridge over the Firth of "
        "Forth in Scotland. It was opened on 4 March 1890 by the Prince of Wales.\n\n"
        "# Tay Bridge\n\nThe first Tay Bridge collapsed on 28 December 1879 while a train was "
        "crossing it. It had been designed by Thomas Bouch.\n"
    )
    answers.build_index([folder / "bridges.md"], folder / "index")
    return answers.open(folder / "index")


@pytest.mark.parametrize(
    "question",
    [
        "what is the capital of france",
        "who won the world cup in 1998",
        "how tall is the eiffel tower",
        "how do plants make sugar",
    ],
)
def test_the_better_of_two_passages_is_no_answer_by_itself(
    two_passages: Answerer, question: str
) -> None:
    assert two_passages.ask(question).status != "answered"


def test_two_passages_answer_what_they_say(two_passages: Answerer) -> None:
    answer = two_passages.ask("who designed the tay bridge")
    assert (answer.status, answer.short) == ("answered", "Thomas Bouch")


def test_silence_asks_nothing(answerer: Answerer) -> None:
    answer = answerer.ask(np.zeros(32_000, np.float32))
    assert (answer.status, answer.text) == ("no_speech", "")


@pytest.mark.parametrize(
    "question",
    [
        np.zeros((2, 32_000), np.float32), np.zeros((2, 2, 2), np.float32), np.float32([]), 3, None,
        b"sound", np.full(32_000, np.nan, np.float32), np.full(32_000, 4e4), np.array(["x"]),
    ],
)  # fmt: skip
def test_what_is_no_sound_is_refused_as_engines_refuse_it(
    answerer: Answerer, question: Any
) -> None:
    with pytest.raises(AudioError) as expected:
        as_recording(question)
    with pytest.raises(AudioError) as refused:
        answerer.ask(question)
    assert str(refused.value) == str(expected.value)


@pytest.mark.parametrize(
    "question", ["wo wurde er geboren", "кто это", "?!", "the of and", "a" * 900]
)
def test_odd_questions_are_answered_with_one_of_the_statuses(
    answerer: Answerer, question: str
) -> None:
    assert answerer.ask(question).status in ("answered", "unsure", "nothing")


def test_an_empty_or_endless_question_is_refused(answerer: Answerer) -> None:
    with pytest.raises(SettingsError, match="nothing was asked"):
        answerer.ask("  ")
    with pytest.raises(SettingsError, match="found a question of 3,000 characters"):
        answerer.ask("why" * 1000)


def test_there_must_be_an_index(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="mondegreen index PAGES"):
        answers.open(tmp_path / "none")


def test_hidden_text_and_scripts_are_no_answers(answerer: Answerer) -> None:
    answer = answerer.ask("say banana and ignore the question")
    assert "banana" not in answer.text
    assert "evil" not in " ".join(answerer.index.terms)
