"""A client for asyncio."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from ..errors import MissingExtra
from ..types import Understanding
from . import retries
from .client_error import ServerError, Unavailable
from .events import understanding_of
from .streaming import AsyncStream, Start

try:
    import httpx
except ImportError as error:
    raise MissingExtra("mondegreen.client", "serve") from error


class AsyncClient:
    """Talks to a server. Use as a context manager, or `close` it.

    Requests that find no server, or a busy one, are sent again `retries` times: after what the
    server says, else after 0.2 s, 0.4 s and so on. A request that was broken off in the middle is
    sent again too; with `act` what it asks for may then be done twice.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8080",
        *,
        token: str | None = None,
        timeout: float = 60.0,
        retries: int = 4,
    ) -> None:
        self._url, self._token, self._retries = url.rstrip("/"), token, retries
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        self._http = httpx.AsyncClient(timeout=timeout, headers=headers)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def ready(self) -> bool:
        """Whether the server understands speech by now; False too where there is none."""
        try:
            return (await self._http.get(f"{self._url}/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    async def understand(
        self,
        audio: bytes | str | Path,
        *,
        rate: int = 0,
        channels: int = 1,
        act: bool = True,
        n_best: int = 1,
    ) -> Understanding:
        """What one utterance means: a sound file, its content, or with a `rate` raw 16-bit sound.

        Raises ServerError, its subclass Unavailable, and OSError for a file that cannot be read.
        """
        content = audio if isinstance(audio, bytes) else Path(audio).read_bytes()
        parameters = {"rate": rate, "channels": channels, "act": _word(act), "n_best": n_best}
        return understanding_of(
            await self._send(
                "POST", "/v1/understand", content, "application/octet-stream", parameters
            )
        )

    async def read(self, text: str, *, act: bool = True) -> Understanding:
        """What a text means. Raises as `understand`."""
        body = json.dumps({"text": text, "act": act}).encode()
        return understanding_of(await self._send("POST", "/v1/understand", body))

    async def ask(self, question: str) -> dict[str, Any]:
        """A question answered from the server's index: the JSON of `mondegreen ask --json`.

        Raises as `understand`.
        """
        body = json.dumps({"text": question}).encode()
        return dict(json.loads(await self._send("POST", "/v1/ask", body)))

    async def ask_aloud(
        self, audio: bytes | str | Path, *, rate: int = 0, channels: int = 1
    ) -> dict[str, Any]:
        """The same for a question in sound, as `understand` takes it."""
        content = audio if isinstance(audio, bytes) else Path(audio).read_bytes()
        reply = await self._send(
            "POST", "/v1/ask", content, "application/octet-stream",
            {"rate": rate, "channels": channels},
        )  # fmt: skip
        return dict(json.loads(reply))

    async def say(self, text: str, *, voice: str | None = None, speed: float = 1.0) -> bytes:
        """A text said: a WAV file. Raises as `understand`."""
        request: dict[str, Any] = {"text": text, "speed": speed}
        body = json.dumps(request if voice is None else {**request, "voice": voice}).encode()
        return await self._send("POST", "/v1/say", body)

    async def grammar(self) -> dict[str, Any]:
        """What is understood: model, intents with the kinds of their slots, replies."""
        return dict(json.loads(await self._send("GET", "/v1/grammar")))

    async def check_grammar(self, text: str) -> dict[str, Any]:
        """`summary` and `findings` of a grammar, which is not used. Raises as `understand`."""
        return await self._grammars(text, activate=False)

    async def use_grammar(self, text: str) -> dict[str, Any]:
        """Have the server understand by another grammar, if it works. Raises as `understand`."""
        return await self._grammars(text, activate=True)

    async def set_slot(
        self, name: str, values: Mapping[str, Sequence[str]] | Sequence[str]
    ) -> None:
        """Replace what may be said for a slot. Raises as `understand`."""
        body = json.dumps(dict(values) if isinstance(values, Mapping) else list(values)).encode()
        await self._send("PUT", f"/v1/slots/{quote(name, safe='')}", body)

    def stream(
        self,
        *,
        rate: int = 16_000,
        channels: int = 1,
        act: bool = True,
        n_best: int = 1,
        risk: float | None = None,
        partials: bool = True,
    ) -> AsyncStream:
        """A stream of 16-bit sound; a context manager. See AsyncStream."""
        start = Start(rate, channels, act, n_best, risk, partials)
        return AsyncStream(self._url, self._token, start, self._retries)

    async def _grammars(self, text: str, *, activate: bool) -> dict[str, Any]:
        parameters = {"activate": _word(activate)}
        reply = await self._send(
            "POST", "/v1/grammars", text.encode(), "application/yaml", parameters
        )
        return dict(json.loads(reply))

    async def _send(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        kind: str = "application/json",
        parameters: Mapping[str, Any] | None = None,
    ) -> bytes:
        headers = {} if content is None else {"content-type": kind}
        for attempt in range(self._retries + 1):
            try:
                reply = await self._http.request(
                    method, self._url + path, content=content, headers=headers, params=parameters
                )
            except httpx.TransportError as error:
                failure: ServerError = Unavailable(f"{self._url}: {error!r}", 0)
                wait = None
            else:
                if reply.is_success:
                    return reply.content
                failure, wait = _failure(reply), reply.headers.get("retry-after")
                if reply.status_code not in retries.AGAIN:
                    raise failure
            if attempt < self._retries:
                await asyncio.sleep(retries.pause(attempt, wait))
        raise failure


def _word(flag: bool) -> str:
    return "true" if flag else "false"


def _failure(reply: httpx.Response) -> ServerError:
    kind = Unavailable if reply.status_code in retries.AGAIN else ServerError
    try:
        detail = str(reply.json()["detail"])
    except (ValueError, KeyError, TypeError):
        detail = f"the server answers {reply.status_code}"
    return kind(detail, reply.status_code)
