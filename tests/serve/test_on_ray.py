"""Two replicas on Ray Serve, where Ray is installed and starts; it may take minutes."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from mondegreen.errors import SettingsError
from mondegreen.serve.config import read_serve_settings
from mondegreen.serve.on_ray import run_on_ray

COMMAND = "from mondegreen.cli.main import run; run()"
PATIENCE = 300.0


def test_replicas_serve_http_and_nothing_else() -> None:
    options = {"ray": "local", "wyoming": "tcp://127.0.0.1:0"}
    with pytest.raises(SettingsError, match="nothing else"):
        run_on_ray(read_serve_settings(None, options, {}))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Address and process of a server with two replicas that are ready."""
    pytest.importorskip("ray", reason="needs the extra 'ray'")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    log = tmp_path_factory.mktemp("ray") / "log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, "serve", "--ray", "local", "--http", address],
            stderr=file, text=True,
        )  # fmt: skip
    until = time.monotonic() + PATIENCE
    while not _ready(f"http://{address}") and process.poll() is None:
        if time.monotonic() > until:
            process.kill()
            pytest.skip(f"Ray did not start within {PATIENCE:g} s")
        time.sleep(1.0)
    assert process.poll() is None, log.read_text()
    yield f"http://{address}", process
    if process.poll() is None:
        process.kill()


def _ready(url: str) -> bool:
    try:
        # Either replica may be asked.
        return all(httpx.get(f"{url}/readyz", timeout=10).status_code == 200 for _ in range(6))
    except httpx.HTTPError:
        return False


@pytest.mark.slow
def test_two_replicas_understand_and_end(
    server: tuple[str, subprocess.Popen[str]], example: bytes
) -> None:
    url, process = server
    for _ in range(4):
        result = httpx.post(
            f"{url}/v1/understand", params={"act": False}, content=example, timeout=60
        )
        assert result.json()["intent"] == "PlayMusic"
    refused = httpx.put(f"{url}/v1/slots/title", json=["x"], timeout=60)
    assert "editing = false" in refused.json()["detail"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
