"""`mondegreen early`: rules fitted on real sound, kept with the user's data, and measured."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from typer.testing import CliRunner, Result

import mondegreen
from mondegreen.cli.main import app
from mondegreen.cli.shared.timeline import Timeline
from mondegreen.data.utterance import Utterance
from mondegreen.early.policy import Policy
from mondegreen.errors import SettingsError
from mondegreen.evaluate.early_figures import Timed
from mondegreen.evaluate.traces import Look, Trace
from mondegreen.types import (
    Alternative,
    Decided,
    Final,
    Outlook,
    Prospect,
    Revised,
    Understanding,
)

Say = Callable[..., np.ndarray]

GRAMMAR = """
context:
  expressions:
    Light:
      - "turn the light in the $room:room $state:state"
    Door:
      - "open the door of the $room:room"
  slots:
    state: ["on", "off"]
    room: [kitchen, cellar, office, garden]
"""
ROOMS = ("kitchen", "cellar", "office", "garden")
COMMANDS = [
    *((f"open the door of the {room}", "Door", {"room": room}) for room in ROOMS),
    *(
        (f"turn the light in the {room} {state}", "Light", {"room": room, "state": state})
        for room in ROOMS
        for state in ("on", "off")
    ),
]
"""Twelve."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("early") / "house.yaml"
    path.write_text(GRAMMAR, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def spoken(house: Path, say: Say) -> Path:
    """A manifest of the commands, each said by two voices."""
    rows = []
    for number, (text, intent, slots) in enumerate(COMMANDS):
        for name in ("hibari", "flite-slt"):
            audio = f"{name}-{number}.flac"
            silence = np.zeros(8_000, np.float32)
            sf.write(house.parent / audio, np.concatenate([silence, say(text, name)]), 16_000)
            filled = [
                {"name": slot, "value": value, "start": text.index(f" {value}") + 1,
                 "end": text.index(f" {value}") + 1 + len(value)}
                for slot, value in slots.items()
            ]  # fmt: skip
            rows.append(
                {"id": f"{name}-{number}", "audio": audio, "text": text, "intent": intent,
                 "slots": filled}
            )  # fmt: skip
    path = house.parent / "spoken.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """`mondegreen early …` with an empty folder for the user's data."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("sys.platform", "linux")
    return lambda *words: CliRunner().invoke(app, ["early", *map(str, words)])


def test_a_calibrated_engine_decides_at_that_risk_and_no_other(
    run: Callable[..., Result], house: Path, spoken: Path, say: Say, tmp_path: Path
) -> None:
    engine = mondegreen.load(str(house))
    with pytest.raises(SettingsError, match="not calibrated"):
        engine.stream(risk=0.2)
    words = ("--risk", 0.2, "--confidence", 0.8, "--workers", 1, "--json")
    done = run("calibrate", house, spoken, *words)
    assert done.exit_code == 0, done.output
    written = json.loads(done.stdout.splitlines()[-1])
    assert Path(written["file"]).is_relative_to(tmp_path / "data")
    assert (written["utterances"], written["model"]) == (24, engine.model)
    assert set(written["risks"][0]["kinds"]) == {"intent", "slot", "all"}
    with pytest.raises(SettingsError, match=r"calibrated for 0\.2"):
        engine.stream(risk=0.1)
    sound = np.concatenate([np.zeros(8_000), say("open the door of the cellar"), np.zeros(32_000)])
    with engine.stream(risk=0.2) as stream:
        events = stream.feed(sound.astype(np.float32))
    final = next(event for event in events if isinstance(event, Final))
    decided = {event.part: event for event in events if isinstance(event, Decided)}
    assert not any(isinstance(event, Revised) for event in events)
    assert list(decided) == ["intent", "slot:room", "all"]
    assert decided["intent"].value == final.result.intent == "Door"
    assert decided["all"].meaning is not None
    assert decided["all"].meaning.key == final.result.meaning.key  # type: ignore[union-attr]
    assert decided["intent"].time < decided["slot:room"].time < final.time


def test_too_few_recordings_say_how_many_are_needed(
    run: Callable[..., Result], house: Path, spoken: Path
) -> None:
    done = run("calibrate", house, spoken, "--risk", 0.01, "--limit", 1, "--workers", 1)
    assert done.exit_code == 2
    assert "needs at least 408" in done.output


@pytest.mark.parametrize(
    "words", [("--risk", 0), ("--risk", 1.5), ("--risk", "nan"), ("--confidence", 1)]
)
def test_shares_lie_between_0_and_1(
    run: Callable[..., Result], house: Path, spoken: Path, words: tuple[object, ...]
) -> None:
    done = run("calibrate", house, spoken, *words)
    assert done.exit_code == 2
    assert f"{words[0]} is" in done.output


def test_a_report_is_one_page_with_three_rules(
    run: Callable[..., Result], house: Path, spoken: Path, tmp_path: Path
) -> None:
    page = tmp_path / "early.html"
    done = run("report", house, spoken, "-o", page, "--limit", 3, "--workers", 1, "--json")
    assert done.exit_code == 0, done.output
    rules = json.loads(done.stdout.splitlines()[-1])["rules"]
    assert list(rules) == ["uncalibrated", "probability of 0.9", "700 ms of silence"]
    by_part = {row["part"]: row for row in rules["uncalibrated"]}
    late = {row["part"]: row for row in rules["700 ms of silence"]}
    assert by_part["intent"]["median_after_end"] < 0 < late["intent"]["median_after_end"]
    assert by_part["intent"]["before_end"] == 1.0
    assert by_part["intent"]["risk"]["value"] == 0.0
    html = page.read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert "700 ms of silence" in html
    assert "http" not in html.replace("http-equiv", "")


def test_a_report_has_a_line_for_each_intent_and_says_what_the_engine_lacks(
    run: Callable[..., Result], house: Path, spoken: Path, tmp_path: Path
) -> None:
    lines = spoken.read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in (*lines[:4], *lines[8:10])]
    rows[0]["intent"], rows[4]["slots"][0]["name"] = "Gate", "place"
    (mixed := spoken.parent / "mixed.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    page = tmp_path / "early.html"
    done = run("report", house, mixed, "-o", page, "--workers", 1, "--json")
    assert done.exit_code == 0, done.output
    shown = json.loads(done.stdout.splitlines()[-1])
    by_intent = {row["part"]: row for row in shown["intents"]}
    assert {intent: row["utterances"] for intent, row in by_intent.items()} == {
        "Door": 3, "Light": 2, "Gate": 1,
    }  # fmt: skip
    assert by_intent["Door"]["risk"]["value"] == 0.0
    assert by_intent["Gate"]["risk"]["value"] == 1.0
    lacking = {"intents": ["Gate"], "slots": ["Light.place"], "utterances": 2}
    assert shown["lacking"] == lacking
    line = "does not have 1 intent (Gate) and 1 slot (Light.place) of the labels; of 2 utterances"
    assert line in done.stderr
    assert line in page.read_text("utf-8")


def test_a_report_on_intents_of_another_engine_is_refused(
    run: Callable[..., Result], spoken: Path, tmp_path: Path
) -> None:
    done = run("report", "starter", spoken, "-o", tmp_path / "early.html", "--workers", 1)
    assert done.exit_code == 2
    assert "has none of the 2 labelled intents (Door, Light)" in done.output


@pytest.mark.parametrize("verb", ["calibrate", "report"])
def test_bad_rows_stop_the_work_or_are_left_out(
    run: Callable[..., Result], house: Path, spoken: Path, tmp_path: Path, verb: str
) -> None:
    bad = spoken.parent / "bad.jsonl"
    bad.write_text("{}\n" + spoken.read_text("utf-8"), encoding="utf-8")
    words = [verb, house, bad, "-o", tmp_path / "out", "--workers", 1]
    words += ["--limit", 3]
    words += ["--risk", 0.9, "--confidence", 0.3] if verb == "calibrate" else []
    done = run(*words)
    assert done.exit_code == 2
    assert "--skip-bad leaves such rows out" in done.output
    done = run(*words, "--skip-bad")
    assert done.exit_code == 0, done.output
    assert f"1 row skipped; the first is {bad}:1" in done.stderr
    # Two counts have two names: any moment that is wrong, and a first decision that is.
    name, other = "wrong at any moment", "first decision wrong"
    name, other = (name, other) if verb == "calibrate" else (other, name)
    shown = " ".join(done.stdout.split())
    assert all(word in shown for word in name.split())
    assert other not in shown
    assert verb == "calibrate" or f"<th>{name}</th>" in (tmp_path / "out").read_text("utf-8")


def test_a_recording_is_shown_with_its_moments(
    run: Callable[..., Result], house: Path, spoken: Path
) -> None:
    audio = spoken.parent / "hibari-1.flac"
    done = run("show", audio, "-g", house)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert [line.split("s  ")[1].strip() for line in lines if "decided" not in line] == [
        "open", "the", "door", "of", "the", "cellar", "speech ended", "result: Door: room cellar",
    ]  # fmt: skip
    shown = json.loads(run("show", audio, "-g", house, "--json").stdout)
    assert [word["word"] for word in shown["words"]][-1] == "cellar"
    assert shown["oracle_words"] == {"intent": 1, "slot:room": 6, "all": 6}
    assert shown["decisions"][0]["part"] == "intent"
    assert shown["looks"][-1]["possible"]["slot:room"]["cellar"] > 0.9
    assert shown["looks"][-1]["possible"]["all"]["Door: room cellar"] > 0.9


def test_a_picture_has_the_format_of_its_name(
    run: Callable[..., Result], house: Path, spoken: Path, tmp_path: Path
) -> None:
    audio = spoken.parent / "hibari-1.flac"
    done = run("show", audio, "-g", house, "--picture", tmp_path / "x.svg")
    assert done.exit_code == 0, done.output
    assert b"<svg" in (tmp_path / "x.svg").read_bytes()
    done = run("show", audio, "-g", house, "--picture", tmp_path / "x.foo")
    assert done.exit_code == 2
    (line,) = done.output.splitlines()
    assert line.endswith("expected a picture that ends in .png, .svg or .pdf")


def test_another_engine_needs_no_source(run: Callable[..., Result], spoken: Path) -> None:
    audio = spoken.parent / "hibari-1.flac"
    shown = json.loads(run("show", audio, "--engine", "general", "--risk", "0.1", "--json").stdout)
    assert "intent" in shown["looks"][-1]["possible"]


def test_a_stated_risk_is_shown_beside_the_doubt(run: Callable[..., Result]) -> None:
    words = ("show", "examples/play-rhapsody-in-blue.wav", "--risk", "0.05")
    done = run(*words)
    decided = [line for line in done.stdout.splitlines() if "decided" in line]
    assert decided
    assert all("risk 0.05, doubt " in line for line in decided)
    assert not any("risk" in line for line in run(*words[:2]).stdout.splitlines())
    shown = json.loads(run(*words, "--json").stdout)
    assert {decision["risk"] for decision in shown["decisions"]} == {0.05}
    assert all(decision["doubt"] != 0.05 for decision in shown["decisions"])


@pytest.mark.parametrize("kind", [("--engine", "general"), ("-g", "general+starter")])
def test_only_grammars_take_usage_counts(
    run: Callable[..., Result], spoken: Path, tmp_path: Path, kind: tuple[str, ...]
) -> None:
    (tmp_path / "usage.tsv").write_text("3\topen the door\n", encoding="utf-8")
    done = run("show", spoken.parent / "hibari-1.flac", *kind, "--usage", tmp_path / "usage.tsv")
    assert done.exit_code == 2
    (line,) = done.output.splitlines()
    assert "only grammars take 'usage', and an engine of the kind 'general' does not" in line


def test_what_the_result_takes_back_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    outlook = Outlook((Prospect("intent", "SetTimer", 0.99),), False, 0.5, 0.0, 0.3)
    nearest = Alternative("SetTimer", (), "set a timer please", 0.1, missing=("please",))
    refused = Understanding("not_understood", alternatives=(nearest,))
    trace = Trace(Utterance("one"), (Look(1.0, outlook),), refused, 1.5, 2.3)
    timeline = Timeline(Timed(trace, (), (), {}), [], Policy())
    timeline.show()
    lines = [line.split("s  ")[1] for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "decided intent: SetTimer, doubt 1.00%",
        "speech ended",
        "revised intent: no longer SetTimer",
        "result: not_understood; nearest: SetTimer, 'set a timer please', without: please",
    ]
    last = timeline.to_json()["decisions"][-1]
    assert (last["time"], last["value"], last["revised"]) == (2.3, None, True)
