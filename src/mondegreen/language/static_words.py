"""The sentence embedding that ships: a vector for each word, added up; numpy is all it needs.

A sentence of n words is `bias + sum(vector of each word) / n^power`, brought to length 1. Words
that carry little, such as "the", have short vectors. Order does not matter: "a to b" is "b to a".
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, ClassVar

import msgspec
import numpy as np

from ..text.tokens import tokenize
from ..weights.arrays import Arrays
from ..weights.folder import Description, open_folder, shipped
from .embedder import Vectors

VECTORS = "vectors.npz"
_REBUILD = "reinstall mondegreen, or rebuild it with: mondegreen train static-words"
_GRAMS = (3, 4, 5)
"""Lengths of the pieces by which unknown words are placed (Bojanowski et al. 2017)."""
_LARGEST = 100.0
"""Vectors of words are about as long as those of sentences, which have length 1."""
_AT_ONCE = 50_000
"""Sentences whose words are added up together: 10 words of 80 numbers are 160 MB."""


class WordsDescription(Description, frozen=True, kw_only=True):
    """What `mondegreen.json` says of word vectors."""

    FORMAT: ClassVar[int] = 2
    KIND: ClassVar[str] = "word vectors"
    NEEDED: ClassVar[tuple[str, ...]] = (VECTORS,)

    words: Annotated[int, msgspec.Meta(ge=1)]
    dimensions: Annotated[int, msgspec.Meta(ge=1)]
    power: Annotated[float, msgspec.Meta(ge=0, le=1)]
    """Of the number of words, by which their sum is divided."""
    unknown_length: Annotated[float, msgspec.Meta(ge=0, le=100)]
    """Length of the vector of a word that is not listed."""


class StaticWords:
    """Word vectors fitted to all-MiniLM-L6-v2; see the folder's model card. An `Embedder`."""

    name = "static"

    def __init__(self, folder: str | Path | None = None) -> None:
        """Load `folder`, None being the one that ships. Raises ModelError when it is damaged."""
        place = shipped("static_words") if folder is None else Path(folder)
        described = open_folder(place, WordsDescription, _REBUILD)
        arrays, about = Arrays(described.file(VECTORS), _REBUILD), described.about
        self.digest = about.files[VECTORS]
        self._power, self._unknown = about.power, about.unknown_length
        shape = (about.words, about.dimensions)
        steps = arrays.take("vectors", np.int8, shape).astype(np.float32)
        scales = arrays.take("scales", np.float32, shape[:1])
        self._vectors = steps * scales[:, None]
        self._bias = arrays.take("bias", np.float32, shape[1:])
        listed = arrays.take("words", np.uint8, (None,)).tobytes().decode("ascii", "replace")
        self._place = {word: i for i, word in enumerate(listed.split("\n"))}
        if len(self._place) != about.words:
            raise arrays.refused(f"it lists {len(self._place)} words, expected {about.words}")
        if not self._bias.any() or max(scales.max(), np.abs(self._bias).max()) > _LARGEST:
            raise arrays.refused(f"numbers of its vectors are none between 0 and {_LARGEST}")

    def __contains__(self, word: object) -> bool:
        return word in self._place

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(N, E) vectors of length 1; see Embedder. A text without words is the bias alone."""
        parts = [self._embed_some(texts[i : i + _AT_ONCE]) for i in range(0, len(texts), _AT_ONCE)]
        return np.concatenate([np.zeros((0, len(self._bias)), np.float32), *parts])

    def _embed_some(self, texts: Sequence[str]) -> Vectors:
        tokens = tokenize(texts)
        points = np.tile(self._bias, (len(texts), 1))
        with_words = np.flatnonzero(tokens.lengths)
        if len(with_words):
            vectors = np.stack([self.vector(word) for word in tokens.vocabulary])
            # Sums of nothing are not zero in reduceat, so only texts with words are added up.
            sums = np.add.reduceat(vectors[tokens.ids], tokens.starts[with_words], axis=0)
            weight = tokens.lengths[with_words].astype(np.float32) ** -self._power
            points[with_words] += sums * weight[:, None]
        return np.asarray(points / np.linalg.norm(points, axis=1, keepdims=True), np.float32)

    def vector(self, word: str) -> Vectors:
        """(E,) vector of a word; an unknown one is placed by its spelling, always the same way."""
        place = self._place.get(word)
        if place is not None:
            return np.asarray(self._vectors[place])
        return spelling_vector(word, len(self._bias), self._unknown)


def spelling_vector(word: str, size: int, length: float) -> Vectors:
    """(size,) vector of that length in a direction that follows from the pieces of `word`.

    Each run of 3 to 5 letters, ends marked, gives a direction of ±1 by its hash: words that share
    pieces are near each other, and others are at right angles, nearly.
    """
    marked = f"<{word}>"
    pieces = {marked[i : i + n] for n in _GRAMS for i in range(max(1, len(marked) - n + 1))}
    total = np.zeros(size, np.float32)
    for piece in sorted(pieces):
        hashed = hashlib.shake_128(piece.encode()).digest(-(-size // 8))
        total += 2.0 * np.unpackbits(np.frombuffer(hashed, np.uint8))[:size] - 1.0
    return np.asarray(total * (length / max(float(np.linalg.norm(total)), 1e-6)), np.float32)


__all__ = ["VECTORS", "StaticWords", "WordsDescription", "spelling_vector"]
