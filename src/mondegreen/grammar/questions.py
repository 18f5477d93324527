"""What a slot of free words holds behind a question word: the question, and not its rest."""

from __future__ import annotations

QUESTION_WORDS = frozenset(
    word + ending
    for word in ("who", "what", "when", "where", "why", "how", "which")
    for ending in ("", "'s", "'re")
)


def whole_question(before: str, words: str) -> str:
    """The value of free `words` when the grammar's word `before` them was said: a question keeps
    its question word ("who" before "wrote hamlet"), other words are no part of the value."""
    return f"{before} {words}" if before in QUESTION_WORDS else words


__all__ = ["QUESTION_WORDS", "whole_question"]
