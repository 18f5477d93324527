"""Which phones come next when somebody has written down which words may have been said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .inventory import Pronunciation
from .phonotactics import END, START, LogProbabilities, PhoneLanguage

_TRUST = (0.0, 0.0, 0.0, 0.3, 0.6, 0.8, 0.9)
"""How sure it is that the words go on, after so many of their phones in a row; after more, as after
the most. Of 168 clips of people in seven sets the phone error of five fell from 12.1 to 8.2 % with
it. Trust from the first phone on turns the single words that a transcriber mistakes into those it
wrote (9.3 to 12.0 % of their phones wrong)."""
_LONGEST = len(_TRUST)
_VARIANTS = 3
"""Pronunciations of a word beside its first that are expected as well."""


class ExpectedWords:
    """A language model of phones that expects certain words, where the phones before are theirs.

    An n-gram model of a single utterance, interpolated with that of the language. A word that was
    written down wrongly is left as soon as the sounds leave it: nothing says that it must be said.
    """

    def __init__(self, language: PhoneLanguage, words: Sequence[Sequence[Pronunciation]]) -> None:
        """`words` are the pronunciations of each word, the likeliest first."""
        self._language = language
        self._next: dict[tuple[int, ...], set[int]] = {}
        self._cache: dict[tuple[int, ...], LogProbabilities] = {}
        usual = [ways[0] for ways in words]
        self._expect(usual)
        for place, ways in enumerate(words):
            for way in ways[1 : 1 + _VARIANTS]:
                self._expect([*usual[:place], way, *usual[place + 1 :]])

    def context(self, phones: Sequence[int]) -> tuple[int, ...]:
        """As much of an utterance so far as matters to what comes next."""
        return self._language.context(phones)

    def following(self, context: tuple[int, ...]) -> LogProbabilities:
        """(42,) natural logs: how likely each phone comes after `context`, and at END the end."""
        log_probabilities = self._cache.get(context)
        if log_probabilities is None:
            log_probabilities = self._cache[context] = self._expected(context)
        return log_probabilities

    def _expect(self, words: Sequence[Pronunciation]) -> None:
        phones = (START, *(phone for word in words for phone in word), END)
        for place in range(1, len(phones)):
            for length in range(1, min(place, _LONGEST) + 1):
                self._next.setdefault(phones[place - length : place], set()).add(phones[place])

    def _expected(self, context: tuple[int, ...]) -> LogProbabilities:
        usual = self._language.following(context)
        for length in range(min(len(context), _LONGEST), 0, -1):
            expected = self._next.get(context[-length:])
            if expected is not None:
                trust = _TRUST[min(length, _LONGEST - 1)]
                probabilities = (1.0 - trust) * np.exp(usual)
                probabilities[list(expected)] += trust / len(expected)
                return np.asarray(np.log(probabilities), np.float32)
        return usual
