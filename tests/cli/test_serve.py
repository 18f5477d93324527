"""`mondegreen serve`: what it says when it cannot serve, and its settings."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = "from mondegreen.cli.main import run; run()"


def _serve(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", COMMAND, "serve", *arguments],
        env={**os.environ, **environment}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        (("--http", "0.0.0.0:8080"), {}, "expected a --token-file"),
        (("--http", "off"), {}, "nothing to serve"),
        (("--config", "no-such.toml"), {}, "no-such.toml"),
        ((), {"MONDEGREEN_SERVE_LIMITS_STREAM": "3"}, "did you mean"),
        (("--token-file", "no-such-tokens"), {}, "no-such-tokens"),
        (("no-such-grammar.yaml", "--http", "127.0.0.1:0"), {}, "no-such-grammar.yaml"),
        (("--token-file", "LICENSE"), {}, "found a token of"),
        (("--config", "README.md"), {}, "not TOML"),
    ],
)
def test_what_cannot_be_served_is_one_line(
    arguments: tuple[str, ...], environment: dict[str, str], message: str
) -> None:
    served = _serve(*arguments, **environment)
    assert served.returncode == 2, served.stderr
    errors = [line for line in served.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert message in errors[0]
    assert "Traceback" not in served.stderr


def test_an_address_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        served = _serve("--http", f"127.0.0.1:{listener.getsockname()[1]}")
    assert served.returncode == 2
    assert "is another program there?" in served.stderr


def test_a_wyoming_address_that_is_taken_is_said_though_http_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        served = _serve("--http", "127.0.0.1:0", "--wyoming", place)
    assert served.returncode == 2
    first, last = served.stderr.splitlines()
    assert "(page, HTTP, WebSocket)" in first
    assert last.startswith(f"error: {place}: cannot be served (Address already in use)")


def test_control_c_ends_it_quietly(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, "serve", "--http", "127.0.0.1:0"], stderr=file
        )
    try:
        while "ready: " not in log.read_text():
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    finally:
        process.kill()
    lines = log.read_text().splitlines()
    assert len(lines) == 3
    assert lines[-1] == "mondegreen: ending"


def test_settings_are_shown_as_a_file_that_gives_them(tmp_path: Path) -> None:
    shown = _serve("--show-config", "--http", "127.0.0.1:9", MONDEGREEN_SERVE_WORKERS="3")
    assert shown.returncode == 0
    assert 'http = "127.0.0.1:9"' in shown.stdout
    assert "workers = 3" in shown.stdout
    assert "[limits]" in shown.stdout
    file = tmp_path / "serve.toml"
    file.write_text(shown.stdout)
    assert _serve("--show-config", "--config", str(file)).stdout == shown.stdout


def test_without_its_extra_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "prometheus_client.py").write_text("raise ImportError('not there')\n")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    served = _serve("--http", "127.0.0.1:0", PYTHONPATH=path)
    assert served.returncode == 2
    assert "pip install 'mondegreen[serve]'" in served.stderr
