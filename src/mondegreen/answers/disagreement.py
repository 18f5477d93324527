"""Pages that contradict each other: which other page's answer is said beside the first one.

Whether two sentences contradict each other nobody can tell by rules; whether two short answers of
the same kind are different can be told, where both have figures or both are names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..text.numbers import parse_cardinal
from .kinds import NUMBER_WORDS, TIME
from .terms import STOP_WORDS, WORD

if TYPE_CHECKING:
    from .answer import Candidate

NEARLY = 0.6
"""Share of the first answer's confidence that another page's must have to be said as well: a page
with two facts in a sentence is less sure of either. Of 285 answers over paragraphs that do not
contradict each other 2 are said with another page's so, 1 at 0.85."""
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


def contradicting(candidates: Sequence[Candidate]) -> Candidate | None:
    """The first candidate of another page that is nearly as sure as the best, and disagrees."""
    if not candidates:
        return None
    best = candidates[0]
    nearly = (
        other for other in candidates[1:]
        if (other.path, other.title) != (best.path, best.title)
        and other.confidence >= NEARLY * best.confidence
    )  # fmt: skip
    return next((other for other in nearly if _disagree(best, other)), None)


def _disagree(one: Candidate, other: Candidate) -> bool:
    """Whether the short answers are of one kind and different, and no text has both.

    Figures differ where either has one that the other lacks and neither says merely more: "1889"
    and "March 1889" are the same. Names differ that share no word: "Eiffel" is "Gustave Eiffel".
    """
    figures, others = _figures(one.short), _figures(other.short)
    if figures and others:
        different = not (figures <= others or others <= figures)
        return different and not (figures <= _figures(other.text) or others <= _figures(one.text))
    if figures or others:
        return False
    names, strangers = _names(one.short), _names(other.short)
    if not (names and strangers) or names & strangers:
        return False
    return not (names & _names(other.text) or strangers & _names(one.text))


def _figures(text: str) -> frozenset[str]:
    """Numbers, in figures where they are one word, and the names of months and days."""
    times = (word.lower() for match in TIME.finditer(text) for word in WORD.findall(match[0]))
    spoken = (_number(word) for word in WORD.findall(text) if word.lower() in NUMBER_WORDS)
    written = (match[0].replace(",", "") for match in _FIGURE.finditer(text))
    return frozenset([*spoken, *written, *(word for word in times if word.isalpha())])


def _number(word: str) -> str:
    try:
        return str(parse_cardinal([word.lower()]))
    except ValueError:
        return word.lower()


def _names(text: str) -> frozenset[str]:
    """Words with a capital letter."""
    words = (word for word in WORD.findall(text) if word[0].isupper())
    return frozenset(w.lower().removesuffix("'s") for w in words if w.lower() not in STOP_WORDS)


__all__ = ["NEARLY", "contradicting"]
