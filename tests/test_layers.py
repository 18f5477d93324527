"""What running mondegreen may import."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def _modules_after(code: str) -> set[str]:
    script = f"{code}\nimport sys; print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_understanding_speech_never_imports_training() -> None:
    code = """
import numpy as np, mondegreen
from mondegreen.voices.voice import voice
samples, rate = voice("hibari").speak("pause the music")
engine = mondegreen.load("starter")
assert engine.understand(samples, rate).status == "understood"
with engine.stream() as stream:
    stream.feed(np.zeros(16000, np.float32))
"""
    modules = _modules_after(code)
    heavy = {"torch", "transformers", "matplotlib", "sklearn", "mondegreen.training"}
    assert not heavy & modules
    assert "mondegreen.engines.grammar.engine" in modules


def test_importing_mondegreen_is_light() -> None:
    modules = _modules_after("import mondegreen")
    assert not {"onnxruntime", "hibari", "yaml", "soundfile"} & modules


def test_every_room_but_those_of_training_is_behind_the_wall() -> None:
    settings = (ROOT / "pyproject.toml").read_text("utf-8")
    contract = settings.split('name = "Running never imports training"', 1)[1]
    listed = re.search(r"source_modules = \[(.*?)\]", contract, re.S)
    assert listed is not None
    package = ROOT / "src" / "mondegreen"
    rooms = {path.parent.name for path in package.glob("*/__init__.py")}
    rooms |= {path.stem for path in package.glob("*.py")} - {"__init__", "version"}
    walled = set(re.findall(r'"mondegreen\.(\w+)"', listed[1]))
    assert walled == rooms - {"model", "training"}
