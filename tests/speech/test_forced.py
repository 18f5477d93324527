"""A decoder forced over texts, and what it says of texts it was not asked about."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mondegreen.speech.forced import Forced
from mondegreen.speech.transcriber import Transcriber
from mondegreen.speech.word_pieces import ends, nexts

Say = Callable[..., np.ndarray]

TEXTS = (
    "turn on the lights in the living room please",
    "turn on the lights in the living room",
    "turn on the lights in the dining room",
    "turn on the lights",
    "turn off the lights in the living room please",
    "what time is it",
    "",
)
WORDS = ("on", "paris")
SENTENCES = st.lists(st.sampled_from(WORDS), max_size=2).map(" ".join)
LIKELY = sorted({*ends(), *(token for word in WORDS for token in nexts(word, first=False))})


@pytest.fixture(scope="module")
def transcriber() -> Transcriber:
    return Transcriber.load()


@pytest.fixture
def forced(transcriber: Transcriber, say: Say) -> Forced:
    return transcriber.forced(transcriber.attend(say(TEXTS[0])))


def test_nothing_is_ruled_out_before_anything_was_asked(forced: Forced) -> None:
    assert [forced.most(text) for text in TEXTS] == [0.0] * len(TEXTS)


def test_no_text_is_likelier_than_its_beginning(forced: Forced) -> None:
    first = forced.likelihood(TEXTS[0])
    assert forced.most(TEXTS[0]) == first
    most = {text: forced.most(text) for text in TEXTS}
    for text in TEXTS:
        # 8-bit sums of a short text and a long one are rounded by their own largest number.
        assert forced.likelihood(text) < most[text] + 0.7, text
    # Words that were not said are ruled out, by the place where they part from what was said.
    assert most[TEXTS[2]] < -3.0
    assert most["what time is it"] < -5.0
    # A beginning of what was asked about needs no bound: its end was there to be seen.
    assert forced.likelihood(TEXTS[1]) == pytest.approx(most[TEXTS[1]], abs=0.7)


def test_every_text_that_was_asked_narrows_the_bound(forced: Forced) -> None:
    before = []
    for text in (TEXTS[0], TEXTS[3], TEXTS[4]):
        forced.likelihood(text)
        before.append(forced.most("turn off the fan"))
    assert before == sorted(before, reverse=True)
    assert before[-1] < before[0]


def _row(mind: int, tokens: Sequence[int]) -> np.ndarray:
    """Logits after some tokens, of a decoder with a mind of its own, the same each time."""
    row = np.zeros(32_768, np.float32)
    row[LIKELY] = np.random.default_rng([mind, *tokens]).normal(15, 9, len(LIKELY))
    return row


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 10_000), st.lists(SENTENCES, min_size=1, max_size=3), SENTENCES)
def test_the_bound_holds(mind: int, asked: list[str], text: str) -> None:
    calls: list[tuple[int, ...]] = []

    def run(tokens: Sequence[int]) -> np.ndarray:
        calls.append(tuple(tokens))
        return np.stack([_row(mind, tokens[:i]) for i in range(len(tokens) + 1)])

    forced = Forced(run)
    for one in asked:
        forced.likelihood(one)
    most = forced.most(text)
    likelihood = forced.likelihood(text)
    assert likelihood <= most + 1e-6
    assert forced.most(text) == likelihood
    before = len(calls)
    forced.likelihood(text)
    assert len(calls) == before  # once is enough
