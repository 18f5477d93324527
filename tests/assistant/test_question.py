"""Two meanings that sound alike: what is asked, and that the next utterance may answer it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mondegreen.assistant.question import Question
from mondegreen.assistant.session import Session
from mondegreen.audio.samples import RATE, Samples
from mondegreen.engines.engine import Engine
from mondegreen.types import Alternative, Final, Slot, Understanding

LIGHT = (Slot("room", "kitchen", "kitchen", 1.0, 1.4),)
ON = Alternative("LightOn", LIGHT, "turn on the kitchen light", 0.5)
OFF = Alternative("LightOff", LIGHT, "turn off the kitchen light", 0.5)
TIED = Understanding("not_understood", alternatives=(ON, OFF), tied=True)


def notes_of(first: str, second: str) -> tuple[str, str]:
    return Question(Alternative("A", (), first, 0.5), Alternative("B", (), second, 0.5)).words


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("turn on the light", "turn off the light", ("on", "off")),
        ("set it to fifteen", "set it to fifty", ("fifteen", "fifty")),
        ("start", "stop", ("start", "stop")),
        ("lights on", "lights on now", ("on", "on now")),
        ("turn up the light", "turn up the kitchen light", ("light", "kitchen light")),
        ("play some jazz by nina now", "stop all of the music here",
         ("play some jazz by nina now", "stop all of the music here")),
    ],
)  # fmt: skip
def test_the_words_that_differ_are_asked_for(
    first: str, second: str, words: tuple[str, str]
) -> None:
    assert notes_of(first, second) == words
    assert notes_of(second, first) == words[::-1]


def test_only_a_tie_is_asked_about() -> None:
    question = Question.of(TIED)
    assert question is not None
    assert question.text == "On or off?"
    assert Question.of(Understanding("not_understood", alternatives=(ON, OFF))) is None


@pytest.mark.parametrize(
    ("answer", "intent"),
    [("off", "LightOff"), ("turn on the kitchen light", "LightOn"), ("the second one", "LightOff")],
)
def test_the_next_utterance_answers(
    starter: Engine, say: Callable[..., Samples], answer: str, intent: str
) -> None:
    session = Session(starter)
    session.answer(TIED)
    silence = np.zeros(RATE // 2, np.float32)
    with session.stream() as stream:
        events = stream.feed(np.concatenate([silence, say(answer), silence, silence]))
        events += stream.finish()
    (result,) = (event.result for event in events if isinstance(event, Final))
    assert (result.status, result.intent) == ("understood", intent)
    assert result.values() == {"room": "kitchen"}
    assert result.engine == starter.kind


def test_something_else_is_no_answer(starter: Engine, say: Callable[..., Samples]) -> None:
    session = Session(starter)
    session.answer(TIED)
    (result,) = session.utterances([say("what time is it")], "speech")
    assert result.result.intent == "GetTime"
    session.answer(TIED)
    list(session.utterances([say("what time is it")], "speech"))
    (later,) = session.utterances([say("off")], "speech")
    assert later.result.intent != "LightOff"  # it was asked two utterances ago
