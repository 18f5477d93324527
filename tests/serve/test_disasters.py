"""A server process while the machine fails it: no disk, no descriptors, another time, killed."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect
from wyoming.asr import Transcript
from wyoming.event import read_event, write_event

from mondegreen.client import Client

READY_SECONDS = 240.0
ServerProcess = Any
"""One of tests/serve/conftest.py."""
Begin = Callable[..., ServerProcess]
TIMER = {"text": "set a timer for five minutes"}
RUN = "from mondegreen.cli.main import run; run()"
NO_FILE_GROWS = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); "


def _until(reached: Callable[[], bool], log: list[str]) -> None:
    until = time.monotonic() + READY_SECONDS
    while not reached():
        assert time.monotonic() < until, log
        time.sleep(0.05)


def _damaged(folder: Path) -> None:
    (folder / "assistant.sqlite").write_bytes(b"SQLite format 3\0" + b"no store at all " * 300)


def _old(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "assistant.sqlite")) as db, db:
        db.execute("CREATE TABLE reminders (id INTEGER PRIMARY KEY)")
        db.execute("PRAGMA user_version = 1")


def _held(folder: Path) -> sqlite3.Connection:
    db = sqlite3.connect(folder / "assistant.sqlite", isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("BEGIN IMMEDIATE")
    return db


@pytest.mark.parametrize(
    ("spoil", "code", "logged"),
    [
        (_damaged, RUN, "damaged or no mondegreen store"),
        (_old, RUN, "has layout 1"),
        (_held, RUN, "held by another program"),
        (lambda _: None, NO_FILE_GROWS + RUN, "assistant.sqlite"),
    ],
    ids=["damaged", "old", "held", "disk full"],
)
def test_a_store_that_fails_leaves_the_meaning_and_says_so(
    begin: Begin, tmp_path: Path, pcm: Callable[[str], bytes],
    spoil: Callable[[Path], Any], code: str, logged: str,
) -> None:  # fmt: skip
    holder = spoil(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as free:
        wyoming = free.getsockname()[1]
    running = begin(tmp_path, code=code, MONDEGREEN_SERVE_WYOMING=f"tcp://127.0.0.1:{wyoming}")
    workers = running.workers()
    reply = running.client.post("/v1/understand", json=TIMER)
    result = reply.json()
    assert (reply.status_code, result["intent"]) == (200, "SetTimer")
    assert "my memory cannot be used" in result["reply"]
    assert "sqlite" not in reply.text  # files of the server are for its log
    assert _over_websocket(running, pcm("set a timer for five minutes")) == result["reply"]
    kind, data = _over_wyoming(wyoming, TIMER["text"])
    assert (kind, data["text"]) == ("not-handled", result["reply"])
    retry = running.client.post("/v1/understand", params={"act": False}, json=TIMER)
    assert (retry.status_code, retry.json()["reply"]) == (200, "")
    assert running.workers() == workers
    assert running.close() == 0
    log = "".join(running.log)
    assert logged in log
    assert "fault" not in log
    assert "five minutes" not in log
    if holder is not None:
        holder.close()


def _over_websocket(running: ServerProcess, sound: bytes) -> str:
    with connect(f"ws://127.0.0.1:{running.port}/v1/stream") as stream:
        stream.send(json.dumps({"type": "start", "partials": False}))
        for begin in range(0, len(sound), 32_000):
            stream.send(sound[begin : begin + 32_000])
        stream.send(json.dumps({"type": "stop"}))
        last = [json.loads(message) for message in stream][-1]
        assert stream.close_code == 1000
    return str(last["result"]["reply"])


def _over_wyoming(port: int, text: str) -> tuple[str, dict[str, Any]]:
    with socket.create_connection(("127.0.0.1", port), 60) as client:
        file = client.makefile("rwb")
        write_event(Transcript(text).event(), file)
        file.flush()
        answer = read_event(file)
        file.close()
    assert answer is not None
    return answer.type, answer.data


def test_a_thousand_half_open_connections(begin: Begin, tmp_path: Path, example: bytes) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2_000:
        pytest.skip("this system allows fewer than 2,000 open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2_000), hard))
    few = "import resource as r; n = r.RLIMIT_NOFILE; r.setrlimit(n, (128, r.getrlimit(n)[1])); "
    running = begin(tmp_path, code=few + RUN)
    before = running.descriptors()
    try:
        parts = (b"", b"POST /v1/underst", b"GET / HTTP/1.1\r\nHost:")
        with ExitStack() as stack:
            for number in range(1_000):
                with suppress(OSError):  # the silent ones make room
                    client = stack.enter_context(running.connection())
                    client.sendall(parts[number % 3])
            assert running.understands(example)
            assert running.descriptors() > 500  # more than the 128 that it began with
            assert running.descriptors() < before + 512 + 20
        _until(lambda: running.descriptors() <= before + 1, running.log)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert running.close() == 0
    assert "fault" not in "".join(running.log)


def test_a_clock_that_jumps_changes_nothing(begin: Begin, tmp_path: Path, example: bytes) -> None:
    # Every look at the clock on the wall tells another day, here and in the workers.
    (tmp_path / "sitecustomize.py").write_text(
        "import random, time\n"
        "time.time = lambda: random.uniform(0.0, 4e9)\n"
        "time.time_ns = lambda: random.randrange(4 * 10**18)\n"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    limits = {"MONDEGREEN_SERVE_LIMITS_REQUESTS_A_MINUTE": "30"}  # five at once
    running = begin(tmp_path, PYTHONPATH=path, **limits)
    assert running.understands(example)
    before = running.workers()
    for worker in before:
        os.kill(worker, signal.SIGKILL)
    _until(
        lambda: (
            not set(before) & set(running.workers())
            and running.client.get("/readyz").status_code == 200
        ),
        running.log,
    )
    with connect(f"ws://127.0.0.1:{running.port}/v1/stream") as stream:
        stream.send(json.dumps({"type": "start"}))
        assert json.loads(stream.recv(60))["type"] == "ready"
        stream.send(json.dumps({"type": "stop"}))
        assert [json.loads(message)["type"] for message in stream] == []
        assert stream.close_code == 1000
    codes = [running.client.get("/v1/grammar").status_code for _ in range(12)]
    assert codes[0] == 200
    assert 429 in codes
    assert running.close() == 0


def test_without_descriptors_it_goes_on_once_there_are_some(
    begin: Begin, tmp_path: Path, example: bytes
) -> None:
    if not hasattr(resource, "prlimit"):
        pytest.skip("only Linux changes the limits of another process")
    running = begin(tmp_path)
    pid = running.process.pid
    allowed = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    assert running.understands(example)  # its connection stays open
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (running.descriptors() - 3, allowed[1]))
    for worker in running.workers():
        os.kill(worker, signal.SIGKILL)
    _until(lambda: "could not be started" in "".join(running.log), running.log)
    assert running.client.get("/readyz").status_code == 503
    resource.prlimit(pid, resource.RLIMIT_NOFILE, allowed)
    _until(lambda: running.client.get("/readyz").status_code == 200, running.log)
    assert running.understands(example)
    assert running.close() == 0


def test_killed_under_load_it_leaves_nothing_and_serves_again(
    begin: Begin, tmp_path: Path, example: bytes
) -> None:
    running = begin(tmp_path)
    workers, port = running.workers(), running.port
    intents: list[str | None] = []
    ended = threading.Event()

    def ask() -> None:
        with Client(f"http://127.0.0.1:{port}", retries=60) as client:
            while not ended.is_set():
                intents.append(client.understand(example).intent)

    asking = [threading.Thread(target=ask) for _ in range(3)]
    for thread in asking:
        thread.start()
    _until(lambda: len(intents) > 2, running.log)
    running.process.kill()
    running.process.wait(30)
    _until(lambda: not any(Path(f"/proc/{w}").exists() for w in workers), running.log)
    with suppress(subprocess.TimeoutExpired):
        running.close()
    again = begin(tmp_path, port)
    before = len(intents)
    _until(lambda: len(intents) > before + 6, again.log)  # all three go on
    ended.set()
    for thread in asking:
        thread.join()
    assert set(intents) == {"PlayMusic"}
    reply = again.client.post("/v1/understand", json=TIMER).json()["reply"]
    assert reply == "Timer set for 5 minutes."
    assert again.close() == 0
