"""Beginnings of sentences: which are learned from, and that the fit is the right one."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

from mondegreen.engines.general.interpreter import evidence
from mondegreen.training.interpreter.fit_beginnings import (
    MOST,
    beginnings_of,
    fitted_to,
    stored,
)
from mondegreen.training.interpreter.labelled_sentences import Sentence

WORDS = st.lists(st.sampled_from(["play", "some", "jazz", "in", "the", "kitchen"]), min_size=1)


@given(st.lists(WORDS, min_size=1, max_size=5), st.integers(0, 5))
def test_each_is_the_beginning_of_a_sentence_and_none_comes_twice(
    rows: list[list[str]], seed: int
) -> None:
    sentences = [Sentence(str(i), tuple(words), f"i{i}", ()) for i, words in enumerate(rows)]
    begun, labels = beginnings_of(sentences, seed)
    for sentence in sentences:
        own = [b for b, label in zip(begun, labels, strict=True) if label == sentence.intent]
        assert len(own) == len(set(own)) == min(MOST, len(sentence.words))
        assert all(words == sentence.words[: len(words)] for words in own)
    assert beginnings_of(sentences, seed) == (begun, labels)


def test_what_is_fitted_gives_the_shares_of_what_it_was_fitted_to() -> None:
    rng = np.random.default_rng(1)
    centres = np.array([[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 2.0]])
    labels = rng.integers(0, 3, 3_000)
    vectors = (centres[labels] + rng.normal(size=(3_000, 3))).astype(np.float32)
    lengths = rng.integers(1, 9, 3_000)
    rows = np.stack([evidence(v, int(n)) for v, n in zip(vectors, lengths, strict=True)])
    fitted = fitted_to(rows, labels, 3)
    logs = np.stack(
        [fitted.log_probabilities(v, int(n)) for v, n in zip(vectors, lengths, strict=True)]
    )
    shares = np.exp(logs)
    assert np.allclose(shares.sum(axis=1), 1.0)
    # Of Gaussians with one spread the odds are linear in the vector: known in closed form.
    squares = ((vectors[:, None] - centres) ** 2).sum(-1)
    right = np.exp(-squares / 2)
    right /= right.sum(axis=1, keepdims=True)
    assert np.abs(shares - right).mean() < 0.03
    arrays = np.load(io.BytesIO(stored(fitted)), allow_pickle=False)
    assert np.array_equal(arrays["weights"], fitted.weights)
    assert np.array_equal(arrays["bias"], fitted.bias)
