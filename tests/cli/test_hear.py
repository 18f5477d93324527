"""`mondegreen hear`, run as its users run it."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from mondegreen.audio.read import read_audio
from mondegreen.audio.samples import Samples
from mondegreen.audio.write import write_audio
from mondegreen.types import Understanding

Say = Callable[..., Samples]
Done = subprocess.CompletedProcess[str]
COMMAND = [sys.executable, "-c", "from mondegreen.cli.main import run; run()"]
KEYS = {"audio", "offset", *(field.name for field in fields(Understanding))}

COFFEE = """\
context:
  expressions:
    orderDrink:
      - "(make) (me) a $size:size $drink:drink"
      - "a $size:size $drink:drink please"
  slots:
    size: [small, large]
    drink: [latte, mocha, espresso]
"""


@pytest.fixture
def hear(tmp_path: Path) -> Callable[..., Done]:
    """Runs `mondegreen hear ARGUMENTS` in `tmp_path`, with a store of its own."""

    def run(*arguments: str | Path, **options: Any) -> Done:
        return subprocess.run(
            [*COMMAND, "hear", *map(str, arguments)],
            cwd=tmp_path,
            env=environment(tmp_path),
            capture_output=True,
            timeout=120,
            check=False,
            **{"text": True} | options,
        )

    return run


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "XDG_DATA_HOME": str(folder / "data"), "OMP_NUM_THREADS": "1"}


def rows(done: Done | Path) -> list[dict[str, Any]]:
    text = done.read_text() if isinstance(done, Path) else done.stdout
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def timer(say: Say, tmp_path: Path) -> Path:
    write_audio(tmp_path / "timer.wav", say("set a timer for five minutes"), 16_000)
    return tmp_path / "timer.wav"


@pytest.fixture
def nonsense(say: Say, tmp_path: Path) -> Path:
    speech = say("purple monkeys debate the constitution of norway")
    write_audio(tmp_path / "nonsense.wav", speech, 16_000)
    return tmp_path / "nonsense.wav"


def test_json_is_one_object_with_the_stated_keys(hear: Callable[..., Done], timer: Path) -> None:
    done = hear(timer, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    (row,) = rows(done)
    assert set(row) == KEYS
    assert row["audio"] == str(timer)
    assert row["offset"] == 0.0
    assert (row["status"], row["intent"]) == ("understood", "SetTimer")
    assert {s["name"]: s["value"] for s in row["slots"]} == {"duration": 300}
    assert row["reply"]


def test_people_see_slots_times_and_the_reply(hear: Callable[..., Done], timer: Path) -> None:
    done = hear(timer)
    assert done.returncode == 0
    for part in ("understood", "SetTimer", "duration", "300", "five minutes", "reply", "timer.wav"):
        assert part in done.stdout
    assert "\x1b" not in done.stdout  # no colours into a pipe


def test_a_home_that_a_grammar_cannot_use_is_noted(
    hear: Callable[..., Done], timer: Path, tmp_path: Path
) -> None:
    (tmp_path / "coffee.yaml").write_text(COFFEE)
    (tmp_path / "home.yaml").write_text("areas: [kitchen]\n")
    done = hear(timer, "-g", "coffee.yaml", "--home", "home.yaml")
    (line,) = done.stderr.splitlines()
    assert line.startswith("note: the home (--home) is not used")
    assert hear(timer, "--home", "home.yaml").stderr == ""


def test_what_does_not_fit_says_what_was_nearest_if_anything_was(
    hear: Callable[..., Done], nonsense: Path, timer: Path
) -> None:
    done = hear(timer, "--refuse-below", "1")
    assert done.returncode == 1
    assert "not understood" in done.stdout
    assert "nearest  SetTimer" in done.stdout
    done = hear(nonsense)
    assert (done.returncode, "nearest" in done.stdout) == (1, False)
    (row,) = rows(hear(nonsense, "--json"))
    assert row["intent"] is None
    assert row["alternatives"][0]["missing"]


def test_silence_is_no_speech(hear: Callable[..., Done], tmp_path: Path) -> None:
    for seconds in (2, 20):  # short recordings are heard whole, long ones cut first
        sf.write(tmp_path / "quiet.wav", np.zeros(16_000 * seconds), 16_000)
        done = hear("quiet.wav", "--json")
        assert done.returncode == 1
        (row,) = rows(done)
        assert row["status"] == "no_speech"
        assert row["audio_seconds"] == seconds


def test_several_files_keep_their_order_and_a_bad_one_stops_nothing(
    hear: Callable[..., Done], timer: Path, nonsense: Path
) -> None:
    done = hear(nonsense, "missing.wav", timer, "--json", "--n-best", "3")
    assert done.returncode == 2
    assert [Path(r["audio"]).name for r in rows(done)] == ["nonsense.wav", "timer.wav"]
    assert done.stderr.splitlines()[0].startswith("error: missing.wav: no such file")


def test_an_own_grammar(hear: Callable[..., Done], say: Say, tmp_path: Path) -> None:
    (tmp_path / "coffee.yaml").write_text(COFFEE)
    write_audio(tmp_path / "order.flac", say("make me a large mocha"), 16_000)
    (row,) = rows(hear("order.flac", "-g", "coffee.yaml", "--json"))
    assert row["intent"] == "orderDrink"
    assert {s["name"]: s["value"] for s in row["slots"]} == {"size": "large", "drink": "mocha"}


def test_long_recordings_are_cut_and_placed(
    hear: Callable[..., Done], say: Say, tmp_path: Path
) -> None:
    sentences = ["turn on the kitchen light", "what time is it", "set a timer for five minutes"]
    gap = np.zeros(5 * 16_000, np.float32)
    parts = [part for sentence in sentences for part in (gap, say(sentence))]
    write_audio(tmp_path / "long.flac", np.concatenate([*parts, gap]), 16_000)
    utterances = rows(hear("long.flac", "--json"))
    assert [r["transcript"] for r in utterances] == sentences
    starts = np.cumsum([0, *map(len, parts)])[1::2] / 16_000
    for row, start in zip(utterances, starts, strict=True):
        assert start - 2.2 < row["offset"] < start
        # Times count from the start of the recording.
        assert start < row["decided_at"] < row["offset"] + row["audio_seconds"]


@pytest.mark.parametrize("kind", ["raw", "raw stereo 48 kHz"])
def test_raw_sound_from_a_pipe(hear: Callable[..., Done], say: Say, kind: str) -> None:
    samples = say("set a timer for five minutes")
    options: list[str] = []
    if kind != "raw":
        samples = np.repeat(samples, 3)[:, None].repeat(2, axis=1)
        options = ["--rate", "48000", "--channels", "2"]
    pcm = (samples * 32_767).astype("<i2").tobytes()
    done = hear("-", "--json", *options, input=pcm, text=False)
    assert done.returncode == 0
    assert json.loads(done.stdout)["intent"] == "SetTimer"


def test_a_file_from_a_pipe(hear: Callable[..., Done], timer: Path) -> None:
    done = hear("-", "--json", input=timer.read_bytes(), text=False)
    assert done.returncode == 0
    assert json.loads(done.stdout)["intent"] == "SetTimer"


def test_every_sound_from_a_pipe_is_heard(
    hear: Callable[..., Done], say: Say, timer: Path, tmp_path: Path
) -> None:
    write_audio(tmp_path / "time.wav", say("what time is it"), 16_000)
    for path in (timer, tmp_path / "time.wav"):
        hear("-", "-o", "log.jsonl", input=path.read_bytes(), text=False)
    assert [r["intent"] for r in rows(tmp_path / "log.jsonl")] == ["SetTimer", "GetTime"]


@pytest.mark.skipif(sys.platform != "linux", reason="file names of any bytes")
def test_a_name_that_is_not_utf8_stops_nothing(
    hear: Callable[..., Done], timer: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.wav")).touch()
    timer.rename(folder / "timer.wav")
    for _ in range(2):
        done = hear("in", "-o", "out.jsonl")
        assert done.stderr == "note: out.jsonl: 1 understood, 0 not, 1 could not be read\n"


def test_replies_are_spoken_and_results_kept(
    hear: Callable[..., Done], timer: Path, tmp_path: Path
) -> None:
    done = hear(timer, "-o", "out.jsonl", "--act", "--speak", "reply.wav")
    assert done.returncode == 0
    assert rows(tmp_path / "out.jsonl")[0]["reply"]
    assert read_audio(tmp_path / "reply.wav").seconds > 0.5


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("-g", "coffee.yaml"), "the intent Ask, and .* has none; use the starter grammar"),
        (("--engine", "general"), "the intent Ask, and .* has none; use the starter grammar"),
        (("--no-act",), "answered only with --act"),
    ],
)
def test_an_index_that_would_answer_nothing_is_refused(
    hear: Callable[..., Done], timer: Path, tmp_path: Path, arguments: tuple[str, ...], reason: str
) -> None:
    (tmp_path / "coffee.yaml").write_text(COFFEE)
    done = hear(timer, "--index", "index", *arguments)
    assert done.returncode == 2
    assert re.fullmatch(rf"error: --index .*{reason}.*\n", done.stderr)


def test_the_reply_is_spoken(hear: Callable[..., Done], timer: Path, tmp_path: Path) -> None:
    assert hear(timer, "--speak", "reply.wav").returncode == 0
    assert read_audio(tmp_path / "reply.wav").seconds > 0.5


def test_acting_is_remembered_and_can_be_left_out(
    hear: Callable[..., Done], timer: Path, tmp_path: Path
) -> None:
    (row,) = rows(hear(timer, "--json", "--no-act", "--store", "own.sqlite"))
    assert row["reply"] == ""
    assert not (tmp_path / "own.sqlite").exists()
    assert hear(timer, "--store", "own.sqlite").returncode == 0
    assert (tmp_path / "own.sqlite").exists()


@pytest.fixture(name="folder")
def a_folder_of_recordings(timer: Path, nonsense: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    timer.rename(folder / "deep" / "timer.wav")
    nonsense.rename(folder / "nonsense.wav")
    (folder / "broken.wav").write_text("not audio")
    (folder / "phone.m4a").write_bytes(b"\0\0\0\x20ftypM4A " + bytes(99))
    (folder / "notes.txt").write_text("not even meant to be audio")
    (folder / ".hidden.wav").write_text("")
    return folder


@pytest.mark.usefixtures("folder")
def test_a_folder_becomes_json_lines(hear: Callable[..., Done], tmp_path: Path) -> None:
    done = hear("in", "-o", "out.jsonl")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "note: out.jsonl: 1 understood, 1 not, 2 could not be read\n"
    by_name = {Path(r["audio"]).name: r for r in rows(tmp_path / "out.jsonl")}
    assert set(by_name) == {"broken.wav", "phone.m4a", "nonsense.wav", "timer.wav"}
    assert set(by_name["broken.wav"]) == {"audio", "error"}
    assert "ffmpeg" in by_name["phone.m4a"]["error"]
    assert set(by_name["timer.wav"]) == KEYS
    assert by_name["timer.wav"]["reply"] == ""  # a folder of recordings sets no timers
    before = (tmp_path / "out.jsonl").read_bytes()
    again = hear("in", "-o", "out.jsonl")
    assert again.returncode == 2
    assert (tmp_path / "out.jsonl").read_bytes() == before


@pytest.mark.usefixtures("folder")
def test_a_run_that_was_killed_goes_on(hear: Callable[..., Done], tmp_path: Path) -> None:
    hear("in", "-o", "out.jsonl")
    whole = (tmp_path / "out.jsonl").read_bytes()
    lines = whole.splitlines(keepends=True)
    for kept in (whole[:-20], lines[0], lines[0][:30], b"", lines[0] + lines[1][:5]):
        (tmp_path / "out.jsonl").write_bytes(kept)
        hear("in", "-o", "out.jsonl")
        utterances = rows(tmp_path / "out.jsonl")
        assert [r["audio"] for r in utterances] == [r["audio"] for r in map(json.loads, lines)]


def test_a_long_file_goes_on_in_the_middle(
    hear: Callable[..., Done], say: Say, tmp_path: Path
) -> None:
    gap = np.zeros(8 * 16_000, np.float32)
    speech = say("what time is it")
    write_audio(tmp_path / "a.wav", np.concatenate([speech, gap, speech, gap, speech]), 16_000)
    hear("a.wav", "-o", "out.jsonl")
    lines = (tmp_path / "out.jsonl").read_text().splitlines(keepends=True)
    assert [json.loads(line).get("more", False) for line in lines] == [True, True, False]
    (tmp_path / "out.jsonl").write_text(lines[0])
    hear("a.wav", "-o", "out.jsonl")
    expected = [json.loads(line)["offset"] for line in lines]
    assert [r["offset"] for r in rows(tmp_path / "out.jsonl")] == expected


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_ctrl_c_stops_with_one_line_and_whole_results(say: Say, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(200):
        write_audio(tmp_path / "in" / f"{number:03}.wav", say("what time is it"), 16_000)
    out = tmp_path / "out.jsonl"
    # Jobs that a script puts in the background ignore SIGINT, and hand that on to what they start.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            [*COMMAND, "hear", "in", "-o", "out.jsonl"],
            cwd=tmp_path,
            env=environment(tmp_path),
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and (not out.exists() or out.stat().st_size < 2_000):
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors == "stopped\n"
    assert 1 < len(rows(out)) < 200


@pytest.mark.skipif(os.name == "nt", reason="POSIX limits")
@pytest.mark.usefixtures("folder")
def test_a_line_that_does_not_fit_is_not_half_written(tmp_path: Path) -> None:
    # The limit on the size of files stands in for a full disk: both take the first half of a write.
    line = f"ulimit -f 1; exec {shlex.join([*COMMAND, 'hear', 'in', '-o', 'out.jsonl'])}"
    done = subprocess.run(
        ["sh", "-c", line],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert (tmp_path / "out.jsonl").read_bytes()[-1:] in (b"\n", b"")
    for row in rows(tmp_path / "out.jsonl"):
        assert "audio" in row


def test_an_mp3_without_tags_from_a_pipe(hear: Callable[..., Done], timer: Path) -> None:
    data = io.BytesIO()
    samples, rate = sf.read(timer)
    sf.write(data, samples, rate, format="MP3")
    assert data.getvalue()[0] == 0xFF
    done = hear("-", "--json", input=data.getvalue(), text=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["intent"] == "SetTimer"


def test_lists_of_a_hassil_grammar(hear: Callable[..., Done], say: Say, tmp_path: Path) -> None:
    (tmp_path / "house.yaml").write_text(
        'language: en\nintents:\n  Go:\n    data:\n      - sentences: ["go to the {room}"]\n'
    )
    (tmp_path / "rooms.yaml").write_text("lists: {room: {values: [kitchen, bathroom]}}\n")
    write_audio(tmp_path / "go.wav", say("go to the kitchen"), 16_000)
    assert "--lists" in hear("go.wav", "-g", "house.yaml").stderr
    (row,) = rows(hear("go.wav", "-g", "house.yaml", "--lists", "rooms.yaml", "--json"))
    assert {s["name"]: s["value"] for s in row["slots"]} == {"room": "kitchen"}


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
@pytest.mark.parametrize("form", ["--json", "--n-best=1"], ids=["json", "for people"])
def test_a_closed_pipe_is_quiet(timer: Path, tmp_path: Path, form: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*COMMAND, "hear", str(timer), form],
        stdout=writing,
        stderr=subprocess.PIPE,
        env=environment(tmp_path),
        check=False,
        timeout=60,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")
