"""Whether a grammar has a sentence, told from its words alone; nothing is listened to.

Whoever measures what a grammar refuses needs to know what it lacks. A reading of the audio cannot
tell: it is what is measured.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...phonetics.inventory import Pronunciation
from ...phonetics.pronouncer import Pronouncer, SameWord, sounds_alike
from ...text.read_aloud import spoken_readings, spoken_words
from ..expression import (
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
from ..expression import Sequence as Run

_ANY = "anywordsatall"
"""Passes through the spelling out of words, which an ellipsis does not."""


def has_sentence(
    grammar: Grammar, words: Sequence[str], same: SameWord = lambda word, other: word == other
) -> bool:
    """Whether some sentence of the grammar is said with exactly these words.

    `words` are as spoken (`text.read_aloud.spoken_words`), `same` says whether a spoken word and
    one of the grammar's are one; by default, whether they are spelled alike. A slot of free words
    takes one word or more. A slot that is not defined, or empty, has no words.
    """
    matcher = _Matcher(grammar, tuple(words), same)
    return any(len(words) in matcher.ends(s.expression, frozenset([0])) for s in grammar.sentences)


def has_text(grammar: Grammar, text: str, pronouncer: Pronouncer) -> bool:
    """Whether the grammar has a written text, in one of the ways it may be read aloud."""
    same = sounds_alike(pronouncer)
    return any(has_sentence(grammar, words, same) for words in spoken_readings(text))


def same_words(reading: str, text: str, pronouncer: Pronouncer) -> bool:
    """Whether a reading says the very words of a text; "…", free words, stands for any of them.

    Words that sound alike are the same, and so are words joined or spelled out: TV and tv. Of the
    ways to say the text ("105" has several) any may be the reading's.
    """
    reading_words = spoken_words(reading.replace("…", _ANY))
    ways = spoken_readings(text)
    if _ANY not in reading_words:
        sound = _sound(reading_words, pronouncer)
        return any(
            words == reading_words or _sound(words, pronouncer) == sound != () for words in ways
        )
    parts = Run(
        tuple(SlotUse(_ANY, _ANY) if word == _ANY else Word(word) for word in reading_words)
    )
    pattern = Grammar(reading, (Sentence("", parts),), {_ANY: FreeWords(_ANY)})
    return any(has_sentence(pattern, words, sounds_alike(pronouncer)) for words in ways)


def _sound(words: Sequence[str], pronouncer: Pronouncer) -> Pronunciation:
    return tuple(phone for word in words for phone in pronouncer.stressed(word))


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
            ends: frozenset[int] = frozenset()
            if isinstance(kind, FreeWords):
                ends = frozenset(range(start + 1, len(self._words) + 1))
            elif isinstance(kind, Pattern):
                ends = self.ends(kind.expression, here)
            elif isinstance(kind, ValueList):
                ends = ends.union(*(self.ends(v.expression, here) for v in kind.values))
            self._slots[name, start] = ends
        return self._slots[name, start]
