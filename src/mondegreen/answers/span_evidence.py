"""What speaks for an answer that begins or ends at each word of a passage.

What the span reader looks at; see `spans`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..language.embedder import Vectors
from .kinds import KINDS, NUMBER_WORDS, TIME, asked_for
from .passage_words import PassageWords
from .question import Question
from .search import Hit
from .selection import EVIDENCE
from .terms import term_of

NUMBERS = (
    "closest", "close", "explained", "named", "near", "nearby", "kind", "capital", "digit",
    "first", "length", *(f"asked {kind or 'anything'}" for kind in KINDS), *EVIDENCE,
)  # fmt: skip
"""Names of the numbers of a word, in their order; see `read_tokens`."""
_NEAR, _NEARBY = 3.0, 8.0
"""Words away at which a word of the question counts a third of one that is next to it."""


@dataclass(frozen=True)
class Tokens:
    """The T words of a passage beside a question."""

    words: PassageWords
    numbers: npt.NDArray[np.float32]
    """(T, len(NUMBERS))"""
    asked: Vectors
    """(Q, 384) of the pieces of the question."""


def read_tokens(question: Question, hit: Hit, rows: npt.NDArray[np.float64]) -> Tokens | None:
    """The words of a hit, whose sentences have the evidence `rows (sentences, 10)`.

    None for a hit that was not read again. Numbers of a word: closest: cosine with the piece of the
    question that is nearest to it; close: with the question. explained: the share of its weight
    that the question has of it, by words or sound. named: 1 where the question has it. near,
    nearby: how many words of the question stand around it. kind: 1 where it is what is asked for.
    capital, digit, first (of its sentence): 1 or 0. length: log of the sentence's words, a quarter.
    Then what is asked for, and the evidence for its sentence.
    """
    if hit.reread is None or not hit.reread.words.words:
        return None
    words, asked = hit.reread.words, hit.reread.asked
    own = _own(question, hit, words, asked)
    kinds = np.zeros((len(own), len(KINDS)))
    kinds[:, KINDS.index(asked_for(question.text))] = 1.0
    numbers = np.concatenate([own, kinds, rows[words.sentence]], axis=1).astype(np.float32)
    return Tokens(words, numbers, asked)


def _own(
    question: Question, hit: Hit, words: PassageWords, asked: Vectors
) -> npt.NDArray[np.float64]:
    """(T, 11) the numbers that differ within a sentence, and its length."""
    pieces = (*hit.explained.by_ear, *hit.explained.pieces)
    shares = {term_of(piece.word): piece.share for piece in pieces}
    names = {word.text.lower() for word in question.words}
    names |= {piece.word.lower() for piece in pieces}
    explained = np.array([shares.get(term, 0.0) if term else 0.0 for term in words.terms])
    named = np.array([float(word.lower() in names) for word in words.words])
    kind, sentence, places = asked_for(question.text), words.sentence, np.arange(len(named))
    away = np.abs(np.subtract.outer(places, places))
    same = np.equal.outer(sentence, sentence)
    columns = [
        (words.states @ asked.T).max(axis=1, initial=-1.0),
        words.states @ (asked.mean(axis=0) if len(asked) else np.zeros(asked.shape[1])),
        explained, named,
        (same * np.exp(-away / _NEAR)) @ explained, (same * np.exp(-away / _NEARBY)) @ explained,
        [_suits(kind, word) * (1 - n) for word, n in zip(words.words, named, strict=True)],
        [word[0].isupper() for word in words.words], [word[0].isdigit() for word in words.words],
        np.append(True, sentence[1:] != sentence[:-1]),
        np.log1p(np.bincount(sentence)[sentence]) / 4,
    ]  # fmt: skip
    return np.stack([np.asarray(column, np.float64) for column in columns], axis=1)


def _suits(kind: str, word: str) -> float:
    """Whether a word may be of the kind that is asked for."""
    if kind == "number":
        return float(word[0].isdigit() or word.lower() in NUMBER_WORDS)
    if kind == "time":
        return float(word[0].isdigit() or TIME.search(word) is not None)
    return float(kind in ("person", "place") and word[0].isupper())


__all__ = ["NUMBERS", "Tokens", "read_tokens"]
