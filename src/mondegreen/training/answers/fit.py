"""What evidence for a sentence weighs, and how sure an answer is: fitted to questions with answers.

Three linear models of ten, seven and nine numbers; the rest of the search has nothing to be fitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...answers.answerer import said_evidence
from ...answers.selection import EVIDENCE
from ...answers.tuned import SAID, Tuned
from ...evaluate.answer_examples import Example, Shown
from ...weights.folder import write_folder

Numbers = npt.NDArray[np.float64]
_PENALTY = 3.0
"""Of the squares of weights, on evidence brought to one spread; a third or thrice it change
nothing."""
ANSWERED_FROM, NOTHING_BELOW = 0.5, 0.1


def fit(examples: Sequence[Example]) -> dict[str, Any]:
    """The fields of `Tuned` that follow from the examples."""
    fields: dict[str, Any] = {
        "sentence_weights": _rounded(sentence_weights(examples)),
        "passage_weights": _rounded(passage_weights(examples)),
        "said_weights": [0.0] * len(SAID),
        "answered_from": ANSWERED_FROM,
        "nothing_below": NOTHING_BELOW,
    }
    plain = Tuned(format=Tuned.FORMAT, kind=Tuned.KIND, files={}, **fields)
    return {**fields, "said_weights": _rounded(said_weights(examples, plain))}


def sentence_weights(examples: Sequence[Example]) -> Numbers:
    """(10,) weights under which the right sentence of each passage is likeliest."""
    given = [example.given.sentences for example in examples]
    rows = np.zeros((len(given), max(map(len, given)), len(EVIDENCE)))
    there = np.zeros(rows.shape[:2], np.bool_)
    for number, sentences in enumerate(given):
        rows[number, : len(sentences)] = sentences
        there[number, : len(sentences)] = True
    spread = rows[there].std(axis=0) + 1e-9
    rows /= spread
    right = np.array([example.place for example in examples])
    each = np.arange(len(right))

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        scores = np.where(there, rows @ weights, -1e9)
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        slope = np.einsum("ns,nsf->f", shares, rows) - rows[each, right].sum(axis=0)
        value = -np.log(shares[each, right] + 1e-12).sum() + _PENALTY * weights @ weights / 2
        return float(value), slope + _PENALTY * weights

    return np.asarray(_least(loss, len(EVIDENCE)) / spread)


def passage_weights(examples: Sequence[Example]) -> Numbers:
    """(7,) weights of a logistic model of whether a passage is the right one."""
    shown = [hit for example in examples for hit in _hits(example)]
    rows = np.array([hit.evidence for hit in shown])
    right = np.array([hit.right for hit in shown], np.float64)
    spread = rows.std(axis=0)
    spread[spread == 0] = 1.0  # the bias
    return np.asarray(_logistic(rows / spread, right) / spread)


def said_weights(examples: Sequence[Example], tuned: Tuned) -> Numbers:
    """(9,) weights of a logistic model of whether the answer is in what is said.

    Of questions whose answer is in some page: with those of which it is in none, a quarter, the
    confidence of heard questions was 8 points too low.
    """
    rows, right = [], []
    for hit in (example.hits[0] for example in examples):
        chosen, row = said_evidence(hit.evidence, hit.agreement, hit.sentences, tuned)
        rows.append(row)
        right.append(float(hit.holding[list(chosen.sentences)].any()))
    table = np.array(rows)
    spread = table.std(axis=0)
    spread[spread == 0] = 1.0  # the bias
    return np.asarray(_logistic(table / spread, np.array(right)) / spread)


def _hits(example: Example) -> list[Shown]:
    return [*example.hits, *([example.outside] if example.outside else [])]


def _logistic(rows: Numbers, right: Numbers) -> Numbers:
    # Not `training.logistic_fit`: L-BFGS stops up to 1e-3 off the minimum of Newton's method, and
    # the weights that ship, of five digits, are where it stopped.
    def loss(weights: Numbers) -> tuple[float, Numbers]:
        odds = rows @ weights
        value = np.logaddexp(0.0, odds).sum() - right @ odds + weights @ weights / 2
        slope = rows.T @ (1.0 / (1.0 + np.exp(-odds)) - right) + weights
        return float(value), slope

    return _least(loss, rows.shape[1])


def write(examples: Sequence[Example], folder: Path, card: str) -> Tuned:
    """Fit and write the folder that ships. Raises ModelError when the fit is none that loads."""
    return write_folder(folder, Tuned, {}, card, **fit(examples))


def _least(loss: Any, size: int) -> Numbers:
    from scipy.optimize import minimize

    return np.asarray(minimize(loss, np.zeros(size), jac=True, method="L-BFGS-B").x)


def _rounded(weights: Numbers) -> list[float]:
    return [round(float(weight), 5) for weight in weights]


__all__ = ["fit", "write"]
