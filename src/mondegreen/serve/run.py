"""One process that serves every interface that is asked for, until it is told to end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from ..errors import MissingExtra, SettingsError
from .config import OFF, ServeSettings, http_address, read_tokens
from .log import finish, note
from .service import Service

if TYPE_CHECKING:
    from .live_home import LiveHome

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

Opened = TypeVar("Opened")
_OTHER_FILES = 256
"""Of the workers' pipes, of libraries, and in reserve for connections that are being refused."""


class Interface(Protocol):
    """Something that is served and can be closed."""

    async def close(self) -> None:
        """Take in nothing new, end what runs within `limits.drain`, and free the address."""
        ...


def run(settings: ServeSettings) -> None:
    """Serve until SIGTERM or SIGINT; then what runs may end within `limits.drain` seconds.

    Raises SettingsError for an address that cannot be bound, what is wrong with the grammar or
    model, and MissingExtra.
    """
    asyncio.run(_run(settings))


async def _run(settings: ServeSettings) -> None:
    signalled = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt
            loop.add_signal_handler(number, signalled.set)
    tokens = read_tokens(settings)
    _allow_connections(settings)
    names = _live_home(settings)
    if names is not None:
        settings = replace(settings, home=await names.first())
    service = Service(settings)
    service.start()
    interfaces: list[Interface] = []
    try:
        await _open(service, settings, tokens, interfaces)
        if names is not None:
            names.follow(service)
            interfaces.append(names)
        await _until(signalled, service)
        note("ending")
    finally:
        for closed in await asyncio.gather(
            *(interface.close() for interface in interfaces), return_exceptions=True
        ):
            if isinstance(closed, BaseException):
                note(f"an interface did not close: {closed!r}")
        await service.close()
        finish()


def _live_home(settings: ServeSettings) -> LiveHome | None:
    if not settings.hass_url:
        return None
    try:
        from .live_home import LiveHome
    except ImportError as error:
        raise MissingExtra("--hass-url", "serve") from error
    return LiveHome(settings)


def _allow_connections(settings: ServeSettings) -> None:
    """Let the process have as many open files as it may have connections, where the system does.

    Many systems begin with 1,024. Beyond the limit no worker could be started either.
    """
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * settings.limits.connections + _OTHER_FILES  # over HTTP, and over Wyoming
    if hard != resource.RLIM_INFINITY:
        needed = min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


async def _open(
    service: Service,
    settings: ServeSettings,
    tokens: Sequence[bytes],
    opened: list[Interface],
) -> None:
    """Add the interfaces, taking connections; the engine may still be loading."""
    address = http_address(settings)
    if address is not None:
        from .http.server import serve_http

        http = await _opened(serve_http(service, address, tokens), f"http {address}")
        opened.append(http)
        note(
            f"http://{address._replace(port=http.port)}{settings.root_path} (page, HTTP, WebSocket)"
        )
    if settings.wyoming != OFF:
        try:
            from .wyoming import serve_wyoming
        except ImportError as error:
            raise MissingExtra("--wyoming", "serve") from error
        opened.append(
            await _opened(serve_wyoming(service, settings.wyoming, settings), settings.wyoming)
        )
        note(f"{settings.wyoming} (Wyoming, which has no passwords: whoever reaches it may use it)")


async def _opened(opening: Awaitable[Opened], place: str) -> Opened:
    try:
        return await opening
    except OSError as error:
        # asyncio's own words on a port that is taken repeat the address.
        number = error.errno or 0  # below zero where a name is not known
        reason = os.strerror(number) if number > 0 else error.strerror or error
        raise SettingsError(
            f"{place}: cannot be served ({reason}); is another program there?"
        ) from error


async def _until(signalled: asyncio.Event, service: Service) -> None:
    """Wait for a signal. Raises why the engine cannot be loaded, if so."""
    ready = asyncio.create_task(service.wait_until_ready())
    telling = asyncio.create_task(signalled.wait())
    try:
        await asyncio.wait([ready, telling], return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            ready.result()
            for line in service.unused:
                note(line)
            note(f"ready: {service.model}")
            await telling
    finally:
        ready.cancel()
        telling.cancel()
