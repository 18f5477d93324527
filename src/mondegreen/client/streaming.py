"""A stream to a server, which comes back after a break without losing what was being said."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from types import TracebackType

from ..errors import AudioError, MissingExtra
from ..types import Event, Final
from . import retries
from .client_error import ServerError, Unavailable
from .events import event_of, shifted

try:
    from websockets.asyncio.client import ClientConnection, connect
    from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, InvalidHandshake
except ImportError as error:
    raise MissingExtra("mondegreen.client", "serve") from error

_KEPT_SECONDS = 30.0
"""Sound kept for after a break: the longest that one utterance may be, and what was before it."""
_QUIET_SECONDS = 3.0
"""Sound kept while nobody speaks: an utterance begins up to two seconds before it is noticed."""
_PIECE = 1 << 16
"""Bytes of sound in a message; the server takes four times that."""
_PASSING = (1006, 1011, 1012, 1013)
"""Close codes after which it is worth coming back: broken off, a fault, a restart, too busy."""
_REFUSED = (401, 403, 404)
_STEADY_SECONDS = 60.0
"""A connection that lasted this long was a good one, also where nobody spoke: what is sent once
more after a break is at the server long before."""


@dataclass(frozen=True)
class Start:
    """What the first message says."""

    rate: int
    channels: int
    act: bool
    n_best: int
    risk: float | None
    partials: bool


class _Connection:
    """A connection, and what is known of it alone."""

    def __init__(self, socket: ClientConnection, begin: int) -> None:
        self.socket = socket
        self.begin = begin
        """Byte of the whole sound at which this connection's begins."""
        self.since = time.monotonic()
        self.reading = asyncio.Lock()
        """Held by the one who reads: who iterates, or who feeds and finds that it broke off."""
        self.closed: ConnectionClosed | None = None
        """How it ended, once all that came before has been read."""
        self.counted = False
        """Whether it is one of the breaks."""


