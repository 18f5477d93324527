"""`mondegreen evaluate`, run as its users run it, on real speech."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mondegreen.audio.samples import RATE, Samples
from mondegreen.audio.write import write_audio
from mondegreen.data.manifest import Manifest, write_manifest
from mondegreen.data.utterance import SlotLabel, Utterance

COMMAND = [sys.executable, "-c", "from mondegreen.cli.main import run; run()", "evaluate"]
GRAMMAR = """
context:
  expressions:
    On: ["turn on the $room:room light"]
    Off: ["turn off the $room:room light"]
  slots: {room: [kitchen, attic, cellar]}
"""
ROOMS = ("kitchen", "attic", "cellar")


def evaluate(*arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, say: Callable[..., Samples]) -> Path:
    """A manifest of twelve commands and a stranger's sentence, a grammar, and one that lacks Off.

    The twelve are six, each clean and as if it had been noisy.
    """
    folder = tmp_path_factory.mktemp("home")
    texts = {f"turn {way} the {room} light": (way.capitalize(), room)
             for way in ("on", "off") for room in ROOMS}  # fmt: skip
    rows = []
    for number, (text, (intent, room)) in enumerate(texts.items()):
        write_audio(folder / f"{number}.flac", say(text), RATE)
        at = text.index(room)
        row = Utterance(
            f"u{number}", audio=f"{number}.flac", text=text, intent=intent, split="test",
            slots=(SlotLabel("room", room, at, at + len(room)),),
        )  # fmt: skip
        noisy = {"clean": row.id, "snr_db": 6}
        rows += [row, msgspec.structs.replace(row, id=f"n{number}", noise="cafe", meta=noisy)]
    write_audio(folder / "other.flac", say("my uncle lives beside a river"), RATE)
    rows.append(Utterance("other", audio="other.flac", split="foreign"))
    write_manifest(folder / "m.jsonl", rows)
    (folder / "home.yaml").write_text(GRAMMAR, encoding="utf-8")
    less = "\n".join(line for line in GRAMMAR.splitlines() if "Off" not in line)
    (folder / "less.yaml").write_text(less, encoding="utf-8")
    return folder


def test_figures_parts_and_pictures(home: Path, tmp_path: Path) -> None:
    done = evaluate(home / "home.yaml", home / "m.jsonl", "--by", "noise", "--workers", "2",
                    "--json", "--plots", tmp_path / "p")  # fmt: skip
    report = json.loads(done.stdout)
    assert report["utterances"] == 13
    engine = report["engine"]
    assert engine["kind"] == "grammar"
    assert engine["model"].startswith("home@sha256:")
    scores = engine["scores"]
    for name in ("exact_match", "intent_accuracy", "slot_f1", "slu_f1"):
        assert (scores[name]["value"], scores[name]["n"]) == (1.0, 12), name
    assert scores["wer"]["value"] == scores["refused"]["value"] == 0.0
    assert (scores["false_accepts"]["value"], scores["false_accepts"]["n"]) == (0.0, 1)
    assert scores["auroc"]["value"] == 1.0
    assert scores["latency_p95"]["value"] >= scores["latency_median"]["value"] > 0
    parts = engine["parts"]
    assert list(parts) == ["no noise", "cafe 6 dB"]
    assert [part["exact_match"]["n"] for part in parts.values()] == [6, 6]
    assert parts["cafe 6 dB"]["false_accepts"] is None
    assert report["plots"] == [str(tmp_path / "p" / f"{n}.png") for n in ("intents", "confidence")]
    assert all(Path(path).stat().st_size > 5_000 for path in report["plots"])


def test_the_heads_of_parts_are_broken_between_words(home: Path) -> None:
    manifest = home / "one.jsonl"
    write_manifest(manifest, [*Manifest.open(home / "m.jsonl")][-2:])
    shown = evaluate(home / "home.yaml", manifest, "--by", "noise", "--workers", "1").stdout
    assert "by noise, in per cent" in shown
    table = shown.partition("in per cent\n")[2].splitlines()
    assert max(map(len, table)) <= 80
    # Heads stand right above their columns, and no word of them is cut.
    heads = {word for line in table[:2] for word in line.split()}
    assert {"n", "exact", "match", "intent", "slot", "semantic", "errors", "let", "in"} <= heads
    write_manifest(manifest, [*Manifest.open(manifest)][:1])
    assert "one.jsonl: 1 utterance, " in evaluate(home / "home.yaml", manifest).stdout


def test_two_engines_are_told_apart(home: Path, tmp_path: Path) -> None:
    arguments = (home / "home.yaml", home / "m.jsonl", "--split", "test", "--against",
                 home / "less.yaml", "--workers", "1", "-o", tmp_path / "r.jsonl")  # fmt: skip
    done = evaluate(*arguments)
    assert "less.yaml does not have 1 of the labelled intents: Off" in done.stderr
    assert "exact match  +50.0" in done.stdout
    assert "home.yaml is better" in done.stdout
    report = json.loads(evaluate(*arguments, "--json").stdout)
    difference = report["comparison"]["exact_match"]
    assert (difference["difference"]["value"], difference["better"]) == (0.5, 0)
    assert difference["test"] == "paired bootstrap", "noisy versions are no new recordings"
    # "Off" is nearly "On", and the second grammar knows nothing else.
    scores = report["against"]["scores"]
    assert scores["refused"]["value"] + scores["wrong_silently"]["value"] == 0.5
    rows = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert len(rows) == 12
    assert sum(row["against"]["right"] for row in rows) == 6


def test_ctrl_c_loses_nothing(home: Path, tmp_path: Path) -> None:
    out, manifest = tmp_path / "r.jsonl", home / "long.jsonl"
    # So many that a run is far from done when the first two are seen, however busy the machine is.
    rows = [
        msgspec.structs.replace(row, id=f"{row.id}-{again}", meta={})
        for again in range(8)
        for row in Manifest.open(home / "m.jsonl")
    ]
    write_manifest(manifest, rows)
    arguments = [home / "home.yaml", manifest, "--workers", "1", "-o", out]
    running = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Jobs that a script puts in the background ignore SIGINT, and hand that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    lines = 0
    while lines < 2 and running.poll() is None:
        time.sleep(0.005)
        lines = out.read_bytes().count(b"\n") if out.exists() else 0
    running.send_signal(signal.SIGINT)
    _, messages = running.communicate(timeout=60)
    assert running.returncode == 130, messages
    before = out.read_bytes()
    assert 2 <= before.count(b"\n") < len(rows)
    done = evaluate(*arguments)
    assert f"{len(rows)} utterances" in done.stdout
    after = out.read_bytes()
    assert after.startswith(before), "what was done is not done again"
    assert after.count(b"\n") == len(rows)


@pytest.mark.parametrize(
    ("changes", "options", "message"),
    [
        ({"audio": None}, (), "13 of 13 utterances have no audio"),
        ({"intent": None}, (), "no utterance has an intent"),
        ({}, ("--split", "tset"), "no split 'tset'; did you mean 'test'?"),
        ({"audio": "gone.flac"}, ("--workers", "1"), "gone.flac"),
        ({}, ("--engine", "gramar"), "unknown engine 'gramar'; did you mean 'grammar'?"),
        ({}, ("--against", "none.yaml"), "none.yaml"),
        ({}, ("-o", "nowhere/r.jsonl"), "create it first"),
        ({}, ("--plots", "home.yaml"), "expected a folder"),
    ],
)
def test_wrong_input_is_one_line(
    home: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any],
    options: tuple[str, ...], message: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(home)
    rows = [msgspec.structs.replace(row, **changes) for row in Manifest.open("m.jsonl")]
    write_manifest("changed.jsonl", rows)
    done = evaluate("home.yaml", "changed.jsonl", *options, code=2)
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert message in line


def test_bad_rows_are_left_out_when_told(home: Path, tmp_path: Path) -> None:
    bad = home / "bad.jsonl"
    rows = [*list(Manifest.open(home / "m.jsonl"))[:2], Utterance("x", audio="x.wav", intent="On")]
    write_manifest(bad, rows)
    bad.write_bytes(bad.read_bytes() + b"nonsense\n")
    arguments = (home / "home.yaml", bad, "--workers", "1", "--skip-bad")
    done = evaluate(*arguments, "-o", tmp_path / "r.jsonl")
    assert "2 rows were skipped" in done.stderr
    listed = (tmp_path / "r.skipped.jsonl").read_text().splitlines()
    assert [json.loads(line)["place"] for line in listed] == [f"{bad}:4", "x"]
    assert "2 utterances" in done.stdout
    assert not list(home.glob("*.skipped.jsonl"))


def test_a_file_of_other_settings_or_recordings_is_not_gone_on_with(
    home: Path, tmp_path: Path
) -> None:
    rows = [row for row in Manifest.open(home / "m.jsonl") if row.noise is None][:3]
    write_manifest(home / "few.jsonl", rows)
    out = tmp_path / "r.jsonl"
    (tmp_path / "words.txt").write_text("blorp\tb l ɔ ɹ p\n", encoding="utf-8")
    usual = (home / "home.yaml", home / "few.jsonl", "--workers", "1", "-o", out)
    evaluate(*usual)
    before = out.read_bytes()
    for options, name in (
        (("--refuse-below", "0.99"), "refuse_below"),
        (("--lexicon", tmp_path / "words.txt"), "lexicon"),
    ):
        (line,) = evaluate(*usual, *options, code=2).stderr.splitlines()
        assert f"r.jsonl:1: found an answer with another setting of {name}" in line
    mixed = [msgspec.structs.replace(rows[0], audio=rows[1].audio), *rows[1:]]
    write_manifest(home / "few.jsonl", mixed)
    (line,) = evaluate(*usual, code=2).stderr.splitlines()
    assert f"another recording of {rows[0].id!r}" in line
    assert out.read_bytes() == before
    write_manifest(home / "few.jsonl", rows)
    assert "note" not in evaluate(*usual).stderr
    assert out.read_bytes() == before


def test_nothing_to_count_is_one_line(home: Path) -> None:
    write_manifest(home / "gone.jsonl", [Utterance("x", audio="x.wav", intent="On")])
    done = evaluate(home / "home.yaml", home / "gone.jsonl", "--workers", "1", "--skip-bad", code=2)
    assert "gone.jsonl: no utterance was evaluated" in done.stderr
    assert "Traceback" not in done.stderr


def test_one_argument_needs_a_kind_of_engine(home: Path) -> None:
    assert "expected an engine's source and a manifest" in evaluate(home / "m.jsonl", code=2).stderr
