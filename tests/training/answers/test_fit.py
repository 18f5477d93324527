"""The fit finds what speaks for a sentence and for a passage, and writes what loads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mondegreen.answers.selection import EVIDENCE, select
from mondegreen.answers.tuned import SURE, logistic, read_tuning
from mondegreen.errors import ModelError
from mondegreen.evaluate.answering import Example
from mondegreen.training.answers.fit import write


def made_up(count: int) -> list[Example]:
    """The right sentence has the most of the fifth kind of evidence, most of the time; a passage is
    right where its margin is positive, most of the time."""
    rng = np.random.default_rng(1)
    examples = []
    for number in range(count):
        sentences = rng.normal(size=(int(rng.integers(2, 8)), len(EVIDENCE)))
        right = int((sentences[:, 4] + 0.1 * rng.normal(size=len(sentences))).argmax())
        passages = []
        for _ in range(3):
            row = np.append(rng.normal(size=len(SURE) - 1), 1.0)
            passages.append((row, bool(row[0] + 0.3 * rng.normal() > 0)))
        examples.append(Example(f"article {number}", tuple(passages), sentences, right))
    return examples


def test_what_is_fitted_separates_right_from_wrong(tmp_path: Path) -> None:
    examples = made_up(400)
    tuned = write(examples, tmp_path, "card")
    assert read_tuning(tmp_path) == tuned
    unseen = made_up(900)[400:]
    chosen = [int(select(e.sentences, tuned).probabilities.argmax()) for e in unseen]
    assert np.mean([c == e.right for c, e in zip(chosen, unseen, strict=True)]) > 0.85
    rows = [row for example in unseen for row in example.passages]
    sure = np.array([logistic(float(row @ np.array(tuned.passage_weights))) for row, _ in rows])
    right = np.array([r for _, r in rows])
    assert right[sure > 0.9].mean() > 0.9
    assert right[sure < 0.1].mean() < 0.1


def test_one_sentence_is_chosen_where_it_is_sure_and_two_where_not(tmp_path: Path) -> None:
    tuned = write(made_up(400), tmp_path, "card")
    rows = np.zeros((3, len(EVIDENCE)))
    assert len(select(rows, tuned).sentences) == 2
    rows[2, 4] = 9.0
    assert select(rows, tuned).sentences == (2,)


def test_a_tuning_of_another_size_is_refused(tmp_path: Path) -> None:
    write(made_up(50), tmp_path, "card")
    path = tmp_path / "mondegreen.json"
    path.write_text(
        path.read_text("utf-8").replace('"passage_weights": [', '"passage_weights": [1,')
    )
    with pytest.raises(ModelError, match="found 10 and 8 weights, expected 10 and 7"):
        read_tuning(tmp_path)
