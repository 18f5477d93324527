"""What ten thousand utterances and a long run leave behind. `make attack`."""

from __future__ import annotations

import ctypes
import gc
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

import mondegreen
from mondegreen.assistant import Store
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.types import Final

pytestmark = [
    pytest.mark.attack,
    pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="Linux says what it holds"),
]

ROOT = Path(__file__).parents[2]
SPEECH = ROOT / "examples" / "play-rhapsody-in-blue.wav"
UTTERANCES, WARM = 10_000, 1_000
"""Memory is compared after so many and after the first so many, when every cache has filled."""
MOST_LEFT = 8 << 20
"""Bytes: 0.9 kB an utterance, less than the sound of a sixtieth of a second."""
ROUNDS = 60
MINUTES = float(os.environ.get("MONDEGREEN_SOAK_MINUTES", "0"))
"""The least that a soak does, and how long it goes on at least: `make soak` takes half an hour."""
SMALL = """
context:
  expressions:
    Play:
      - play (the) rhapsody (in blue)
      - blue
    Stop:
      - stop
"""
"""A grammar that costs little to search: what is watched is what an utterance leaves behind."""


def resident() -> int:
    """Bytes that are held, without what the C library only keeps for the next who asks."""
    gc.collect()
    with suppress(AttributeError):  # a C library that is not GNU's
        ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_ten_thousand_utterances_by_eight_threads_leave_nothing(tmp_path: Path) -> None:
    """A second or half of one each, speech and noise: what a second costs is measured elsewhere.

    One in eight is understood, which costs six times what the others do.
    """
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    engine = mondegreen.load(path)
    samples, _ = sf.read(SPEECH, dtype="float32")
    noise = np.random.default_rng(1).normal(0, 0.1, 16_000).astype(np.float32)
    short, second = samples[:8_000], samples[:16_000]
    pieces = [samples[-16_000:], short, noise, second, short, samples[8_000:16_000], second, short]
    expected = [engine.understand(piece).status for piece in pieces]
    assert set(expected) == {"understood", "not_understood", "no_speech"}

    def understand(number: int) -> str:
        return engine.understand(pieces[number % len(pieces)]).status

    statuses: list[str] = []
    before = 0
    with ThreadPoolExecutor(8) as threads:
        # What waits in the pool is memory too, 1.7 kB an utterance: always as much of it.
        for first in range(0, UTTERANCES, WARM):
            statuses += threads.map(understand, range(first, first + WARM))
            before = before or resident()
        grown = resident() - before
    print(f"{UTTERANCES:,} utterances: {before / 1e6:.0f} MB {grown / 1e6:+.1f} MB")
    assert statuses == expected * (UTTERANCES // len(pieces))
    assert grown < MOST_LEFT, f"{grown / 1e6:.1f} MB more after {UTTERANCES - WARM:,} utterances"


def test_a_long_run_leaves_nothing(starter: GrammarEngine, tmp_path: Path) -> None:
    """Everything that a running assistant does, over and over: a soak."""
    samples, _ = sf.read(SPEECH, dtype="float32")
    store = Store(tmp_path / "store")

    def one_round(number: int) -> None:
        with starter.stream() as stream:
            events = [*stream.feed(samples), *stream.finish()]
        intents = [event.result.intent for event in events if isinstance(event, Final)]
        assert intents == ["PlayMusic"]
        assert starter.understand(samples).intent == "PlayMusic"
        with starter.stream() as stream:  # one that nobody finishes
            stream.feed(samples[:9_000])
        engine = mondegreen.load(ROOT / "examples" / "coffee_maker.yaml")
        assert engine.understand(samples[:8_000]).status == "not_understood"
        store.put("light", "kitchen", on=bool(number % 2))
        assert store.get("light", "kitchen", "on") == bool(number % 2)

    for number in range(10):
        one_round(number)
    before, open_before, threads_before = resident(), descriptors(), threading.active_count()
    rounds, end = 0, time.monotonic() + 60 * MINUTES
    while rounds < ROUNDS or time.monotonic() < end:
        one_round(rounds)
        rounds += 1
    grown = resident() - before
    print(
        f"{rounds} rounds: {before / 1e6:.0f} MB {grown / 1e6:+.1f} MB, {descriptors()} descriptors"
    )
    assert descriptors() == open_before
    assert threading.active_count() == threads_before
    assert grown < MOST_LEFT, f"{grown / 1e6:.1f} MB more after {rounds} rounds"
