"""The client against small servers of the test's own: what it sends, and how it comes back."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any, ClassVar

import pytest
from websockets.sync.server import ServerConnection, serve

from mondegreen.client import AsyncClient, Client, ServerError, Unavailable, retries
from mondegreen.client.events import event_of, shifted, understanding_of
from mondegreen.serve.http.server import MOST_MESSAGE
from mondegreen.types import (
    Decided,
    Final,
    Meaning,
    Partial,
    Revised,
    Slot,
    SpeechEnded,
    SpeechStarted,
    Understanding,
)

SLOT = Slot("title", "Rhapsody in Blue", "rhapsody in blue", 0.5, 1.5, 0.9)
RESULT = Understanding("understood", "PlayMusic", (SLOT,), 0.9, "play rhapsody in blue",
                       decided_at=1.5)  # fmt: skip


class _Replies(BaseHTTPRequestHandler):
    """Answers what the test says, one after another, and keeps what was asked."""

    replies: ClassVar[list[tuple[int, dict[str, str], bytes]]] = []
    requests: ClassVar[list[tuple[str, str, bytes, str]]] = []

    def _answer(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length)
        self.requests.append((self.command, self.path, body, self.headers.get("authorization", "")))
        status, headers, content = self.replies.pop(0)
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = _answer  # noqa: N815  (the names that http.server calls)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def replies(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """`replies((status, headers, content), …)` is the address of a server that gives them."""
    monkeypatch.setattr(retries, "pause", lambda *_: 0.0)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Replies)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()

    def give(*replies: tuple[int, dict[str, str], bytes]) -> str:
        _Replies.replies[:], _Replies.requests[:] = list(replies), []
        return f"http://127.0.0.1:{server.server_port}"

    yield give
    server.shutdown()
    serving.join()
    server.server_close()


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_results_and_events_come_back_as_they_went() -> None:
    assert understanding_of(_json(RESULT.to_json())) == RESULT
    for event in (
        SpeechStarted(0.3),
        Partial(0.6, "PlayMusic", (SLOT,), "play"),
        Decided(1.4, "intent", "PlayMusic", 0.05, 0.01),
        Decided(1.5, "slot:title", SLOT, 0.05, 0.01),
        Decided(1.6, "all", Meaning("PlayMusic", (SLOT,)), 0.05, 0.01),
        Revised(1.6, "slot:title", None, SLOT),
        SpeechEnded(1.7),
        Final(2.5, RESULT),
    ):
        assert event_of(json.loads(_json(event.to_json()))) == event
        back = shifted(shifted(event, 10.0), -10.0)
        assert back == event
    assert event_of({"type": "ready"}) is None
    moved = shifted(Final(2.5, RESULT), 10.0)
    assert isinstance(moved, Final)
    assert (moved.time, moved.result.slots[0].start, moved.result.decided_at) == (12.5, 10.5, 11.5)


def test_requests_carry_what_was_asked(replies: Callable[..., str]) -> None:
    ok = (200, {}, _json(RESULT.to_json()))
    url = replies(ok, ok, (200, {}, b"RIFF"), (200, {}, b"{}"), (200, {}, b"{}"), (200, {}, b"{}"))
    with Client(url + "/", token="correct-horse-battery") as client:
        assert client.understand(b"sound", rate=8_000, act=False) == RESULT
        assert client.read("play", act=False) == RESULT
        assert client.say("hello", voice="hibari") == b"RIFF"
        client.check_grammar("context: {}")
        client.use_grammar("context: {}")
        client.set_slot("a/b", {"x": ["y"]})
    paths = [(method, path) for method, path, _, _ in _Replies.requests]
    assert paths == [
        ("POST", "/v1/understand?rate=8000&channels=1&act=false&n_best=1"),
        ("POST", "/v1/understand"), ("POST", "/v1/say"),
        ("POST", "/v1/grammars?activate=false"), ("POST", "/v1/grammars?activate=true"),
        ("PUT", "/v1/slots/a%2Fb"),
    ]  # fmt: skip
    assert json.loads(_Replies.requests[1][2]) == {"text": "play", "act": False}
    assert {token for _, _, _, token in _Replies.requests} == {"Bearer correct-horse-battery"}


def test_a_busy_server_is_asked_again_and_a_refusal_is_not(replies: Callable[..., str]) -> None:
    ok = (200, {}, _json(RESULT.to_json()))
    busy = (429, {"retry-after": "1"}, _json({"detail": "no worker was free"}))
    with Client(replies(busy, (503, {}, b""), ok)) as client:
        assert client.read("play") == RESULT
    with Client(replies(busy, busy), retries=1) as client:
        with pytest.raises(Unavailable, match="no worker was free") as busy_still:
            client.read("play")
        assert busy_still.value.status == 429
    with Client(replies((422, {}, _json({"detail": "not audio"})), ok)) as client:
        with pytest.raises(ServerError, match="not audio") as refused:
            client.understand(b"x")
        assert refused.value.status == 422
        assert len(_Replies.requests) == 1


def test_no_server_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "pause", lambda *_: 0.0)
    with Client("http://127.0.0.1:1", retries=1) as client:
        assert not client.ready()
        with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1"):
            client.read("play")
        with pytest.raises(Unavailable), client.stream():
            pass


def _serving(handle: Callable[[ServerConnection], None]) -> Any:
    server = serve(handle, "127.0.0.1", 0)
    threading.Thread(target=server.serve_forever).start()
    return server


def test_a_stream_that_breaks_off_is_taken_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second server hears what the first had given no result for, and times go on."""
    monkeypatch.setattr(retries, "pause", lambda *_: 0.0)
    pieces: list[bytes] = []
    starts: list[Any] = []

    def handle(socket: ServerConnection) -> None:
        number = len(starts)
        starts.append(json.loads(socket.recv()))
        pieces.append(b"")
        socket.send(json.dumps({"type": "ready"}))
        for message in socket:
            if isinstance(message, str):
                socket.send(json.dumps(Final(1.0, RESULT).to_json()))
                socket.close()
                return
            pieces[number] += message
            if number == 0 and len(pieces[0]) == 64_000:
                socket.send(json.dumps(SpeechStarted(0.2).to_json()))
                socket.send(json.dumps(Final(1.5, RESULT).to_json()))
                socket.recv()  # a little more, and then it is gone
                socket.close(1012, "restart")
                return

    server = _serving(handle)
    sound = bytes(range(250)) * 256  # two seconds
    port = server.socket.getsockname()[1]

    async def go() -> list[Any]:
        client = AsyncClient(f"http://127.0.0.1:{port}")
        events = []
        async with client, client.stream() as stream:
            finals = asyncio.Semaphore(0)

            async def listen() -> None:
                async for event in stream:
                    events.append(event)
                    if isinstance(event, Final):
                        finals.release()

            listening = asyncio.create_task(listen())
            await stream.feed(sound)
            await finals.acquire()
            await stream.feed(b"\x01" * 3_200)
            while len(starts) < 2:
                await asyncio.sleep(0.01)
            await stream.finish()
            await asyncio.wait_for(listening, 60)
        return events

    events = asyncio.run(go())
    server.shutdown()
    assert [start["rate"] for start in starts] == [16_000, 16_000]
    # What came after the first result, at 1.5 s, is heard again and nothing before it.
    assert pieces[1] == sound[48_000:] + b"\x01" * 3_200
    assert [event.type for event in events] == ["speech_started", "final", "final"]
    assert events[-1].time == pytest.approx(2.5)
    assert events[-1].result.slots[0].start == pytest.approx(2.0)


