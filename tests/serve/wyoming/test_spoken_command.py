"""When an utterance is taken for over, by what a stream tells of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from mondegreen.serve.config import ServeSettings
from mondegreen.serve.wyoming.pcm import Format
from mondegreen.serve.wyoming.spoken_command import Patience, SpokenCommand
from mondegreen.types import Event, Final, SpeechEnded, SpeechStarted, Understanding

SECOND = bytes(32_000)


class Outcomes:
    """A stream that tells of given events, each once so many seconds have been fed."""

    def __init__(self, events: dict[int, list[Event]]) -> None:
        self._events, self._seconds = events, 0
        self._due: asyncio.Queue[Event | None] = asyncio.Queue()

    async def feed(self, pcm: bytes) -> None:
        self._seconds += len(pcm) // len(SECOND)
        for event in self._events.get(self._seconds, []):
            self._due.put_nowait(event)
        await asyncio.sleep(0.001)

    async def finish(self) -> None:
        self._due.put_nowait(None)

    async def events(self) -> AsyncIterator[Event]:
        while (event := await self._due.get()) is not None:
            yield event

    def close(self) -> None:
        pass


async def seconds_until_told(events: dict[int, list[Event]]) -> tuple[int, Understanding]:
    """After how many seconds of sound the result is there, and the result."""
    results: list[Any] = []

    async def open_stream(**_: object) -> Outcomes:
        return Outcomes(events)

    async def tell(outcome: object) -> None:
        results.append(outcome)

    async def ready() -> None:
        pass

    service: Any = SimpleNamespace(
        settings=ServeSettings(), open_stream=open_stream, wait_until_ready=ready
    )
    utterance = SpokenCommand(service, Patience(), tell)
    for second in range(1, 60):
        await utterance.feed(Format(16_000, 2, 1), SECOND)
        for _ in range(9):
            await asyncio.sleep(0)
        if results:
            return second, results[0]
    raise AssertionError("it is never over")


SCRAP = Understanding("not_understood", audio_seconds=1.2)


@pytest.mark.parametrize(
    ("events", "seconds"),
    [
        ({}, 11),
        ({1: [SpeechStarted(1.0)]}, 31),
        ({1: [SpeechStarted(1.0)], 2: [SpeechEnded(2.0)]}, 11),
        ({8: [SpeechStarted(8.0)], 9: [SpeechEnded(9.0)]}, 13),
        ({1: [SpeechStarted(1.0)], 2: [SpeechEnded(2.0), Final(2.0, SCRAP)]}, 6),
    ],
    ids=["silence", "speech without an end", "a bang", "a late bang", "a cough"],
)
def test_it_is_waited_for_speech_so_long(events: dict[int, list[Event]], seconds: int) -> None:
    assert asyncio.run(seconds_until_told(events))[0] == seconds


@pytest.mark.parametrize("status", ["understood", "not_understood"])
def test_the_first_sentence_is_the_result(status: Any) -> None:
    result = Understanding(status, transcript="stop", audio_seconds=2.5)
    events = {1: [SpeechStarted(1.0)], 3: [SpeechEnded(3.0), Final(3.0, result)]}
    assert asyncio.run(seconds_until_told(events)) == (3, result)
