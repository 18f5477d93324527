"""A service of one worker, shared by the tests of this folder."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import httpx
import numpy as np
import pytest

from mondegreen.audio.samples import Samples
from mondegreen.serve.config import Address, read_serve_settings
from mondegreen.serve.http.server import serve_http
from mondegreen.serve.service import Service

Result = TypeVar("Result")
BegunService = Callable[[Mapping[str, Any]], AbstractContextManager[Service]]
READY_SECONDS = 240.0
COMMAND = "from mondegreen.cli.main import run; run()"


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


class ServerProcess:
    """`mondegreen serve`, with what it logs."""

    def __init__(
        self, folder: Path, port: int = 0, *, code: str = COMMAND, **settings: str
    ) -> None:
        environment = {
            **os.environ, "MONDEGREEN_SERVE_WORKERS": "1",
            "MONDEGREEN_SERVE_STORE": str(folder / "assistant.sqlite"), **settings,
        }  # fmt: skip
        self.log: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, "serve", "--http", f"127.0.0.1:{port}"],
            env=environment, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        self.port = int(self._wait_for(r"http://127\.0\.0\.1:(\d+)"))
        self._wait_for(r"ready: (\S+)")
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=120)

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line)

    def _wait_for(self, pattern: str) -> str:
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            for line in list(self.log):
                match = re.search(pattern, line)
                if match:
                    return match[1]
            time.sleep(0.02)
        raise AssertionError(f"no {pattern}: {self.log}")

    def connection(self) -> socket.socket:
        """A plain connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def understands(self, sound: bytes) -> bool:
        """Whether it still does its work."""
        reply = self.client.post("/v1/understand", params={"act": False}, content=sound)
        return bool(reply.json().get("intent") == "PlayMusic")

    def workers(self) -> list[int]:
        """Its worker processes."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return list(map(int, children.read_text().split()))

    def descriptors(self) -> int:
        """Files and connections that the process has open."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def close(self) -> int:
        """End it by SIGTERM, where it has not ended; its exit code."""
        self.client.close()
        self.process.terminate()
        code = self.process.wait(60)
        self._reading.join()
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code


@pytest.fixture(scope="session")
def begin() -> Iterator[Callable[..., ServerProcess]]:
    """`begin(folder, …)` is a server process that is ready."""
    begun: list[ServerProcess] = []

    def start(*arguments: Any, **settings: Any) -> ServerProcess:
        begun.append(ServerProcess(*arguments, **settings))
        return begun[-1]

    yield start
    for running in begun:
        if running.process.poll() is None:  # what a test that failed left
            running.close()


@pytest.fixture(scope="session")
def on_loop() -> Iterator[LoopThread]:
    """`on_loop(work)` runs a coroutine to its end."""
    loop = LoopThread()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def begun_service(on_loop: LoopThread) -> BegunService:
    """A service with the given settings, ready, for as long as a block lasts."""

    @contextmanager
    def serve(settings: Mapping[str, Any]) -> Iterator[Service]:
        async def begin() -> Service:
            begun = Service(read_serve_settings(None, settings, {}))
            begun.start()
            await begun.wait_until_ready()
            return begun

        begun = on_loop(begin())
        yield begun
        on_loop(begun.close())

    return serve


@pytest.fixture(scope="session")
def service(
    begun_service: BegunService, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service of the starter grammar with one worker. Tests leave it as they met it."""
    store = tmp_path_factory.mktemp("serve") / "assistant.sqlite"
    with begun_service({"workers": 1, "store": str(store)}) as begun:
        yield begun


@contextmanager
def _held(service: Service) -> Iterator[None]:
    process = service._crew._members[0]._process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGCONT)


@pytest.fixture(scope="session")
def held() -> Callable[[Service], AbstractContextManager[None]]:
    """`with held(service)`: its only worker stands still, as one does that has much to do."""
    return _held


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
