"""One worker process, seen from the server: tasks sent, replies awaited, streams fed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

from ..client.events import event_of
from ..errors import Busy, MondegreenError
from ..types import Event, Partial
from . import wire

UNHEARD = 64 << 10
"""Bytes of a stream that may be on their way to its worker: two seconds. Whoever sends faster
waits, and so does the client's TCP."""
_UNREAD = 64
"""Events that a client may leave unread; partial ones are dropped long before."""
_UNREAD_PARTIALS = 4
_WORKER = "from mondegreen.serve.worker import main; main()"
GONE = "the worker that listened ended; a new one is being started: try again"


@dataclass
class _Job:
    """A task that a worker has not replied to."""

    reply: asyncio.Future[wire.Reply]
    seconds: float | None
    """How long it may take; None: however long."""
    beside: bool
    """Whether it is done beside the others, and not in its turn; see `worker.Worker.run`."""
    clock: asyncio.TimerHandle | None = None
    """Ends the worker, once the worker is at it."""


class MemberStream:
    """A stream that a worker follows."""

    def __init__(self, member: Member, number: int) -> None:
        self._member, self.number = member, number
        self._unheard = 0
        self._events: deque[Event] = deque()
        self._changed = asyncio.Event()
        self._error: MondegreenError | None = None
        self.over = False

    async def feed(self, pcm: bytes, *, last: bool = False) -> None:
        """Send more sound; waits while the worker has two seconds to hear.

        Raises what the worker says is wrong with the stream, and Busy when the worker is gone.
        """
        while self._unheard > UNHEARD and not self.over:
            self._changed.clear()
            await self._changed.wait()
        if self._error is not None:
            raise self._error
        if not self.over:
            self._unheard += len(pcm)
            self._member.tell(self.number, wire.Sound(pcm, last))

    async def events(self) -> AsyncIterator[Event]:
        """What happens, as it happens, until the stream is over. Raises as `feed` does."""
        while True:
            while self._events:
                yield self._events.popleft()
            if self._error is not None:
                raise self._error
            if self.over:
                return
            self._changed.clear()
            await self._changed.wait()

    def drop(self) -> None:
        """Forget the stream, wherever it is."""
        if not self.over:
            self._member.tell(self.number, wire.Drop())
        self.end(None)

    def take(self, progress: wire.Progress) -> None:
        """What the worker says of the stream."""
        self._unheard -= progress.size
        for event in map(event_of, progress.events):
            crowded = len(self._events) >= _UNREAD_PARTIALS
            if event is not None and not (crowded and isinstance(event, Partial)):
                self._events.append(event)
        if len(self._events) > _UNREAD:
            self._member.tell(self.number, wire.Drop())
            self.end(Busy(f"{_UNREAD} events are unread; read them, or ask for fewer"))
        elif progress.over:
            self.end(None)
        self._changed.set()

    def end(self, error: MondegreenError | None) -> None:
        """No more will come."""
        if not self.over:
            self.over, self._error = True, error
            self._member.streams.pop(self.number, None)
            self._changed.set()


