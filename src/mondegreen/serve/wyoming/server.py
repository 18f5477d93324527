"""The Wyoming server: takes connections, a limited number, and ends them when it is told to."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import socket
from pathlib import Path
from typing import NamedTuple

from wyoming.error import Error

from ...errors import SettingsError
from ..config import ServeSettings, is_loopback
from ..service import Service
from .announcement import Announcement, announce
from .connection import Connection
from .messages import MOST_HEADER, Gone, Messages
from .names import Names


class Place(NamedTuple):
    """Where it listens: a host and a port, or the path of a socket."""

    host: str = ""
    port: int = 0
    path: str = ""


def place_of(uri: str) -> Place:
    """The place that a URI names. Raises SettingsError."""
    tcp = re.fullmatch(r"tcp://(\[[^\]\s]+\]|[^\s:/\[\]]+):(\d{1,5})/?", uri)
    if tcp is not None and int(tcp[2]) <= 65_535:
        return Place(tcp[1].strip("[]"), int(tcp[2]))
    unix = re.fullmatch(r"unix://(/?[^\s].*)", uri)
    if unix is not None:
        return Place(path=unix[1])
    raise SettingsError(
        f"wyoming: found {uri!r}, expected tcp://HOST:PORT such as tcp://127.0.0.1:10300, "
        "unix://FILE, or off"
    )


async def serve_wyoming(service: Service, uri: str, settings: ServeSettings) -> WyomingServer:
    """Serve the Wyoming protocol until the server is closed.

    One that others in the network reach is announced to Home Assistant, unless the settings say
    not to. Raises SettingsError for what is no address, and OSError for one that is taken.
    """
    place = place_of(uri)
    server = WyomingServer(service, place, settings)
    await server.start()
    return server


def _make_room(path: Path) -> None:
    """Take away the socket of a server that was killed.

    Raises OSError where a server answers, and SettingsError for a file that is no socket.
    """
    if not path.exists():
        return
    if not path.is_socket():
        raise SettingsError(f"wyoming: {path} is there and is no socket; name another file")
    with socket.socket(socket.AF_UNIX) as other:
        try:
            other.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


class WyomingServer:
    """Takes connections from `start` on; `serve_wyoming` makes one."""

    def __init__(self, service: Service, place: Place, settings: ServeSettings) -> None:
        self._service, self._place, self._settings = service, place, settings
        self._names = Names(service)
        self._connections: dict[asyncio.Task[None], Connection] = {}
        self._server: asyncio.Server | None = None
        self._announcement: Announcement | None = None

    @property
    def port(self) -> int:
        """The port it listens on, also where 0 was asked for; 0 for a socket file."""
        assert self._server is not None
        names = [listening.getsockname() for listening in self._server.sockets]
        return int(names[0][1]) if names and not self._place.path else 0

    async def start(self) -> None:
        """Take connections."""
        place = self._place
        if place.path:
            _make_room(Path(place.path))
            self._server = await asyncio.start_unix_server(
                self._accept, place.path, limit=MOST_HEADER
            )
            return
        self._server = await asyncio.start_server(
            self._accept, place.host, place.port, limit=MOST_HEADER
        )
        if self._settings.announce and not is_loopback(place.host):
            self._announcement = await announce(place.host, self.port)

    async def close(self) -> None:
        """Take in nothing new, answer what was asked, and free the address."""
        if self._announcement is not None:
            await self._announcement.close()
        if self._server is not None:
            self._server.close()
        if self._place.path:
            Path(self._place.path).unlink(missing_ok=True)
        for task, connection in self._connections.items():
            connection.is_ending = True
            if not connection.is_busy:
                task.cancel()
        if self._connections:
            await asyncio.wait(self._connections, timeout=self._settings.limits.drain)
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        limits = self._settings.limits
        messages = Messages(reader, writer, limits.idle)
        try:
            if len(self._connections) >= limits.connections:
                full = Error("too many connections are open; try again", "busy")
                await messages.send(full)
                return
            connection = self._connections[task] = Connection(self._service, messages, self._names)
            await connection.run()
        except (Gone, asyncio.CancelledError):
            pass  # it ends either way, and asyncio would log it
        finally:
            self._connections.pop(task, None)
            writer.close()
