"""The transcriber's word on a reading, on real speech."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import mondegreen
from mondegreen.grammar.decoder import Search, acoustic_scores
from mondegreen.grammar.engine import GrammarEngine
from mondegreen.grammar.lattice import Lattice
from mondegreen.grammar.second_opinion import Opinion, compare

Say = Callable[..., np.ndarray]


def opinion_on(engine: GrammarEngine, samples: np.ndarray, written: str) -> Opinion:
    """What is made of the engine's best reading by one who wrote `written`."""
    heard = engine.ear.listen(samples)
    scores = acoustic_scores(heard.log_posteriors, heard.log_prior, engine.settings)
    search = Search(engine.graph, engine.settings)
    search.advance(scores)
    best = engine.distinct(Lattice(search), 1)[0]
    return compare(best, written, scores, engine.pronouncer)


def test_the_same_words_confirm_and_do_not_rival(starter: GrammarEngine, say: Say) -> None:
    opinion = opinion_on(starter, say("turn up the lights"), "Turn up the lights.")
    assert opinion.same == 1.0
    assert opinion.rival == pytest.approx(0.0, abs=0.05)


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


def test_only_a_reading_in_doubt_opens_the_transcriber(say: Say) -> None:
    engine = mondegreen.load("starter")
    assert engine.understand(say("turn on the kitchen lights")).status == "understood"
    assert engine._transcriber is None
    assert engine.understand(say("turn up the kitchen calendar")).status == "not_understood"
