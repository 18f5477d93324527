"""What a server carries: start to ready, requests a second, streams in real time, hours of abuse.

Starts a server of its own unless `--url` names one. On a machine that does other work the seconds
of processor that a request takes say more than its latency: both are printed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from mondegreen.audio.read import read_audio
from mondegreen.audio.samples import RATE
from mondegreen.client import AsyncClient, AsyncStream, ServerError
from mondegreen.errors import MondegreenError
from mondegreen.types import Final

EXAMPLE = Path("examples/play-rhapsody-in-blue.wav")
CHUNK = 2 * RATE * 80 // 1000
"""Bytes of 80 ms, as a page sends them."""
SPEECH, EVERY = 3.0, 6.0
"""Seconds of an utterance with the silence around it, and from one to the next."""


def clip(seconds: float) -> bytes:
    """An utterance of that length as 16-bit sound, and silence around it."""
    samples = read_audio(EXAMPLE).samples
    short = max(0, round(seconds * RATE) - len(samples))
    padded = np.pad(samples, (short // 2, short - short // 2))[: round(seconds * RATE)]
    noise = np.random.default_rng(1).normal(0.0, 1e-3, len(padded))
    return np.asarray((padded + noise) * 32_000, "<i2").tobytes()


def percentiles(values: Sequence[float]) -> str:
    """n, the median and the 95th percentile of seconds, as milliseconds."""
    if not values:
        return "n = 0"
    middle, high, most = np.percentile(values, [50, 95, 100]) * 1000
    return f"n = {len(values)}, P50 {middle:.0f} ms, P95 {high:.0f} ms, max {most:.0f} ms"


class Server:
    """A server under test: one that runs, or one that is started."""

    def __init__(self, url: str, process: subprocess.Popen[str] | None = None) -> None:
        self.url, self.process = url, process

    def figure(self, name: str) -> float:
        """One of its metrics."""
        text = httpx.get(f"{self.url}/metrics", timeout=60).text
        match = re.search(rf"^mondegreen_{name} (\S+)$", text, re.MULTILINE)
        return float(match[1]) if match else 0.0

    def pids(self) -> list[int]:
        """Its processes; none where it was not started here."""
        if self.process is None:
            return []
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, children)]

    def memory(self) -> float:
        """MB of its own that all its processes hold; what they share counts once for each."""
        total = 0
        for pid in self.pids():
            with suppress(OSError):
                status = Path(f"/proc/{pid}/status").read_text()
                total += int(re.findall(r"^VmRSS:\s+(\d+)", status, re.MULTILINE)[0])
        return total / 1024

    def processor(self) -> tuple[float, float]:
        """Seconds of processor that the server has used, and that its workers have."""
        ticks = os.sysconf("SC_CLK_TCK")
        used = []
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            used.append((int(fields[11]) + int(fields[12])) / ticks)
        return sum(used[:1]), sum(used[1:])

    def held(self) -> tuple[int, int]:
        """Descriptors and threads of all its processes."""
        pids = self.pids()
        descriptors = sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)
        return descriptors, sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in pids)


@contextmanager
def serving(url: str | None, workers: int) -> Iterator[Server]:
    """The server at `url`, or a new one with that many workers."""
    if url is not None:
        yield Server(url)
        return
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ, "MONDEGREEN_SERVE_WORKERS": str(workers),
            "MONDEGREEN_SERVE_STORE": f"{folder}/assistant.sqlite",
            "MONDEGREEN_SERVE_LIMITS_REQUESTS_A_MINUTE": "1000000",
            "MONDEGREEN_SERVE_LIMITS_STREAMS": "1000",
            "MONDEGREEN_SERVE_LIMITS_STREAMS_A_CLIENT": "1000",
        }  # fmt: skip
        began = time.perf_counter()
        command = [sys.executable, "-c", "from mondegreen.cli.main import run; run()"]
        process = subprocess.Popen(
            [*command, "serve", "--http", "127.0.0.1:0"],
            env=environment, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stderr is not None
        reading = address = None
        try:
            for line in process.stderr:
                address = address or re.search(r"http://127\.0\.0\.1:\d+", line)
                if "ready:" in line:
                    break
            assert address is not None
            print(f"start to ready: {time.perf_counter() - began:.2f} s")
            server = Server(address[0], process)
            reading = threading.Thread(target=process.stderr.read)  # a full pipe keeps no log
            reading.start()
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
            if reading is not None:
                reading.join()
            process.stderr.close()


async def requests(server: Server, seconds: float, rate: float, users: int) -> None:
    """`rate` requests a second of clips of 3 s, or with 0 as many as `users` at once can make."""
    sound = clip(SPEECH)
    waits: list[float] = []
    outcomes: Counter[str] = Counter()
    async with AsyncClient(server.url, retries=0) as client:

        async def ask(due: float) -> None:
            try:
                result = await client.understand(sound, rate=RATE, act=False)
                outcomes[result.status] += 1
                waits.append(time.perf_counter() - due)
            except ServerError as error:
                outcomes[f"refused {error.status}"] += 1

        cpu, began = server.processor(), time.perf_counter()
        until = began + seconds
        if rate:
            tasks = []
            for number in range(round(seconds * rate)):
                due = began + number / rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                tasks.append(asyncio.create_task(ask(due)))
            await asyncio.gather(*tasks)
        else:

            async def user() -> None:
                while time.perf_counter() < until:
                    await ask(time.perf_counter())

            await asyncio.gather(*(user() for _ in range(users)))
        took = time.perf_counter() - began
        own, work = (after - before for after, before in zip(server.processor(), cpu, strict=True))
    print(f"requests: {len(waits) / took:.1f}/s over {took:.0f} s, {percentiles(waits)}")
    print(f"  {dict(outcomes)}; {_each(own, work, len(waits))} a request")


async def streams(server: Server, seconds: float, count: int, partials: bool) -> None:
    """Streams in real time, an utterance of 3 s every 6 s in each."""
    sound = clip(SPEECH) + bytes(round((EVERY - SPEECH) * 2 * RATE))
    waits: list[float] = []
    behind: list[float] = []
    outcomes: Counter[str] = Counter()
    async with AsyncClient(server.url) as client:

        async def speaker(number: int) -> None:
            await asyncio.sleep(EVERY * number / count)
            async with client.stream(act=False, partials=partials) as stream:
                began = time.perf_counter()
                hearing = asyncio.create_task(hear(stream, began))
                position = 0
                while position / (2 * RATE) < seconds:
                    due = began + (position + CHUNK) / (2 * RATE)
                    await asyncio.sleep(max(0.0, due - time.perf_counter()))
                    start = position % len(sound)
                    await stream.feed(sound[start : start + CHUNK])
                    behind.append(time.perf_counter() - due)
                    position += len(sound[start : start + CHUNK])
                await stream.finish()
                await hearing

        async def hear(stream: AsyncStream, began: float) -> None:
            async for event in stream:
                if isinstance(event, Final):
                    outcomes[event.result.status] += 1
                    # Sound up to `time` had to be there before the end was sure.
                    waits.append(time.perf_counter() - began - event.time)

        cpu = server.processor()
        await asyncio.gather(*(speaker(number) for number in range(count)))
        own, work = (after - before for after, before in zip(server.processor(), cpu, strict=True))
    print(f"streams: {count} over {seconds:.0f} s, end to result {percentiles(waits)}")
    print(f"  sent late: {percentiles(behind)}; {dict(outcomes)}")
    print(f"  {_each(own, work, len(waits))} an utterance; {server.memory():.0f} MB")


def _each(own: float, work: float, count: int) -> str:
    server, workers = (1000 * seconds / max(1, count) for seconds in (own, work))
    return f"{server:.0f} ms of processor in the server and {workers:.0f} ms in workers"


async def soak(server: Server, seconds: float, clients: int, pause: float) -> None:
    """Clients that come, ask, break off and send rubbish, each with up to `pause` seconds between
    two deeds; memory and descriptors at the end."""
    sound = clip(SPEECH)
    outcomes: Counter[str] = Counter()
    until = time.perf_counter() + seconds

    async def one(number: int) -> None:
        rng = random.Random(number)
        while time.perf_counter() < until:
            async with AsyncClient(server.url, retries=0) as client:
                try:
                    await deeds[rng.randrange(len(deeds))](client, rng)
                    outcomes["done"] += 1
                except MondegreenError as error:
                    outcomes[f"{type(error).__name__} {getattr(error, 'status', '')}"] += 1
            await asyncio.sleep(rng.uniform(0.0, pause))

    async def ask(client: AsyncClient, rng: random.Random) -> None:
        del rng
        await client.understand(sound, rate=RATE, act=False)

    async def rubbish(client: AsyncClient, rng: random.Random) -> None:
        await client.understand(rng.randbytes(rng.randrange(5_000)), act=False)

    async def vanish(client: AsyncClient, rng: random.Random) -> None:
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(client.understand(sound, rate=RATE), rng.uniform(0.001, 0.2))

    async def listen(client: AsyncClient, rng: random.Random) -> None:
        async with client.stream(act=False) as stream:
            for start in range(0, rng.randrange(len(sound)), CHUNK):
                await stream.feed(sound[start : start + CHUNK])
            if rng.random() < 0.5:
                await stream.finish()
                async for _ in stream:
                    pass

    deeds: list[Callable[[AsyncClient, random.Random], Coroutine[Any, Any, None]]] = [
        ask,
        rubbish,
        vanish,
        listen,
    ]
    await one_round(server, until, clients, one)
    print(f"  {dict(outcomes)}; {server.figure('worker_restarts'):.0f} workers replaced")


async def one_round(
    server: Server, until: float, clients: int, one: Callable[[int], Coroutine[Any, Any, None]]
) -> None:
    """Run the clients, and print memory and descriptors ten times on the way and at the end."""
    step = (until - time.perf_counter()) / 10
    running = [asyncio.create_task(one(number)) for number in range(clients)]
    while time.perf_counter() < until:
        await asyncio.sleep(step)
        print(f"soak: {server.memory():.0f} MB, descriptors and threads {server.held()}")
    await asyncio.gather(*running)
    await asyncio.sleep(1.0)
    print(f"soak, at rest: {server.memory():.0f} MB, descriptors and threads {server.held()}")


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["start", "requests", "streams", "soak"])
    parser.add_argument("--url", help="a server that runs; else one is started")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--rate", type=float, default=0.0, help="requests a second; 0: all it can")
    parser.add_argument("--users", type=int, default=4, help="requests at once, without a rate")
    parser.add_argument("--streams", type=int, default=50)
    parser.add_argument("--no-partials", action="store_true")
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--pause", type=float, default=1.0, help="most seconds between two deeds")
    options = parser.parse_args()
    with serving(options.url, options.workers) as server:
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        if options.what == "requests":
            asyncio.run(requests(server, options.seconds, options.rate, options.users))
        elif options.what == "streams":
            asyncio.run(streams(server, options.seconds, options.streams, not options.no_partials))
        elif options.what == "soak":
            asyncio.run(soak(server, options.seconds, options.clients, options.pause))


if __name__ == "__main__":
    main()
