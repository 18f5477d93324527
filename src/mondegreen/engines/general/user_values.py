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
from ...phonetics.distance import PhoneDistance
from ...phonetics.inventory import Pronunciation
from ...phonetics.pronouncer import Pronouncer
from ...speech.phone_folder import load_phone_distance
from ..given_values import ways_of
from .interpreter import words_of

APART = 0.3
"""Cost for each phone up to which words are taken for a value of the list, by the reader's own
confusions. Of 286 spoken sentences for choosing 64.7 % are understood exactly without lists; with
those of all values of the data 65.7 % at 0.1, 67.5 % at 0.2, 68.5 % from 0.3 on. What lies farther
from all of them stays as it was written."""
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
        names: list[str] = []
        pronunciations: list[Pronunciation] = []
        for value, way in ways_of(values, SettingsError):
            by_words.setdefault(words_of(way), value)
            for phones in pronouncer.phrase(way)[:_WAYS]:
                names.append(value)
                pronunciations.append(phones)
        by_words.pop((), None)
        return cls(by_words, tuple(names), tuple(pronunciations), pronouncer)

    @cached_property
    def digest(self) -> str:
        """Of the values and how they are said."""
        return digest(repr((sorted(self.by_words.items()), self.pronunciations)).encode())

    def nearest(self, words: Sequence[str]) -> str | None:
        """The value that was said, by the words written down; None where none sounds like them."""
        exact = self.by_words.get(tuple(words))
        if exact is not None or not self.values:
            return exact
        lengths = np.array([len(phones) for phones in self.pronunciations])
        best, value = APART, None
        for spoken in self.pronouncer.phrase(" ".join(words))[:_WAYS]:
            costs = _distance().to_many(spoken, self.pronunciations)
            costs /= np.maximum(lengths, len(spoken))
            place = int(costs.argmin())
            if costs[place] <= best:
                best, value = float(costs[place]), self.values[place]
        return value


__all__ = ["APART", "UserValues"]
