"""The same HTTP application as a Ray Serve deployment: replicas behind Ray's proxy.

A replica is a `Service` of its own. What a client changes (grammar, slots) would be changed in one
of them, so nothing can be changed; what was heard within the last minute is known to the replica
that heard it.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import MissingExtra, SettingsError
from ..jobs.ray_pool import LOCAL, connected
from .config import Address, ServeSettings, engine_settings, http_address, read_tokens
from .log import note

if TYPE_CHECKING:
    from starlette.types import ASGIApp

NAME = "mondegreen"
_PATIENCE = "120"
"""Seconds for Ray's proxy to be up: 5 by itself, which two busy cores do not keep (98 measured)."""


def run_on_ray(settings: ServeSettings) -> None:
    """Serve HTTP from `settings.replicas` replicas until SIGINT or SIGTERM.

    Raises SettingsError for what replicas cannot do and for an address without Ray, MissingExtra
    without the extra `ray`, and what is wrong with the engine.
    """
    import mondegreen

    address = http_address(settings)
    if address is None or settings.wyoming != "off":
        raise SettingsError("with --ray HTTP is served, and nothing else; leave --wyoming out")
    if settings.hass_url:
        raise SettingsError("with --ray nothing can be changed; give --home in place of --hass-url")
    tokens = read_tokens(settings)
    os.environ.setdefault("RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S", _PATIENCE)
    try:
        from ray import serve
    except ImportError as error:
        raise MissingExtra("--ray", "ray") from error
    # Here it says what is wrong with it; a replica would try for ever.
    mondegreen.load(settings.engine, **engine_settings(settings))
    with connected(settings.ray):
        try:
            serve.start(http_options={"host": address.host, "port": address.port})
            serve.run(_deployment(settings, address, tokens), name=NAME)
            note(f"http://{address} (page, HTTP, WebSocket), {settings.replicas} replicas on Ray")
            asyncio.run(_until_told())
            note("ending")
            serve.delete(NAME)
        finally:
            if settings.ray == LOCAL:
                serve.shutdown()


def _deployment(settings: ServeSettings, address: Address, tokens: Sequence[bytes]) -> Any:
    from ray import serve

    own = replace(settings, editing=False, workers=settings.workers or 1)
    most = own.limits.streams + own.limits.waiting
    # One worker understands; the process beside it passes sound on.
    return serve.deployment(
        num_replicas=settings.replicas,
        max_ongoing_requests=most,
        ray_actor_options={"num_cpus": own.workers},
    )(serve.ingress(_builder(own, address, tokens))(_Replica)).bind()


class _Replica:
    """What Ray keeps alive; the application does the work."""


def _builder(
    settings: ServeSettings, address: Address, tokens: Sequence[bytes]
) -> Callable[[], ASGIApp]:
    def build() -> ASGIApp:
        from .http.app import make_app
        from .service import Service

        service = Service(settings)
        service.start()
        return make_app(service, address, tokens)

    return build


async def _until_told() -> None:
    signalled = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, signalled.set)
    await signalled.wait()
