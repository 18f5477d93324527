"""Clients that hang up, and workers that are slow: turns are kept, and who is honest is served."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest

from mondegreen.errors import Busy
from mondegreen.serve.service import Service

OnLoop = Callable[[Coroutine[Any, Any, Any]], Any]
Held = Callable[[Service], AbstractContextManager[None]]
PATIENCE = 60.0


async def _until(reached: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < until
        await asyncio.sleep(0.02)


def _limit(service: Service, monkeypatch: pytest.MonkeyPatch, **limits: float) -> None:
    monkeypatch.setattr(service._crew, "_limits", replace(service.settings.limits, **limits))


def test_clients_that_hang_up_do_not_pile_up_behind_a_worker(
    service: Service, on_loop: OnLoop, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    _limit(service, monkeypatch, patience=0.05)
    restarts = service._crew.restarts

    async def go() -> None:
        with held(service):
            for _ in range(20):
                asking = asyncio.create_task(service.read("stop", act=False))
                await asyncio.sleep(0.01)
                asking.cancel()
                await asyncio.wait([asking])
            assert service._crew._members[0].load == 2
            with pytest.raises(Busy, match=r"no worker was free within 0\.05 s"):
                await asyncio.wait_for(service.read("stop", act=False), 5.0)
        await _until(lambda: service._crew._members[0].load == 0)
        assert (await service.read("set a timer for one minute", act=False)).intent == "SetTimer"

    on_loop(go())
    assert service._crew.restarts == restarts


def test_the_time_of_a_task_does_not_run_while_it_waits_for_others(
    service: Service, on_loop: OnLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "the quick brown fox jumps over the lazy dog " * 2

    async def go() -> list[Any]:
        await service.say(text)  # the worker is there, and its voice open
        began = time.monotonic()
        await service.say(text)
        alone = time.monotonic() - began
        # Each is done in a quarter of the time that it has, and all of them together are not.
        _limit(service, monkeypatch, job=4 * alone)
        return await asyncio.gather(*(service.say(text) for _ in range(12)), return_exceptions=True)

    assert [type(reply) for reply in on_loop(go())] == [bytes] * 12


def test_a_worker_that_hangs_is_ended_though_nobody_waits_for_it(
    service: Service, on_loop: OnLoop, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    _limit(service, monkeypatch, job=0.3)
    restarts = service._crew.restarts

    async def go() -> None:
        with held(service):
            first = asyncio.create_task(service.read("stop", act=False))
            await asyncio.sleep(0)
            second = asyncio.create_task(service.read("stop", act=False))
            await asyncio.sleep(0.05)
            first.cancel()
            with pytest.raises(Busy, match="a new one is being started"):
                await asyncio.wait_for(second, PATIENCE)
        await _until(lambda: service.ready and service._crew.restarts == restarts + 1)
        _limit(service, monkeypatch)
        assert (await service.read("set a timer for one minute", act=False)).intent == "SetTimer"

    on_loop(go())
