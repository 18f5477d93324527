"""Text to the word pieces of BERT's lower-case models (Devlin et al. 2019), without a library."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache

from ..errors import ModelError
from ..weights.folder import Description as _Description
from ..weights.folder import Folder

VOCABULARY = "vocab.txt"
_LONGEST_WORD = 100
"""Letters of a word beyond which it is unknown, as in the published tokenizer."""


class BertPieces:
    """The pieces of one vocabulary. Words are remembered: a text costs a look-up a word."""

    def __init__(self, numbers: Mapping[str, int]) -> None:
        """`numbers` of pieces; those inside a word begin with "##". Raises KeyError for marks that
        are missing."""
        self._number = numbers
        self.first, self.last = numbers["[CLS]"], numbers["[SEP]"]
        self.unknown = numbers["[UNK]"]
        self._pieces = lru_cache(maxsize=100_000)(self._pieces_of_word)

    @classmethod
    def read(cls, folder: Folder[_Description]) -> BertPieces:
        """Those of the vocabulary file of `folder`. Raises ModelError when it is damaged."""
        text = folder.file(VOCABULARY).read_text(encoding="utf-8")
        try:
            return cls({piece: i for i, piece in enumerate(text.split("\n")) if piece})
        except KeyError as error:
            raise ModelError(
                f"{folder.place / VOCABULARY} lists no {error}; {folder.remedy}"
            ) from error

    def __call__(self, text: str) -> list[int]:
        """Numbers of the pieces of `text`, without the marks of its beginning and end."""
        return [piece for word in _words(text) for piece in self._pieces(word)]

    def _pieces_of_word(self, word: str) -> tuple[int, ...]:
        if len(word) > _LONGEST_WORD:
            return (self.unknown,)
        pieces: list[int] = []
        start = 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = self._number.get(("##" if start else "") + word[start:end])
                if piece is not None:
                    break
            else:
                return (self.unknown,)
            pieces.append(piece)
            start = end
        return tuple(pieces)


def _words(text: str) -> Iterator[str]:
    """Words and single marks, in lower case and without accents."""
    cleaned = "".join(_cleaned(character) for character in text)
    plain = unicodedata.normalize("NFD", cleaned)
    plain = "".join(c for c in plain if unicodedata.category(c) != "Mn").lower()
    word: list[str] = []
    for character in plain:
        space = character.isspace()
        if space or _is_mark(character):
            if word:
                yield "".join(word)
                word = []
            if not space:
                yield character
        else:
            word.append(character)
    if word:
        yield "".join(word)


def _cleaned(character: str) -> str:
    if character.isspace():
        return " "
    if character.isascii():
        return character if character.isprintable() else ""
    category = unicodedata.category(character)
    if category[0] == "C" or character == "\ufffd":
        return ""
    return f" {character} " if _is_ideograph(ord(character)) else character


def _is_mark(character: str) -> bool:
    if character.isascii():
        return not character.isalnum() and not character.isspace()
    return unicodedata.category(character)[0] == "P"


def _is_ideograph(code: int) -> bool:
    return (
        0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x2CEAF or 0x2F800 <= code <= 0x2FA1F
    )  # fmt: skip


__all__ = ["VOCABULARY", "BertPieces"]