class Member:
    """A worker process. What it is told before it runs waits for it."""

    def __init__(self) -> None:
        self.streams: dict[int, MemberStream] = {}
        self.ready = False
        """Whether it understands already."""
        self.cpu = 0.0
        """Seconds of processor that its work took."""
        self._numbers = count(1)
        self._jobs: dict[int, _Job] = {}
        """What it has not replied to, in the order in which it was told."""
        self._gone = False
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._early: list[bytes] = []

    @property
    def load(self) -> float:
        """How much it has to do. A stream costs a twentieth of a request, while it lasts."""
        return len(self._jobs) + len(self.streams) / 20

    async def start(self) -> None:
        """Start the process. It may be told things at once. Raises OSError."""
        environment = {
            **os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
            "PYTHONSAFEPATH": "1",  # nothing is imported from where the server was started
        }  # fmt: skip
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", _WORKER, env=environment,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
        except OSError:
            self._leave_all()
            raise
        self._reading = asyncio.create_task(self._read())
        assert self._process.stdin is not None
        self._process.stdin.writelines(self._early)
        self._early.clear()

    async def ended(self) -> None:
        """Wait until the process is gone."""
        assert self._reading is not None
        await asyncio.wait([self._reading])

    async def ask(self, task: wire.Task, seconds: float | None) -> wire.Reply:
        """What it replies, as with `give`. Raises the error that it tells of."""
        return wire.succeeded(await asyncio.shield(self.give(task, seconds)))

    def give(self, task: wire.Task, seconds: float | None) -> asyncio.Future[wire.Reply]:
        """Give it a task. What it replies comes whether or not anybody waits for it.

        It is a failure (Busy) when the worker ends first, and when the worker takes more than
        `seconds` from when it is done with the tasks before: then it is ended.
        """
        return self._give(next(self._numbers), task, seconds)

    async def open(self, task: wire.Open, seconds: float) -> MemberStream:
        """A new stream. Raises as `ask` does."""
        number = next(self._numbers)
        stream = self.streams[number] = MemberStream(self, number)
        try:
            reply = await asyncio.shield(self._give(number, task, seconds))
        except asyncio.CancelledError:
            stream.drop()
            raise
        if isinstance(reply, wire.Failed):
            error = wire.error_of(reply)
            stream.end(error)
            raise error
        return stream

    def tell(self, number: int, task: wire.Task) -> None:
        """Send a task."""
        data = wire.packed(wire.Request(number, task))
        if self._process is None:
            self._early.append(data)
        elif self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(data)

    async def close(self, seconds: float) -> None:
        """End the process, once it has done what it was told; at the latest after `seconds`."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), seconds)
        except asyncio.TimeoutError:
            self.kill()
        await self._process.wait()
        await self.ended()

    def kill(self) -> None:
        """End the process now."""
        if self._process is not None and self._process.returncode is None:
            # Its own `kill` looks first whether it has ended, and so takes its exit from asyncio,
            # which then writes a line about an unknown process.
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        pipe = self._process.stdout
        try:
            while True:
                length = int.from_bytes(await pipe.readexactly(wire.LENGTH_BYTES), "big")
                self._take(wire.as_response(await pipe.readexactly(length)))
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            self._leave_all()
            # Killing a process that has just ended would take its exit from who waits for it.
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._process.wait(), 1.0)
            self.kill()
            await self._process.wait()

    def _give(
        self, number: int, task: wire.Task, seconds: float | None
    ) -> asyncio.Future[wire.Reply]:
        job = _Job(
            asyncio.get_running_loop().create_future(),
            seconds,
            beside=isinstance(task, wire.Load | wire.SetSlot),
        )
        if self._gone:
            job.reply.set_result(wire.Failed("Busy", GONE))
            return job.reply
        self.tell(number, task)
        self._jobs[number] = job
        self._set_clocks()
        return job.reply

    def _set_clocks(self) -> None:
        """Let the time run of what the worker is at: the first in turn, and all that is beside."""
        first = True
        for job in self._jobs.values():
            if (first or job.beside) and job.clock is None and job.seconds is not None:
                loop = asyncio.get_running_loop()
                job.clock = loop.call_later(job.seconds, self._break_off, job)
            first = first and job.beside

    def _break_off(self, job: _Job) -> None:
        """End the worker, which has been at a task for too long."""
        if not job.reply.done():
            reason = f"this takes more than {job.seconds:g} s and was broken off"
            job.reply.set_result(wire.Failed("Busy", reason))
        self.kill()

    def _conclude(self, job: _Job, reply: wire.Reply) -> None:
        if job.clock is not None:
            job.clock.cancel()
        if not job.reply.done():
            job.reply.set_result(reply)

    def _leave_all(self) -> None:
        """Tell everybody who waits for it that it is gone."""
        self.ready, self._gone = False, True
        for job in self._jobs.values():
            self._conclude(job, wire.Failed("Busy", GONE))
        self._jobs.clear()
        for stream in list(self.streams.values()):
            stream.end(Busy(GONE))

    def _take(self, response: wire.Response) -> None:
        self.cpu += response.cpu
        number, reply = response.number, response.reply
        # Whoever asked may be gone; until now the worker was at it all the same.
        job = self._jobs.pop(number, None)
        if job is not None:
            self._conclude(job, reply)
            self._set_clocks()
        elif number in self.streams:
            if isinstance(reply, wire.Progress):
                self.streams[number].take(reply)
            elif isinstance(reply, wire.Failed):
                self.streams[number].end(wire.error_of(reply))
