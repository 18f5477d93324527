"""Passages for a question: by its words, by its meaning and by its sounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..language.embedder import Vectors
from ..language.minilm import MiniLM, shared_minilm
from .explain import Explained, Explainer
from .lexical import Lexical
from .passage_index import PassageIndex
from .passage_words import PassageWords, passage_words
from .question import Question
from .shortened import Shortened
from .stored import REBUILD
from .terms import term_of
from .vectors import cosines

FIRST = 200
"""Passages that words and meaning choose each, whose sentences are compared with the question."""
SECOND = 20
"""Passages of these whose words are fitted into the sounds. With 10, 20 and all 240 the right one
comes first for 86.1, 86.3 and 86.3 % of heard questions."""
BY_EAR = 10
"""Passages that the phones of the ear choose beside them, whatever was written down."""
DENSE = 10.0
"""What a cosine of 1 is worth, to a passage and to its best sentence, in nats of BM25. 8 to 12 do
as well."""
_REMEMBERED = 64
"""Passages whose states are kept, 0.3 MB each: who asks again asks about the same."""
_QUESTIONS = 8
"""Questions whose states are kept."""
Numbers = npt.NDArray[np.int64]
CLOSE = 20.0
"""What a closeness of 1 of the best sentence is worth. With 0, 20 and 40 the right passage comes
first for 88.1, 89.7 and 89.1 % of heard questions, and for 95.9, 96.1 and 96.2 % of clean ones."""
FIRST_BY_WORDS = 0.1
"""What it is worth to be the first by words alone, as a share of what these words are worth.
Without, with 0.1 and 0.2, of 612 heard questions 11, 5 and 3 that words alone answer are lost, and
546, 546 and 544 have the right passage first; of clean ones 3, 1 and 1, and 588, 590 and 588."""
READ = 5
"""Passages that are read again, word by word, with the question: 30 ms each."""


@dataclass(frozen=True)
class Reread:
    """A passage and a question, each read word by word."""

    words: PassageWords
    asked: Vectors
    """(pieces of the question, 384)"""


@dataclass(frozen=True)
class Hit:
    """A passage that may answer."""

    passage: int
    score: float
    words: float
    """What its words are worth, BM25."""
    meaning: float
    """Cosine of the passage and of its best sentence, added up."""
    favour: float
    """What it is worth to be the first by words; 0 for all others."""
    explained: Explained
    sentence_cosines: npt.NDArray[np.float32] = field(repr=False)
    """(sentences,); empty in an index without vectors."""
    closeness: npt.NDArray[np.float32] = field(repr=False)
    """(sentences, pieces of the question): the cosine of the piece of each sentence that is nearest
    to it. Empty for hits that were not read again."""
    reread: Reread | None = field(default=None, repr=False)

    @property
    def closest(self) -> float:
        """Closeness of its best sentence; 0 where it was not read again."""
        return float(self.closeness.mean(axis=1).max()) if self.closeness.size else 0.0


class Searcher:
    """Searches one index. Safe to share between threads."""

    def __init__(self, index: PassageIndex) -> None:
        """Raises MissingExtra when what the index was made with is not installed."""
        self._network: MiniLM | None = None
        self._asked = lru_cache(maxsize=_QUESTIONS)(self._asked_with)
        if index.embedder:
            self._network = shared_minilm()
            if index.embedder_digest != self._network.digest:
                raise ModelError(
                    f"{index.name} has vectors of another network ({index.embedder}, "
                    f"{index.embedder_digest[:8]}…); {REBUILD}"
                )
        self._search_in(index)

    def _search_in(self, index: PassageIndex) -> None:
        self.index = index
        self.lexical = Lexical(index)
        self._explainer = Explainer(index, self.lexical)
        self._states = lru_cache(maxsize=_REMEMBERED)(self._states_of)
        self._shortened = Shortened(index.array("directions"), index.array("short_vectors"))

    def over(self, index: PassageIndex) -> Searcher:
        """The same over other passages of the same collection; what was asked is not read anew."""
        other = copy(self)
        other._search_in(index)
        return other

    def _states_of(self, passage: int) -> tuple[list[Vectors], PassageWords]:
        network, sentences = self._network, self.index.sentences(passage)
        parts = [] if network is None else network.states_of_parts(sentences)
        return parts, passage_words(sentences if parts else [], parts, self._pieces)

    def _asked_with(self, text: str) -> tuple[Vectors, Vectors] | None:
        return None if self._network is None else self._network.embed_with_pieces(text)

    def search(
        self, question: Question, most: int = SECOND, *, without: Collection[int] = ()
    ) -> list[Hit]:
        """The best passages for a question, the best first; none where nothing fits at all.

        Those of the pages `without` are left out.
        """
        scored = self.candidates(question, without=without)
        scored[:READ] = self._all_read_again(question, scored[:READ])
        return sorted(scored, key=lambda hit: -hit.score)[:most]

    def candidates(self, question: Question, *, without: Collection[int] = ()) -> list[Hit]:
        """The best passages by words, meaning and sounds, none of them read again yet."""
        words = self.lexical.scores(Counter(question.terms))
        vector = self.vector(question.written)
        hits = self._hits(self._first(words, vector), words, vector, SECOND, without)
        listed = {hit.passage for hit in hits}
        by_ear = [n for n in self._explainer.by_ear(question, BY_EAR) if n not in listed]
        hits += self._hits(np.array(by_ear, np.int64), words, vector, BY_EAR, without)
        return self._with_sounds(question, _favoured(hits))

    def explained(self, question: Question, passages: Sequence[int]) -> list[Hit]:
        """Given passages as hits, in their order."""
        words = self.lexical.scores(Counter(question.terms))
        vector = self.vector(question.written)
        hits = [self._hits(np.array([n]), words, vector, 1)[0] for n in passages]
        return self._all_read_again(question, self._with_sounds(question, hits, order=False))

    def _with_sounds(
        self, question: Question, hits: Sequence[Hit], *, order: bool = True
    ) -> list[Hit]:
        explained = self._explainer.explain(question, [hit.passage for hit in hits])
        scored = [
            replace(hit, score=DENSE * hit.meaning + hit.favour + some.worth, explained=some)
            for hit, some in zip(hits, explained, strict=True)
        ]
        return sorted(scored, key=lambda hit: -hit.score) if order else scored

    def _all_read_again(self, question: Question, hits: Sequence[Hit]) -> list[Hit]:
        asked = self._asked(question.written)
        if asked is None:
            return list(hits)
        return [self._read_again(hit, asked[1]) for hit in hits]

    def _read_again(self, hit: Hit, asked: Vectors) -> Hit:
        """The hit with how close each of its sentences is to the question, piece by piece.

        Late interaction (Khattab and Zaharia 2020), with the network as it is.
        """
        parts, words = self._states(hit.passage)
        close = np.stack([(p @ asked.T).max(axis=0, initial=-1.0) for p in parts])
        best = float(close.mean(axis=1).max(initial=0.0)) if close.size else 0.0
        score = hit.score + CLOSE * best
        return replace(hit, score=score, closeness=close, reread=Reread(words, asked))

    def _pieces(self, word: str) -> int:
        return 0 if self._network is None else len(self._network.pieces(word))

    def is_common(self, word: str) -> bool:
        """Whether everybody writes the word, or these pages do."""
        # The vocabulary of the network is some 30,000 words, and pieces of all others.
        return self._pieces(word) == 1 or self.lexical.frequency(term_of(word)) > 0

    def vector(self, text: str) -> Vectors | None:
        """(384,) of a text; None in an index without vectors."""
        asked = self._asked(text)
        return None if asked is None else asked[0]

    def _first(self, words: npt.NDArray[np.float32], vector: Vectors | None) -> Numbers:
        """Passages that words or meaning choose."""
        chosen = np.flatnonzero(words)
        chosen = chosen[_largest(words[chosen], FIRST)]
        if vector is None:
            return chosen
        near, closeness = self._shortened.near(self.index.array("passage_vectors"), vector)
        return np.union1d(chosen, near[_largest(closeness, FIRST)])

    def _hits(
        self,
        passages: Numbers,
        words: npt.NDArray[np.float32],
        vector: Vectors | None,
        most: int,
        without: Collection[int] = (),
    ) -> list[Hit]:
        """The best of `passages` by words and meaning, the best first."""
        if without:
            passages = passages[~np.isin(self.index.array("passage_page")[passages], [*without])]
        meaning, some = self._meaning(passages, vector)
        scores = DENSE * meaning + words[passages]
        unread, unexplained = np.zeros((0, 0), np.float32), Explained(0.0, ())
        return [
            Hit(
                int(passages[n]), float(scores[n]), float(words[passages[n]]), float(meaning[n]),
                0.0, unexplained, some[n], unread,
            )
            for n in np.argsort(-scores, kind="stable")[:most].tolist()
        ]  # fmt: skip

    def _meaning(
        self, passages: Numbers, vector: Vectors | None
    ) -> tuple[npt.NDArray[np.float32], list[npt.NDArray[np.float32]]]:
        """(passages,) cosines of each passage and its best sentence, and of all its sentences."""
        if vector is None or not len(passages):
            return np.zeros(len(passages), np.float32), [np.zeros(0, np.float32)] * len(passages)
        rows = [self.index.sentence_range(n) for n in passages.tolist()]
        vectors = self.index.array("sentence_vectors")
        close = cosines(vectors[np.concatenate([np.arange(r.start, r.stop) for r in rows])], vector)
        some = np.split(close, np.cumsum([len(r) for r in rows])[:-1])
        best = np.array([part.max(initial=-1.0) for part in some], np.float32)
        return cosines(self.index.array("passage_vectors")[passages], vector) + best, some


def _favoured(hits: Sequence[Hit]) -> list[Hit]:
    """The hits, the first by words with what that is worth."""
    first = max((hit.words for hit in hits), default=0.0)
    favour = FIRST_BY_WORDS * first
    return [replace(hit, favour=favour) if hit.words == first else hit for hit in hits]


def _largest(scores: npt.NDArray[np.float32], most: int) -> npt.NDArray[np.int64]:
    """Places of the largest scores, in no order; equal ones by their place."""
    if len(scores) <= most:
        return np.arange(len(scores))
    return np.argpartition(-scores, most)[:most]


__all__ = ["DENSE", "SECOND", "Hit", "Reread", "Searcher"]
