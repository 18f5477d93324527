"""The phonotactics' counts and smoothing against the formula, written out slowly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mondegreen.errors import DataError
from mondegreen.phonetics.inventory import PHONES
from mondegreen.phonetics.phonotactics import END, START
from mondegreen.training.phones import phone_ngrams as phonotactics

Gram = tuple[int, ...]
utterances = st.lists(
    st.lists(st.integers(1, 3), min_size=1, max_size=6).map(tuple), min_size=1, max_size=12
)


class Slow:
    """Interpolated modified Kneser-Ney by definition, for a corpus of any few phones."""

    def __init__(self, grams: Sequence[Gram], order: int) -> None:
        self.order = order
        met = [Counter[Gram]() for _ in range(order + 1)]
        for phones in grams:
            symbols = (START, *phones, END)
            for n in range(1, order + 1):
                for i in range(len(symbols) - n + 1):
                    if symbols[i : i + n] != (START,):
                        met[n][symbols[i : i + n]] += 1
        self.counts = [Counter[Gram]() for _ in range(order + 1)]
        self.counts[order] = met[order]
        for n in range(1, order):
            for gram, times in met[n].items():
                preceding = sum(1 for longer in met[n + 1] if longer[1:] == gram)
                self.counts[n][gram] = times if gram[0] == START else preceding

    def discount(self, n: int, times: int) -> float:
        met = {k: max(1, sum(v == k for v in self.counts[n].values())) for k in (1, 2, 3, 4)}
        times = min(times, 3)
        share = met[1] / (met[1] + 2 * met[2])
        wanted = times - (times + 1) * share * met[times + 1] / met[times]
        return float(np.clip(wanted, 0.05, times - 0.05))

    def probability(self, context: Gram, phone: int) -> float:
        n = len(context) + 1
        lower = self.probability(context[1:], phone) if context else 1 / len(PHONES)
        beside = {g: c for g, c in self.counts[n].items() if g[:-1] == context}
        if not beside:
            return lower
        total = sum(beside.values())
        rest = sum(self.discount(n, c) for c in beside.values()) / total
        times = beside.get((*context, phone), 0)
        held = (times - self.discount(n, times)) / total if times else 0.0
        return held + rest * lower


@given(utterances, st.integers(1, 4), st.lists(st.integers(1, 4), max_size=5))
@settings(max_examples=60)
def test_probabilities_are_those_of_the_formula(
    grams: list[Gram], order: int, context: list[int]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phonotactics, "KEPT_WHOLE", order)
        model = phonotactics.fit(grams, order)
    slow = Slow(grams, order)
    contexts = model.context(context)
    following = np.exp(model.following(contexts))
    expected = [slow.probability(contexts, phone) for phone in range(len(PHONES))]
    # Logs are kept in 16 bits; what is left to phones that were never met is a small difference of
    # such numbers.
    np.testing.assert_allclose(following, expected, rtol=0.01, atol=1e-4)


@given(utterances)
@settings(max_examples=40)
def test_what_is_left_out_is_shared_out(grams: list[Gram]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phonotactics, "KEPT_WHOLE", 1)
        model = phonotactics.fit(grams, 4)
    for phones in grams:
        for i in range(len(phones) + 1):
            following = model.following(model.context(phones[:i]))
            assert float(np.exp(following).sum()) == pytest.approx(1, abs=5e-3)


def test_the_same_speech_gives_the_same_bytes() -> None:
    grams = [(1, 2, 3), (1, 2), (3, 3, 2, 1)] * 3
    once, again = (phonotactics.to_bytes(phonotactics.fit(grams)) for _ in range(2))
    assert once == again


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(DataError, match="no utterance"):
        phonotactics.fit([])
    with pytest.raises(ValueError, match="expected 1 to 10"):
        phonotactics.fit([(1, 2)], 11)


def test_a_repeated_word_becomes_what_is_expected() -> None:
    model = phonotactics.fit([(5, 6, 7, 8)] * 20 + [(6, 5)])
    best = [int(model.following(model.context((5, 6, 7, 8)[:i])).argmax()) for i in range(5)]
    assert best == [5, 6, 7, 8, END]
    assert all(a != b for a, b in pairwise(best))
