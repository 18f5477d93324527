"""Which of a user's values was said: those like what is written down, compared with the sounds.

A transcriber writes a name that it does not know in words that it does. Of the values that are
pronounced like these words the sounds themselves tell which fits, or that none does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ...speech.word_scores import WordScores
from .choice import Words
from .interpreter import Reading
from .user_values import UserValues

LISTED = 0.5
"""Nats in favour of a value of the list, and against one that it lacks, so that neither more nor
fewer slots are likelier. Of 286 sentences for choosing, 68.2 % of which are understood exactly
without lists, 73.4 % are with lists of all values of the data, and 66.1 % with lists that lack just
the right one; 73.8 and 65.4 % at 0.7, 73.1 and 66.4 % at 0.25. Whichever value is pronounced most
like the words, up to a limit: 72.4 and 56.6 %."""
SOUNDS = 0.3
"""What a nat of the sounds counts for or against a value. 0.2: 73.1 and 65.4 %."""
_MOST = 12
"""Rows of values that are kept of a reading with several slots."""


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
        rows: list[tuple[tuple[str, ...], float]] = [((), 0.0)]
        for number in range(len(reading.spans)):
            options = self._options(reading, number, near)
            longer = [
                ((*values, value), gain + more)
                for values, gain in rows
                for value, more in options.items()
            ]
            rows = sorted(longer, key=lambda row: -row[1])[:_MOST]
        for values, gain in rows:
            yield replace(reading, values=values), gain

    def _options(self, reading: Reading, number: int, near: bool) -> dict[str, float]:
        """The values that a slot may have, each with what speaks for it in nats."""
        span, as_written = reading.spans[number], reading.value(number)
        name = self.slots[span.slot]
        listed = self.lists.get(name)
        if listed is None:
            return {as_written: 0.0}
        words = reading.words[span.start : span.end]
        exact = listed.by_words.get(words)
        options = {as_written: -LISTED} if exact is None else {exact: LISTED}
        if not near:
            return options
        if (name, words) not in self._near:
            self._near[name, words] = listed.near(words)
        written = self.fit.of(reading.words)
        for value, way in self._near[name, words].items():
            instead = reading.words[: span.start] + way + reading.words[span.end :]
            gain = LISTED + SOUNDS * (self.fit.of(instead) - written)
            options[value] = max(gain, options.get(value, -np.inf))
        return options


__all__ = ["ValuesBySound"]
