"""The verbs that make data, run as a user runs them: killed, started again, given bad input."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mondegreen.data.manifest import Manifest, write_manifest
from mondegreen.data.utterance import SlotLabel, Utterance

COMMAND = [sys.executable, "-c", "from mondegreen.cli.main import run; run()", "data"]


def data(*arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == code, done.stderr
    return done


def content(folder: Path) -> dict[str, bytes]:
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    words = "one two three four five six seven eight nine ten".split()  # noqa: SIM905
    rows = [
        Utterance(
            id=f"u{i}",
            text=f"set a timer for {word} minutes",
            intent="timer",
            slots=(SlotLabel("n", word, 16, 16 + len(word)),),
            split="train" if i % 4 else "test",
        )
        for i, word in enumerate(words * 4)
    ]
    write_manifest(tmp_path / "texts.jsonl", rows)
    return tmp_path / "texts.jsonl"


@pytest.mark.slow
def test_from_text_to_frames(texts: Path, tmp_path: Path) -> None:
    summary = json.loads(data("synthesize", texts, "-o", tmp_path / "a", "--voices", "hibari",
                           "--json").stdout)  # fmt: skip
    assert summary["utterances"] == 40
    manifest = tmp_path / "a" / "manifest.jsonl"
    assert Path(summary["manifest"]) == manifest
    data("augment", manifest, "-o", tmp_path / "b", "--snr", "5:10", "--set", "room=1",
         "--set", "codecs=gsm", "--set", "codec=1", "--versions", "2")  # fmt: skip
    worse = Manifest.open(tmp_path / "b" / "manifest.jsonl")
    assert len(worse) == 80
    assert all(u.meta["effects"].count("room") == 1 for u in worse)
    assert all("gsm" in u.meta["effects"] for u in worse)
    out = data("align", manifest, "-o", tmp_path / "t.jsonl", "--textgrids", tmp_path / "grids")
    assert "40 utterances" in out.stdout
    assert len(list((tmp_path / "grids").glob("*.TextGrid"))) == 40
    cached = json.loads(data("frames", manifest, "-o", tmp_path / "c", "--json").stdout)
    assert cached["encoded"] == 40
    assert (
        json.loads(data("frames", manifest, "-o", tmp_path / "c", "--json").stdout)["encoded"] == 0
    )


Arguments = Callable[[Path, Path], list[str | Path]]
VERBS: dict[str, Arguments] = {
    "synthesize": lambda source, out: [source, "-o", out, "--voices", "hibari", "--versions", "2"],
    "augment": lambda source, out: [source, "-o", out, "--versions", "3"],
    "frames": lambda source, out: [source, "-o", out, "--encoder", "moonshine-tiny"],
}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize("verb", VERBS)
def test_killed_runs_go_on(texts: Path, tmp_path: Path, verb: str) -> None:
    """kill -9 in the middle, twice: the result is that of an undisturbed run, byte for byte."""
    source = texts
    if verb != "synthesize":
        data("synthesize", texts, "-o", tmp_path / "speech", "--voices", "hibari",
             "--versions", "2", "--no-times")  # fmt: skip
        source = tmp_path / "speech" / "manifest.jsonl"
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    data(verb, *VERBS[verb](source, whole))
    stamps: dict[Path, int] = {}
    for fewest in (5, 30):
        command = [*COMMAND, verb, *map(str, VERBS[verb](source, killed)), "--workers", "2"]
        run = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        while len(lines(killed)) < fewest and run.poll() is None:
            time.sleep(0.01)
        assert run.poll() is None, "finished before it could be killed"
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        time.sleep(0.5)  # its workers notice
        assert all(path.stat().st_mtime_ns == stamp for path, stamp in stamps.items())
        finished = {json.loads(line).get("audio") for line in lines(killed)} - {None}
        stamps = {p: p.stat().st_mtime_ns for p in (killed / str(name) for name in finished)}
    data(verb, *VERBS[verb](source, killed), "--workers", "2")
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in stamps.items())
    assert content(killed) == content(whole)


def lines(folder: Path) -> list[bytes]:
    """The whole lines in the journals of a run that is under way."""
    rows = []
    for pattern in (".parts/*.partial", ".parts/*.jsonl"):
        for path in folder.rglob(pattern):
            try:
                rows += [line for line in path.read_bytes().splitlines(True) if line[-1:] == b"\n"]
            except FileNotFoundError:
                continue  # renamed just now; the next look sees it
    return rows


def test_ctrl_c_stops_cleanly(texts: Path, tmp_path: Path) -> None:
    command = [*COMMAND, "synthesize", texts, "-o", tmp_path / "a", "--versions", "50"]
    run = subprocess.Popen(
        [*map(str, command), "--voices", "hibari", "--workers", "2"],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    while len(lines(tmp_path / "a")) < 3:
        time.sleep(0.02)
    run.send_signal(signal.SIGINT)
    _, output = run.communicate(timeout=20)
    assert run.returncode == 130
    assert output.strip().splitlines()[-1] == "stopped"
    assert "Traceback" not in output
    assert not (tmp_path / "a" / "manifest.jsonl").exists()


def test_bad_rows_stop_or_are_listed(texts: Path, tmp_path: Path) -> None:
    with texts.open("a") as file:
        file.write('{"id": "greek", "text": "φως"}\n{"id": "u0"}\nnonsense\n')
    out = data("synthesize", texts, "-o", tmp_path / "a", "--voices", "hibari", code=2)
    assert "texts.jsonl:42: the id 'u0' is that of line 1" in out.stderr
    assert out.stderr.count("\n") == 1
    out = data("synthesize", texts, "-o", tmp_path / "a", "--voices", "hibari", "--skip-bad")
    assert "40 utterances" in out.stdout
    skipped = (tmp_path / "a" / "skipped.jsonl").read_text().splitlines()
    assert len(skipped) == 3
    assert "skipped.jsonl" in out.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["synthesize", "TEXTS", "-o", "OUT", "--voices", "hibarri"], "did you mean 'hibari'"),
        (["synthesize", "TEXTS", "-o", "OUT", "--set", "speed=fast"], "two numbers, LOW:HIGH"),
        (["synthesize", "TEXTS", "-o", "OUT", "--set", "speed=0.1:9"], "between 0.5 and 2"),
        (["synthesize", "TEXTS", "-o", "OUT", "--set", "pauses=2"], "a number <= 1"),
        (["synthesize", "TEXTS", "-o", "OUT", "--recipe", "nowhere.toml"], "no such file"),
        (["synthesize", "nowhere.jsonl", "-o", "OUT"], "no such manifest"),
        (["synthesize", "TEXTS", "-o", "TEXTS"], "is a file; name a folder"),
        (["augment", "TEXTS", "-o", "OUT", "--set", "rooom=1"], "did you mean 'room'"),
        (["augment", "TEXTS", "-o", "OUT", "--set", "room=often"], "expected a number"),
        (["augment", "TEXTS", "-o", "OUT", "--set", "room=2"], "room: found 2.0"),
        (["augment", "TEXTS", "-o", "OUT", "--snr", "9:1"], "--snr: found '9:1'"),
        (["augment", "TEXTS", "-o", "OUT", "--noise", "nowhere"], "not a folder"),
        (["augment", "TEXTS", "-o", "OUT"], "u0: has no audio"),
        (["align", "TEXTS", "-o", "OUT"], "u0: has no audio"),
        (["frames", "TEXTS", "-o", "OUT"], "u0: has no audio"),
        (["frames", "TEXTS", "-o", "OUT", "--encoder", "whisper"], "known encoders"),
    ],
)
def test_mistakes_get_one_line(
    texts: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    named = {"TEXTS": str(texts), "OUT": str(tmp_path / "out")}
    out = data(*(named.get(a, a) for a in arguments), code=2)
    errors = [line for line in out.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert message in errors[0]
    assert "Traceback" not in out.stderr
