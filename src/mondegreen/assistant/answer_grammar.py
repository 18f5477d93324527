"""How people answer which of two meanings they meant: "on please", "I said on", "neither"."""

from __future__ import annotations

from collections.abc import Iterable

from ..grammar.expression import (
    EMPTY,
    Choice,
    Expression,
    Grammar,
    Sentence,
    Sequence,
    Word,
    one_of,
    optional,
)
from ..text.read_aloud import spoken_words

FIRST, SECOND, NEITHER = "first", "second", "neither"
"""The intents of an answer."""
_BEFORE = ("i said", "i meant", "i mean", "it's", "it is", "the", "i said the", "i meant the")
_AFTER = ("please", "thanks", "thank you")
_NEITHER = (
    "neither", "neither of them", "neither of those", "none", "none of them", "none of those", "no",
    "no thanks", "no thank you", "nothing", "never mind", "cancel", "cancel that", "cancel it",
    "forget it", "forget about it",
)  # fmt: skip


def answer_grammar(first: Iterable[str], second: Iterable[str]) -> Grammar:
    """What may be said for either of two meanings, given in texts, and for none.

    What two of the three would share stands for the first alone.
    """
    taken: set[tuple[str, ...]] = set()
    sentences = []
    for intent, texts, before in (
        (FIRST, first, _BEFORE), (SECOND, second, _BEFORE), (NEITHER, _NEITHER, ())
    ):  # fmt: skip
        ways = dict.fromkeys(map(spoken_words, texts))
        mine = [words for words in ways if words and words not in taken]
        taken.update(mine)
        if mine:
            answer = one_of(map(_phrase, mine))
            sentences.append(Sentence(intent, _politely(answer, before)))
    return Grammar("question", tuple(sentences), {})


def _politely(answer: Expression, before: tuple[str, ...]) -> Expression:
    """The answer with what people say around it."""
    ahead = Choice((EMPTY, *(_phrase(spoken_words(text)) for text in before)))
    behind = one_of(_phrase(spoken_words(text)) for text in _AFTER)
    parts = (ahead, answer, optional(behind)) if before else (answer, optional(behind))
    return Sequence(parts)


def _phrase(words: tuple[str, ...]) -> Sequence:
    return Sequence(tuple(map(Word, words)))
