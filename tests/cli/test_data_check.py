"""`data check` as a user runs it: what it prints, its exit codes, and how it is stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from mondegreen.data.manifest import write_manifest
from mondegreen.data.utterance import Utterance

COMMAND = [sys.executable, "-c", "from mondegreen.cli.main import run; run()", "data", "check"]
BARISTA = Path(__file__).parents[2] / ".." / "shared" / "data" / "barista-dev"


def check(*arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == code, done.stderr
    return done


def test_a_report_for_people(tmp_path: Path) -> None:
    rows = [Utterance(f"u{n}", text="stop", intent="stop", split="train") for n in range(5)]
    rows += [Utterance(f"v{n}", intent="stop", split="test") for n in range(5)]
    rows.append(Utterance("w", text="stop" * 100, audio="gone.wav", intent="go", split="test"))
    write_manifest(tmp_path / "m.jsonl", rows)
    done = check(tmp_path / "m.jsonl", code=2)
    lines = done.stdout.splitlines()
    assert lines[0].endswith("m.jsonl: 11 utterances, 1 recording, 2 intents")
    heads = [line.split()[:2] for line in lines if not line.startswith(" ")][1:-1]
    assert [head[0] for head in heads] == ["error", "error", "warning", "warning", "note"]
    assert [head[1] for head in heads] == ["5", "1", "1", "1", "1"]
    assert lines[1].endswith("rows with neither audio nor text")
    assert [line.strip() for line in lines[2:6]] == [
        "line 6: v0", "line 7: v1", "line 8: v2", "and 2 more",
    ]  # fmt: skip
    assert lines[-1] == "6 errors, 2 warnings, 1 note"
    assert max(map(len, lines)) < 200


def test_json_and_no_audio(tmp_path: Path) -> None:
    write_manifest(tmp_path / "m.jsonl", [Utterance("u", audio="gone.wav", text="stop")])
    report = json.loads(check(tmp_path / "m.jsonl", "--json", code=2).stdout)
    assert (report["utterances"], report["recordings"], report["errors"]) == (1, 1, 1)
    (finding,) = report["findings"]
    assert (finding["severity"], finding["kind"], finding["count"]) == ("error", "unreadable", 1)
    assert finding["examples"] == [{"line": 1, "detail": "gone.wav: no such file"}]
    quiet = json.loads(check(tmp_path / "m.jsonl", "--json", "--no-audio").stdout)
    assert (quiet["errors"], quiet["recordings"], quiet["findings"]) == (0, 0, [])


def test_what_is_no_manifest(tmp_path: Path) -> None:
    done = check(tmp_path / "none.jsonl", code=2)
    assert done.stderr.count("\n") == 1
    assert "no such manifest" in done.stderr


@pytest.mark.skipif(not BARISTA.exists(), reason="the coffee orders are not here")
def test_recorded_orders_are_good(tmp_path: Path) -> None:
    (tmp_path / "audio").symlink_to((BARISTA / "audio").resolve())
    labels = (BARISTA / "labels.jsonl").read_text().splitlines()[:20]
    rows = [json.loads(line) for line in labels]
    utterances = [Utterance(r["id"], audio=r["audio"], intent=r["intent"]) for r in rows]
    write_manifest(tmp_path / "m.jsonl", utterances)
    report = json.loads(check(tmp_path / "m.jsonl", "--json").stdout)
    assert {finding["kind"] for finding in report["findings"]} == {"no-text"}


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_stops_at_once(tmp_path: Path, workers: str) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, 16_000 * 20).astype(np.float32)
    sf.write(tmp_path / "x.wav", noise, 16_000)
    rows = [Utterance(f"u{n}", audio=f"{n}.wav", text="stop") for n in range(20_000)]  # minutes
    for row in rows:
        os.link(tmp_path / "x.wav", tmp_path / str(row.audio))
    write_manifest(tmp_path / "m.jsonl", rows)
    process = subprocess.Popen(
        [*COMMAND, str(tmp_path / "m.jsonl"), "--workers", workers],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # A shell's background job may have told its children to ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    time.sleep(4)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr.decode().strip().endswith("stopped")
    assert b"Traceback" not in stderr
