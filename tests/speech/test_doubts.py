"""What is kept of how a text was written."""

from __future__ import annotations

import numpy as np
import pytest

from mondegreen.engines.general.interpreter import words_of
from mondegreen.speech.beam import CONSIDERED, Considered, Hypothesis
from mondegreen.speech.doubts import MEASURES, MOST, doubts_of, tokens_of_words
from mondegreen.speech.word_pieces import likely_tokens, text_of


def written(text: str, shares: list[float] | None = None) -> Hypothesis:
    """A text whose tokens had these probabilities, the rest spread over seven others."""
    tokens = likely_tokens(text, capital=False)
    places = []
    for token, share in zip(tokens, shares or [0.93] * len(tokens), strict=True):
        logs = np.log([share] + [(0.99 - share) / 7] * (CONSIDERED - 1)).astype(np.float32)
        places.append(Considered(np.array([token, *range(100, 107)]), logs))
    return Hypothesis(text_of(tokens), -1.0, tuple(tokens), tuple(places))


def test_a_word_has_the_doubts_of_all_its_tokens() -> None:
    text = "play wagga"
    assert len(likely_tokens(text, capital=False)) == 4  # play, w, ag, ga
    one = written(text, [0.9, 0.5, 0.8, 0.9])
    assert tokens_of_words(one) == ((0, 1), (1, 4))
    (play, low), (wagga, high) = doubts_of(one)
    assert play == pytest.approx(np.log(0.9) / MOST)
    assert wagga == pytest.approx(np.log(0.5 * 0.8 * 0.9) / MOST)
    rest = 0.49 / 7
    entropy = -0.5 * np.log(0.5) - 7 * rest * np.log(rest) - 0.01 * np.log(0.01)
    assert high == pytest.approx(entropy / MOST, rel=1e-3)
    assert 0.0 < low < high


def test_the_decoders_states_count_by_how_much_it_doubts() -> None:
    one = written("play wagga", [0.9, 0.5, 0.8, 0.9])
    states = np.arange(1, 13, dtype=np.float32).reshape(4, 3)
    places = [place._replace(state=s) for place, s in zip(one.considered, states, strict=True)]
    (play, wagga), plain = doubts_of(one._replace(considered=tuple(places))), doubts_of(one)
    assert (play[:MEASURES], wagga[:MEASURES]) == plain
    assert play[MEASURES:] == pytest.approx(plain[0][1] * states[0], rel=1e-5)
    # Of several tokens the mean; the first of "wagga" is doubted more than all others.
    assert len(wagga) == MEASURES + 3
    assert plain[1][1] * states[1:].mean(0)[0] > wagga[MEASURES] > plain[1][1] * states[1][0] / 3


def test_words_that_are_said_otherwise_than_written_have_those_of_what_is_written() -> None:
    one = written("at 7 a.m. please")
    assert words_of(one.text) == ("at", "seven", "am", "please")
    spans = tokens_of_words(one)
    assert len(doubts_of(one)) == len(spans) == 4
    assert text_of(one.tokens[slice(*spans[1])]) == "7"
    assert text_of(one.tokens[slice(*spans[3])]) == "please"


def test_an_unlikely_word_is_no_worse_than_wrong() -> None:
    assert doubts_of(written("lamp", [1e-9]))[0][0] == -1.0


def test_nothing_is_known_of_a_text_without_its_tokens() -> None:
    assert doubts_of(Hypothesis("play jazz", -1.0)) == ()
    assert doubts_of(Hypothesis("", 0.0)) == ()
    other = written("play jazz")._replace(text="play some jazz")
    assert doubts_of(other) == ()
