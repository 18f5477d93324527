"""A working folder goes on with what it was made of, and with nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch")

from msgspec import structs

from mondegreen.data.manifest import write_manifest
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError, ModelError
from mondegreen.training.interpreter.fit_interpreter import Fit
from mondegreen.training.interpreter.fit_masked import Masked
from mondegreen.training.interpreter.fit_transcriber import Tuning
from mondegreen.training.interpreter.interpreter_recipe import Recipe
from mondegreen.training.interpreter.stages import (
    INTERPRETER,
    MASKED,
    PEOPLE,
    SENTENCES,
    TRANSCRIBER,
    differing,
    digest_of,
    stages_of,
)
from mondegreen.training.interpreter.train_interpreter import Job, train
from mondegreen.training.interpreter.work_folder import TRAINING, Training, begin_in

ROWS = [
    Utterance(
        f"{state}-{room}", text=f"the {room} lamp {state}", intent=state, split=split,
        slots=(SlotLabel("room", room, 4, 4 + len(room)),),
    )
    for room, split in (
        ("kitchen", "train"), ("garden", "train"), ("hall", "dev"), ("cellar", "test"),
    )
    for state in ("on", "off")
]  # fmt: skip
SWAPPED = [structs.replace(row, intent="on" if row.intent == "off" else "off") for row in ROWS]
REMEDY = "; choose another --work folder, or delete this one"


class Stopped(Exception):
    """Somebody has pulled the plug."""


@pytest.fixture
def job(tmp_path: Path, small_bert: Callable[..., str]) -> Job:
    language = small_bert(["on", "off", "the", "kitchen", "garden", "hall", "lamp"])
    recipe = Recipe(
        fit=Fit(language_model=language, epochs=2, batch_pieces=16), tune=Tuning(epochs=0)
    )
    write_manifest(tmp_path / "texts.jsonl", ROWS)
    return Job(
        recipe, tmp_path / "texts.jsonl", None, None, tmp_path / "work", tmp_path / "model", 1
    )


def fitted(job: Job) -> list[str]:
    """What a training says until its interpreter is fitted, where it is stopped."""
    lines: list[str] = []

    def stop(line: str) -> None:
        lines.append(line)
        if line.startswith("learning what the beginnings"):
            raise Stopped

    with pytest.raises(Stopped):
        train(job, stop)
    return lines


def test_other_sentences_or_another_recipe_are_not_taken_for_those_of_before(job: Job) -> None:
    fitted(job)
    kept = {path.name: path.read_bytes() for path in (job.work / INTERPRETER, job.work / TRAINING)}
    recipe, epochs = job.recipe, replace(job.recipe.fit, epochs=3, rate=1e-3)
    for other, rows, difference in (
        (job, SWAPPED, "of other sentences"),
        (replace(job, recipe=replace(recipe, seed=9)), ROWS,
         "with another recipe (seed: 1 there, 9 now)"),
        (replace(job, recipe=replace(recipe, fit=epochs, masked=Masked(epochs=1), seed=9)), SWAPPED,
         "of other sentences and with another recipe (fit.epochs: 2 there, 3 now; "
         "fit.rate: 0.0002 there, 0.001 now; masked.epochs: 0 there, 1 now; and 1 more)"),
    ):  # fmt: skip
        write_manifest(job.texts, rows)
        with pytest.raises(DataError) as refused:
            train(other, lambda _: None)
        assert str(refused.value) == f"{job.work} was made {difference}{REMEDY}"
        assert {name: (job.work / name).read_bytes() for name in kept} == kept
    # What is not learned from may be another: a test, the name, the file's place.
    write_manifest(job.texts, [row for row in ROWS if row.split != "test"])
    assert any(line.startswith("resumed at step ") for line in fitted(job))
    assert any("resumed" in line for line in fitted(replace(job, recipe=replace(recipe, name="n"))))
    assert (job.work / INTERPRETER).read_bytes() == kept[INTERPRETER]


def test_a_folder_of_before_is_compared_by_what_it_has(job: Job) -> None:
    fitted(job)
    path = job.work / TRAINING
    noted = json.loads(path.read_bytes())
    del noted["stages"]
    path.write_text(json.dumps(noted), "utf-8")
    with pytest.raises(DataError, match="seed: 1 there, 9 now"):
        train(replace(job, recipe=replace(job.recipe, seed=9)), lambda _: None)
    write_manifest(job.texts, [structs.replace(row, intent=f"{row.intent}!") for row in ROWS])
    with pytest.raises(DataError, match="was made of other sentences; choose another"):
        train(job, lambda _: None)
    write_manifest(job.texts, ROWS)
    for _ in range(2):  # it is still nobody's word when it was taken up once
        unsure = f"{job.work} does not say of which sentences it was made: taken to be these"
        assert unsure in fitted(job)
    path.write_text("{}", "utf-8")
    with pytest.raises(ModelError, match="nobody can tell what it was made of: choose another"):
        train(job, lambda _: None)


def test_a_stage_that_is_left_out_for_once_keeps_what_it_was_made_with(tmp_path: Path) -> None:
    data = {SENTENCES: "a", PEOPLE: "b"}

    def begin(recipe: Recipe, data: dict[str, str] = data) -> None:
        stages = stages_of(recipe, data)
        begin_in(tmp_path, Training(1, recipe, ("on",), (), {"on": ()}, stages=stages), print)

    whole = Recipe(tune=Tuning(epochs=2))
    texts_only = replace(whole, tune=replace(whole.tune, epochs=0), versions=2)
    begin(texts_only)
    (tmp_path / INTERPRETER).touch()
    begin(whole)  # first the interpreter alone, then the transcriber as well
    (tmp_path / TRANSCRIBER).touch()
    begin(texts_only, {**data, PEOPLE: "none"})
    with pytest.raises(DataError, match=r"recipe \(tune\.epochs: 2 there, 3 now\)"):
        begin(replace(whole, tune=Tuning(epochs=3)))
    with pytest.raises(DataError, match="was made with other recordings of people; choose"):
        begin(whole, {**data, PEOPLE: "c"})
    begin(whole)


def test_of_a_part_that_is_not_used_no_setting_counts() -> None:
    first, second = Recipe(masked=Masked(hidden=0.2)), Recipe()
    one, two = (stages_of(recipe, {SENTENCES: "a"}) for recipe in (first, second))
    assert one.keys() == {INTERPRETER, TRANSCRIBER}
    assert not differing((one[name], two[name]) for name in one)
    assert MASKED in stages_of(Recipe(masked=Masked(epochs=1)), {})


def test_the_order_and_the_labels_of_sentences_are_what_they_are() -> None:
    assert len({digest_of(ROWS), digest_of(ROWS[::-1]), digest_of(SWAPPED)}) == 3
    assert digest_of(iter(ROWS)) == digest_of(ROWS)
