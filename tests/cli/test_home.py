"""`mondegreen home`, and --home, as their users run them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

COMMAND = [sys.executable, "-c", "from mondegreen.cli.main import run; run()"]
HOME = """\
areas: [kitchen]
devices:
  - {name: bedroom lamp, domain: light}
  - {name: bathroom lamp, domain: light}
"""


def mondegreen(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


def test_check_says_what_sounds_alike_and_where(tmp_path: Path) -> None:
    (tmp_path / "home.yaml").write_text(HOME)
    done = mondegreen("home", "check", "home.yaml", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    finding, sizes, verdict = done.stdout.splitlines()
    assert finding.startswith("home.yaml:4: warning 'bathroom lamp' sounds nearly like 'bedroom")
    assert finding.endswith("(alike)")
    assert sizes == "1 area, 0 floors, 2 devices"
    assert verdict == "0 errors, 1 warning"


def test_json_is_one_line_and_errors_end_with_two(tmp_path: Path) -> None:
    (tmp_path / "home.yaml").write_text(HOME + "  - {name: Лампа, domain: light}\n")
    done = mondegreen("home", "check", "home.yaml", "--json", folder=tmp_path)
    assert done.returncode == 2
    (line,) = done.stdout.splitlines()
    result = json.loads(line)
    assert (result["areas"], result["devices"]) == (1, 3)
    assert result["findings"][0]["severity"] == "error"
    assert result["findings"][0]["line"] == 5


def test_a_home_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "home.yaml").write_text("rooms: [kitchen]\n")
    for command in (["home", "check", "home.yaml"], ["grammar", "check", "starter", "--home", "."]):
        done = mondegreen(*command, folder=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1


def test_grammar_verbs_take_a_home(tmp_path: Path) -> None:
    (tmp_path / "home.yaml").write_text(HOME)
    (tmp_path / "g.yaml").write_text(
        "intents: {On: {data: [{sentences: ['start {name}', 'light {area}']}]}}\n"
    )
    for verb in ("sample", "words"):
        done = mondegreen("grammar", verb, "g.yaml", "--home", "home.yaml", folder=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "bathroom" in done.stdout
        assert "kitchen" in done.stdout
    measured = mondegreen(
        "complexity", "measure", "g.yaml", "--home", "home.yaml", "--json", folder=tmp_path
    )
    assert measured.returncode == 0, measured.stderr


def test_hear_takes_a_home_and_a_threshold(tmp_path: Path) -> None:
    (tmp_path / "home.yaml").write_text("devices: [{name: Globe, domain: light}]\n")
    assert mondegreen("say", "turn on the globe", "-o", "x.wav", folder=tmp_path).returncode == 0
    command = ("hear", "x.wav", "--no-act", "--json", "--home", "home.yaml")
    done = mondegreen(*command, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["intent"], result["slots"][0]["value"]) == ("LightOn", "Globe")
    surer = mondegreen(*command, "--refuse-below", "1", folder=tmp_path)
    assert surer.returncode == 1
    assert json.loads(surer.stdout)["status"] == "not_understood"
    beyond = mondegreen(*command, "--refuse-below", "1.5", folder=tmp_path)
    assert beyond.returncode == 2
