"""A server process that is treated badly: it stays small, says nothing of it, and serves others."""

from __future__ import annotations

import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from wyoming.asr import Transcribe
from wyoming.audio import AudioStop
from wyoming.ping import Ping

CODE = "from mondegreen.cli.main import run; run()"
MOST_MEGABYTES = 200
"""The process that holds the connections has 45 MB after its start."""


class Server:
    """A server process, and what it writes."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        config = folder / "serve.toml"
        config.write_text(
            f'http = "off"\nwyoming = "tcp://127.0.0.1:{self.port}"\nworkers = 1\n'
            f'store = "{folder / "assistant.sqlite"}"\n[limits]\nidle = 5.0\nconnections = 300\n'
        )
        self.log = folder / "log"
        with self.log.open("w") as log:
            command = [sys.executable, "-c", CODE, "serve", "--config", str(config)]
            self.process = subprocess.Popen(command, stderr=log)

    def wait(self) -> None:
        """Until speech is understood."""
        while "ready" not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)

    def megabytes(self) -> float:
        """Memory of the process that holds the connections."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        resident = re.search(r"VmRSS:\s+(\d+)", status)
        assert resident is not None
        return int(resident[1]) / 1024


@pytest.fixture(scope="module")
def abused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if sys.platform != "linux":
        pytest.skip("memory is read from /proc, which only Linux has")
    server = Server(tmp_path_factory.mktemp("abused"))
    server.wait()
    yield server
    server.process.kill()
    server.process.wait()


def serves(server: Server, connect: Any) -> None:
    """Others are served, memory is small, and nothing went wrong inside."""
    with connect(server.port) as client:
        assert client.ask(Ping("here"))[1] == {"text": "here"}
    assert server.megabytes() < MOST_MEGABYTES
    log = server.log.read_text()
    assert "Traceback" not in log
    assert "fault" not in log
    assert "never retrieved" not in log


def test_rubbish_in_ten_thousand_messages(abused: Server, connect: Any) -> None:
    rng = random.Random(7)
    kinds = [
        b"describe", b"transcribe", b"audio-start", b"audio-chunk", b"audio-stop", b"transcript",
        b"recognize", b"ping", b"error", b"\\u0000",
    ]  # fmt: skip
    values = [
        b"0", b"-1", b"1e999", b"16000", b"99999999999999999999", b"null", b"[]", b"{}", b'"x"',
        b"true", b'"' + b"\xff" * 9 + b'"', b"2", b"1",
    ]  # fmt: skip
    names = [
        b"rate", b"width", b"channels", b"text", b"name", b"context", b"data", b"data_length",
        b"payload_length", b"vad_sensitivity", b"transcript_names", b"type",
    ]  # fmt: skip
    sent = 0
    while sent < 10_000:
        with socket.create_connection(("127.0.0.1", abused.port), timeout=60) as client:
            for _ in range(rng.randint(1, 40)):
                fields = b", ".join(
                    b'"%s": %s' % (rng.choice(names), rng.choice(values))
                    for _ in range(rng.randint(0, 4))
                )
                message = b'{"type": "%s", "data": {%s}%s}\n' % (
                    rng.choice(kinds), fields,
                    b', "payload_length": 4' if rng.random() < 0.3 else b"",
                ) + rng.randbytes(4)  # fmt: skip
                if rng.random() < 0.2:
                    at = rng.randrange(len(message))
                    message = message[:at] + rng.randbytes(1) + message[at + 1 :]
                sent += 1
                try:
                    client.sendall(message)
                except OSError:
                    break  # it has had enough
    serves(abused, connect)
    log = abused.log.read_text()
    assert "asr: bad-message" in log
    assert "asr: bad-audio" in log


def test_a_header_that_promises_ten_gigabytes(abused: Server, connect: Any) -> None:
    for name in ("payload_length", "data_length"):
        with connect(abused.port) as client:
            client.write(b'{"type": "audio-chunk", "%s": 10000000000}\n' % name.encode())
            assert client.next().data["code"] == "too-large"
            assert client.next() is None
    serves(abused, connect)


def test_half_open_connections_and_slow_ones_are_ended(abused: Server, connect: Any) -> None:
    waiting = [socket.create_connection(("127.0.0.1", abused.port), 60) for _ in range(250)]
    for number, client in enumerate(waiting):
        client.sendall(
            (b"", b'{"type": "pi', b'{"type": "x", "payload_length": 900000}\nab')[number % 3]
        )
    serves(abused, connect)
    for client in waiting:
        assert client.recv(1) == b""  # after five seconds without a whole message
        client.close()
    serves(abused, connect)


def test_one_connection_too_many_is_told_so(abused: Server, connect: Any) -> None:
    waiting = [socket.create_connection(("127.0.0.1", abused.port), 60) for _ in range(300)]
    with connect(abused.port) as client:
        assert client.next().data["code"] == "busy"
        assert client.next() is None
    for other in waiting:
        other.close()


def test_clients_that_leave_while_they_speak(
    abused: Server, connect: Any, pcm: Callable[[str], bytes]
) -> None:
    spoken = pcm("turn on the kitchen light")
    for number in range(40):
        client = connect(abused.port)
        client.send(Transcribe())
        client.speak(spoken[: 2_048 * (1 + number % 30)])
        # The last byte is never read: the connection is reset.
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.__exit__()
    with connect(abused.port) as client:
        assert client.hear(spoken) == "turn on the kitchen light"
    serves(abused, connect)


def test_whoever_reads_nothing_is_left(abused: Server, connect: Any) -> None:
    with socket.create_connection(("127.0.0.1", abused.port), 60) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        with pytest.raises(OSError, match=r"reset|[Bb]roken pipe"):
            client.sendall(b'{"type": "describe"}\n' * 1_000_000)
    serves(abused, connect)


def test_the_end_answers_who_is_speaking(
    abused: Server, connect: Any, pcm: Callable[[str], bytes]
) -> None:
    """The last test of this file: the server has ended then."""
    with connect(abused.port) as client, connect(abused.port) as idle:
        client.send(Transcribe())
        spoken = pcm("turn on the kitchen light")
        client.speak(spoken[:40_000])
        client.ask(Ping())
        abused.process.send_signal(signal.SIGTERM)
        assert idle.next() is None
        client.speak_on(spoken[40_000:])
        client.send(AudioStop())
        assert client.transcript() == "turn on the kitchen light"
        assert client.next() is None
    assert abused.process.wait(60) == 0
    assert "Traceback" not in abused.log.read_text()
