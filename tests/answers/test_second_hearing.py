"""A spoken question whose answer is in doubt is heard a second time, and the surer answer given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mondegreen.answers import answerer as answering
from mondegreen.answers.answerer import IN_DOUBT, Answerer, asked_otherwise
from mondegreen.answers.fitting import unbroken
from mondegreen.answers.question import read_question
from mondegreen.answers.second_hearing import heard_otherwise
from mondegreen.audio.samples import Samples
from mondegreen.speech.ear import shipped_ear

Say = Callable[..., Samples]


def test_the_other_decoder_writes_down_what_is_said(say: Say) -> None:
    hearing = shipped_ear().listen(say("who built the tower for the world fair?"))
    words = heard_otherwise(hearing).split()
    assert {"who", "tower", "world"} <= set(words)


def test_speech_that_is_too_long_is_not_heard_again(say: Say) -> None:
    speech = say("who built the tower for the world fair?")
    hearing = shipped_ear().listen(np.tile(speech, 8))
    assert heard_otherwise(hearing) == ""


def test_a_question_in_doubt_is_heard_again(
    answerer: Answerer, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    speech = say("how far is the moon?")
    monkeypatch.setattr(answering, "heard_otherwise", lambda _: "")
    before = answerer.ask(speech)
    assert before.confidence < IN_DOUBT
    assert "moon" in before.question.lower()
    other = "how many metres is the tower tall"
    monkeypatch.setattr(answering, "heard_otherwise", lambda _: other)
    after = answerer.ask(speech)
    assert (after.status, after.question) == ("answered", other)
    assert "330 metres" in after.text


def test_the_second_hearing_is_passed_over_where_it_is_less_sure(
    answerer: Answerer, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    speech = say("how far is the moon?")
    monkeypatch.setattr(answering, "heard_otherwise", lambda _: "why do people travel")
    assert "moon" in answerer.ask(speech).question.lower()


def test_a_sure_answer_is_not_heard_again(
    answerer: Answerer, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_: object) -> str:
        raise AssertionError("it was heard again")

    monkeypatch.setattr(answering, "heard_otherwise", never)
    answer = answerer.ask(say("who built the tower for the world fair?"))
    assert answer.confidence >= IN_DOUBT
    assert "Eiffel" in answer.text


def test_other_words_keep_the_phones_that_were_heard() -> None:
    phones = unbroken([3, 4, 5])
    question = asked_otherwise(read_question("one thing"), "another thing")
    assert question.by_ear is None
    spoken = replace(read_question("one thing"), by_ear=phones)
    assert asked_otherwise(spoken, "another thing").by_ear is phones
    assert asked_otherwise(spoken, "another thing").terms == ["anoth", "thing"]
