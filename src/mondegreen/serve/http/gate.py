"""What every request passes: who it is from, how much it may ask for, and what it is told.

Plain ASGI around the application: a body is counted while it comes, not once it is in memory.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..config import Address, is_loopback
from ..log import fault
from ..service import Service
from .problem import Problem

OPEN = ("/", "/healthz", "/readyz", "/openapi.json")
"""Paths that need no token: they tell nothing that was said. What lies under /page/ is one too."""
_SECURITY = {
    # A page of ours loads nothing from elsewhere, and no page of others shows it in a frame.
    "content-security-policy": "default-src 'self'; media-src 'self' blob:; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "microphone=(self), camera=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
_MOST_CLIENTS = 10_000
"""Clients whose requests are counted, 200 bytes each; the one that was quiet longest is dropped."""

_SLOWEST = 8_000
"""Bytes a second that a body may come at, once `limits.idle` is over: 64 kbit/s. Who drips would
else keep one of the connections for ever."""
_DISCARD_SECONDS = 2.0
"""How long what is too large is read on: 8 MB come within it over any network but the slowest."""


class Gone(Exception):
    """The client hung up before its request was whole."""


class TokenCheck:
    """Compares tokens so that the time it takes tells nothing about them."""

    def __init__(self, tokens: Sequence[bytes]) -> None:
        self._tokens = tuple(tokens)

    @property
    def needed(self) -> bool:
        """Whether there are any."""
        return bool(self._tokens)

    def passes(self, token: str) -> bool:
        """Whether the token is one of ours."""
        candidate = token.encode("utf-8", "replace")
        right = False
        for own in self._tokens:  # all of them: the first that fits must not be the quickest
            right |= hmac.compare_digest(candidate, own)
        return right

    def bearer(self, headers: Headers) -> bool:
        """Whether a request has a token of ours in its head."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self.passes(token.strip())


