"""A real server process under everything that a network does to one: it goes on serving others."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

READY_SECONDS = 240.0
START = json.dumps({"type": "start", "act": False})
ServerProcess = Any
"""One of tests/serve/conftest.py."""
Begin = Callable[..., ServerProcess]


@pytest.fixture(scope="module")
def server(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for all that it has to survive."""
    short = {"MONDEGREEN_SERVE_LIMITS_IDLE": "2", "MONDEGREEN_SERVE_LIMITS_CONNECTIONS": "100"}
    running = begin(tmp_path_factory.mktemp("faults"), **short)
    yield running
    code = running.close()
    log = "".join(running.log)
    assert code == 0, log
    assert "Traceback" not in log
    assert "fault" not in log


@pytest.fixture(autouse=True)
def _still_serves(request: pytest.FixtureRequest, example: bytes) -> Iterator[None]:
    yield
    if "server" in request.fixturenames:
        running = request.getfixturevalue("server")
        assert running.understands(example)
        assert running.process.poll() is None


def _ended(connection: socket.socket) -> bool:
    """Whether the server hangs up, whatever it says before."""
    try:
        while connection.recv(65_536):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


def test_a_head_that_never_ends_is_cut_off(server: ServerProcess) -> None:
    with server.connection() as slow:
        slow.sendall(b"POST /v1/understand HTTP/1.1\r\nHost: localhost\r\n")
        ended = threading.Event()

        def drip() -> None:
            with suppress(OSError):
                while not ended.wait(0.5):
                    slow.sendall(b"X-More: 1\r\n")

        dripping = threading.Thread(target=drip)
        dripping.start()
        assert _ended(slow)
        ended.set()
        dripping.join()


def test_a_body_that_never_comes_is_given_up(server: ServerProcess) -> None:
    with server.connection() as slow:
        slow.sendall(
            b"POST /v1/understand HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc"
        )
        assert slow.recv(65_536).startswith(b"HTTP/1.1 408")


def test_connections_that_say_nothing_go_first(server: ServerProcess, example: bytes) -> None:
    with ExitStack() as stack:
        silent = []
        for _ in range(300):
            with suppress(OSError):
                silent.append(stack.enter_context(server.connection()))
        with suppress(httpx.TransportError):
            server.understands(example)  # the client's own kept connection said nothing either
        assert server.understands(example)
        assert len(silent) > 200
        assert _ended(silent[0])
        assert server.descriptors() < 100 + 50


def test_a_body_that_drips_is_given_up(server: ServerProcess) -> None:
    head = b"POST /v1/understand HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
    with server.connection() as slow:
        slow.sendall(head)
        ended = threading.Event()

        def drip() -> None:
            with suppress(OSError):
                while not ended.wait(0.2):
                    slow.sendall(b"a")

        dripping = threading.Thread(target=drip)
        dripping.start()
        assert slow.recv(65_536).startswith(b"HTTP/1.1 408")
        ended.set()
        dripping.join()


def test_addresses_that_are_none(server: ServerProcess) -> None:
    for name, value, status in (
        ("host", "[", 421), ("host", "[::1", 421), ("host", "[x]:1", 421),
        ("origin", "http://[", 403), ("origin", "null", 403), ("origin", "http://[::1", 403),
    ):  # fmt: skip
        reply = server.client.get("/v1/grammar", headers={name: value})
        assert (reply.status_code, reply.json()["status"]) == (status, status), (name, value)


def test_lengths_that_lie(server: ServerProcess) -> None:
    heads = [
        b"Content-Length: 10000000000",
        b"Content-Length: -1",
        b"Content-Length: many",
        b"Content-Length: 3\r\nContent-Length: 4",
        b"Transfer-Encoding: chunked\r\nContent-Length: 3",
        b"X-Large: " + b"a" * 200_000,
        b"Host: a\r\nHost: b",
        b"\x00\xff: \x01",
    ]
    for head in heads:
        with server.connection() as connection:
            request = b"POST /v1/understand HTTP/1.1\r\nHost: localhost\r\n" + head + b"\r\n\r\nabc"
            with suppress(ConnectionError):  # hung up on; no answer at all is a fault
                connection.sendall(request)
                answer = connection.recv(65_536)
                assert answer == b"" or re.match(rb"HTTP/1\.1 4\d\d", answer), (head[:40], answer)


