"""`mondegreen doctor` measures this very machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mondegreen.cli.doctor import Check, packages, processor, show, voices, weights
from mondegreen.jobs.cache import VARIABLE
from mondegreen.speech import moonshine
from mondegreen.version import __version__
from mondegreen.voices import kokoro
from mondegreen.voices.voice import voice
from mondegreen.weights import arithmetic
from mondegreen.weights.folder import shipped

COMMAND = [sys.executable, "-c", "from mondegreen.cli.main import run; run()", "doctor"]


def doctor(*arguments: str, folder: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "XDG_DATA_HOME": str(folder), **changes}
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment,
    )


def test_a_healthy_installation(tmp_path: Path) -> None:
    done = doctor("--json", folder=tmp_path)
    assert done.returncode == 0, done.stdout
    report = json.loads(done.stdout)
    checks = {check["name"]: check for check in report["checks"]}
    assert report["ok"]
    assert checks["mondegreen"]["state"] == __version__
    assert re.search(rf"compiled grammars?, .*{os.environ[VARIABLE]}", checks["cache"]["state"])
    assert checks["transcriber"]["ok"]
    assert checks["confidence"]["ok"]
    assert checks["8-bit arithmetic"]["state"]
    assert checks["voice hibari"]["ok"]
    assert report["speed"]["understand_ms"] > 0
    assert report["speed"]["times_faster_than_speech"] > 1
    readable = doctor(folder=tmp_path)
    assert readable.returncode == 0
    assert "speech encoder" in readable.stdout
    assert {check["group"] for check in report["checks"]} == {
        "packages", "extras", "models", "voices", "machine", "understanding",
    }  # fmt: skip


def test_a_group_is_one_line_and_what_is_missing_another(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    there = [Check("mondegreen", True, "0.1"), Check("numpy", True, "2"), Check("soxr", True, "1")]
    show(
        {
            "packages": [*there, Check("rich", False, "not installed: pip install rich")],
            "extras": [
                Check("scipy [lab]", True, "1"),
                Check("scipy [train]", True, "1"),
                Check("torch [train]", False, "not installed", needed=False),
            ],
            "voices": [Check("voice hibari", True, "ready"), Check("other voices", True, "9 more")],
        }
    )
    lines = [line.split(maxsplit=2) for line in capsys.readouterr().out.splitlines()]
    assert [[cell.strip() for cell in line] for line in lines] == [
        ["ok", "packages", "mondegreen 0.1; 2 others"],
        ["missing", "packages", "rich: not installed: pip install rich"],
        ["ok", "extras", "lab"],
        ["missing", "extras", "torch [train]: not installed"],
        ["ok", "voices", "voice hibari: ready; other voices: 9 more"],
    ]


@pytest.mark.parametrize(
    ("flags", "state"),
    [
        ("avx2", "AVX2 only: sums are made exact at the cost of a third more time"),
        ("avx2 avx512bw", "AVX-512, no VNNI: sums are made exact at the cost of a third more time"),
        ("avx2 avx512bw avx512_vnni", "AVX-512 VNNI"),
        ("avx2 avx512_vnni amx_int8", "AMX"),
        ("", "not known: this system does not say"),
    ],
)
def test_the_arithmetic_of_the_processor_is_told(
    monkeypatch: pytest.MonkeyPatch, flags: str, state: str
) -> None:
    monkeypatch.setattr(arithmetic, "processor_flags", lambda: frozenset(flags.split()))
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    check = processor()
    assert (check.name, check.ok, check.state) == ("8-bit arithmetic", True, state)


def test_missing_weights_are_named_and_fail(tmp_path: Path) -> None:
    """A hibari without its files, found before the real one."""
    (tmp_path / "hibari").mkdir()
    (tmp_path / "hibari" / "__init__.py").touch()
    done = doctor("--json", folder=tmp_path, PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    report = json.loads(done.stdout)
    bad = {check["name"]: check["state"] for check in report["checks"] if not check["ok"]}
    assert not report["ok"]
    assert "reinstall hibari-tts" in bad["understanding"]


def test_a_damaged_transcriber_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(shipped("moonshine"), tmp_path / "moonshine")
    (tmp_path / "moonshine" / "decoder_model_merged.ort").write_bytes(b"ORTM")
    monkeypatch.setattr(moonshine, "shipped", lambda name: tmp_path / name)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    bad = {check.name: check.state for check in weights() if not check.ok}
    assert list(bad) == ["transcriber"]
    assert "SHA-256" in bad["transcriber"]


def test_damaged_styles_of_voices_are_one_bad_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kokoro").mkdir()
    (tmp_path / "kokoro" / "mondegreen.json").write_text("broken")
    monkeypatch.setattr(kokoro, "shipped", lambda name: tmp_path / name)
    kokoro.speakers.cache_clear()
    try:
        (line,) = voices()
        assert voice("hibari").name == "hibari"
    finally:
        kokoro.speakers.cache_clear()
    assert (line.name, line.ok, line.needed) == ("other voices", False, False)
    assert "reinstall" in line.state


def test_what_another_python_needs_is_not_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["no-such-a>=1; python_version < '3.1'", "no-such-b>=1; python_version < '9.1'"]
    monkeypatch.setattr("mondegreen.cli.doctor.requires", lambda _name: lines)
    missing = {check.name: check.state for check in packages() if not check.ok}
    assert missing == {"no-such-b": "not installed: pip install 'no-such-b>=1'"}
