"""Two meanings that sound alike: what is asked, and that the next utterance may answer it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mondegreen.assistant import Assistant
from mondegreen.assistant.question import Question
from mondegreen.assistant.session import Session
from mondegreen.audio.samples import RATE, Samples
from mondegreen.audio.utterances import whole
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
        ("turn off the basement oven", "turn out basement light",
         ("turn off the basement oven", "turn out basement light")),
        ("turn off heater", "turn on boiler", ("turn off heater", "turn on boiler")),
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


def test_whole_sentences_are_asked_for_as_what_was_meant() -> None:
    oven = Alternative("Off", (), "turn off the basement oven", 0.5)
    light = Alternative("Off", (), "turn out basement light", 0.4)
    asked = Question(oven, light).text
    assert asked == "Did you mean 'turn off the basement oven' or 'turn out basement light'?"


def test_values_of_several_words_are_asked_for_alone() -> None:
    first = Alternative("Off", (Slot("name", "Desk Lamp", "desk lamp"),), "turn off desk lamp", 0.5)
    second = Alternative("Off", (Slot("name", "Big TV", "big t v"),), "turn off big t v", 0.5)
    assert Question(first, second).text == "Desk lamp or big t v?"


@pytest.mark.parametrize(
    ("first", "second", "asked"),
    [
        (("On", "name", "TV"), ("On", "name", "Living Room TV"),
         "Did you mean 'TV' or 'Living Room TV'?"),
        (("On", "name", "TV"), ("On", "device_class", "tv"),
         "Did you mean 'name TV' or 'device class tv'?"),
        (("TurnOn", "name", "TV"), ("PlayVideo", "name", "TV"),
         "Did you mean 'Turn On' or 'Play Video'?"),
        (("On", "name", "TV"), ("On", "name", "T V"),
         "Did you mean the first, 'start tv', or the second, 'start t v'?"),
    ],
)  # fmt: skip
def test_what_sounds_alike_is_asked_for_by_what_it_means(
    first: tuple[str, str, str], second: tuple[str, str, str], asked: str
) -> None:
    one, other = (
        Alternative(intent, (Slot(name, value, words),), f"start {words}", 0.5)
        for (intent, name, value), words in ((first, "tv"), (second, "t v"))
    )
    assert Question(one, other).text == asked


@pytest.mark.parametrize(
    ("answer", "intent"),
    [
        ("off", "LightOff"),
        ("on please", "LightOn"),
        ("I said on", "LightOn"),
        ("the first one please", "LightOn"),
        ("turn on the kitchen light", "LightOn"),
        ("the second one", "LightOff"),
    ],
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


@pytest.mark.parametrize("answer", ["neither", "none of them", "no", "never mind", "cancel"])
def test_neither_drops_the_question(
    starter: Engine, say: Callable[..., Samples], tmp_path: Path, answer: str
) -> None:
    session = Session(starter, Assistant.load(starter.schema, tmp_path / "store.sqlite"))
    assert session.answer(TIED).reply == "On or off?"
    result = session.understand(whole(say(answer)))
    assert (result.status, result.intent, result.alternatives) == ("not_understood", None, ())
    assert result.reply == "All right, never mind."
    assert session.take_question() is None


def test_no_may_be_one_of_the_two(starter: Engine, say: Callable[..., Samples]) -> None:
    yes, no = Alternative("Yes", (), "yes", 0.5), Alternative("No", (), "no", 0.5)
    answer = Question(yes, no).answered(starter, whole(say("no")))
    assert answer is not None
    assert answer.intent == "No"


def test_something_else_is_no_answer(starter: Engine, say: Callable[..., Samples]) -> None:
    session = Session(starter)
    session.answer(TIED)
    (result,) = session.utterances([say("what time is it")], "speech")
    assert result.result.intent == "GetTime"
    session.answer(TIED)
    list(session.utterances([say("what time is it")], "speech"))
    (later,) = session.utterances([say("off")], "speech")
    assert later.result.intent != "LightOff"  # it was asked two utterances ago
