"""Passages for a question: by its words, by its meaning and by its sounds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..language.embedder import Vectors
from ..language.minilm import MiniLM, shared_minilm
from .explain import Explained, Explainer
from .lexical import Lexical
from .question import Question
from .stored import REBUILD, StoredIndex
from .vectors import cosines

FIRST = 200
"""Passages that words and meaning choose each, whose sentences are compared with the question."""
SECOND = 20
"""Passages of these whose words are fitted into the sounds. With 10, 20 and all 240 the right one
comes first for 86.1, 86.3 and 86.3 % of heard questions."""
DENSE = 10.0
"""What a cosine of 1 is worth, to a passage and to its best sentence, in nats of BM25. 8 to 12 do
as well."""
_ALL_VECTORS = 150_000
"""Passages up to which all vectors are compared, 30 ms; of more, those that words choose."""


@dataclass(frozen=True)
class Hit:
    """A passage that may answer."""

    passage: int
    score: float
    words: float
    """What its words are worth, BM25."""
    meaning: float
    """Cosine of the passage and of its best sentence, added up."""
    explained: Explained
    sentence_cosines: npt.NDArray[np.float32] = field(repr=False)
    """(sentences,); empty in an index without vectors."""


class Searcher:
    """Searches one index. Safe to share between threads."""

    def __init__(self, index: StoredIndex) -> None:
        """Raises MissingExtra when what the index was made with is not installed."""
        self.index = index
        self.lexical = Lexical(index)
        self._explainer = Explainer(index, self.lexical)
        self._network: MiniLM | None = None
        if index.about.embedder:
            self._network = shared_minilm()
            if index.about.embedder_digest != self._network.digest:
                raise ModelError(
                    f"{index.folder} has vectors of another network ({index.about.embedder}, "
                    f"{index.about.embedder_digest[:8]}…); {REBUILD}"
                )

    def search(self, question: Question, most: int = SECOND) -> list[Hit]:
        """The best passages for a question, the best first; none where nothing fits at all."""
        words = self.lexical.scores(Counter(question.terms))
        vector = self.vector(question.text)
        hits = self._first(words, vector)
        explained = self._explainer.explain(question, [hit.passage for hit in hits[:SECOND]])
        scored = [
            Hit(h.passage, DENSE * h.meaning + e.worth, h.words, h.meaning, e, h.sentence_cosines)
            for h, e in zip(hits, explained, strict=False)
        ]
        return sorted(scored, key=lambda hit: -hit.score)[:most]

    def vector(self, text: str) -> Vectors | None:
        """(384,) of a text; None in an index without vectors."""
        return None if self._network is None else self._network.embed([text])[0]

    def _first(self, words: npt.NDArray[np.float32], vector: Vectors | None) -> list[Hit]:
        """Passages by words and meaning, the best first."""
        chosen = _largest(words, FIRST)
        chosen = chosen[words[chosen] > 0]
        nothing = Explained(0.0, ())
        if vector is None:
            empty = np.zeros(0, np.float32)
            hits = [Hit(int(n), float(words[n]), float(words[n]), 0.0, nothing, empty)
                    for n in chosen]  # fmt: skip
        else:
            wholes = self.index.array("passage_vectors")
            if len(wholes) <= _ALL_VECTORS:
                chosen = np.union1d(chosen, _largest(cosines(wholes, vector), FIRST))
            hits = [self._hit(int(n), float(words[n]), vector) for n in chosen]
        return sorted(hits, key=lambda hit: -hit.score)

    def _hit(self, passage: int, words: float, vector: Vectors) -> Hit:
        numbers = self.index.sentence_range(passage)
        some = cosines(self.index.array("sentence_vectors")[numbers.start : numbers.stop], vector)
        whole = cosines(self.index.array("passage_vectors")[passage : passage + 1], vector)
        meaning = float(whole[0] + some.max(initial=-1.0))
        return Hit(passage, DENSE * meaning + words, words, meaning, Explained(0.0, ()), some)


def _largest(scores: npt.NDArray[np.float32], most: int) -> npt.NDArray[np.int64]:
    """Places of the largest scores, in no order; equal ones by their place."""
    if len(scores) <= most:
        return np.arange(len(scores))
    return np.argpartition(-scores, most)[:most]


__all__ = ["DENSE", "SECOND", "Hit", "Searcher"]