class AsyncStream:
    """Sound in, events out; use as a context manager. Times count from the first sound fed.

    Feed it from one task and iterate over it in another. When the connection breaks off it is
    opened again and the sound since the last result is sent once more, so that an utterance is
    neither lost nor cut; `SpeechStarted` and `Partial` may then come a second time. When it breaks
    off again and again and nothing new happens between, the sound itself may be why: after as many
    breaks as there are retries, a pause before each, it is given up.
    """

    def __init__(self, url: str, token: str | None, start: Start, retries: int) -> None:
        scheme, _, rest = url.partition("://")
        self._url = f"{'wss' if scheme == 'https' else 'ws'}://{rest}/v1/stream"
        self._token, self._start, self._retries = token, start, retries
        self._bytes_a_second = 2 * start.channels * start.rate
        self._connection: _Connection | None = None
        self._events: deque[Event] = deque()
        """What happened, and was not given out yet."""
        self._latest = -1.0
        """Time of the latest event."""
        self._breaks = 0
        """How often it broke off since then."""
        self._tail = bytearray()
        """Sound of which no result has come yet."""
        self._tail_start = 0
        """Byte of the whole sound at which the tail begins."""
        self._speaking = False
        self._finished = False
        self._opening = asyncio.Lock()

    async def __aenter__(self) -> AsyncStream:
        await self._open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._connection is not None:
            await self._connection.socket.close()

    async def feed(self, pcm: bytes) -> None:
        """More 16-bit little-endian sound, cut anywhere; waits while the server has enough.

        Raises AudioError after `finish`, ServerError where the server refuses, and Unavailable
        where it does not come back.
        """
        if self._finished:
            raise AudioError("this stream is finished; open another with client.stream()")
        for begin in range(0, len(pcm), _PIECE):
            await self._feed(pcm[begin : begin + _PIECE])

    async def _feed(self, piece: bytes) -> None:
        connection = await self._open()
        self._keep(piece)
        try:
            await connection.socket.send(piece)
        except ConnectionClosed as closed:
            _check_passing(closed)
            await self._open(instead_of=connection)

    async def finish(self) -> None:
        """No more sound: what is being said counts, and the events end after it."""
        self._finished = True
        connection = await self._open()
        with suppress(ConnectionClosed):
            await connection.socket.send(json.dumps({"type": "stop"}))

    async def __aiter__(self) -> AsyncIterator[Event]:
        """What happens, as it happens, until the stream is finished. Raises as `feed` does."""
        while True:
            connection = await self._open()
            going_on = bool(self._events) or await self._take(connection)
            while self._events:
                yield self._events.popleft()
            if going_on:
                continue
            assert connection.closed is not None
            if isinstance(connection.closed, ConnectionClosedOK):
                return
            _check_passing(connection.closed)
            await self._open(instead_of=connection)

    async def _take(self, connection: _Connection) -> bool:
        """Take in the next message of a connection; False at its end."""
        async with connection.reading:
            try:
                message = await connection.socket.recv()
            except ConnectionClosed as closed:
                connection.closed = closed
                return False
            event = event_of(json.loads(message))
            if event is not None:
                self._note(shifted(event, connection.begin / self._bytes_a_second))
            return True

    def _keep(self, pcm: bytes) -> None:
        self._tail += pcm
        seconds = _KEPT_SECONDS if self._speaking else _QUIET_SECONDS
        over = len(self._tail) - round(seconds * self._bytes_a_second)
        self._forget(over)

    def _forget(self, size: int) -> None:
        frame = 2 * self._start.channels
        whole = max(0, size // frame * frame)
        del self._tail[:whole]
        self._tail_start += whole

    def _note(self, event: Event) -> None:
        self._events.append(event)
        if event.time > self._latest:  # what is sent once more brings the same events once more
            self._latest, self._breaks = event.time, 0
        self._speaking = event.type not in ("speech_ended", "final") and (
            self._speaking or event.type == "speech_started"
        )
        if isinstance(event, Final):
            self._forget(round(event.time * self._bytes_a_second) - self._tail_start)

    async def _open(self, instead_of: _Connection | None = None) -> _Connection:
        """The connection; a new one in place of none, or of one that broke off."""
        async with self._opening:
            if self._connection is None:
                self._connection = await self._connect()
            elif self._connection is instead_of:
                await self._settle(instead_of)
                self._connection = await self._connect()
            return self._connection

    async def _settle(self, broken: _Connection) -> None:
        """Take in what came before a connection broke off, and pause.

        A result that lies unread would else be asked for once more. Raises Unavailable after too
        many breaks.
        """
        while await self._take(broken):
            pass
        if not broken.counted:  # whoever tries again after a pause cut short counts no second break
            if time.monotonic() - broken.since > _STEADY_SECONDS:
                self._breaks = 0
            self._breaks += 1
            broken.counted = True
        if self._breaks > self._retries:
            assert broken.closed is not None
            raise Unavailable(_reason(broken.closed), _code(broken.closed))
        await asyncio.sleep(retries.pause(self._breaks - 1))

    async def _connect(self) -> _Connection:
        failure: ServerError = Unavailable(f"{self._url}: not there", 0)
        for attempt in range(self._retries + 1):
            if attempt:
                await asyncio.sleep(retries.pause(attempt - 1))
            try:
                return await self._begin()
            except (OSError, asyncio.TimeoutError) as error:
                failure = Unavailable(f"{self._url}: {error!r}", 0)
            except InvalidHandshake as error:
                status = getattr(getattr(error, "response", None), "status_code", 0)
                if status in _REFUSED:
                    raise ServerError(f"the server answers {status}", status) from error
                failure = Unavailable(f"{self._url}: {error}", status)
            except ConnectionClosed as closed:
                _check_passing(closed)
                failure = Unavailable(_reason(closed), _code(closed))
        raise failure

    async def _begin(self) -> _Connection:
        """A connection that has said what comes, and sent once more what has no result yet."""
        socket = await connect(self._url, max_size=1 << 20, proxy=None)
        start = {"type": "start", "encoding": "s16le", **asdict(self._start)}
        if self._token is not None:
            start["token"] = self._token
        await socket.send(json.dumps(start))
        await socket.recv()  # that it is ready; else it closes, and says why
        connection, tail = _Connection(socket, self._tail_start), bytes(self._tail)
        for begin in range(0, len(tail), _PIECE):
            await socket.send(tail[begin : begin + _PIECE])
        if self._finished:
            await socket.send(json.dumps({"type": "stop"}))
        return connection


def _code(closed: ConnectionClosed) -> int:
    return closed.rcvd.code if closed.rcvd is not None else 1006


def _reason(closed: ConnectionClosed) -> str:
    reason = closed.rcvd.reason if closed.rcvd is not None else ""
    return reason or f"the connection was closed ({_code(closed)})"


def _check_passing(closed: ConnectionClosed) -> None:
    """Raise ServerError where coming back is no use."""
    if _code(closed) not in _PASSING:
        raise ServerError(_reason(closed), _code(closed)) from closed
