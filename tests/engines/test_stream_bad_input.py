"""Streams that are asked for decisions and get what no one would speak: all of it is defined."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import mondegreen
from mondegreen.audio.voice_activity import FRAME
from mondegreen.early.pauses import MOST, Costs
from mondegreen.early.policy import Policy
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.engines.stream import CLOSELY, Stream
from mondegreen.errors import AudioError
from mondegreen.types import Decided, Event, Final, Partial, Revised

Say = Callable[..., np.ndarray]
SILENCE = np.zeros(16_000, np.float32)


def opened(engine: mondegreen.Engine) -> Stream:
    return Stream(engine, policy=Policy(costs=Costs()), every=CLOSELY)


def events_of(engine: mondegreen.Engine, sound: np.ndarray, chunk: int) -> list[Event]:
    events: list[Event] = []
    with opened(engine) as stream:
        for start in range(0, len(sound), chunk):
            events += stream.feed(sound[start : start + chunk])
        events += stream.finish()
    return events


def as_json(events: list[Event]) -> list[object]:
    """All but the finals, whose cost in time differs."""
    return [event for event in events if not isinstance(event, Final)]


def test_decisions_are_the_same_whatever_the_chunks(starter: GrammarEngine, say: Say) -> None:
    sound = np.concatenate([SILENCE, say("turn off the lights in the kitchen"), SILENCE, SILENCE])
    whole = events_of(starter, sound, 160_000)
    assert as_json(events_of(starter, sound, 777)) == as_json(whole)
    assert any(isinstance(event, Decided) for event in whole)


def test_a_minute_of_silence_and_of_noise_decides_nothing(starter: GrammarEngine) -> None:
    rng = np.random.default_rng(3)
    hiss = 0.01 * rng.standard_normal(30 * 16_000).astype(np.float32)
    assert events_of(starter, np.zeros(60 * 16_000, np.float32), 160_000) == []
    assert not any(isinstance(event, Decided) for event in events_of(starter, hiss, 160_000))


def test_what_is_kept_does_not_grow_with_the_silence(starter: GrammarEngine) -> None:
    with opened(starter) as stream:
        kept = []
        for _ in range(12):
            stream.feed(np.zeros(10 * 16_000, np.float32))
            kept.append(len(stream._cutter._buffer))
    assert max(kept[1:]) - min(kept[1:]) <= FRAME


@pytest.mark.parametrize("speed", [2, 0.5], ids=["too fast", "too slow"])
def test_sound_of_another_rate_has_a_result_and_decides_nothing_wrong(
    starter: GrammarEngine, say: Say, speed: float
) -> None:
    """As 8 kHz or 32 kHz that are taken for 16: nobody can tell, and nobody speaks like this."""
    sound = say("turn off the lights in the kitchen")
    places = np.arange(0, len(sound) - 1, speed)
    other = np.interp(places, np.arange(len(sound)), sound).astype(np.float32)
    events = events_of(starter, np.concatenate([SILENCE, other, SILENCE, SILENCE]), 1_600)
    finals = [event for event in events if isinstance(event, Final)]
    assert finals
    for event in events:
        if isinstance(event, Decided) and event.part == "all":
            assert event.meaning == finals[0].result.meaning


def test_two_sentences_in_one_breath_have_a_result_and_no_mistake_stands(
    starter: GrammarEngine, say: Say
) -> None:
    both = [say("turn on the lights in the kitchen")[:-4_000], say("what time is it")]
    events = events_of(starter, np.concatenate([SILENCE, *both, SILENCE, SILENCE]), 1_600)
    (final,) = [event for event in events if isinstance(event, Final)]
    stands: dict[str, object] = {}
    for event in events:
        if isinstance(event, Decided | Revised):
            stands[event.part] = event.value
    intent = stands.get("intent")
    assert intent is None or intent == final.result.intent


def test_a_stream_that_breaks_off_says_what_was_said(starter: GrammarEngine, say: Say) -> None:
    sound = np.concatenate([SILENCE, say("turn on the lights in the kitchen")])
    for cut in (20_000, 30_000, len(sound)):
        finals = [e for e in events_of(starter, sound[:cut], 1_600) if isinstance(e, Final)]
        assert len(finals) <= 1
    assert finals[0].result.intent == "LightOn"


def test_nobody_is_waited_for_beyond_reason(starter: GrammarEngine, say: Say) -> None:
    sound = np.concatenate([SILENCE, say("turn on the"), *[SILENCE] * 4])
    (final,) = [e for e in events_of(starter, sound, 1_600) if isinstance(e, Final)]
    assert final.time <= len(sound) / 16_000 - 4.0 + MOST + 0.5


def test_feeding_after_the_end_is_an_error(starter: GrammarEngine) -> None:
    stream = opened(starter)
    stream.finish()
    with pytest.raises(AudioError, match="closed"):
        stream.feed(SILENCE)


@pytest.mark.slow
def test_talk_without_a_pause_is_followed_without_an_end(starter: GrammarEngine, say: Say) -> None:
    talk = say("the harbour lay quiet while grey boats rocked and nobody along the whole quay had "
               "anything to say about the weather or the price of fish that morning")  # fmt: skip
    # Longer than one utterance may be (20 s), so that it is cut where nobody has stopped.
    events = events_of(
        starter, np.concatenate([SILENCE, *[talk[1_600:-4_000]] * 3, SILENCE]), 1_600
    )
    finals = [event for event in events if isinstance(event, Final)]
    assert len(finals) >= 2
    assert not any(final.result.status == "understood" for final in finals)
    whole = [e for e in events if isinstance(e, Decided) and e.part == "all"]
    assert whole == []
    partials = [event.time for event in events if isinstance(event, Partial)]
    assert min(partials) < finals[0].time < max(partials)


@pytest.mark.slow
def test_an_hour_of_silence_is_kept_no_longer_than_a_moment(starter: GrammarEngine) -> None:
    kept = []
    with opened(starter) as stream:
        for _ in range(360):
            assert stream.feed(np.zeros(10 * 16_000, np.float32)) == []
            kept.append(len(stream._cutter._buffer))
    assert max(kept[1:]) - min(kept[1:]) <= FRAME


@pytest.mark.slow
def test_minutes_of_talk_are_kept_no_longer_than_one_utterance(
    starter: GrammarEngine, say: Say
) -> None:
    talk = say("and now the news of the day the harbour lay quiet while grey boats rocked and "
               "nobody along the quay had anything to say about the price of fish")  # fmt: skip
    longest, finals = 0, 0
    with opened(starter) as stream:
        for _ in range(75 * 16_000 // len(talk)):
            for start in range(0, len(talk) - 4_000, 16_000):
                events = stream.feed(talk[start : min(start + 16_000, len(talk) - 4_000)])
                finals += sum(isinstance(event, Final) for event in events)
                longest = max(longest, len(stream._cutter._buffer))
    assert finals >= 3
    assert longest <= 25 * 16_000
