"""The same client for programs without asyncio: a loop in a thread does the work."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from ..types import Event, Understanding
from .asynchronous import AsyncClient
from .streaming import AsyncStream

Result = TypeVar("Result")


class Client:
    """Talks to a server; see AsyncClient. Use as a context manager, or `close` it."""

    def __init__(
        self,
        url: str = "http://127.0.0.1:8080",
        *,
        token: str | None = None,
        timeout: float = 60.0,
        retries: int = 4,
    ) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

        async def make() -> AsyncClient:
            return AsyncClient(url, token=token, timeout=timeout, retries=retries)

        self._client = self._run(make())

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections and end the thread."""
        if self._loop.is_closed():
            return
        self._run(self._client.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def ready(self) -> bool:
        """See AsyncClient."""
        return self._run(self._client.ready())

    def understand(
        self,
        audio: bytes | str | Path,
        *,
        rate: int = 0,
        channels: int = 1,
        act: bool = True,
        n_best: int = 1,
    ) -> Understanding:
        """See AsyncClient."""
        return self._run(
            self._client.understand(audio, rate=rate, channels=channels, act=act, n_best=n_best)
        )

    def read(self, text: str, *, act: bool = True) -> Understanding:
        """See AsyncClient."""
        return self._run(self._client.read(text, act=act))

    def ask(self, question: str) -> dict[str, Any]:
        """See AsyncClient."""
        return self._run(self._client.ask(question))

    def ask_aloud(
        self, audio: bytes | str | Path, *, rate: int = 0, channels: int = 1
    ) -> dict[str, Any]:
        """See AsyncClient."""
        return self._run(self._client.ask_aloud(audio, rate=rate, channels=channels))

    def say(self, text: str, *, voice: str | None = None, speed: float = 1.0) -> bytes:
        """See AsyncClient."""
        return self._run(self._client.say(text, voice=voice, speed=speed))

    def grammar(self) -> dict[str, Any]:
        """See AsyncClient."""
        return self._run(self._client.grammar())

    def check_grammar(self, text: str) -> dict[str, Any]:
        """See AsyncClient."""
        return self._run(self._client.check_grammar(text))

    def use_grammar(self, text: str) -> dict[str, Any]:
        """See AsyncClient."""
        return self._run(self._client.use_grammar(text))

    def set_slot(self, name: str, values: Mapping[str, Sequence[str]] | Sequence[str]) -> None:
        """See AsyncClient."""
        self._run(self._client.set_slot(name, values))

    def stream(
        self,
        *,
        rate: int = 16_000,
        channels: int = 1,
        act: bool = True,
        n_best: int = 1,
        risk: float | None = None,
        partials: bool = True,
    ) -> Stream:
        """A stream of 16-bit sound; a context manager. See Stream."""

        async def make() -> AsyncStream:
            return self._client.stream(
                rate=rate, channels=channels, act=act, n_best=n_best, risk=risk, partials=partials
            )

        return Stream(self, self._run(make()))

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


class Stream:
    """Sound in, events out; use as a context manager.

    `feed` in one thread and iterate in another, or feed everything, `finish`, and iterate then: up
    to two seconds wait at the server, and more in the network's buffers.
    """

    def __init__(self, client: Client, stream: AsyncStream) -> None:
        self._client, self._stream = client, stream

    def __enter__(self) -> Stream:
        self._client._run(self._stream.__aenter__())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client._run(self._stream.__aexit__(kind, error, trace))

    def feed(self, pcm: bytes) -> None:
        """See AsyncStream."""
        self._client._run(self._stream.feed(pcm))

    def finish(self) -> None:
        """See AsyncStream."""
        self._client._run(self._stream.finish())

    def __iter__(self) -> Iterator[Event]:
        """What happens, as it happens. Raises as `AsyncStream.feed` does."""
        events = self._stream.__aiter__()

        async def following() -> Event | None:
            return await anext(events, None)

        while (event := self._client._run(following())) is not None:
            yield event
