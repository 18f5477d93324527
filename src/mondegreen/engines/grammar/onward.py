"""Speech that no sentence of the grammar explains, after one that is whole.

Somebody says a command and speaks on, with words that the grammar lacks. The living paths must all
make the best of that: they stay where the sentence ended, or take the sounds for words of another.
Against them stands a path that left the grammar there and explains every sound perfectly, as a loop
of free phones would (the filler of keyword spotters, Rose and Paul 1990); leaving has a price.
"""

from __future__ import annotations

from .search import NEVER, Search, whole_sentences

PRICE = 4.0
"""Nats that leaving the grammar costs. Of 60 commands that went on with foreign words one was
decided after these had begun at a price of 8, none at 6; up to 2 it costs 60 others nothing."""


class Onward:
    """The best path that left the grammar after a whole sentence; fork it with the search."""

    def __init__(self) -> None:
        self.score = float(NEVER)
        """Of that path, comparable with the search's."""
        self._frames = 0
        self._ended = float(NEVER)
        """The best sentence that was whole in the last frame."""

    def fork(self) -> Onward:
        """A copy that goes its own way."""
        other = Onward()
        other.score, other._frames, other._ended = self.score, self._frames, self._ended
        return other

    def follow(self, search: Search) -> None:
        """Take in the frames that the search has come further."""
        for frame, row in zip(
            search.frames[self._frames :], search.scores[self._frames :], strict=True
        ):
            self.score = max(self.score, self._ended - PRICE) + float(row.max())
            _, scores, _ = whole_sentences(search.graph, frame)
            self._ended = float(scores.max()) if len(scores) else float(NEVER)
        self._frames = len(search.frames)


__all__ = ["PRICE", "Onward"]
