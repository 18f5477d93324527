"""What people said how often: how likely they go on after the words so far."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import DataError
from ..jobs.files import read_text
from ..text.read_aloud import spoken_words

WEIGHT = 2.0
"""Sentences that what is known without any counts is worth."""


@dataclass(frozen=True)
class Usage:
    """Counts of sentences, by their words."""

    ended: Counter[tuple[str, ...]]
    """How often a sentence ended with these words."""
    went_on: Counter[tuple[str, ...]]
    """How often one went on after them."""
    digest: str
    """SHA-256 of the counts."""

    @classmethod
    def of(cls, sentences: Iterable[tuple[str, int]]) -> Usage:
        """The usage in sentences with their counts."""
        ended, went_on = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
        for text, count in sentences:
            words = spoken_words(text)
            ended[words] += count
            for length in range(1, len(words)):
                went_on[words[:length]] += count
        digest = hashlib.sha256(repr(sorted(ended.items())).encode()).hexdigest()
        return cls(ended, went_on, digest)

    @classmethod
    def read(cls, path: Path) -> Usage:
        """The usage in a file: a count, a tab and a sentence on each line.

        Raises DataError for a line of another form, and for a file without any.
        """
        sentences = []
        for number, line in enumerate(read_text(path, DataError).splitlines(), 1):
            count, tab, text = line.partition("\t")
            if not line.strip():
                continue
            if not tab or not count.strip().isdecimal() or not text.strip():
                raise DataError(
                    f"{path}:{number}: found {line[:60]!r}, expected a count, a tab and a sentence"
                )
            sentences.append((text, int(count)))
        if not sentences:
            raise DataError(f"{path}: found no sentence; expected a count, a tab and a sentence")
        return cls.of(sentences)

    def going_on(self, words: Sequence[str], otherwise: float) -> float:
        """How likely somebody goes on after these words; `otherwise` where nothing is known."""
        key = tuple(words)
        went_on, ended = self.went_on[key], self.ended[key]
        return (went_on + WEIGHT * otherwise) / (went_on + ended + WEIGHT)