def test_a_sound_that_breaks_every_connection_is_given_up() -> None:
    connections: list[float] = []

    def handle(socket: ServerConnection) -> None:
        connections.append(time.monotonic())
        socket.recv()
        socket.send(json.dumps({"type": "ready"}))
        socket.recv()
        # It gets as far as this each time, which is no step forward.
        socket.send(json.dumps(SpeechStarted(0.2).to_json()))
        socket.close(1011, "a fault")

    server = _serving(handle)

    async def go() -> list[str]:
        client = AsyncClient(f"http://127.0.0.1:{server.socket.getsockname()[1]}", retries=2)
        types = []
        async with client, client.stream() as stream:

            async def listen() -> None:
                async for event in stream:
                    types.append(event.type)

            await stream.feed(bytes(3_200))
            with pytest.raises(Unavailable, match="a fault") as given_up:
                await listen()
            with pytest.raises(Unavailable, match="a fault"):
                await stream.feed(bytes(3_200))
        assert given_up.value.status == 1011
        return types

    types = asyncio.run(asyncio.wait_for(go(), 60))
    server.shutdown()
    assert len(connections) == 3
    assert types == ["speech_started"] * 3
    pauses = [later - before for before, later in pairwise(connections)]
    assert pauses[0] >= 0.2
    assert pauses[1] >= 0.4


