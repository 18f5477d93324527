"""Which of a user's values was said: those like what is written down, compared with the sounds.

A transcriber writes a name that it does not know in words that it does. Of the values that are
pronounced like these words the sounds themselves tell which fits, or that none does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ...speech.word_scores import WordScores
from .choice import Words
from .interpreter import Reading
from .tags import Span
from .user_values import UserValues

LISTED = 0.75
"""Nats in favour of a value of the list, and against one that it lacks, so that neither more nor
fewer slots are likelier. Of 286 sentences for choosing, 68.2 % of which are understood exactly
without lists, 73.8 % are with lists of all values of the data, and 66.1 % with lists that lack just
the right one; 73.8 and 66.1 % at 0.5, 74.1 and 64.3 % at 1. Whichever value is pronounced most like
the words, up to a limit: 72.4 and 56.6 %."""
UNWRITTEN = 0.5
"""Nats against a value in other words than those written down: "bedroom" and "bed room" sound
alike. Without: 73.8 and 64.7 %."""
SOUNDS = 0.3
"""What a nat of the sounds counts for or against a value. 0.2: 73.4 and 65.4 %."""
_MOST = 12
"""Rows of values that are kept of a reading with several slots."""


class Option(NamedTuple):
    """A value that a slot may have, with the words that are said for it."""

    value: str
    words: Words


@dataclass(frozen=True)
class ValuesBySound:
    """The user's values in one utterance."""

    lists: Mapping[str, UserValues]
    slots: tuple[str, ...]
    """Names of the slots, by number."""
    fit: WordScores
    _near: dict[tuple[str, Words], dict[str, Words]] = field(default_factory=dict)
    """What sounds like which words, once it was looked for."""

    def ways(self, reading: Reading, near: bool) -> Iterator[tuple[Reading, float]]:
        """The reading with each row of values that its slots may have, and what speaks for it;
        values that are not to the letter what is written only if `near`."""
        rows: list[tuple[tuple[Option, ...], float]] = [((), 0.0)]
        for number in range(len(reading.spans)):
            options = self._options(reading, number, near)
            longer = [
                ((*row, Option(value, words)), gain + more)
                for row, gain in rows
                for value, (words, more) in options.items()
            ]
            rows = sorted(longer, key=lambda row: -row[1])[:_MOST]
        for row, gain in rows:
            yield _instead(reading, row), gain

    def _options(self, reading: Reading, number: int, near: bool) -> dict[str, tuple[Words, float]]:
        """The values that a slot may have, with the words for them and what speaks for each."""
        span, as_written = reading.spans[number], reading.value(number)
        name = self.slots[span.slot]
        words = reading.words[span.start : span.end]
        listed = self.lists.get(name)
        if listed is None:
            return {as_written: (words, 0.0)}
        exact = listed.by_words.get(words)
        options = {as_written: (words, -LISTED)} if exact is None else {exact: (words, LISTED)}
        if not near:
            return options
        if (name, words) not in self._near:
            self._near[name, words] = listed.near(words)
        written = self.fit.of(reading.words)
        for value, way in self._near[name, words].items():
            instead = reading.words[: span.start] + way + reading.words[span.end :]
            gain = LISTED - UNWRITTEN + SOUNDS * (self.fit.of(instead) - written)
            if value not in options or gain > options[value][1]:
                options[value] = way, gain
        return options


def _instead(reading: Reading, options: Sequence[Option]) -> Reading:
    """The reading with other values in its slots, and the words for them."""
    words: Words = ()
    spans, end = [], 0
    for span, option in zip(reading.spans, options, strict=True):
        words += reading.words[end : span.start]
        spans.append(Span(span.slot, len(words), len(words) + len(option.words)))
        words, end = words + option.words, span.end
    values = tuple(option.value for option in options)
    return replace(reading, words=words + reading.words[end:], spans=tuple(spans), values=values)


__all__ = ["ValuesBySound"]
