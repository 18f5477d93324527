"""How well words fit the sounds of a recording, on real speech."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mondegreen.phonetics.pronouncer import usual_pronouncer
from mondegreen.speech.ear import Ear
from mondegreen.speech.word_scores import WordScores, words_score

Say = Callable[..., np.ndarray]


def test_what_was_said_fits_best(say: Say) -> None:
    scores = Ear.load().listen(say("how many calories are in a serving of grapes")).scores()
    pronouncer = usual_pronouncer()
    texts = (
        "how many calories are in a serving of grapes",
        "how many calories are in a serving of grips",
        "how many calories are in assuming of grapes",
        "what time is it",
    )
    fits = [words_score(text, scores, pronouncer) for text in texts]
    assert fits == sorted(fits, reverse=True)
    assert fits[0] > fits[1] + 1.0


def test_numerals_fit_in_the_way_they_were_said(say: Say) -> None:
    pronouncer, ear = usual_pronouncer(), Ear.load()
    for number in ("one oh five", "one hundred five"):
        scores = ear.listen(say(f"wake me in {number} minutes")).scores()
        written, spoken, other = (
            words_score(f"wake me in {text} minutes", scores, pronouncer)
            for text in ("105", number, "120")
        )
        assert written == spoken
        assert other < written - 5


def test_what_cannot_have_been_said_fits_nowhere(say: Say) -> None:
    scores = Ear.load().listen(say("stop")).scores()
    long = " ".join(["extraordinarily"] * 60)
    assert words_score(long, scores, usual_pronouncer()) == -np.inf
    assert words_score("", scores, usual_pronouncer()) == -np.inf


def test_each_row_of_words_is_compared_once_and_never_worse_than_the_worst_phones(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores, pronouncer = Ear.load().listen(say("stop")).scores(), usual_pronouncer()
    fit = WordScores(scores, pronouncer)
    impossible = ("extraordinarily",) * 60
    assert fit.of(("stop",)) == words_score("stop", scores, pronouncer)
    assert fit.of(impossible) == scores.min(axis=1).sum() < fit.of(("stop",))
    monkeypatch.setattr(
        "mondegreen.speech.word_scores.words_score", lambda *_: pytest.fail("again")
    )
    assert fit.of(("stop",)) > fit.of(impossible)
