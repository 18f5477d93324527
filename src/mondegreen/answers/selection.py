"""Which sentences of a passage answer: the best one and the next best.

A linear model weighs what each sentence has in common with the question and whether it holds the
kind of thing that is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .kinds import NUMBER_WORDS, TIME, asked_for
from .question import Question
from .search import Hit
from .terms import STOP_WORDS, term_of, words_of
from .tuned import Tuned

Numbers = npt.NDArray[np.float64]
EVIDENCE = (
    "words", "rare", "share", "meaning", "close", "closest", "kind", "before", "after", "length",
)  # fmt: skip
"""Names of the evidence, in the order of the weights. See `evidence`."""
_MOST = 2
"""Sentences that are said."""
_CLOSEST = 5
"""Pieces of the question that count as its best matched ones."""
_REASON = re.compile(
    r"\b(?:because|due to|since|so that|in order to|caused|reason|therefore)\b", re.I
)


@dataclass(frozen=True)
class Selection:
    """The sentences that were chosen, and how likely each of the passage is the one."""

    sentences: tuple[int, ...]
    """Numbers within the passage, in order: two, or the only one."""
    probabilities: Numbers
    """(sentences,) how likely it is that each is the one."""


def evidence(question: Question, hit: Hit, sentences: Sequence[str]) -> Numbers:
    """(sentences, 10) what speaks for each sentence of a hit; see EVIDENCE.

    words: worth of the pieces of the question that are in it, in nats. rare: how few of the
    sentences have them. share: `words` as a share of the best sentence's. meaning: its cosine.
    close: mean closeness to the pieces of the question; closest: to the five that are matched best.
    kind: whether it holds what is asked for, beside what the question has itself. before, after:
    `words` of its neighbours. length: log of its words.
    """
    terms = [{term_of(word) for word in words_of(sentence)} for sentence in sentences]
    worths = {term_of(piece.word): piece.worth for piece in hit.explained.pieces}
    words = np.array([sum(w for t, w in worths.items() if t in some) for some in terms])
    count = len(sentences)
    having = {term: sum(term in some for some in terms) for term in worths}
    rarity = {t: np.log1p((count - n + 0.5) / (n + 0.5)) for t, n in having.items()}
    kind = asked_for(question.text)
    named = {word.text.lower() for word in question.words}
    named |= {piece.word.lower() for piece in hit.explained.pieces}
    rows = np.zeros((count, len(EVIDENCE)))
    rows[:, 0] = words
    rows[:, 1] = [sum(r for t, r in rarity.items() if t in some) for some in terms]
    rows[:, 2] = words / max(1e-9, words.max(initial=0.0))
    rows[:, 3] = hit.sentence_cosines if len(hit.sentence_cosines) else 0.0
    if hit.closeness.size:
        rows[:, 4] = hit.closeness.mean(axis=1)
        rows[:, 5] = np.sort(hit.closeness, axis=1)[:, -_CLOSEST:].mean(axis=1)
    rows[:, 6] = [holds(kind, sentence, named) for sentence in sentences]
    rows[1:, 7], rows[:-1, 8] = words[:-1], words[1:]
    rows[:, 9] = np.log([max(1, len(sentence.split())) for sentence in sentences])
    return rows


def holds(kind: str, sentence: str, named: set[str]) -> float:
    """Whether a sentence has a thing of that kind which the question does not have itself."""
    if kind == "time":
        return float(any(m[0].lower() not in named for m in TIME.finditer(sentence)))
    words = words_of(sentence)
    if kind == "number":
        return float(any(_is_number(word) and word.lower() not in named for word in words))
    if kind in ("person", "place"):
        names = (w for w in words[1:] if w[:1].isupper() and w.lower() not in STOP_WORDS)
        return float(any(name.lower() not in named for name in names))
    if kind == "reason":
        return float(_REASON.search(sentence) is not None)
    return 0.0


def _is_number(word: str) -> bool:
    return word[:1].isdigit() or word.lower() in NUMBER_WORDS


def select(rows: Numbers, tuned: Tuned) -> Selection:
    """The best two sentences of those with the evidence `rows`.

    One alone, where it was at least 97 % sure to be the one, had the answer less often: with two
    it is in what is said of the surest 80 % for 95.7 instead of 94.7 % of 612 clean questions and
    for 92.0 instead of 91.6 % of heard ones. "He is also the oldest" needs who is before it.
    """
    scores = rows @ np.array(tuned.sentence_weights)
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    order = np.argsort(-shares, kind="stable")
    return Selection(tuple(sorted(order[:_MOST].tolist())), shares)


__all__ = ["EVIDENCE", "Selection", "evidence", "holds", "select"]
