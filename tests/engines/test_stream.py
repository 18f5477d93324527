"""Streaming: the same meaning however the audio is chopped up, and early looks at it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from hypothesis import example, given, settings
from hypothesis import strategies as st

import mondegreen
from mondegreen.assistant.session import Session
from mondegreen.audio.utterances import pieces
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.engines.stream import Stream
from mondegreen.errors import AudioError
from mondegreen.types import (
    Decided,
    Event,
    Final,
    Partial,
    SpeechEnded,
    SpeechStarted,
    Understanding,
)

Say = Callable[..., np.ndarray]


def _run(engine: mondegreen.Engine, samples: np.ndarray, chunk: int) -> list[Event]:
    events: list[Event] = []
    with engine.stream() as stream:
        for start in range(0, len(samples), chunk):
            events += stream.feed(samples[start : start + chunk])
        events += stream.finish()
    return events


@pytest.fixture(scope="module")
def two_commands(say: Say) -> np.ndarray:
    """Two commands with a second of silence around them."""
    gap = np.zeros(16_000, np.float32)
    first, second = say("turn on the lights in the kitchen"), say("play rhapsody in blue")
    return np.concatenate([gap, first, gap, second, gap])


def _timeless(results: Iterable[Understanding]) -> list[Understanding]:
    """The results without the time that computing them took."""
    return [replace(result, compute_ms=0.0) for result in results]


def _finals(events: list[Event]) -> list[Understanding]:
    return _timeless(event.result for event in events if isinstance(event, Final))


@pytest.fixture(scope="module")
def as_a_file(
    starter: GrammarEngine, two_commands: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> list[Understanding]:
    """What a recording of the two commands gives, to the digit."""
    path = tmp_path_factory.mktemp("stream") / "two.wav"
    sf.write(path, two_commands, 16_000, subtype="FLOAT")
    utterances = list(Session(starter, n_best=3).file(path))
    assert [u.result.intent for u in utterances] == ["LightOn", "PlayMusic"]
    assert utterances[1].result.values()["title"] == "Rhapsody in Blue"
    return _timeless(u.result for u in utterances)


@pytest.mark.slow
@given(st.lists(st.integers(1, 160_000), min_size=1, max_size=40))
@settings(max_examples=12)
@example([511, 1, 512, 513])
@example([160_000])
def test_a_stream_gives_what_the_recording_gives_whatever_the_chunks(
    starter: GrammarEngine,
    two_commands: np.ndarray,
    as_a_file: list[Understanding],
    sizes: list[int],
) -> None:
    events: list[Event] = []
    position = 0
    with starter.stream(n_best=3) as stream:
        for drawn in itertools.cycle(sizes):
            # Tiny chunks alone would take minutes and show no more.
            size = drawn if position < 40_000 else max(drawn, 800)
            events += stream.feed(two_commands[position : position + size])
            position += size
            if position >= len(two_commands):
                break
        events += stream.finish()
    assert _finals(events) == as_a_file


def test_single_samples_are_a_stream_as_well(starter: GrammarEngine, say: Say) -> None:
    command = np.concatenate([np.zeros(8_000, np.float32), say("stop")])
    events = _run(starter, command, 1)
    assert _finals(events) == _timeless([starter.understand(command)])


def test_all_events_are_the_same_whatever_the_chunks(
    starter: GrammarEngine, two_commands: np.ndarray
) -> None:
    def events_by(chunk: int) -> list[Event]:
        return [
            replace(e, result=replace(e.result, compute_ms=0.0)) if isinstance(e, Final) else e
            for e in _run(starter, two_commands, chunk)
        ]

    assert events_by(333) == events_by(10**6)
    assert {type(event) for event in events_by(10**6)} > {Partial, Decided}


def test_events_travel_as_json(starter: GrammarEngine, two_commands: np.ndarray) -> None:
    rows = [json.loads(json.dumps(event.to_json())) for event in _run(starter, two_commands, 1600)]
    assert {row["type"] for row in rows} == {
        "speech_started", "partial", "decided", "speech_ended", "final",
    }  # fmt: skip
    final = next(row for row in rows if row["type"] == "final")
    assert final["result"]["intent"] == "LightOn"
    first = rows[: rows.index(final)]
    decided = {row["part"]: row["value"] for row in first if row["type"] == "decided"}
    assert decided["intent"] == "LightOn"
    assert decided["slot:room"]["value"] == "kitchen"
    assert decided["all"]["intent"] == "LightOn"


def test_events_come_in_the_order_things_happen(
    starter: GrammarEngine, two_commands: np.ndarray
) -> None:
    events = _run(starter, two_commands, 1600)
    # When speech has ended is known later; all else has the time at which it is told.
    times = [e.time for e in events if not isinstance(e, SpeechEnded)]
    assert times == sorted(times)
    turns = [e.time for e in events if isinstance(e, SpeechStarted | SpeechEnded | Final)]
    assert turns == sorted(turns)
    kinds = [type(e) for e in events if not isinstance(e, Partial | Decided)]
    ending = [SpeechEnded, Final]
    assert kinds == [SpeechStarted, *ending, SpeechStarted, *ending]
    assert any(isinstance(e, Partial) for e in events[: events.index(_first(events, Final))])


def test_slot_times_count_from_the_start_of_the_stream(
    starter: GrammarEngine, two_commands: np.ndarray
) -> None:
    final = [e for e in _run(starter, two_commands, 1600) if isinstance(e, Final)][1]
    (title,) = [s for s in final.result.slots if s.name == "title"]
    spoken_from = len(two_commands) / 16_000 - 1.0 - 2.0
    assert title.start is not None
    assert title.start > spoken_from


def test_sixteen_bit_samples_and_bytes_are_the_same_stream(
    starter: GrammarEngine, two_commands: np.ndarray
) -> None:
    pcm = np.round(two_commands * 32767).astype("<i2")
    intents = []
    for form in (pcm, pcm.tobytes()):
        with starter.stream() as stream:
            events = stream.feed(form) + stream.finish()
        intents.append([e.result.intent for e in events if isinstance(e, Final)])
    assert intents[0] == intents[1] == ["LightOn", "PlayMusic"]


def test_a_mere_sound_is_no_speech_in_a_stream_as_in_a_recording(
    starter: GrammarEngine, say: Say
) -> None:
    """The voice detector takes it for speech, but a vowel or two are no command."""
    sound = np.concatenate([np.zeros(16_000, np.float32), say("eh"), np.zeros(32_000, np.float32)])
    events = _run(starter, sound, 1600)
    (final,) = [e for e in events if isinstance(e, Final)]
    assert final.result.status == starter.understand(sound).status
    assert final.result.status != "understood"


def _first(events: list[Event], kind: type) -> Event:
    return next(e for e in events if isinstance(e, kind))


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_may_be_cut_inside_a_sample(starter: GrammarEngine, say: Say, kind: type) -> None:
    pcm = (say("what time is it") * 32_767).astype("<i2").tobytes() + bytes(32_000)
    events: list[Event] = []
    with starter.stream() as stream:
        for start in range(0, len(pcm), 333):
            events += stream.feed(kind(pcm[start : start + 333]))
        events += stream.finish()
    assert [e.result.intent for e in events if isinstance(e, Final)] == ["GetTime"]


def test_no_result_depends_on_looks_at_unfinished_speech(
    starter: GrammarEngine, two_commands: np.ndarray, as_a_file: list[Understanding]
) -> None:
    with Stream(starter, n_best=3, look=lambda: False) as stream:
        events = [*stream.feed(two_commands), *stream.finish()]
    assert not any(isinstance(event, Partial | Decided) for event in events)
    assert _finals(events) == as_a_file


@pytest.mark.slow
def test_speech_that_never_pauses_is_cut(starter: GrammarEngine, say: Say) -> None:
    read = ("the harbour lay quiet while grey boats rocked and nobody along the whole quay had "
            "anything to say about the weather or the price of fish that morning ")  # fmt: skip
    breath = say(read)[1_600:-4_000]
    radio = np.concatenate(
        [np.zeros(8_000, np.float32), *[breath] * 5, np.zeros(24_000, np.float32)]
    )
    assert len(radio) > 40 * 16_000  # twice as long as an utterance may be
    # Unfinished speech is not looked at: no result depends on it, and it is most of the work.
    with Stream(starter, look=lambda: False) as stream:
        chunks = range(0, len(radio), 1_600)
        events = [e for start in chunks for e in stream.feed(radio[start : start + 1_600])]
        events += stream.finish()
    kinds = [type(event) for event in events]
    assert kinds == [SpeechStarted, SpeechEnded, Final] * (len(kinds) // 3)
    finals = [event for event in events if isinstance(event, Final)]
    assert len(finals) >= 3
    assert all(final.result.audio_seconds <= 20.4 for final in finals)
    assert sum(final.result.audio_seconds for final in finals) == pytest.approx(
        len(radio) / 16_000, abs=2.0
    )


def test_a_closed_stream_says_so(starter: GrammarEngine, two_commands: np.ndarray) -> None:
    with starter.stream() as stream:
        stream.feed(two_commands[:30_000])
    with pytest.raises(AudioError, match="closed"):
        stream.feed(two_commands)
    assert stream.finish() == []


def test_what_is_not_sound_is_an_audio_error(starter: GrammarEngine) -> None:
    with starter.stream() as stream:
        assert stream.feed(np.zeros(0, np.float32)) == stream.feed(b"") == stream.feed(b"x") == []
        with pytest.raises(AudioError, match="NaN"):
            stream.feed(np.full(99, np.nan))
        for wrong in (None, 5, "sound", [0.0, 0.1], np.float32(1)):
            with pytest.raises(AudioError, match="expected 16 kHz samples as a numpy array"):
                stream.feed(wrong)  # type: ignore[arg-type]


def test_a_slot_may_change_while_somebody_speaks(say: Say, tmp_path: Path) -> None:
    path = tmp_path / "go.yaml"
    path.write_text(
        'context:\n  expressions:\n    go: ["go to the $place:place now"]\n'
        '  slots:\n    place: ["kitchen", "garden"]\n',
        encoding="utf-8",
    )
    engine = mondegreen.load(str(path))
    sound = np.concatenate([say("go to the garden now"), np.zeros(24_000, np.float32)])
    half = len(sound) // 3
    with engine.stream() as stream:
        events = stream.feed(sound[:half])
        engine.set_slot("place", ["cellar"])
        events += stream.feed(sound[half:]) + stream.finish()
    finals = [e.result for e in events if isinstance(e, Final)]
    assert [f.values() for f in finals] == [{"place": "garden"}]


def faintly(say: Say, text: str) -> np.ndarray:
    """A word in noise that leaves the voice detector unsure whether it is one."""
    rng = np.random.default_rng(0)
    word = np.pad(say(text) / np.abs(say(text)).max() * 0.3, 16_000)
    return np.asarray(word + rng.normal(0, 0.06, len(word)), np.float32)


@pytest.fixture(scope="module")
def switch(tmp_path_factory: pytest.TempPathFactory) -> mondegreen.Engine:
    path = tmp_path_factory.mktemp("switch") / "switch.yaml"
    path.write_text("context: {expressions: {Off: ['off'], On: ['on'], Open: [open sesame]}}")
    return mondegreen.load(str(path))


def test_a_word_that_is_only_faintly_speech_is_understood(
    switch: mondegreen.Engine, say: Say
) -> None:
    sound = faintly(say, "off")
    (piece,) = pieces([sound])
    assert piece.segment.faint
    events = _run(switch, sound, 1_600)
    assert [e.result.intent for e in events if isinstance(e, Final)] == ["Off"]
    assert switch.understand(sound).intent == "Off"


def test_what_is_faint_and_not_understood_is_no_speech(
    tmp_path: Path, say: Say, switch: mondegreen.Engine
) -> None:
    path = tmp_path / "other.yaml"
    path.write_text("context: {expressions: {Open: [open sesame], Close: [close the curtains]}}")
    other = mondegreen.load(str(path), ear=switch.ear)
    sound = faintly(say, "off")
    assert other.understand(sound).status == "no_speech"
    assert not [e for e in _run(other, sound, 1_600) if isinstance(e, Final)]
    (result,) = Session(other).utterances([sound], "sound")
    assert result.result.status == "no_speech"
