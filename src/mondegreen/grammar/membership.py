"""Whether a grammar has a sentence, told from its words alone; nothing is listened to.

What a grammar should refuse is what it lacks, and only this says what that is: a reading of the
audio cannot, as the reading is what is on trial.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..phonetics.g2p import Pronouncer
from ..phonetics.spelling import spoken_words
from .expression import (
    Choice,
    Expression,
    FreeWords,
    Grammar,
    Pattern,
    Sentence,
    SlotUse,
    ValueList,
    Word,
)
from .expression import Sequence as Run

SameWord = Callable[[str, str], bool]
_ANY = "anywordsatall"
"""Passes through the spelling out of words, which an ellipsis does not."""


def sounds_alike(pronouncer: Pronouncer) -> SameWord:
    """Takes words for one that are said alike first of all: color and colour, whats and what's.

    Weak forms do not count: "and" and "in" may both be a mere n.
    """

    def same(said: str, own: str) -> bool:
        return said == own or pronouncer.word(said)[:1] == pronouncer.word(own)[:1] != ()

    return same


def has_sentence(
    grammar: Grammar, words: Sequence[str], same: SameWord = lambda said, own: said == own
) -> bool:
    """Whether some sentence of the grammar is said with exactly these words.

    `words` are as spoken (`phonetics.spelling.spoken_words`), `same` says whether a spoken word and
    one of the grammar's are one; by default, whether they are spelled alike. A slot of free words
    takes one word or more. A slot that is not defined, or empty, has no words.
    """
    said = tuple(words)
    matcher = _Matcher(grammar, said, same)
    return any(len(said) in matcher.ends(s.expression, frozenset([0])) for s in grammar.sentences)


def same_words(reading: str, spoken: str, same: SameWord) -> bool:
    """Whether a reading says exactly the words spoken; "…", free words, stands for any of them."""
    parts = tuple(
        SlotUse(_ANY, _ANY) if word == _ANY else Word(word)
        for word in spoken_words(reading.replace("…", _ANY))
    )
    sentence = Grammar(reading, (Sentence("", Run(parts)),), {_ANY: FreeWords(_ANY)})
    words = spoken_words(spoken)
    return bool(words) and has_sentence(sentence, words, same)


class _Matcher:
    """Sets of places in the words where a part of the grammar may end."""

    def __init__(self, grammar: Grammar, words: tuple[str, ...], same: SameWord) -> None:
        self._grammar, self._words, self._same = grammar, words, same
        self._slots: dict[tuple[str, int], frozenset[int]] = {}

    def ends(self, part: Expression, starts: frozenset[int]) -> frozenset[int]:
        """Where `part` may end when it begins at any of `starts`."""
        if not starts:
            return starts
        if isinstance(part, Word):
            return frozenset(
                i + 1
                for i in starts
                if i < len(self._words) and self._same(self._words[i], part.text)
            )
        if isinstance(part, Choice):
            return frozenset().union(*(self.ends(item, starts) for item in part.items))
        if isinstance(part, SlotUse):
            return frozenset().union(*(self._slot_ends(part.type, i) for i in starts))
        for item in part.items:
            starts = self.ends(item, starts)
        return starts

    def _slot_ends(self, name: str, start: int) -> frozenset[int]:
        if (name, start) not in self._slots:
            kind, here = self._grammar.slot_types.get(name), frozenset([start])
            found: frozenset[int] = frozenset()
            if isinstance(kind, FreeWords):
                found = frozenset(range(start + 1, len(self._words) + 1))
            elif isinstance(kind, Pattern):
                found = self.ends(kind.expression, here)
            elif isinstance(kind, ValueList):
                found = found.union(*(self.ends(v.expression, here) for v in kind.values))
            self._slots[name, start] = found
        return self._slots[name, start]
