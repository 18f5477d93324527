"""Words in the pieces that the transcriber writes them in, and back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from .moonshine import PIECES, REINSTALL, published

START, END = 1, 2
_NUMBER = 32_768
_SPECIAL_FROM = 32_000
"""Token numbers from here on are reserved marks, not text."""


@lru_cache(maxsize=1)
def word_pieces() -> tuple[bytes, ...]:
    """The tokenizer's 32,768 pieces by token number, as UTF-8 bytes; "▁" stands for a space.

    Raises ModelError when the file is missing, damaged or from another release.
    """
    path = published().file(PIECES)
    pieces = _pieces_in(path.read_bytes())
    if len(pieces) != _NUMBER:
        raise ModelError(f"{path} holds {len(pieces)} pieces, expected {_NUMBER}; {REINSTALL}")
    return tuple(pieces)


def _pieces_in(data: bytes) -> list[bytes]:
    """Pieces one behind the other, each after its length."""
    pieces = []
    position = 0
    while position < len(data):
        length = data[position]
        position += 1
        if length >= 128 and position < len(data):
            # Longer pieces spell their length in two bytes, low seven bits first.
            length = length - 128 + 128 * data[position]
            position += 1
        pieces.append(data[position : position + length])
        position += length
    return pieces


def text_of(tokens: Sequence[int]) -> str:
    """The text that token numbers spell; marks without a sound are left out."""
    pieces = word_pieces()
    spelled = b"".join(pieces[t] for t in tokens if END < t < _SPECIAL_FROM)
    # A character of several bytes may be cut at the end of a partial transcript.
    return spelled.decode("utf-8", errors="ignore").replace("▁", " ").strip()


def starts_word(token: int) -> bool:
    """Whether a token begins a word: there is a space before it."""
    return word_pieces()[token].startswith("▁".encode())


@lru_cache(maxsize=1)
def _numbers() -> dict[bytes, int]:
    return {piece: number for number, piece in enumerate(word_pieces())}


def likely_tokens(text: str, *, capital: bool = True) -> list[int]:
    """Token numbers of `text` as the transcriber would write it, a capital first.

    Pieces grow from characters: of neighbours that make a piece those join first whose piece has
    the lowest number (byte-pair encoding, Sennrich et al. 2016; numbers are in the order learned).
    """
    first = text[:1].upper() if capital else text[:1]
    tokens: list[int] = []
    for word in (first + text[1:]).split():
        tokens += _word_tokens(word)
    return tokens


@lru_cache(maxsize=4_096)
def _word_tokens(word: str) -> tuple[int, ...]:
    numbers = _numbers()
    pieces: list[bytes] = []
    for character in f"▁{word}":
        whole = character.encode()
        pieces += [whole] if whole in numbers else [bytes([byte]) for byte in whole]
    while True:
        joins = [
            (numbers[joined], place)
            for place in range(len(pieces) - 1)
            if (joined := pieces[place] + pieces[place + 1]) in numbers
        ]
        if not joins:
            return tuple(numbers[piece] for piece in pieces)
        _, place = min(joins)
        pieces[place : place + 2] = [pieces[place] + pieces[place + 1]]


@lru_cache(maxsize=1)
def ends() -> tuple[int, ...]:
    """What may follow a whole sentence: the end mark, or a mark that people write before it."""
    return (END, *(_numbers()[mark] for mark in (b".", b"?", b"!")))


def nexts(word: str, *, first: bool) -> tuple[int, ...]:
    """What may come first of a word where it is written next: of it as it is, of it as a name, or,
    unless it is the `first` one, a mark before it."""
    ways = (likely_tokens(word, capital=False)[0], likely_tokens(word)[0])
    return ways if first else (*ways, _numbers()[b","], _numbers()[b"."])


def liked(word: str, log_odds: npt.NDArray[np.float64]) -> list[int]:
    """A word inside a sentence as the decoder likes it: as it is or as a name, after a mark or not.

    `log_odds (32,768)` say what it would write there.
    """
    small, name = likely_tokens(word, capital=False), likely_tokens(word)
    plain = max(small, name, key=lambda way: float(log_odds[way[0]]))
    comma, stop = _numbers()[b","], _numbers()[b"."]
    mark = max(plain[0], comma, stop, key=lambda token: float(log_odds[token]))
    if mark == comma:
        return [comma, *plain]
    return [stop, *name] if mark == stop else plain
