"""What the numbers that a transcriber writes stand for: pieces of words, a beginning and an end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import ModelError
from .word_pieces import END, START, text_of


@dataclass(frozen=True)
class Spelling:
    """How a transcriber of a model folder's own writes."""

    start: tuple[int, ...]
    """What it is given before the first piece."""
    end: int
    pieces: tuple[bytes, ...]
    """UTF-8 bytes of each token; of marks without a sound none."""

    @classmethod
    def of(cls, start: Sequence[int], end: int, pieces: Sequence[str], name: str) -> Spelling:
        """From pieces as the file `name` stores them, a character for each byte.

        Raises ModelError.
        """
        try:
            spelled = tuple(piece.encode("latin-1") for piece in pieces)
        except UnicodeEncodeError as error:
            raise ModelError(f"{name} holds a piece that is no row of bytes ({error})") from error
        if not start or not all(0 <= token < len(pieces) for token in (*start, end)):
            raise ModelError(f"{name} has {len(pieces)} pieces; a text begins or ends with another")
        return cls(tuple(start), end, spelled)

    def text(self, tokens: Sequence[int]) -> str:
        """What the tokens spell. A character that is cut at the end is left out."""
        spelled = b"".join(self.pieces[token] for token in tokens)
        return spelled.decode("utf-8", errors="ignore").strip()


class MoonshineSpelling:
    """As Moonshine tiny writes, published or tuned."""

    start: tuple[int, ...] = (START,)
    end = END

    def text(self, tokens: Sequence[int]) -> str:
        """See Spelling."""
        return text_of(tokens)


__all__ = ["MoonshineSpelling", "Spelling"]
