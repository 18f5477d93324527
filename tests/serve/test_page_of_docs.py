"""What docs/serving.md shows works against a server: requests, messages, Python, settings."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from mondegreen.serve.config import ServeSettings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "serving.md").read_text("utf-8")
ADDRESS = "127.0.0.1:8080"
"""Of the server on the page."""


def snippets(kind: str) -> list[str]:
    """The blocks of a kind that talk to a server, or to nobody."""
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def place(serving: Callable[..., AbstractContextManager[str]]) -> Iterator[str]:
    """HOST:PORT of a server without tokens and without an index."""
    with serving() as place:
        yield place
        # Others find the service as it was.
        httpx.post(f"http://{place}/v1/understand", json={"text": "cancel the timer"}, timeout=60)


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_requests_with_curl(place: str) -> None:
    lines = [line for block in snippets("bash") for line in block.splitlines() if "curl " in line]
    outputs = [
        json.loads(
            subprocess.run(
                ["bash", "-ec", line.replace("curl ", "curl --silent ").replace(ADDRESS, place)],
                cwd=ROOT, check=True, capture_output=True, text=True, timeout=120,
            ).stdout
        )
        for line in lines
    ]  # fmt: skip
    assert [row.get("intent") for row in outputs] == ["PlayMusic", "SetTimer", None]
    assert "--index" in outputs[-1]["detail"]  # this server has none


def test_the_first_message_of_a_stream(place: str) -> None:
    (message,) = snippets("json")
    start: dict[str, Any] = json.loads(message)
    with connect(f"ws://{place}/v1/stream") as socket:
        socket.send(json.dumps(start))
        assert json.loads(socket.recv(60))["type"] == "ready"
        socket.send(json.dumps({"type": "stop"}))


def test_from_python(place: str) -> None:
    (code,) = snippets("python")
    done = subprocess.run(
        [sys.executable, "-c", code.replace(ADDRESS, place)],
        cwd=ROOT, check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.stdout == "PlayMusic\n"


def test_every_setting_and_route_is_there(place: str) -> None:
    table = set(re.findall(r"`(\w+)`", PAGE[: PAGE.index("## HTTP")]))
    assert {field.name for field in fields(ServeSettings)} - {"limits"} <= table
    paths = httpx.get(f"http://{place}/openapi.json", timeout=60).json()["paths"]
    for path in paths:
        assert path.removeprefix("/v1") in PAGE, path
