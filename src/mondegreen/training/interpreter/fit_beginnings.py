"""What a sentence will mean whose end is still to come: a layer on the vectors of its beginnings.

The network is left as it is, so that whole sentences mean what they meant.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...engines.general.interpreter import Beginnings, evidence
from ...jobs.seeds import stable_seed
from .fit_interpreter import Interpreter
from .labelled_sentences import Sentence

MOST = 4
"""Beginnings of a sentence that are learned from, the whole one among them or not; with all of
them, 6.5, the intent of written sentences is decided as soon as with 4."""
_PENALTY = 1e-3
"""Of the squares of weights, on evidence brought to one spread. With a tenth of it 286 sentences
that were kept for choosing are decided after 70.2 instead of 69.6 % of their words at 5 % wrong,
with four times as much after 69.7."""
_ROUNDS = 150
Rows = npt.NDArray[np.float32]


def fit_beginnings(
    interpreter: Interpreter, sentences: Sequence[Sentence], seed: int
) -> Beginnings:
    """Learn the intents of the beginnings of `sentences` from the vectors of a fitted network."""
    begun, labels = beginnings_of(sentences, seed)
    vectors = interpreter.vectors(begun)
    rows = np.stack([evidence(v, len(w)) for v, w in zip(vectors, begun, strict=True)])
    intents = {name: number for number, name in enumerate(interpreter.names.intents)}
    return fitted_to(rows, np.array([intents[label] for label in labels]), len(intents))


def beginnings_of(
    sentences: Sequence[Sentence], seed: int
) -> tuple[list[tuple[str, ...]], list[str]]:
    """Up to MOST beginnings of each sentence, of lengths drawn by seed, and their intents."""
    begun, labels = [], []
    for sentence in sentences:
        rng = np.random.default_rng(stable_seed("begin", seed, sentence.id))
        for words in sorted(1 + rng.permutation(len(sentence.words))[:MOST]):
            begun.append(sentence.words[:words])
            labels.append(sentence.intent)
    return begun, labels


def fitted_to(rows: Rows, labels: npt.NDArray[np.int64], count: int) -> Beginnings:
    """Multinomial logistic regression of `labels (N,)` below `count` on `rows (N, F)`."""
    from scipy.optimize import minimize

    middle, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    scaled = np.append((rows - middle) / spread, np.ones((len(rows), 1), np.float32), axis=1)
    places = np.arange(len(rows))

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, Any]:
        weights = flat.reshape(count, -1)
        shares = scaled @ weights.T.astype(np.float32)
        shares -= shares.max(axis=1, keepdims=True)
        np.exp(shares, out=shares)
        shares /= shares.sum(axis=1, keepdims=True)
        value = -np.log(shares[places, labels] + 1e-12).mean(dtype=np.float64)
        shares[places, labels] -= 1.0
        slope = (shares.T @ scaled).astype(np.float64) / len(rows)
        return float(value + _PENALTY * (flat @ flat) / 2), (slope + _PENALTY * weights).ravel()

    size = count * scaled.shape[1]
    best = minimize(loss, np.zeros(size), jac=True, method="L-BFGS-B", options={"maxiter": _ROUNDS})
    weights = best.x.reshape(count, -1)
    slopes = weights[:, :-1] / spread
    return Beginnings(
        slopes.astype(np.float32), (weights[:, -1] - slopes @ middle).astype(np.float32)
    )


def stored(beginnings: Beginnings) -> bytes:
    """As a model folder has them."""
    file = io.BytesIO()
    np.savez_compressed(file, weights=beginnings.weights, bias=beginnings.bias)
    return file.getvalue()


__all__ = ["beginnings_of", "fit_beginnings", "fitted_to", "stored"]
