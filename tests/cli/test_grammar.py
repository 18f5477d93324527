"""`mondegreen grammar`, run as its users run it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-c", "from mondegreen.cli.main import run; run()", "grammar"]
GOOD = 'context:\n  expressions:\n    go: ["go $where"]\n  slots: {where: [home, away]}\n'


def grammar(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("verb", ["check", "sample", "words"])
def test_json_is_one_line_and_a_mistake_is_one_line_of_words(tmp_path: Path, verb: str) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "bad.yaml").write_text("context: [unclosed\n")
    good = grammar(verb, "good.yaml", "--json", folder=tmp_path)
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.count("\n") == 1
    assert json.loads(good.stdout)
    bad = grammar(verb, "bad.yaml", "--json", folder=tmp_path)
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr.startswith("error: bad.yaml:2: ")
    assert bad.stderr.count("\n") == 1


def test_check_reads_the_replies(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD + 'responses: {go: "Going [to {where}"}\n')
    done = grammar("check", "a.yaml", folder=tmp_path)
    assert done.returncode == 2
    assert "'[' is never closed" in done.stderr
    (tmp_path / "a.yaml").write_text(GOOD + 'responses: {go: "Going[ to {where}]"}\n')
    assert grammar("check", "a.yaml", folder=tmp_path).returncode == 0


HOME = {
    "fans.yaml": """intents:
  FanOn:
    data:
      - sentences: ["start the fan", "turn it on"]
""",
    "lights.yaml": """lists:
  spare: {values: [one, two]}
  lamp: {values: [right, write]}
intents:
  LampOn:
    data:
      - sentences:
          - "turn it on"
          - "light the {lamp} lamp"
          - "go to {room}"
""",
    "language.yaml": "language: de\nlists: {hall: {values: [big]}}\n",
}


def test_in_a_folder_every_finding_is_at_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    for name, text in HOME.items():
        (tmp_path / "home" / name).write_text(text)
    findings = json.loads(grammar("check", "home", "--json", folder=tmp_path).stdout)
    places = {
        (finding["severity"], finding["code"]): (finding["source"], finding["line"])
        for finding in findings["findings"]
    }
    language, rooms = (f for f in findings["findings"] if f["code"] == "notice")
    assert (language["source"], language["line"]) == ("home/language.yaml", 1)
    assert (rooms["source"], rooms["line"]) == ("home/lights.yaml", 10)
    assert places["warning", "same-sentence"] == ("home/lights.yaml", 8)
    assert places["warning", "alike"] == ("home/lights.yaml", 3)
    (twice,) = (f["message"] for f in findings["findings"] if f["code"] == "same-sentence")
    assert "(home/fans.yaml:4 and home/lights.yaml:8)" in twice
    shown = grammar("check", "home", folder=tmp_path).stdout
    assert "home/lights.yaml:8: warning 'turn it on' means FanOn and also LampOn" in shown
    assert "0 errors, 2 warnings" in shown
