"""The fit finds what speaks for a sentence and for a passage, and writes what loads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mondegreen.answers.answerer import trusted
from mondegreen.answers.selection import EVIDENCE, select
from mondegreen.answers.tuned import SURE, read_tuning
from mondegreen.errors import ModelError
from mondegreen.evaluate.answer_examples import Example, Shown
from mondegreen.evaluate.answering import Asked
from mondegreen.evaluate.ranking import calibration_error
from mondegreen.training.answers.fit import write


def made_up(count: int, seed: int = 1) -> list[Example]:
    """The right sentence has the most of the fifth kind of evidence, most of the time; a passage is
    right where its margin is positive, most of the time."""
    rng = np.random.default_rng(seed)
    examples = []
    for number in range(count):
        sentences = rng.normal(size=(int(rng.integers(2, 8)), len(EVIDENCE)))
        place = int((sentences[:, 4] + 0.1 * rng.normal(size=len(sentences))).argmax())
        holding = np.arange(len(sentences)) == place
        hits = []
        for _ in range(3):
            row = np.append(rng.normal(size=len(SURE) - 1), 1.0)
            right = bool(row[0] + 0.3 * rng.normal() > 0)
            agreement = np.array([rng.random(), *rng.integers(0, 2, 4)])
            hits.append(Shown(row, agreement, right, sentences, holding & right))
        asked = Asked(str(number), f"article {number}", "who", ("he",), "it was he", 7)
        examples.append(Example(asked, 0, 0, tuple(hits), hits[0], place))
    return examples


def test_what_is_fitted_separates_right_from_wrong(tmp_path: Path) -> None:
    tuned = write(made_up(400), tmp_path, "card")
    assert read_tuning(tmp_path) == tuned
    unseen = made_up(500, seed=2)
    chosen = [int(select(e.given.sentences, tuned).probabilities.argmax()) for e in unseen]
    assert np.mean([c == e.place for c, e in zip(chosen, unseen, strict=True)]) > 0.85
    shown = [hit for example in unseen for hit in example.hits]
    sure = np.array([trusted(h.evidence, h.agreement, h.sentences, tuned)[1] for h in shown])
    right = np.array([hit.right for hit in shown])
    assert right[sure > 0.9].mean() > 0.9
    assert right[sure < 0.1].mean() < 0.1


def test_an_outcome_under_a_tuning_follows_from_the_evidence(tmp_path: Path) -> None:
    tuned = write(made_up(400), tmp_path, "card")
    outcomes = [example.outcome(tuned) for example in made_up(300, seed=3)]
    sure = np.array([outcome.confidence for outcome in outcomes])
    answered = np.array([outcome.answered for outcome in outcomes])
    assert calibration_error(sure, answered) < 0.1
    assert {outcome.status for outcome in outcomes} == {"answered", "unsure", "nothing"}


def test_questions_without_an_answer_lower_what_is_said_and_not_the_confidence(
    tmp_path: Path,
) -> None:
    plain = made_up(400)
    nowhere = Shown(
        np.append(np.ones(len(SURE) - 1), 1.0), np.zeros(5), False,
        plain[0].given.sentences, np.zeros(len(plain[0].given.sentences), np.bool_),
    )  # fmt: skip
    some = [replace(e, outside=nowhere) for e in plain]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    outcomes = [
        [e.outcome(write(examples, tmp_path / name, "card")) for e in made_up(300, seed=3)]
        for name, examples in (("a", plain), ("b", some))
    ]
    without, among = ([o.confidence for o in rows if o.confidence] for rows in outcomes)
    assert np.mean(among) == pytest.approx(np.mean(without), abs=0.05)
    counts = [sum(o.status == "answered" for o in rows) for rows in outcomes]
    assert counts[1] < counts[0]


def test_the_best_two_sentences_are_chosen_and_one_where_there_is_one(tmp_path: Path) -> None:
    tuned = write(made_up(400), tmp_path, "card")
    rows = np.zeros((3, len(EVIDENCE)))
    rows[2, 4], rows[1, 4] = 9.0, 1.0
    assert select(rows, tuned).sentences == (1, 2)
    assert select(rows[:1], tuned).sentences == (0,)


def test_a_tuning_of_another_size_is_refused(tmp_path: Path) -> None:
    write(made_up(50), tmp_path, "card")
    path = tmp_path / "mondegreen.json"
    path.write_text(
        path.read_text("utf-8").replace('"passage_weights": [', '"passage_weights": [1,')
    )
    with pytest.raises(ModelError, match=r"found \(10, 8, 9\) weights, expected \(10, 7, 9\)"):
        read_tuning(tmp_path)
