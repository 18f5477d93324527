"""Another intent for a model: what it says, and which model it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from mondegreen.data.manifest import write_manifest
from mondegreen.data.utterance import Utterance
from mondegreen.engines.general.model_folder import SHIPPED, model_folder
from mondegreen.errors import DataError
from mondegreen.evaluate.intervals import wilson
from mondegreen.training.interpreter.add_intent import Added
from mondegreen.training.interpreter.fit_interpreter import Interpreter
from mondegreen.training.interpreter.interpreter_recipe import Recipe
from mondegreen.training.interpreter.labelled_sentences import Names
from mondegreen.training.interpreter.train_interpreter import Job, extend
from mondegreen.training.interpreter.work_folder import Training


def test_shares_come_with_their_counts_and_intervals() -> None:
    added = Added(
        Interpreter(None, Names((), ())),  # type: ignore[arg-type]
        [], wilson(1, 1), wilson(0, 1), wilson(2, 2),
    )  # fmt: skip
    assert added.line == (
        "old sentences (1) read exactly 100.0% (20.7% to 100.0%) before and "
        "0.0% (0.0% to 79.3%) after, new ones (2) 100.0% (34.2% to 100.0%)"
    )


def test_a_model_of_another_working_folder_is_refused(tmp_path: Path) -> None:
    rows = [Utterance(f"u{i}", text=f"feed lion {i}", intent="feed") for i in range(4)]
    rows.append(Utterance("dev", text="feed the lion", intent="feed", split="dev"))
    write_manifest(tmp_path / "texts.jsonl", rows)
    work = tmp_path / "work"
    work.mkdir()
    Training(Training.FORMAT, Recipe(), ("feed",), (), {"feed": ()}).write(work)
    job = Job(Recipe(), tmp_path / "texts.jsonl", None, None, work, tmp_path / "model", 1)
    with pytest.raises(DataError, match=r"was not made in the --work folder .*work: .* has '") as e:
        extend(job, model_folder(SHIPPED).place, "greet", tmp_path / "greet.txt", lambda _: None)
    assert "\n" not in str(e.value)
