"""Messages of the Wyoming protocol, read with limits: a line of JSON, its data, its payload.

The package `wyoming` reads whatever a header promises; here nobody makes the server keep 10 GB.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from wyoming.event import Event, Eventable, async_write_event

from ...types import Seconds

MOST_HEADER = 1 << 16
"""Bytes of the line that begins a message. Old clients have all data in it."""
MOST_DATA = 1 << 20
"""Bytes of the data after the line; 20,000 names are 0.5 MB."""
MOST_PAYLOAD = 1 << 20
"""Bytes of sound in one message: 32 s at 16 kHz. Home Assistant sends 2 kB."""


class Refused(Exception):
    """A message that is not taken; the connection ends with it."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Gone(Exception):
    """The client has left, or reads nothing any more."""


class Messages:
    """The messages of one connection. A message has `idle` seconds to come, or to be taken."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, idle: Seconds
    ) -> None:
        self._reader, self._writer, self._idle = reader, writer, idle
        self._sending = asyncio.Lock()

    async def next(self) -> Event:
        """The next message. Raises Gone at the end, and Refused for what is no message."""
        try:
            return await asyncio.wait_for(self._read(), self._idle)
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError) as error:
            raise Gone from error

    async def send(self, *events: Eventable) -> None:
        """Send messages one after another. Raises Gone."""
        try:
            async with self._sending:
                for event in events:
                    sent = async_write_event(event.event(), self._writer)
                    await asyncio.wait_for(sent, self._idle)
        except (OSError, RuntimeError, asyncio.TimeoutError) as error:
            self._writer.transport.abort()  # close() would wait for what nobody reads
            raise Gone from error

    def close(self) -> None:
        """End the connection once what was sent is on its way."""
        self._writer.close()

    async def _read(self) -> Event:
        try:
            line = await self._reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            raise Refused(
                "too-large", f"found no end of line in {MOST_HEADER:,} bytes, expected one"
            ) from None
        header = _object(line)
        kind = header.get("type")
        if not isinstance(kind, str):
            raise Refused("bad-message", "found a message without a type, expected JSON with one")
        data = _data(header)
        size = _size(header, "data_length", MOST_DATA)
        if size:
            data |= _object(await self._reader.readexactly(size))
        size = _size(header, "payload_length", MOST_PAYLOAD)
        payload = await self._reader.readexactly(size) if size else None
        return Event(kind, data, payload)


def _object(text: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise Refused("bad-message", "found a line that is no JSON object, expected a message")
    return parsed


def _data(header: dict[str, Any]) -> dict[str, Any]:
    data = header.get("data")
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise Refused("bad-message", "found data that is no JSON object, expected one")
    return data


def _size(header: dict[str, Any], name: str, most: int) -> int:
    size = header.get(name)
    if size is None:
        return 0
    if type(size) is not int or size < 0:
        raise Refused("bad-message", f"found a {name} that is no length, expected a number")
    if size > most:
        raise Refused("too-large", f"found a {name} of {size:,}, expected at most {most:,}")
    return size


__all__ = ["MOST_HEADER", "Gone", "Messages", "Refused"]
