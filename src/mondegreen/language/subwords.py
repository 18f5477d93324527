"""Words in the pieces of a language model: WordPiece (BERT's) and byte-pair encoding (GPT's).

Words come as they are said: lower case, without marks. Each is split by itself, so that every piece
belongs to one word.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from ..errors import ModelError
from .bert_pieces import BertPieces


@dataclass(frozen=True)
class Encoded:
    """A sentence in a language model's pieces."""

    ids: tuple[int, ...]
    """All that the network is given, with whatever marks it wants around the words."""
    words: tuple[tuple[int, int], ...]
    """The pieces of each word: the first, and one past the last."""
    sentence: tuple[int, int]
    """The pieces whose mean stands for the sentence."""


class Subwords(ABC):
    """Splits words into the numbered pieces of one language model."""

    unknown: int | None
    """Number of what stands for an unknown piece, where there is such a one."""

    @abstractmethod
    def split(self, word: str) -> tuple[int, ...]:
        """The pieces of a word, at least one."""

    @abstractmethod
    def encode(self, words: Sequence[str]) -> Encoded:
        """A sentence as the language model wants it."""


class WordPieces(Subwords):
    """BERT's: the longest known piece first, and on with the rest; see `bert_pieces`."""

    def __init__(self, numbers: Mapping[str, int]) -> None:
        """`numbers` of pieces; those inside a word begin with "##". Raises KeyError."""
        self._pieces = BertPieces(numbers)
        self.unknown: int = self._pieces.unknown

    def split(self, word: str) -> tuple[int, ...]:
        """See Subwords."""
        return tuple(self._pieces(word)) or (self.unknown,)

    def encode(self, words: Sequence[str]) -> Encoded:
        """The words between the marks of a beginning and an end; all of it is the sentence."""
        pieces = [self.split(word) for word in words]
        flat = tuple(piece for word in pieces for piece in word)
        ids = (self._pieces.first, *flat, self._pieces.last)
        return Encoded(ids, _places(pieces, 1), (0, len(ids)))


class BytePairs(Subwords):
    """Neighbours join in the order in which training joined them (Sennrich et al. 2016).

    The model reads from left to right and sees nothing of what follows a word, so it is given the
    words twice; those of the second time count (Springer et al. 2024, arXiv:2402.15449).
    """

    unknown = None

    def __init__(self, numbers: Mapping[str, int], merges: Sequence[tuple[str, str]]) -> None:
        self._numbers = numbers
        self._ranks = {pair: rank for rank, pair in enumerate(merges)}
        self._characters = byte_characters()
        self._split = lru_cache(maxsize=50_000)(self._pieces)

    def split(self, word: str) -> tuple[int, ...]:
        """See Subwords."""
        return self._split(word)

    def encode(self, words: Sequence[str]) -> Encoded:
        """The words twice; the last piece of all stands for the sentence."""
        pieces = [self._split(word) for word in words]
        flat = tuple(piece for word in pieces for piece in word) or (0,)
        places = _places(pieces, len(flat))
        return Encoded(flat + flat, places, (2 * len(flat) - 1, 2 * len(flat)))

    def _pieces(self, word: str) -> tuple[int, ...]:
        # The space before a word is part of its first piece; contractions are split off.
        runs = re.findall(r" ?[^\W_]+|'[^\W_]+| ?[\W_]+", f" {word}")
        return tuple(piece for run in runs for piece in self._run(run)) or (0,)

    def _run(self, run: str) -> list[int]:
        parts = [self._characters[byte] for byte in run.encode()]
        while len(parts) > 1:
            ranks = [self._ranks.get((a, b), len(self._ranks)) for a, b in pairwise(parts)]
            rank = min(ranks)
            if rank == len(self._ranks):
                break
            place = ranks.index(rank)
            parts[place : place + 2] = [parts[place] + parts[place + 1]]
        return [self._numbers[part] for part in parts if part in self._numbers]


def _places(pieces: Sequence[Sequence[int]], start: int) -> tuple[tuple[int, int], ...]:
    places = []
    for word in pieces:
        places.append((start, start + len(word)))
        start += len(word)
    return tuple(places)


def byte_characters() -> dict[int, str]:
    """The printable character that stands for each byte in byte-level vocabularies."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {
        byte: chr(256 + i) for i, byte in enumerate(others)
    }


def subwords_from(text: str | bytes, name: str) -> Subwords:
    """What the text of a `tokenizer.json` describes. Raises ModelError naming the file `name`."""
    try:
        model: dict[str, Any] = json.loads(text)["model"]
        numbers = {str(piece): int(number) for piece, number in model["vocab"].items()}
        if "merges" not in model:
            return WordPieces(numbers)
        merges = [
            tuple(pair.split(" ", 1)) if isinstance(pair, str) else tuple(pair)
            for pair in model["merges"]
        ]
        return BytePairs(numbers, [(str(a), str(b)) for a, b in merges])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(
            f"{name} describes neither WordPiece nor byte-pair pieces ({error!r}); expected a "
            "tokenizer.json of such a model"
        ) from error


def described(text: str) -> bytes:
    """As much of the text of a `tokenizer.json` as `subwords_from` reads."""
    model = json.loads(text)["model"]
    kept = {key: model[key] for key in ("vocab", "merges") if key in model}
    return json.dumps({"model": kept}, ensure_ascii=False, separators=(",", ":")).encode()


__all__ = [
    "BytePairs", "Encoded", "Subwords", "WordPieces", "byte_characters", "described",
    "subwords_from",
]  # fmt: skip
