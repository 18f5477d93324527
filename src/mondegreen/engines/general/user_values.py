"""A user's own values of a slot: what was written down for one is the value that sounds nearest.

A transcriber spells names that it does not know as other words. Which name of a list was said, the
phones of those words still tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from ...errors import SettingsError
from ...jobs.files import digest
from ...phonetics.distance import Costs, PhoneDistance
from ...phonetics.inventory import Pronunciation
from ...phonetics.pronouncer import Pronouncer
from ...speech.phone_folder import load_phone_distance
from ..given_values import ways_of
from .interpreter import words_of

APART, TYPED = 0.3, 0.12
"""Cost for each phone, by the reader's own confusions, up to which words are taken for a value of
the list: words that a transcriber wrote down, and typed ones, which are what they are. "Istambul"
is 0.11 from "Istanbul", "Boston" 0.13 from "Austin"."""
NEAR, LIKE = 4, 0.4
"""So many values are compared with the sounds where somebody speaks, and none that lies farther
from what was written. With two of them a point fewer is right; up to 0.6 nothing changes."""
_WAYS = 3
"""Pronunciations of a value that count."""


@lru_cache(maxsize=1)
def _distance() -> PhoneDistance:
    """One way or the other: what the reader takes for what."""
    return load_phone_distance().symmetric()


@dataclass(frozen=True)
class UserValues:
    """The values of one slot with how they are said. Make one with `of`."""

    by_words: Mapping[tuple[str, ...], str]
    """Values by the words that are said for them."""
    values: tuple[str, ...]
    """Of each pronunciation."""
    words: tuple[tuple[str, ...], ...]
    """Those that are pronounced so."""
    pronunciations: tuple[Pronunciation, ...]
    pronouncer: Pronouncer

    @classmethod
    def of(
        cls, values: Mapping[str, Iterable[str]] | Iterable[str], pronouncer: Pronouncer
    ) -> UserValues:
        """From names, said as written, or a mapping from values to the ways they are said.

        What cannot be read aloud is left out. Raises SettingsError for what is no text.
        """
        by_words: dict[tuple[str, ...], str] = {}
        rows: list[tuple[str, tuple[str, ...], Pronunciation]] = []
        for value, way in ways_of(values, SettingsError):
            words = words_of(way)
            by_words.setdefault(words, value)
            rows += [(value, words, phones) for phones in pronouncer.phrase(way)[:_WAYS]]
        by_words.pop((), None)
        names, words_said, pronunciations = zip(*rows, strict=True) if rows else ((), (), ())
        return cls(by_words, names, words_said, pronunciations, pronouncer)

    @cached_property
    def digest(self) -> str:
        """Of the values and how they are said."""
        return digest(repr((sorted(self.by_words.items()), self.pronunciations)).encode())

    def nearest(self, words: Sequence[str], apart: float = APART) -> str | None:
        """The value that was said, by the words written down; None where none is that near."""
        exact = self.by_words.get(tuple(words))
        if exact is not None or not self.values:
            return exact
        costs = self._apart(words)
        place = int(costs.argmin())
        return self.values[place] if costs[place] <= apart else None

    def near(self, words: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The values that sound like the words written down, each with the words that are said for
        it: those that may have been said instead, the nearest first."""
        costs = self._apart(words)
        like: dict[str, tuple[str, ...]] = {}
        for place in np.argsort(costs, kind="stable"):
            if costs[place] > LIKE or len(like) == NEAR:
                break
            like.setdefault(self.values[place], self.words[place])
        return like

    def _apart(self, words: Sequence[str]) -> Costs:
        """Cost for each phone between the words and each pronunciation, however they are said."""
        lengths = np.array([len(phones) for phones in self.pronunciations], np.int64)
        costs = np.full(len(lengths), np.inf)
        for spoken in self.pronouncer.phrase(" ".join(words))[:_WAYS]:
            apart = _distance().to_many(spoken, self.pronunciations)
            np.minimum(costs, apart / np.maximum(lengths, len(spoken)), out=costs)
        return costs


__all__ = ["APART", "TYPED", "UserValues"]