def test_a_stream_that_comes_further_each_time_is_not_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retries, "pause", lambda *_: 0.0)
    connections: list[ServerConnection] = []

    def handle(socket: ServerConnection) -> None:
        connections.append(socket)
        socket.recv()
        socket.send(json.dumps({"type": "ready"}))
        socket.recv()
        socket.send(json.dumps(SpeechStarted(0.1 * len(connections)).to_json()))
        socket.close(1012 if len(connections) < 6 else 1000, "restart")

    server = _serving(handle)

    async def go() -> list[float]:
        client = AsyncClient(f"http://127.0.0.1:{server.socket.getsockname()[1]}", retries=1)
        async with client, client.stream() as stream:
            await stream.feed(bytes(3_200))
            return [event.time async for event in stream]

    times = asyncio.run(asyncio.wait_for(go(), 60))
    server.shutdown()
    assert times == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])


def test_results_that_lie_unread_when_it_breaks_off_come_once_and_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who feeds finds the break while who iterates is at an event of long before."""
    monkeypatch.setattr(retries, "pause", lambda *_: 0.0)
    pieces: list[bytes] = []

    def handle(socket: ServerConnection) -> None:
        number = len(pieces)
        pieces.append(b"")
        socket.recv()
        socket.send(json.dumps({"type": "ready"}))
        for message in socket:
            if isinstance(message, str):
                socket.send(json.dumps(Final(0.5, RESULT).to_json()))
                return
            pieces[number] += message
            if len(pieces[number]) == {0: 64_000, 1: 48_000}.get(number):
                socket.send(json.dumps(SpeechStarted(0.2).to_json()))
                socket.send(json.dumps(Final(1.0, RESULT).to_json()))
                socket.close(1012, "restart")
                return

    server = _serving(handle)
    sound = bytes(range(250)) * 512  # four seconds

    async def go() -> list[Any]:
        client = AsyncClient(f"http://127.0.0.1:{server.socket.getsockname()[1]}")
        async with client, client.stream() as stream:
            await stream.feed(sound[:64_000])
            events = aiter(stream)
            taken = [await anext(events)]
            # The break comes to light here and there while nobody asks for the next event.
            for begin in (64_000, 72_000, 80_000, 88_000):
                await stream.feed(sound[begin : begin + 8_000])
                await asyncio.sleep(0.1)
            await stream.finish()
            return taken + [event async for event in events]

    taken = asyncio.run(asyncio.wait_for(go(), 60))
    server.shutdown()
    assert [event.type for event in taken] == [
        "speech_started", "final", "speech_started", "final", "final",
    ]  # fmt: skip
    assert [event.time for event in taken] == pytest.approx([0.2, 1.0, 1.2, 2.0, 2.5])
    assert pieces[1] == sound[32_000:80_000]
    assert pieces[2] == sound[64_000:96_000]


def test_much_sound_at_once_goes_in_pieces_that_a_server_takes() -> None:
    sizes: list[int] = []

    def handle(socket: ServerConnection) -> None:
        socket.recv()
        socket.send(json.dumps({"type": "ready"}))
        for message in socket:
            if isinstance(message, str):
                return
            sizes.append(len(message))

    server = _serving(handle)

    async def go() -> None:
        client = AsyncClient(f"http://127.0.0.1:{server.socket.getsockname()[1]}")
        async with client, client.stream() as stream:
            await stream.feed(bytes(700_001))
            await stream.finish()
            assert [event async for event in stream] == []

    asyncio.run(go())
    server.shutdown()
    assert sum(sizes) == 700_001
    assert max(sizes) <= MOST_MESSAGE


@pytest.mark.parametrize(("code", "error"), [(1008, ServerError), (1013, Unavailable)])
def test_a_stream_that_is_refused_says_why(
    monkeypatch: pytest.MonkeyPatch, code: int, error: type[ServerError]
) -> None:
    monkeypatch.setattr(retries, "pause", lambda *_: 0.0)

    def handle(socket: ServerConnection) -> None:
        socket.recv()
        socket.close(code, "this server wants a token")

    server = _serving(handle)
    with Client(f"http://127.0.0.1:{server.socket.getsockname()[1]}", retries=2) as client:
        with pytest.raises(error, match="wants a token") as refused, client.stream():
            pass
        assert refused.value.status == code
    server.shutdown()


def test_the_synchronous_stream() -> None:
    def handle(socket: ServerConnection) -> None:
        socket.recv()
        socket.send(json.dumps({"type": "ready"}))
        for message in socket:
            if isinstance(message, str):
                break
        socket.send(json.dumps(Final(1.0, RESULT).to_json()))

    server = _serving(handle)
    url = f"http://127.0.0.1:{server.socket.getsockname()[1]}"
    with Client(url) as client, client.stream(act=False) as stream:
        stream.feed(bytes(32_000))
        stream.finish()
        assert list(stream) == [Final(1.0, RESULT)]
    server.shutdown()
