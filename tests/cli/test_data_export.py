"""`data export` as a user runs it: what it writes, says and refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from mondegreen.data.exporters.exporter import FORMATS
from mondegreen.data.manifest import write_manifest
from mondegreen.data.utterance import Utterance

COMMAND = [sys.executable, "-c", "from mondegreen.cli.main import run; run()", "data"]


def data(*arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture
def spoken(tmp_path: Path) -> Path:
    sf.write(tmp_path / "a.wav", np.zeros(16_000, np.int16), 16_000)
    write_manifest(tmp_path / "m.jsonl", [Utterance("a", audio="a.wav", text="hi", intent="Greet")])
    return tmp_path / "m.jsonl"


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_written(spoken: Path, name: str) -> None:
    out = spoken.with_name("out")
    assert data("export", name, spoken, "-o", out).stdout == f"{out}: 1 utterance for {name}\n"
    assert data("export", name, spoken, "-o", out, code=2).stderr.count("\n") == 1


def test_what_comes_out_goes_in(spoken: Path) -> None:
    out = spoken.with_name("out")
    row = json.loads(data("export", "lhotse", spoken, "-o", out, "--json").stdout)
    assert row == {"folder": str(out), "format": "lhotse", "utterances": 1, "skipped": None}
    data("import", "lhotse", out)
    (line,) = (out / "manifest.jsonl").read_text().splitlines()
    assert json.loads(line) == {
        "id": "a", "audio": "recordings/a.wav", "duration": 1.0, "text": "hi", "intent": "Greet",
    }  # fmt: skip


def test_bad_rows_stop_it_or_are_listed(spoken: Path) -> None:
    with spoken.open("a") as file:
        file.write('{"id": "a"}\n')
    out = spoken.with_name("out")
    refused = data("export", "kaldi", spoken, "-o", out, code=2)
    assert "m.jsonl:2" in refused.stderr
    assert not out.exists()
    data("export", "kaldi", spoken, "-o", out, "--skip-bad")
    assert (out / "all/text").read_text() == "a hi\n"
    assert "m.jsonl:2" in spoken.with_name("out.skipped.jsonl").read_text()
