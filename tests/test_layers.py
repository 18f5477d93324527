"""What running mondegreen may import."""

from __future__ import annotations

import subprocess
import sys


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
