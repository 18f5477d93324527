"""Short answers beside those that are right: exactly the same, or sharing words (SQuAD's rules).

Case, punctuation and articles do not count; of several right answers the one that suits best does
(Rajpurkar et al. 2016, arXiv:1606.05250).
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

_MARKS = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


def compared(text: str) -> list[str]:
    """The words of a short answer as they are compared."""
    return _ARTICLES.sub(" ", text.lower().translate(_MARKS)).split()


def exact(text: str, answers: Sequence[str]) -> bool:
    """Whether `text` is one of the answers."""
    return any(compared(text) == compared(answer) for answer in answers)


def overlap(text: str, answers: Sequence[str]) -> float:
    """F1 of the words of `text` and of the answer that it shares the most with, from 0 to 1."""
    return max((_overlap(compared(text), compared(answer)) for answer in answers), default=0.0)


def _overlap(words: Sequence[str], right: Sequence[str]) -> float:
    if not words or not right:  # nothing is the same as nothing
        return float(words == right)
    shared = (Counter(words) & Counter(right)).total()
    return 2 * shared / (len(words) + len(right))


__all__ = ["compared", "exact", "overlap"]
