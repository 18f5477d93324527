"""The HTTP server: its socket, its patience with slow clients, and its end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import Any

from ...errors import MissingExtra
from ..config import Address
from ..service import Service

try:
    import uvicorn
    from uvicorn.protocols.http.h11_impl import H11Protocol
except ImportError as error:
    raise MissingExtra("mondegreen serve", "serve") from error

_HEAD_SECONDS = 10.0
"""Seconds that a client has for the head of a request, however it comes."""
MOST_MESSAGE = 256 << 10
"""Bytes of one WebSocket message: eight seconds of sound. Clients send 80 ms, 2,560 bytes."""


class PatientProtocol(H11Protocol):
    """uvicorn's, with an end to its patience.

    Who has not said what it wants after ten seconds is cut off, and before that when there are too
    many connections: those without a request go first, the oldest first.
    """

    idle: dict[PatientProtocol, None]
    """Connections without a request, the oldest first; one for each server."""
    most: int
    """Connections at the same time."""
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A client is there, and has to say what it wants."""
        super().connection_made(transport)
        self._await_head()
        if len(self.connections) > self.most:
            # Out of the list at once: many come before the end of the one is told.
            longest = next(iter(self.idle))
            longest._stop_waiting()
            longest.transport.abort()

    def data_received(self, data: bytes) -> None:
        """More of a request."""
        super().data_received(data)
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            self._stop_waiting()
        elif self._deadline is None:
            self._await_head()

    def on_response_complete(self) -> None:
        """A reply is out; the next request may already be coming in."""
        super().on_response_complete()
        self._stop_waiting()
        self.idle[self] = None

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self.idle[self] = None
        self._deadline = self.loop.call_later(_HEAD_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        self.idle.pop(self, None)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        self.idle.pop(self, None)
        if self.transport.get_protocol() is self:  # else it has become a WebSocket
            self.transport.abort()

    def handle_websocket_upgrade(self, event: Any) -> None:
        """From here on it is another protocol's connection."""
        self._stop_waiting()
        super().handle_websocket_upgrade(event)


class _Server(uvicorn.Server):
    """uvicorn's, leaving signals to whoever runs several interfaces."""

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until `should_exit`."""
        await self._serve(sockets)


class HttpInterface:
    """A running HTTP server."""

    def __init__(
        self, server: _Server, serving: asyncio.Task[None], port: int, service: Service
    ) -> None:
        self._server, self._serving, self.port, self._service = server, serving, port, service

    async def close(self) -> None:
        """Take no more connections, and end when what runs is done or the time for it is over."""
        for listening in self._server.servers:
            listening.close()
        # uvicorn closes WebSockets at once; who is speaking may go on to the end of the sentence.
        await self._service.quiet()
        self._server.should_exit = True
        await self._serving


async def serve_http(service: Service, address: Address, tokens: Sequence[bytes]) -> HttpInterface:
    """Serve HTTP at an address; port 0 takes a free one. Raises OSError where it cannot."""
    from .app import make_app

    sock = _bound(address)
    limits, settings = service.settings.limits, service.settings
    connections = {"idle": {}, "most": limits.connections}
    config = uvicorn.Config(
        make_app(service, address, tokens),
        http=type("Protocol", (PatientProtocol,), connections),
        ws="websockets-sansio",
        ws_max_size=MOST_MESSAGE,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.forwarded_by),
        forwarded_allow_ips=list(settings.forwarded_by),
        timeout_keep_alive=round(min(limits.idle, 15.0)),
        timeout_graceful_shutdown=max(1, round(limits.drain)),
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve([sock]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    if serving.done():
        serving.result()
    return HttpInterface(server, serving, sock.getsockname()[1], service)


def _bound(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address.host, address.port))
    except OSError:
        sock.close()
        raise
    return sock
