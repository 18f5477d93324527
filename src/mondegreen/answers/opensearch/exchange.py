"""One request to the server and its reply, or one clear line about what went wrong.

By the standard library alone. Requests go nowhere but to the address: no redirect is followed,
which would take the password along.
"""

from __future__ import annotations

import ssl
import time
import zlib
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import msgspec

from ...client import retries
from ...client.client_error import ServerError, Unavailable
from .address import PASSWORD, USER, Address

TIMEOUT = 30.0
"""Seconds until a server that says nothing is given up."""
_RETRIES = 4
"""Times that a server which is too busy is asked again: 3 s in all."""
_LARGEST = 128 << 20
"""Bytes of a reply; one with 375 passages has 2.3 MB."""
_LONGEST_REASON = 300
JSON, ROWS = "application/json", "application/x-ndjson"


class Refusal(ServerError):
    """The server says that a request is wrong: `kind` is OpenSearch's word for why."""

    def __init__(self, message: str, status: int, kind: str) -> None:
        super().__init__(message, status)
        self.kind = kind


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class Exchange:
    """Talks to one server. Safe to share between threads."""

    def __init__(self, address: Address, *, timeout: float = TIMEOUT) -> None:
        self.address = address
        self._timeout = timeout
        self._open = build_opener(_NoRedirects).open

    def get(self, path: str) -> bytes:
        """The reply to a question about `path`, which begins with a slash. Raises as `send`."""
        return self.send("GET", path)

    def send(self, method: str, path: str, content: bytes | None = None, kind: str = JSON) -> bytes:
        """The reply.

        Raises Unavailable where no server answers or it stays too busy, Refusal where it says that
        the request is wrong, ServerError where it wants to know who asks or is no OpenSearch.
        """
        headers = {"Accept": JSON, "Accept-Encoding": "gzip"}
        if content is not None:
            headers["Content-Type"] = kind
        if self.address.authorization:
            headers["Authorization"] = self.address.authorization
        url = f"{self.address.server}{path}"
        request = Request(url, content, headers, method=method)
        for attempt in range(_RETRIES + 1):
            status, reply, wait = self._once(request)
            if status < 300:
                return reply
            if status not in retries.AGAIN or attempt == _RETRIES:
                break
            time.sleep(retries.pause(attempt, wait))
        raise self._error(status, reply)

    def _once(self, request: Request) -> tuple[int, bytes, str | None]:
        """Status and body of the reply, and after how many seconds to ask again."""
        server = self.address.server
        try:
            try:
                with self._open(request, timeout=self._timeout) as reply:
                    return reply.status, _read(reply, reply.headers), None
            except HTTPError as error:
                with error:
                    return error.code, _read(error, error.headers), error.headers["Retry-After"]
        except URLError as error:
            if isinstance(error.reason, ssl.SSLCertVerificationError):
                raise ServerError(
                    f"{server}: its certificate is not trusted ({error.reason.verify_message}); "
                    "name a file with its authority in SSL_CERT_FILE",
                    0,
                ) from error
            raise Unavailable(f"no server answers at {server} ({error.reason})", 0) from error
        except (OSError, HTTPException, zlib.error) as error:  # it broke off, or took too long
            reason = str(error) or type(error).__name__
            raise Unavailable(f"{server} did not answer to the end ({reason})", 0) from error

    def _error(self, status: int, reply: bytes) -> ServerError:
        server = self.address.server
        kind, reason = reason_of(reply)
        if status in (401, 403) and kind in ("", "security_exception"):
            who = "the user" if self.address.authorization else "whoever gives no name"
            return ServerError(
                f"{server} refuses {who} ({status}); expected USER:PASSWORD@ in the address or "
                f"{USER} and {PASSWORD}, of someone who may use {self.address.name} and "
                f"{self.address.name}-*",
                status,
            )
        if status in retries.AGAIN:
            why = f"{status} {kind}".strip()
            return Unavailable(f"{server} is too busy ({why}); try again later", status)
        if not kind:
            return ServerError(f"{server} answers {status}, but not as OpenSearch does", status)
        return Refusal(f"{server}: {kind}: {reason}", status, kind)


def reason_of(reply: bytes | Any) -> tuple[str, str]:
    """OpenSearch's word for what is wrong, and the reason; empty where it is another's reply."""
    try:
        document = msgspec.json.decode(reply) if isinstance(reply, bytes) else reply
        error = document["error"]
        return str(error["type"]), str(error.get("reason", ""))[:_LONGEST_REASON]
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
        return "", ""


def _read(reply: Any, headers: Any) -> bytes:
    """The body. Raises OSError for one that is too large, or not whole."""
    body: bytes = reply.read(_LARGEST + 1)
    if headers["Content-Encoding"] == "gzip":
        unpacking = zlib.decompressobj(wbits=31)
        body = unpacking.decompress(body, _LARGEST + 1)
        if not unpacking.eof and len(body) <= _LARGEST:
            raise OSError("it broke off")
    if len(body) > _LARGEST:
        raise OSError(f"more than {_LARGEST >> 20} MB")
    if headers["Content-Length"] and getattr(reply, "length", 0):
        raise OSError("it broke off")
    return body


__all__ = ["JSON", "ROWS", "TIMEOUT", "Exchange", "Refusal", "reason_of"]
