"""Words that may have been said are expected, and nothing says that they must come."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.phonetics.expected_words import ExpectedWords
from mondegreen.phonetics.inventory import PHONES, parse
from mondegreen.phonetics.phonotactics import END
from mondegreen.speech.phone_folder import load_phonotactics

LANGUAGE = load_phonotactics()
LUTETIA = parse("l u t i ʃ ə")


def test_a_word_nobody_would_guess_is_expected_once_it_has_begun() -> None:
    expecting = ExpectedWords(LANGUAGE, [(LUTETIA,)])
    for place in range(3, len(LUTETIA)):
        begun, comes = expecting.context(LUTETIA[:place]), LUTETIA[place]
        assert expecting.following(begun)[comes] > LANGUAGE.following(begun)[comes]
    over = expecting.context(LUTETIA)
    assert np.exp(expecting.following(over)[END]) > 0.8


def test_every_way_to_say_a_word_is_expected() -> None:
    ways = (parse("i k ə n ɑ m ɪ k s"), parse("ɛ k ə n ɑ m ɪ k s"))
    expecting = ExpectedWords(LANGUAGE, [(parse("ɡ ʊ d"),), ways])
    for way in ways:
        begun = (*parse("ɡ ʊ d"), *way[:2])
        context = expecting.context(begun)
        assert expecting.following(context)[way[2]] > -0.7


@pytest.mark.parametrize("words", [[], [(LUTETIA,)]])
def test_what_nobody_expects_is_as_likely_as_the_language_says(
    words: list[tuple[tuple[int, ...], ...]],
) -> None:
    expecting = ExpectedWords(LANGUAGE, words)
    elsewhere = expecting.context(parse("d ɔ ɡ z b ɑ ɹ k"))
    assert np.allclose(expecting.following(elsewhere), LANGUAGE.following(elsewhere), atol=1e-6)


@given(st.lists(st.integers(1, len(PHONES) - 1), max_size=12))
def test_probabilities_stay_probabilities(phones: list[int]) -> None:
    expecting = ExpectedWords(LANGUAGE, [(LUTETIA,), (parse("w ʌ z"), parse("w ə z"))])
    context = expecting.context(phones)
    usual = np.exp(LANGUAGE.following(context)).sum()
    total = np.exp(expecting.following(context)).sum()
    assert min(usual, 1.0) - 1e-3 <= total <= max(usual, 1.0) + 1e-3
