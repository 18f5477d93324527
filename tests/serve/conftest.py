"""A service of one worker, shared by the tests of this folder."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from mondegreen.audio.samples import Samples
from mondegreen.serve.config import Address, read_serve_settings
from mondegreen.serve.http.server import serve_http
from mondegreen.serve.service import Service

Result = TypeVar("Result")


class LoopThread:
    """An event loop in a thread, where services of tests live."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def __call__(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run to its end."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(300)

    def close(self) -> None:
        """End the loop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture(scope="session")
def on_loop() -> Iterator[LoopThread]:
    """`on_loop(work)` runs a coroutine to its end."""
    loop = LoopThread()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def service(on_loop: LoopThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service of the starter grammar with one worker. Tests leave it as they met it."""
    store = tmp_path_factory.mktemp("serve") / "assistant.sqlite"
    given = {"workers": 1, "store": str(store)}

    async def begin() -> Service:
        begun = Service(read_serve_settings(None, given, {}))
        begun.start()
        await begun.wait_until_ready()
        return begun

    begun = on_loop(begin())
    yield begun
    on_loop(begun.close())


class _Staying:
    """Stands in for the service when a server of it is closed and others go on."""

    async def quiet(self) -> None:
        """Do not wait."""


@pytest.fixture(scope="session")
def serving(service: Service, on_loop: LoopThread) -> Callable[..., AbstractContextManager[str]]:
    """`with serving(token, …) as place` serves HTTP at HOST:PORT, for those who have a token."""

    @contextmanager
    def serve(*tokens: str) -> Iterator[str]:
        encoded = [token.encode() for token in tokens]
        interface = on_loop(serve_http(service, Address("127.0.0.1", 0), encoded))
        yield f"127.0.0.1:{interface.port}"
        interface._service = _Staying()  # type: ignore[assignment]
        on_loop(interface.close())

    return serve


@pytest.fixture(scope="session")
def pcm(say: Callable[[str], Samples]) -> Callable[[str], bytes]:
    """`pcm(text)` is a text said, as 16-bit sound at 16 kHz."""
    return lambda text: np.asarray(say(text) * 32767, "<i2").tobytes()


@pytest.fixture(scope="session")
def example() -> bytes:
    """A WAV file of "play rhapsody in blue"."""
    return Path("examples/play-rhapsody-in-blue.wav").read_bytes()
