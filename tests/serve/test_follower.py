"""A stream of the server decides as a stream of the engine does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from mondegreen.assistant.session import Session
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.engines.stream import Stream
from mondegreen.errors import SettingsError
from mondegreen.serve.follower import Follower
from mondegreen.serve.wire import Open
from mondegreen.types import Decided, Event, Final

Pcm = Callable[[str], bytes]
BLOCK = 2_560


def _follower(engine: GrammarEngine, task: Open) -> Follower:
    return Follower(Session(engine), task, lambda: True)


def _events(feed: Callable[[bytes], list[Event]], sound: bytes) -> list[Event]:
    """What happens in the sound, without the time that computing it took."""
    return [
        replace(event, result=replace(event.result, compute_ms=0.0))
        if isinstance(event, Final)
        else event
        for start in range(0, len(sound), BLOCK)
        for event in feed(sound[start : start + BLOCK])
    ]


def test_a_risk_is_decided_by_as_the_engine_decides_by_it(starter: GrammarEngine, pcm: Pcm) -> None:
    # In the middle of a sentence a longer pause is waited for than the usual one.
    sound = pcm("turn on the lights in the") + bytes(2 * 40_000)
    stream: Stream = starter.stream(risk=0.05)
    events = _events(stream.feed, sound)
    assert any(isinstance(event, Decided) for event in events)
    assert any(isinstance(event, Final) for event in events)
    assert _events(_follower(starter, Open(16_000, risk=0.05)).feed, sound) == events


@pytest.mark.parametrize("risk", [0.5, 0.02, 0.0, 1.0])
def test_a_risk_that_the_engine_is_not_calibrated_for_is_refused(
    starter: GrammarEngine, risk: float
) -> None:
    with pytest.raises(SettingsError) as by_engine:
        starter.stream(risk=risk)
    with pytest.raises(SettingsError) as by_server:
        _follower(starter, Open(16_000, risk=risk))
    assert str(by_server.value) == str(by_engine.value)


def test_who_is_in_a_hurry_states_no_risk(starter: GrammarEngine, pcm: Pcm) -> None:
    sound = pcm("turn on the lights in the kitchen") + bytes(2 * 16_000)
    never = _events(_follower(starter, Open(16_000, doubt=0.0)).feed, sound)
    soon = _events(_follower(starter, Open(16_000, doubt=0.5)).feed, sound)
    first = [
        next((e.time for e in events if isinstance(e, Decided)), 9.0) for events in (never, soon)
    ]
    assert first[1] < first[0]
