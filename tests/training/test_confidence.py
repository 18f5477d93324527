"""The fit of the confidence: it finds the model behind the data, and corrects it to the use."""

from __future__ import annotations

import numpy as np
import pytest

from mondegreen.training.confidence import IN_USE, Trial, fit, same_words, to_use


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def test_the_fit_finds_weights_and_bias() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal([3.0, -1.0], [1.0, 5.0], (20_000, 2))
    y = (rng.random(len(x)) < sigmoid(x @ [1.5, -0.4] - 4.0)).astype(float)
    weights, bias = fit(x, y)
    assert weights == pytest.approx([1.5, -0.4], rel=0.1)
    assert bias == pytest.approx(-4.0, rel=0.1)


def test_the_confidence_holds_for_the_share_in_use() -> None:
    # Evidence that lies 2 apart for right and wrong, learned on half and half, used at nine in ten.
    rng = np.random.default_rng(1)
    right = np.arange(20_000) % 2 == 0
    x = rng.normal(np.where(right, 1.0, -1.0))[:, None]
    weights, bias = fit(x, right.astype(float))
    trials = [Trial("", "", ("s0", ()) if r else None) for r in right]
    bias += to_use(trials, [False] * len(trials))
    used = rng.random(20_000) < IN_USE
    sure = sigmoid(rng.normal(np.where(used, 1.0, -1.0)) * weights[0] + bias)
    for low, high in ((0.5, 0.8), (0.8, 0.95), (0.95, 1.0)):
        there = (sure >= low) & (sure < high)
        assert used[there].mean() == pytest.approx(sure[there].mean(), abs=0.03)


def test_another_assistants_sentence_read_rightly_counts_as_known() -> None:
    trials = [Trial("a", "", ("s0", ())), Trial("b", "", None), Trial("c", "", None)]
    half = to_use(trials[:2], [True, False])
    assert half == pytest.approx(np.log(9.0))
    assert to_use(trials, [True, True, False]) < half
    assert same_words("play …", "play some jazz", str.__eq__)
    assert not same_words("play jazz", "play some jazz", str.__eq__)