class Allowance:
    """How many requests each client may still make: a bucket that fills as time goes by."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = a_minute / 60.0, clock
        self._most = max(1.0, a_minute / 6.0)  # ten seconds' worth may come at once
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> float:
        """Seconds until the client may ask again; 0: it may now, and has."""
        now = self._clock()
        left, since = self._left.pop(client, (self._most, now))
        left = min(self._most, left + (now - since) * self._rate)
        allowed = left >= 1.0
        self._left[client] = (left - 1.0 if allowed else left), now
        if len(self._left) > _MOST_CLIENTS:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1.0 - left) / self._rate


class Gate:
    """The application behind all that has to be passed."""

    def __init__(
        self,
        app: ASGIApp,
        service: Service,
        address: Address,
        tokens: TokenCheck,
        note: Callable[[str], None],
    ) -> None:
        self._app, self._service, self._tokens, self._note = app, service, tokens, note
        self._local = address.is_loopback and not tokens.needed
        self._allowance = Allowance(service.settings.limits.requests_a_minute)
        self._origins = frozenset(service.settings.origins)
        self._root = service.settings.root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or say why not."""
        if scope["type"] not in ("http", "websocket"):
            return
        scope = self._under_root(scope)
        if scope["type"] == "http":
            await self._http(scope, receive, send)
            return
        try:
            self._check_origin(Headers(scope=scope))
            self._check_allowance(scope)
            if not self._service.accepting:
                raise Problem(503, "the server is ending", {"retry-after": "5"})
        except Problem as problem:
            self._note(f"websocket refused: {problem.detail}")
            await receive()
            await problem.response()(
                {**scope, "extensions": {"websocket.http.response": {}}}, receive, send
            )
            return
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            self._note(fault(error))
            raise

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        status = 500
        origin = Headers(scope=scope).get("origin", "")

        async def send_safely(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if status == 413:
                    await _discard(receive)
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY.items():
                    headers.setdefault(name, value)
                if origin in self._origins:
                    headers["access-control-allow-origin"] = origin
                    headers["vary"] = "origin"
                    headers["cross-origin-resource-policy"] = "cross-origin"
            await send(message)

        try:
            self._admit(scope)
            if scope["method"] == "OPTIONS" and origin in self._origins:
                await _preflight(scope, receive, send_safely)
            else:
                await self._app(scope, self._counted(receive), send_safely)
        except Problem as problem:
            await problem.response()(scope, receive, send_safely)
        except Gone:
            status = 499  # nobody was there any more to be told
        except Exception as error:
            self._note(fault(error))  # the application has answered 500
        seconds = time.perf_counter() - began
        route = getattr(scope.get("route"), "path", "other")
        self._service.counters.requests.labels("http", route, str(status)).inc()
        self._service.counters.seconds.labels("http", route).observe(seconds)
        if route not in ("/healthz", "/readyz", "/metrics"):
            self._note(f"{scope['method']} {route} {status} {1000 * seconds:.0f} ms")

    def _admit(self, scope: Scope) -> None:
        headers, path = Headers(scope=scope), _path(scope)
        self._check_host(headers)
        self._check_origin(headers)
        if path in OPEN or path.startswith("/page/") or scope["method"] == "OPTIONS":
            return
        self._check_allowance(scope)
        if self._tokens.needed and not self._tokens.bearer(headers):
            raise Problem(
                401, "this server wants 'Authorization: Bearer TOKEN'",
                {"www-authenticate": 'Bearer realm="mondegreen"'},
            )  # fmt: skip
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) > self._service.settings.limits.body:
            raise self._too_large()

    def _check_host(self, headers: Headers) -> None:
        """Without tokens only this machine may ask, and no page that took a name for it."""
        host = _host_of(f"//{headers.get('host', '')}")
        listed = {_host_of(origin) for origin in self._origins}
        if self._local and not is_loopback(host) and host not in listed:
            raise Problem(
                421, f"found the host {host!r}, expected localhost; to serve others set a token, "
                "or list the page's address under origins",
            )  # fmt: skip

    def _check_origin(self, headers: Headers) -> None:
        """A page of another site must not use the server of whoever looks at it."""
        self._check_host(headers)
        origin = headers.get("origin")
        if origin is None or origin in self._origins:
            return
        if origin.lower().partition("://")[2] != headers.get("host", "").lower():
            raise Problem(403, "pages of other addresses may not use this server")

    def _check_allowance(self, scope: Scope) -> None:
        client = scope.get("client")
        seconds = self._allowance.take(client[0] if client else "")
        if seconds:
            a_minute = self._service.settings.limits.requests_a_minute
            raise Problem(
                429, f"more than {a_minute} requests a minute",
                {"retry-after": str(max(1, round(seconds + 0.5)))},
            )  # fmt: skip

    def _counted(self, receive: Receive) -> Receive:
        """`receive`, which ends where a body is too large, stops coming, or comes in drips."""
        limits = self._service.settings.limits
        size, over = 0, False
        began = time.monotonic()

        async def receive_counted() -> Message:
            nonlocal size, over
            if over:
                return await receive()  # what it waits for is the client's end
            left = began + limits.idle + size / _SLOWEST - time.monotonic()
            try:
                message = await asyncio.wait_for(receive(), min(limits.idle, left))
            except asyncio.TimeoutError:
                raise Problem(
                    408, f"nothing came for {limits.idle:g} s, or less than {_SLOWEST:,} bytes/s"
                ) from None
            if message["type"] == "http.disconnect":
                raise Gone
            size += len(message.get("body", b""))
            over = not message.get("more_body", False)
            if size > limits.body:
                raise self._too_large()
            return message

        return receive_counted

    def _too_large(self) -> Problem:
        most = self._service.settings.limits.body
        return Problem(413, f"the body is larger than {most:,} bytes", {"connection": "close"})

    def _under_root(self, scope: Scope) -> Scope:
        """A proxy may leave its prefix in the path, or take it away; both are the same to us."""
        path = scope["path"]
        if self._root and (path == self._root or path.startswith(self._root + "/")):
            path = path[len(self._root) :] or "/"
        return {**scope, "path": path, "root_path": ""}


def _host_of(url: str) -> str:
    """The host in a URL; "" where it is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _path(scope: Scope) -> str:
    return str(scope["path"])


async def _discard(receive: Receive) -> None:
    """Read on for a while: a client that is still sending would not see a reply."""
    until = time.monotonic() + _DISCARD_SECONDS
    with suppress(asyncio.TimeoutError):
        while (left := until - time.monotonic()) > 0:
            message = await asyncio.wait_for(receive(), left)
            if message["type"] == "http.disconnect" or not message.get("more_body", False):
                return


async def _preflight(scope: Scope, receive: Receive, send: Send) -> None:
    """What a page of a listed address may do."""
    from starlette.responses import Response

    headers = {
        "access-control-allow-methods": "GET, POST, PUT",
        "access-control-allow-headers": "authorization, content-type",
        "access-control-max-age": "600",
    }
    await Response(status_code=204, headers=headers)(scope, receive, send)
