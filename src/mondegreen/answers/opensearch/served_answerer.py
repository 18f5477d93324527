"""Questions answered from an index on a server."""

from __future__ import annotations

from typing import Any

from ..answerer import Answerer
from ..question import Question
from .served_index import ServedIndex


class ServedAnswerer(Answerer):
    """Answers as from a folder, out of the passages that a server chooses for each question.

    Make it with `mondegreen.answers.open`; safe to share.
    """

    def __init__(self, served: ServedIndex, **settings: Any) -> None:
        """`settings` are those of Answerer. Raises as it does."""
        super().__init__(served.none(), **settings)
        self._served = served

    def near(self, question: Question) -> Answerer:
        """One that has the passages at hand which the server chose. Raises as ServedIndex."""
        vector = self.searcher.vector(question.written)
        return self.over(self._served.passages(question.terms, vector))
