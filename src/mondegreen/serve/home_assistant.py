"""Home Assistant's WebSocket API, as far as names are read from it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from ..errors import MondegreenError

Registries = Mapping[str, list[dict[str, Any]]]
"""The rows of each registry ("entity", "area", "device", "floor"), as its file has them."""

_PATIENCE = 10.0
"""Seconds for an answer."""
_MOST = 64 << 20
"""Bytes of an answer; 10,000 entities are 10 MB."""


class Refused(MondegreenError):
    """Home Assistant does not take the token."""


class NotAnswered(MondegreenError):
    """What answers does not do it as Home Assistant does."""


@asynccontextmanager
async def connected(url: str, token: str) -> AsyncIterator[HomeAssistant]:
    """Home Assistant, once it has taken the token.

    Raises Refused where it does not, NotAnswered where something else answers, OSError and
    WebSocketException where nothing does.
    """
    async with connect(
        url, open_timeout=_PATIENCE, close_timeout=1.0, max_size=_MOST, proxy=None
    ) as socket:
        home = HomeAssistant(socket)
        await home.sign_in(url, token)
        yield home


class HomeAssistant:
    """A connection that asks one thing at a time."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._asked = 0
        self._changed = False

    async def sign_in(self, url: str, token: str) -> None:
        """Show the token. Raises as `connected`."""
        await self._next("auth_required")
        await self._socket.send(json.dumps({"type": "auth", "access_token": token}))
        message = await self._next("auth_ok", "auth_invalid")
        if message["type"] == "auth_invalid":
            raise Refused(
                f"{url}: Home Assistant does not take the token; make another on the page of your "
                "profile there, under Security"
            )

    async def registries(self) -> Registries:
        """Everything that has a name. Raises NotAnswered, and as `connected`."""
        listed = await self._rows("entity")
        # Only these have the aliases; those that are gone by now are null.
        names = [row.get("entity_id") for row in listed]
        whole = await self._ask("config/entity_registry/get_entries", entity_ids=names)
        rows = whole.values() if isinstance(whole, dict) else ()
        entities = [row for row in rows if isinstance(row, dict)]
        areas = [{**row, "id": row.get("area_id")} for row in await self._rows("area")]
        return {
            "entity": entities or listed,
            "area": areas,
            "device": await self._rows("device"),
            "floor": await self._rows("floor"),
        }

    async def watch(self, kinds: Iterable[str]) -> None:
        """Be told of changes in the registries, for `change`. Raises as `registries`."""
        for kind in kinds:
            await self._ask("subscribe_events", event_type=f"{kind}_registry_updated")

    async def change(self) -> None:
        """Wait until something has changed since the registries were asked for last."""
        while not self._changed:
            self._take(await self._receive())
        self._changed = False

    async def _rows(self, kind: str) -> list[dict[str, Any]]:
        rows = await self._ask(f"config/{kind}_registry/list")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise NotAnswered(f"found no rows in its {kind} registry")
        return rows

    async def _ask(self, what: str, **more: Any) -> Any:
        """The result; an empty list where it knows no such thing, as old ones know no floors."""
        self._asked += 1
        await self._socket.send(json.dumps({"id": self._asked, "type": what, **more}))
        while True:
            message = await asyncio.wait_for(self._receive(), _PATIENCE)
            if message.get("type") != "result" or message.get("id") != self._asked:
                self._take(message)
                continue
            if message.get("success"):
                return message.get("result")
            error = message.get("error")
            code = error.get("code") if isinstance(error, dict) else None
            if code == "unknown_command":
                return []
            raise NotAnswered(f"{what} gave the error {code!r}")

    async def _next(self, *kinds: str) -> dict[str, Any]:
        message = await asyncio.wait_for(self._receive(), _PATIENCE)
        if message.get("type") not in kinds:
            raise NotAnswered(f"found {message.get('type')!r}, expected {' or '.join(kinds)}")
        return message

    async def _receive(self) -> dict[str, Any]:
        try:
            message = json.loads(await self._socket.recv())
        except (ValueError, RecursionError) as error:
            raise NotAnswered(f"found a message that is no JSON ({error})") from error
        if not isinstance(message, dict):
            raise NotAnswered("found a message that is no object")
        return message

    def _take(self, message: Mapping[str, Any]) -> None:
        self._changed = self._changed or message.get("type") == "event"


__all__ = ["HomeAssistant", "NotAnswered", "Refused", "Registries", "connected"]
