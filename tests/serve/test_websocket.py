"""The WebSocket: events of live sound, and the code with which each mistake is closed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from socket import SHUT_RDWR
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from mondegreen.serve.http.server import MOST_MESSAGE
from mondegreen.serve.service import Service

OnLoop = Callable[[Any], Any]
Serving = Callable[..., AbstractContextManager[str]]
TOKEN = "correct-horse-battery"
START = json.dumps({"type": "start"})
STOP = json.dumps({"type": "stop"})


@pytest.fixture(scope="module")
def url(serving: Serving) -> Iterator[str]:
    """Where streams of a server without tokens are."""
    with serving() as place:
        yield f"ws://{place}/v1/stream"


@pytest.fixture(scope="module")
def guarded(serving: Serving) -> Iterator[str]:
    """Where streams of a server with a token are."""
    with serving(TOKEN) as place:
        yield f"ws://{place}/v1/stream"


def _closed(socket: ClientConnection) -> tuple[int, str]:
    """Code and reason with which the server closes."""
    try:
        while True:
            socket.recv(timeout=60)
    except ConnectionClosed as closed:
        frame = closed.rcvd
    return (1006, "") if frame is None else (frame.code, frame.reason)


def test_sound_in_and_events_out(url: str, pcm: Callable[[str], bytes]) -> None:
    sound = pcm("play rhapsody in blue") + bytes(2 * 16_000)
    with connect(url) as socket:
        socket.send(START)
        ready = json.loads(socket.recv())
        assert (ready["type"], ready["rate"]) == ("ready", 16_000)
        for start in range(0, len(sound), 2_560):
            socket.send(sound[start : start + 2_560])
        socket.send(STOP)
        events = [json.loads(message) for message in socket]
        assert socket.close_code == 1000
    kinds = [event["type"] for event in events]
    assert kinds[0] == "speech_started"
    assert kinds[-2:] == ["speech_ended", "final"]
    assert events[-1]["result"]["reply"] == "Playing 'Rhapsody in Blue'."


def test_another_rate_and_two_channels(url: str, pcm: Callable[[str], bytes]) -> None:
    import numpy as np

    mono = np.frombuffer(pcm("play rhapsody in blue"), "<i2")
    stereo = np.repeat(np.stack([mono, mono], 1), 2, axis=0).tobytes()
    with connect(url) as socket:
        socket.send(json.dumps({"type": "start", "rate": 32_000, "channels": 2, "act": False}))
        socket.recv()
        for start in range(0, len(stereo), 9_999):
            socket.send(stereo[start : start + 9_999])
        socket.send(STOP)
        last = [json.loads(message) for message in socket][-1]
    assert last["result"]["intent"] == "PlayMusic"
    assert last["result"]["reply"] == ""


@pytest.mark.parametrize(
    ("messages", "code", "reason"),
    [
        (["rubbish"], 1008, "no start"),
        ([b"\x00\x00"], 1008, "no start"),
        (['{"type": "stop"}'], 1008, "no start"),
        (['{"type": "start", "url": "http://127.0.0.1"}'], 1008, "unknown field"),
        (['{"type": "start", "encoding": "mp3"}'], 1008, "expected 's16le'"),
        (['{"type": "start", "rate": 3}'], 1008, "expected 1 to 8"),
        (['{"type": "start", "risk": 7}'], 1008, "risk is 7"),
        (['{"type": "start", "risk": 0.5}'], 1008, "is calibrated for 0.01, 0.05"),
        ([START, "rubbish"], 1008, "expected sound"),
        ([START, b"\x00" * (MOST_MESSAGE + 1)], 1009, ""),
    ],
)
def test_mistakes_have_codes(url: str, messages: list[str | bytes], code: int, reason: str) -> None:
    with connect(url) as socket:
        for message in messages:
            socket.send(message)
        closed, why = _closed(socket)
    assert closed == code
    assert reason in why


def test_tokens_come_in_the_head_or_the_first_message(guarded: str) -> None:
    for start in (START, json.dumps({"type": "start", "token": "wrong-horse-battery"})):
        with connect(guarded) as socket:
            socket.send(start)
            assert _closed(socket) == (1008, "this server wants a token")
    with connect(guarded) as socket:
        socket.send(json.dumps({"type": "start", "token": TOKEN}))
        assert json.loads(socket.recv())["type"] == "ready"
    with connect(guarded, additional_headers={"authorization": f"Bearer {TOKEN}"}) as socket:
        socket.send(START)
        assert json.loads(socket.recv())["type"] == "ready"


def test_pages_of_other_sites_get_no_stream(url: str, guarded: str) -> None:
    for place in (url, guarded):
        with pytest.raises(InvalidStatus) as refused:
            connect(place, origin="http://evil.example")  # type: ignore[arg-type]
        assert refused.value.response.status_code == 403
    own = url.removeprefix("ws://").partition("/")[0]
    with connect(url, origin=f"http://{own}") as socket:  # type: ignore[arg-type]
        socket.send(START)
        assert json.loads(socket.recv())["type"] == "ready"


def test_too_many_streams_are_told_to_come_back(
    url: str, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = replace(service.settings.limits, streams_a_client=1)
    monkeypatch.setattr(service, "settings", replace(service.settings, limits=limits))
    with connect(url) as first:
        first.send(START)
        first.recv()
        with connect(url) as second:
            assert _closed(second) == (1013, "too many streams of one client")


def test_who_sends_nothing_is_let_go(
    url: str, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = replace(service.settings.limits, idle=0.3)
    monkeypatch.setattr(service, "settings", replace(service.settings, limits=limits))
    with connect(url) as socket:
        socket.send(START)
        assert _closed(socket) == (1008, "nothing came for 0.3 s")


def test_a_client_that_is_gone_leaves_nothing(
    url: str, service: Service, on_loop: OnLoop, pcm: Callable[[str], bytes]
) -> None:
    import asyncio

    with connect(url) as socket:
        socket.send(START)
        socket.recv()
        socket.send(pcm("play rhapsody in blue")[:32_000])
        assert service._crew.streams == 1
        socket.socket.shutdown(SHUT_RDWR)  # no goodbye

    async def until_gone() -> None:
        while service._crew.streams:
            await asyncio.sleep(0.02)

    on_loop(asyncio.wait_for(until_gone(), 60))
