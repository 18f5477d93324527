"""The worker processes together: who does what, who waits, and who is told to come back."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from msgspec.structs import replace

from ..errors import Busy, MondegreenError
from . import wire
from .config import Limits
from .log import note
from .member import Member, MemberStream

_AT_ONCE = 2
"""Tasks that a worker is given at a time: the next lies ready when one is done."""
_CHANGE = 120.0
"""Seconds in which another grammar has to be there."""
_PAUSES = (0.0, 0.5, 2.0, 10.0)
"""Seconds before a worker that ended is started again: after the first time, the second, …"""
_CLOSING = "the server is ending"


class Crew:
    """Workers that understand, and one beside them that checks grammars and says texts."""

    def __init__(self, workers: int, load: wire.Load, limits: Limits) -> None:
        self._load, self._limits, self._workers = load, limits, workers
        self._members: list[Member] = []
        self._clerk: Member | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(_AT_ONCE * workers)
        self._changing = asyncio.Lock()
        self._opened = asyncio.Event()
        self._closing = False
        self.waiting = 0
        """Requests that wait for a worker."""
        self.restarts = 0
        self.loaded: wire.Loaded | None = None
        """What is understood; None before the first worker is ready."""
        self.failure: MondegreenError | None = None
        """Why nothing can be understood, where that is so."""

    @property
    def ready(self) -> bool:
        """Whether somebody understands."""
        return not self._closing and any(member.ready for member in self._members)

    @property
    def slots(self) -> dict[str, dict[str, list[str]]]:
        """What was set since the grammar was loaded, by the name of its slot."""
        return self._load.slots

    @property
    def streams(self) -> int:
        """Streams that are open."""
        return sum(len(member.streams) for member in self._members)

    @property
    def cpu(self) -> float:
        """Seconds of processor that the work took."""
        return sum(member.cpu for member in self._members)

    def start(self) -> None:
        """Start the workers; they load in the background."""
        for _ in range(self._workers):
            self._keep(self._employ())

    async def opened(self) -> None:
        """Wait until somebody understands. Raises why nobody ever will."""
        await self._opened.wait()
        if self.failure is not None:
            raise self.failure

    async def ask(self, task: wire.Task) -> wire.Reply:
        """What a worker replies, the one with the least to do.

        Raises Busy when none is free in time, what the worker says is wrong, and why the engine
        cannot be loaded.
        """
        self._least()
        if self._turns.locked():
            await self._wait()
        else:
            await self._turns.acquire()
        try:
            reply = self._least().give(task, self._limits.job)
        except BaseException:
            self._turns.release()
            raise
        # Whoever asks may hang up, and the worker is at it all the same: until it is done, the turn
        # is taken. Clients that ask again and again would else pile up behind it.
        reply.add_done_callback(lambda _: self._turns.release())
        return wire.succeeded(await asyncio.shield(reply))

    async def open(self, task: wire.Open) -> MemberStream:
        """A stream at the worker with the least to do. Raises Busy when there are too many."""
        if self.streams >= self._limits.streams:
            raise Busy(f"{self.streams} streams are open, which is all there may be; try again")
        return await self._least().open(task, self._limits.job)

    async def ask_clerk(self, task: wire.Check | wire.Say) -> wire.Reply:
        """What the worker replies who does what is no hurry. Raises as `ask` does."""
        if self._closing:
            raise Busy(_CLOSING)
        if self._clerk is None:
            self._clerk = Member()
            self._keep(self._watch(self._clerk))
        if self._clerk.load >= self._limits.waiting:
            raise Busy("too many grammars and texts are waiting; try again")
        return await self._clerk.ask(task, self._limits.job)

    async def change(self, task: wire.Load | wire.SetSlot) -> wire.Loaded:
        """Give every worker another grammar, or other values for a slot: all of them or none.

        Utterances that are being spoken are understood by what they began with. Raises what the
        first worker says is wrong, and Busy when nobody is there.
        """
        async with self._changing:
            first = self._least()
            # One alone at first: what it cannot take the others are not given.
            loaded = await first.ask(task, _CHANGE)
            assert isinstance(loaded, wire.Loaded)
            self.loaded = loaded
            # A worker that is started later loads what was set, too.
            if isinstance(task, wire.Load):
                self._load = task
            else:
                self._load = replace(self._load, slots={**self.slots, task.name: task.values})
            others = [m for m in self._members if m is not first and m.ready]
            answers = await asyncio.gather(
                *(member.ask(task, _CHANGE) for member in others), return_exceptions=True
            )
            for member, answer in zip(others, answers, strict=True):
                if isinstance(answer, BaseException):
                    member.kill()  # started again, it loads what the others have
            return loaded

    async def close(self, seconds: float) -> None:
        """End all workers, once they have done what they were told."""
        self._closing = True
        members = [*self._members, *([] if self._clerk is None else [self._clerk])]
        await asyncio.gather(*(member.close(seconds) for member in members))
        for running in list(self._running):
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _least(self) -> Member:
        """The worker with the least to do. Raises Busy, or why there is none."""
        ready = [member for member in self._members if member.ready]
        if self._closing:
            raise Busy(_CLOSING)
        if not ready:
            raise self.failure or Busy("the engine is still being loaded; try again in a second")
        return min(ready, key=lambda member: member.load)

    async def _wait(self) -> None:
        """Wait for a turn."""
        if self.waiting >= self._limits.waiting:
            raise Busy(f"{self.waiting} requests are waiting, which is all that may; try again")
        self.waiting += 1
        try:
            await asyncio.wait_for(self._turns.acquire(), self._limits.patience)
        except asyncio.TimeoutError:
            raise Busy(f"no worker was free within {self._limits.patience:g} s") from None
        finally:
            self.waiting -= 1

    async def _employ(self) -> None:
        """Keep one worker at work: start it, load, and start another when it ends."""
        failures = 0
        while not self._closing:
            member = Member()
            self._members.append(member)
            try:
                await member.start()
                async with self._changing:  # what it loads must not be replaced meanwhile
                    await self._prepare(member)
                failures = 0
                await member.ended()
            except MondegreenError as error:
                if self.loaded is None and not isinstance(error, Busy):
                    self.failure = error
                    self._opened.set()
                    return
                if not self._closing:
                    note(f"a worker could not load the engine: {error}")
            except OSError as error:
                note(f"a worker could not be started: {error}")
            finally:
                member.kill()
                self._members.remove(member)
            if not self._closing:
                pause = _PAUSES[min(failures, len(_PAUSES) - 1)]
                failures += 1
                self.restarts += 1
                note(f"a worker ended; another is started in {pause:g} s")
                await asyncio.sleep(pause)

    async def _prepare(self, member: Member) -> None:
        """Have a worker load what all have."""
        loaded = await member.ask(self._load, None)
        assert isinstance(loaded, wire.Loaded)
        self.loaded = loaded
        member.ready = True
        self._opened.set()

    async def _watch(self, clerk: Member) -> None:
        """The other worker, until it ends; the next task starts another."""
        try:
            await clerk.start()
            await clerk.ended()
        except OSError as error:
            note(f"the worker for grammars and texts could not be started: {error}")
        finally:
            clerk.kill()
            if self._clerk is clerk:
                self._clerk = None

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