def test_ten_thousand_pieces_of_rubbish(server: ServerProcess) -> None:
    rng = random.Random(7)
    request = (
        b"POST /v1/understand?n_best=1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
    )
    for _ in range(40):
        with server.connection() as connection, suppress(OSError):
            for _ in range(25):
                mutated = bytearray(request)
                for _ in range(rng.randrange(1, 8)):
                    mutated[rng.randrange(len(mutated))] = rng.randrange(256)
                connection.sendall(bytes(mutated) + rng.randbytes(rng.randrange(40)))
    texts = ["", "{}", "[]", "null", '{"type":"stop"', '{"type":7}', "\ud7ff", "x" * 5_000]
    for _ in range(60):
        with (
            suppress(ConnectionClosed),
            connect(f"ws://127.0.0.1:{server.port}/v1/stream", close_timeout=1) as stream,
        ):
            stream.send(START)
            for _ in range(150):
                if rng.random() < 0.002:
                    stream.send(rng.choice(texts))
                stream.send(rng.randbytes(rng.randrange(200)))


def test_rubbish_below_the_websocket(server: ServerProcess) -> None:
    rng = random.Random(9)
    upgrade = (
        b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    frames = [
        b"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff" + bytes(4),  # of 2^63 bytes
        b"\x82\x7e\xff\xff",  # without a mask
        b"\x89\xff" + (1 << 20).to_bytes(8, "big") + bytes(4),  # a ping of a megabyte
        b"\xf2\x80" + bytes(4),  # with bits that nobody agreed upon
        *(rng.randbytes(60) for _ in range(60)),
    ]
    for frame in frames:
        with server.connection() as connection:
            connection.sendall(upgrade)
            assert connection.recv(4096).startswith(b"HTTP/1.1 101")
            with suppress(OSError):
                connection.sendall(frame)


def test_clients_that_vanish_in_the_middle(
    server: ServerProcess, example: bytes, pcm: Callable[[str], bytes]
) -> None:
    head = b"POST /v1/understand HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
    for cut in (len(example), 1_000, len(example), 5):
        with server.connection() as connection:
            connection.sendall(head % len(example) + example[:cut])
    sound = pcm("play rhapsody in blue")
    for cut in (100, 30_001, len(sound)):
        with connect(f"ws://127.0.0.1:{server.port}/v1/stream") as stream:
            stream.send(START)
            stream.send(sound[:cut])
            stream.socket.shutdown(socket.SHUT_RDWR)  # no goodbye
    until = time.monotonic() + 60
    while "mondegreen_streams 0.0" not in server.client.get("/metrics").text:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_worker_that_is_killed_is_replaced(server: ServerProcess, example: bytes) -> None:
    before = server.workers()
    for worker in before:
        os.kill(worker, signal.SIGKILL)
    until = time.monotonic() + READY_SECONDS
    codes = set()
    while (reply := server.client.post("/v1/understand", content=example)).status_code != 200:
        codes.add(reply.status_code)
        assert time.monotonic() < until
        time.sleep(0.1)
    assert codes <= {429, 503}
    assert not set(before) & set(server.workers())


def test_a_grammar_is_replaced_under_load(server: ServerProcess, example: bytes) -> None:
    play = "context:\n  expressions:\n    PlayMusic: ['play rhapsody in [blue, red] %s']\n"
    statuses: list[int] = []
    done = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=server.client.base_url, timeout=120) as client:
            while not done.is_set():
                reply = client.post("/v1/understand", params={"act": False}, content=example)
                statuses.append(reply.status_code)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for ending in ("(now)", "(today)"):
            reply = server.client.post(
                "/v1/grammars", params={"activate": True}, content=play % ending
            )
            assert reply.status_code == 200, reply.text
            reply = server.client.post("/v1/grammars", params={"activate": True}, content="a: [")
            assert reply.status_code == 422
    finally:
        done.set()
        asking.join()
    assert set(statuses) == {200}


def test_terminated_under_load_it_ends_what_it_began(
    begin: Begin, tmp_path: Path, example: bytes
) -> None:
    running = begin(tmp_path)
    statuses: list[int | str] = []

    def ask() -> None:
        try:
            with httpx.Client(base_url=running.client.base_url, timeout=60) as client:
                statuses.append(client.post("/v1/understand", content=example).status_code)
        except httpx.TransportError as error:
            statuses.append(type(error).__name__)

    with connect(f"ws://127.0.0.1:{running.port}/v1/stream") as silent:
        silent.send(START)
        silent.recv()
        asking = [threading.Thread(target=ask) for _ in range(3)]
        for thread in asking:
            thread.start()
        while "POST" not in "".join(running.log):
            time.sleep(0.01)
        running.process.terminate()
        with pytest.raises(ConnectionClosed) as closed:
            silent.recv(timeout=60)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        for thread in asking:
            thread.join()
    workers = running.workers() if running.process.poll() is None else []
    assert running.close() == 0, running.log
    assert statuses.count(200) >= 1
    assert set(statuses) <= {200, 503, "ConnectError", "ReadError", "RemoteProtocolError"}
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
