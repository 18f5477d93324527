"""The sentence embedding that ships: a vector for each word, added up; numpy is all it needs.

A sentence of n words is `bias + sum(vector of each word) / n^power`, brought to length 1. Words
that carry little, such as "the", have short vectors. Order does not matter: "a to b" is "b to a".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ModelError
from ..text.tokens import tokenize
from ..weights.folder import checked_file
from .embedder import Vectors

FORMAT = 1
"""Version of the folder's layout; another one is refused."""
DESCRIPTION, VECTORS = "mondegreen.json", "vectors.npz"
_REBUILD = "reinstall mondegreen, or rebuild it with: mondegreen train static-words"
_GRAMS = (3, 4, 5)
"""Lengths of the pieces by which unknown words are placed (Bojanowski et al. 2017)."""
_AT_ONCE = 50_000
"""Sentences whose words are added up together: 10 words of 80 numbers are 160 MB."""


class StaticWords:
    """Word vectors fitted to all-MiniLM-L6-v2; see the folder's model card. An `Embedder`."""

    name = "static"

    def __init__(self, folder: str | Path | None = None) -> None:
        """Load `folder`, None being the one that ships. Raises ModelError when it is damaged."""
        shipped = Path(str(resources.files("mondegreen.weights"))) / "static_words"
        place = shipped if folder is None else Path(folder)
        about = _description(place / DESCRIPTION)
        vectors = checked_file(place / VECTORS, about["sha256"], _REBUILD)
        self.digest: str = about["sha256"]
        self._power: float = about["power"]
        self._unknown: float = about["unknown_length"]
        with np.load(vectors, allow_pickle=False) as arrays:
            listed = arrays["words"].tobytes().decode("ascii").split("\n")
            self._vectors = arrays["vectors"].astype(np.float32) * arrays["scales"][:, None]
            self._bias = arrays["bias"]
        self._place = {word: i for i, word in enumerate(listed)}

    def __contains__(self, word: object) -> bool:
        return word in self._place

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(N, E) vectors of length 1; see Embedder. A text without words is the bias alone."""
        parts = [self._some(texts[i : i + _AT_ONCE]) for i in range(0, len(texts), _AT_ONCE)]
        return np.concatenate([np.zeros((0, len(self._bias)), np.float32), *parts])

    def _some(self, texts: Sequence[str]) -> Vectors:
        tokens = tokenize(texts)
        points = np.tile(self._bias, (len(texts), 1))
        spoken = np.flatnonzero(tokens.lengths)
        if len(spoken):
            vectors = np.stack([self.vector(word) for word in tokens.vocabulary])
            # Sums of nothing are not zero in reduceat, so only texts with words are added up.
            sums = np.add.reduceat(vectors[tokens.ids], tokens.starts[spoken], axis=0)
            weight = tokens.lengths[spoken].astype(np.float32) ** -self._power
            points[spoken] += sums * weight[:, None]
        return np.asarray(points / np.linalg.norm(points, axis=1, keepdims=True), np.float32)

    def vector(self, word: str) -> Vectors:
        """(E,) vector of a word; an unknown one is placed by its spelling, always the same way."""
        place = self._place.get(word)
        if place is not None:
            return np.asarray(self._vectors[place])
        return spelled(word, len(self._bias), self._unknown)


def spelled(word: str, size: int, length: float) -> Vectors:
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


def _description(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ModelError(f"{path} is missing: no word vectors there; {_REBUILD}")
    try:
        about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version = about["format"]
        about["sha256"], float(about["power"]), float(about["unknown_length"])
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} does not describe word vectors ({error}); {_REBUILD}") from error
    if version != FORMAT:
        raise ModelError(f"{path} has format {version}, expected {FORMAT}; {_REBUILD}")
    return about


__all__ = ["StaticWords", "spelled"]
