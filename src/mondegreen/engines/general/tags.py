"""The likeliest row of tags for the words of a sentence, and how sure it is."""

from __future__ import annotations

from collections.abc import Container
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float64]
_CERTAIN = 7.0
"""Nats (1,100 to one) by which a row with another slot has to be likelier: in "play some jazz in
the kitchen" the kitchen is a place, which no music of the training had, and no kind of music."""
_NEVER = -1e9
"""Score of a tag that cannot be: less than any sentence's, and a number still."""


class Span(NamedTuple):
    """A slot over words `start` to `end` (one past the last)."""

    slot: int
    start: int
    end: int


def best_tags(scores: Scores, follow: Scores) -> tuple[list[int], float]:
    """The row of tags with the highest score, and its log-probability among all rows.

    `scores (W, K)` are those of tag k at word w, `follow (K, K)` of tag j after tag i. A sentence
    begins as if tag 0 went before it (Viterbi 1967; the chain of Lafferty et al. 2001).
    """
    if not len(scores):
        return [], 0.0
    best = scores[0] + follow[0]
    total = best.copy()
    came_from = np.zeros(scores.shape, np.int64)
    for word in range(1, len(scores)):
        onward = best[:, None] + follow
        came_from[word] = onward.argmax(axis=0)
        best = onward.max(axis=0) + scores[word]
        total = _log_sum(total[:, None] + follow) + scores[word]
    tags = [int(best.argmax())]
    for word in range(len(scores) - 1, 0, -1):
        tags.append(int(came_from[word, tags[-1]]))
    return tags[::-1], float(best.max() - _log_sum(total))


def best_tags_of(scores: Scores, follow: Scores, slots: Container[int]) -> tuple[list[int], float]:
    """The row of tags with the highest score of those that have no other slots than these, and its
    log-probability among all rows; see `best_tags`.

    Where something is certain to be another slot, the row has it: it is to be left out.
    """
    tags, sure = best_tags(scores, follow)
    others = [slot for slot in range(scores.shape[1] // 2) if slot not in slots]
    if all(span.slot not in others for span in spans_of(tags)):
        return tags, sure
    fewer = scores.copy()
    fewer[:, [tag for slot in others for tag in (1 + 2 * slot, 2 + 2 * slot)]] = _NEVER
    allowed, _ = best_tags(fewer, follow)
    less = _score(allowed, scores, follow) - _score(tags, scores, follow)
    return (allowed, sure + less) if less > -_CERTAIN else (tags, sure)


def _score(tags: list[int], scores: Scores, follow: Scores) -> float:
    return float(scores[np.arange(len(tags)), tags].sum() + follow[[0, *tags[:-1]], tags].sum())


def _log_sum(values: Scores) -> Scores:
    top = values.max(axis=0)
    return np.asarray(top + np.log(np.exp(values - top).sum(axis=0)))


def spans_of(tags: list[int]) -> list[Span]:
    """The slots in a row of tags: 0 outside, 1 + 2s begins slot s, 2 + 2s goes on in it."""
    spans: list[Span] = []
    for word, tag in enumerate(tags):
        if tag == 0:
            continue
        slot, inside = divmod(tag - 1, 2)
        if inside and spans and spans[-1].end == word and spans[-1].slot == slot:
            spans[-1] = spans[-1]._replace(end=word + 1)
        else:
            spans.append(Span(slot, word, word + 1))
    return spans


__all__ = ["Span", "best_tags", "best_tags_of", "spans_of"]
