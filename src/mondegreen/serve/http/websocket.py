"""The WebSocket: sound in, events out.

The first message says what follows; then come binary messages of 16-bit sound, and `stop`.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import msgspec
from fastapi import FastAPI, WebSocket
from starlette.datastructures import Headers
from starlette.websockets import WebSocketDisconnect, WebSocketState

from ...errors import AudioError, Busy, MondegreenError, SettingsError
from ...types import Final, SpeechEnded, SpeechStarted
from ..log import note
from ..service import Service, ServiceStream
from .gate import TokenCheck

_START_SECONDS = 10.0
"""Seconds that a client has for its first message."""
_SEND_SECONDS = 10.0
"""Seconds that a client may take no event; then it is let go, and nobody waits for it."""
DONE, POLICY, TOO_MUCH, FAULT, RESTART, BUSY = 1000, 1008, 1009, 1011, 1012, 1013
"""Close codes (RFC 6455, and the two after it from IANA's list)."""
_MOST_REASON = 120
"""Bytes of a close reason; the protocol has room for 123."""


class Start(msgspec.Struct, tag_field="type", tag="start", forbid_unknown_fields=True):
    """The first message."""

    rate: int = 16_000
    encoding: str = "s16le"
    channels: int = 1
    token: str = ""
    act: bool = True
    n_best: int = 1
    risk: float | None = None
    partials: bool = True


class Stop(msgspec.Struct, tag_field="type", tag="stop", forbid_unknown_fields=True):
    """No more sound will come; what is being said counts."""


class Close(Exception):
    """Why a stream is closed."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def add_stream(app: FastAPI, service: Service, tokens: TokenCheck) -> None:
    """Give the application its WebSocket."""
    clients: dict[str, int] = {}

    @app.websocket("/v1/stream")
    async def stream(socket: WebSocket) -> None:
        client = socket.client.host if socket.client else ""
        clients[client] = clients.get(client, 0) + 1
        try:
            await socket.accept()
            if clients[client] > service.settings.limits.streams_a_client:
                raise Close(BUSY, "too many streams of one client")
            await _Conversation(socket, service, tokens).run()
        except Close as close:
            await _close(socket, close)
        except (WebSocketDisconnect, RuntimeError):
            pass  # the client is gone
        finally:
            clients[client] -= 1
            if not clients[client]:
                del clients[client]


async def _close(socket: WebSocket, close: Close) -> None:
    if close.code != DONE:
        note(f"stream closed with {close.code}: {close.reason}")
    if socket.application_state is not WebSocketState.CONNECTED:
        return
    reason = close.reason.encode()[:_MOST_REASON].decode("utf-8", "ignore")
    with suppress(RuntimeError, WebSocketDisconnect, asyncio.TimeoutError):
        await asyncio.wait_for(socket.close(close.code, reason), _SEND_SECONDS)


class _Conversation:
    """One client and its stream."""

    def __init__(self, socket: WebSocket, service: Service, tokens: TokenCheck) -> None:
        self._socket, self._service, self._tokens = socket, service, tokens
        self._pause: asyncio.TimerHandle | None = None
        """Sets `_silent`, unless somebody speaks again before."""
        self._silent = asyncio.Event()
        self._silent.set()

    async def run(self) -> None:
        """Listen until somebody ends it. Raises Close, and WebSocketDisconnect."""
        stream = await self._open(await self._start())
        limits = self._service.settings.limits
        work = [
            asyncio.create_task(one)
            for one in (self._listen(stream), self._tell(stream), self._end_of_service())
        ]
        try:
            done, _ = await asyncio.wait(
                work, timeout=limits.session, return_when=asyncio.FIRST_EXCEPTION
            )
            # The one whose end the others wait for comes first.
            for task in (work[1], work[0], work[2]):
                if task in done:
                    task.result()
            raise Close(POLICY, f"a stream may last {limits.session:g} s")
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            stream.close()

    async def _start(self) -> Start:
        try:
            message = await asyncio.wait_for(self._socket.receive(), _START_SECONDS)
        except asyncio.TimeoutError:
            raise Close(POLICY, "no start message came") from None
        _check_there(message)
        try:
            start = msgspec.json.decode(message.get("text") or "", type=Start)
        except msgspec.DecodeError as error:
            raise Close(POLICY, f"the first message is no start: {error}") from None
        head = self._tokens.bearer(Headers(scope=self._socket.scope))
        if self._tokens.needed and not head and not self._tokens.passes(start.token):
            raise Close(POLICY, "this server wants a token")
        if start.encoding != "s16le":
            raise Close(POLICY, f"encoding {start.encoding[:20]!r}, expected 's16le'")
        return start

    async def _open(self, start: Start) -> ServiceStream:
        try:
            stream = await self._service.open_stream(
                rate=start.rate, channels=start.channels, act=start.act, n_best=start.n_best,
                risk=start.risk, partials=start.partials,
            )  # fmt: skip
        except Exception as error:
            raise _close_of(error) from None
        limits = self._service.settings.limits
        ready = {
            "type": "ready", "model": self._service.model, "rate": start.rate,
            "idle": limits.idle, "session": limits.session,
        }  # fmt: skip
        try:
            await self._send(ready)
        except BaseException:
            stream.close()
            raise
        return stream

    async def _listen(self, stream: ServiceStream) -> None:
        idle = self._service.settings.limits.idle
        try:
            while True:
                try:
                    message = await asyncio.wait_for(self._socket.receive(), idle)
                except asyncio.TimeoutError:
                    raise Close(POLICY, f"nothing came for {idle:g} s") from None
                _check_there(message)
                if message.get("bytes") is not None:
                    await stream.feed(message["bytes"])
                    continue
                try:
                    msgspec.json.decode(message.get("text") or "", type=Stop)
                except msgspec.DecodeError:
                    raise Close(POLICY, "expected sound, or a stop message") from None
                await stream.finish()
                return
        except MondegreenError as error:
            raise _close_of(error) from None

    async def _tell(self, stream: ServiceStream) -> None:
        try:
            async for event in stream.events():
                if isinstance(event, SpeechStarted):
                    if self._pause is not None:
                        self._pause.cancel()
                    self._silent.clear()
                elif isinstance(event, SpeechEnded):
                    # Its result follows at once, unless it was no speech after all.
                    self._pause = asyncio.get_running_loop().call_later(1.0, self._silent.set)
                elif isinstance(event, Final):
                    self._note(event)
                await self._send(event.to_json())
        except MondegreenError as error:
            raise _close_of(error) from None
        raise Close(DONE, "")

    async def _end_of_service(self) -> None:
        await self._service.draining()
        await self._silent.wait()
        raise Close(RESTART, "the server is ending; come back in a moment")

    async def _send(self, message: dict[str, object]) -> None:
        data = msgspec.json.encode(message).decode()
        try:
            await asyncio.wait_for(self._socket.send_text(data), _SEND_SECONDS)
        except asyncio.TimeoutError:
            raise Close(BUSY, "events were not taken") from None

    def _note(self, event: Final) -> None:
        result = event.result
        text = f": {result.transcript}" if self._service.settings.log_text else ""
        note(f"stream {result.status} {result.compute_ms:.0f} ms{text}")


def _check_there(message: object) -> None:
    assert isinstance(message, dict)
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))


def _close_of(error: BaseException) -> Close:
    """The close code of an error."""
    if isinstance(error, Busy):
        return Close(BUSY, str(error))
    if isinstance(error, AudioError | SettingsError):
        return Close(POLICY, str(error))
    return Close(FAULT, str(error) if isinstance(error, MondegreenError) else "a fault")


__all__ = ["add_stream"]
