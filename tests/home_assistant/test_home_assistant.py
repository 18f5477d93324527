"""Home Assistant itself against a server of ours: its own test harness runs `inside.py`.

Home Assistant has an environment of its own, which `make test-home-assistant` sets up.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mondegreen.audio.samples import RATE, Samples
from mondegreen.audio.write import write_audio

HERE = Path(__file__).parent
ENVIRONMENT = Path(".venv-home-assistant/bin/python")
HOME = """\
areas: [Kitchen]
devices:
  - {name: Kitchen Light, domain: light, area: Kitchen}
"""

pytestmark = [
    pytest.mark.home_assistant,
    pytest.mark.skipif(
        not ENVIRONMENT.exists(),
        reason="needs Home Assistant: run make test-home-assistant (Python 3.13 and a C compiler)",
    ),
]


@contextmanager
def serving(*options: str) -> Iterator[int]:
    """The port of a server process that is ready."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    verb = ["-c", "from mondegreen.cli.main import run; run()", "serve", "--http", "off"]
    process = subprocess.Popen(
        [sys.executable, *verb, *options, "--wyoming", f"tcp://127.0.0.1:{port}"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            lines.append(line)
            if "ready:" in line:
                break
        assert "ready:" in lines[-1], lines
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=60)


def run_inside(name: str, port: int, sound: Path) -> None:
    """Run a test in the harness of Home Assistant."""
    ended = subprocess.run(
        [
            ENVIRONMENT, "-m", "pytest", "-q", "-c", HERE / "inside.ini", "-p", "no:cacheprovider",
            "--confcutdir", HERE, f"{HERE / 'inside.py'}::{name}",
        ],
        env={**os.environ, "MONDEGREEN_PORT": str(port), "MONDEGREEN_SOUND": str(sound)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout[-6_000:] + ended.stderr[-2_000:]


@pytest.fixture
def recording(say: Callable[..., Samples], tmp_path: Path) -> Callable[[str], Path]:
    def record(text: str) -> Path:
        write_audio(tmp_path / "command.wav", say(text), RATE)
        return tmp_path / "command.wav"

    return record


def test_a_recording_is_heard_and_answered() -> None:
    with serving() as port:
        run_inside(
            "test_a_command_is_heard_and_answered", port, Path("examples/play-rhapsody-in-blue.wav")
        )


def test_a_lamp_is_switched_by_home_assistants_own_intent(
    recording: Callable[[str], Path], tmp_path: Path
) -> None:
    import home_assistant_intents

    sentences = Path(home_assistant_intents.__path__[0]) / "data" / "en.json"
    (tmp_path / "home.yaml").write_text(HOME, encoding="utf-8")
    with serving(str(sentences), "--home", str(tmp_path / "home.yaml")) as port:
        run_inside("test_a_lamp_is_switched", port, recording("turn on the kitchen light"))
