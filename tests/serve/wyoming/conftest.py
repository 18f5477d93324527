"""Wyoming clients, and a server of the folder's service."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event, Eventable, read_event, write_event

from mondegreen.serve.service import Service
from mondegreen.serve.wyoming import WyomingServer, serve_wyoming


class Client:
    """A client that waits for its answers."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._file = self.socket.makefile("rwb")

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self.socket.close()

    def send(self, *events: Eventable) -> None:
        """Send messages."""
        for event in events:
            write_event(event.event(), self._file)
        self._file.flush()

    def write(self, data: bytes) -> None:
        """Send bytes."""
        self._file.write(data)
        self._file.flush()

    def next(self) -> Event | None:
        """The next message, or None at the end."""
        return read_event(self._file)

    def ask(self, event: Eventable) -> tuple[str, dict[str, Any]]:
        """Type and data of the answer."""
        self.send(event)
        answer = self.next()
        assert answer is not None
        return answer.type, answer.data

    def speak(self, pcm: bytes, rate: int = 16_000, width: int = 2, channels: int = 1) -> None:
        """Sound in chunks as Home Assistant sends them."""
        self.send(AudioStart(rate, width, channels))
        self.speak_on(pcm, rate, width, channels)

    def speak_on(self, pcm: bytes, rate: int = 16_000, width: int = 2, channels: int = 1) -> None:
        """More sound of the same utterance."""
        for begin in range(0, len(pcm), 2048):
            self.send(AudioChunk(rate, width, channels, pcm[begin : begin + 2048]))

    def transcript(self) -> str:
        """The text of the next transcript; what streams before it and after it is read too."""
        kinds, text = [], ""
        while not kinds or kinds[-1] != "transcript-stop":
            event = self.next()
            assert event is not None
            assert event.type != "error", event.data
            kinds.append(event.type)
            text = event.data.get("text", text)
        chunk = ["transcript-chunk"] if text else []
        assert kinds == ["transcript-start", *chunk, "transcript", "transcript-stop"]
        return text

    def hear(self, pcm: bytes, *, sensitivity: str | None = None, **form: int) -> str:
        """What the server makes of an utterance."""
        self.send(Transcribe(language="en", vad_sensitivity=sensitivity))
        self.speak(pcm, **form)
        self.send(AudioStop())
        return self.transcript()


@pytest.fixture(scope="session")
def server(on_loop: Any, service: Service) -> Iterator[WyomingServer]:
    """A server of the folder's service, on a port that is free."""
    server = on_loop(serve_wyoming(service, "tcp://127.0.0.1:0", service.settings))
    yield server
    on_loop(server.close())


@pytest.fixture
def client(server: WyomingServer) -> Iterator[Client]:
    """A client of that server."""
    with Client(server.port) as client:
        yield client


@pytest.fixture(scope="session")
def connect() -> Callable[[int], Client]:
    """`connect(port)` is a client of a server there."""
    return Client
