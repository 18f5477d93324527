"""A client of a mondegreen server: HTTP and WebSocket, with or without asyncio.

Needs nothing of mondegreen but its words for meanings and events; no engine is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..exports import when_used

if TYPE_CHECKING:
    from .asynchronous import AsyncClient
    from .client_error import ServerError, Unavailable
    from .streaming import AsyncStream
    from .synchronous import Client, Stream

__all__ = ["AsyncClient", "AsyncStream", "Client", "ServerError", "Stream", "Unavailable"]

__getattr__ = when_used(
    __name__,
    {
        "AsyncClient": "asynchronous",
        "AsyncStream": "streaming",
        "Client": "synchronous",
        "ServerError": "client_error",
        "Stream": "synchronous",
        "Unavailable": "client_error",
    },
)
