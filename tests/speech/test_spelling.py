"""Tokens to text, for any transcriber."""

from __future__ import annotations

import pytest

from mondegreen.errors import ModelError
from mondegreen.speech.spelling import Spelling

PIECES = ["", " caf", "Ã©", "Ã", " au"]


def test_pieces_join_by_their_bytes() -> None:
    spelling = Spelling.of([0], 0, PIECES, "p.json")
    assert spelling.text([1, 2, 4]) == "café au"
    # A character that is cut is left out.
    assert spelling.text([1, 3]) == "caf"


@pytest.mark.parametrize(
    ("start", "end", "pieces"),
    [([], 0, PIECES), ([7], 0, PIECES), ([0], 9, PIECES), ([0], 0, ["▁play"])],
)
def test_what_cannot_be_is_named(start: list[int], end: int, pieces: list[str]) -> None:
    with pytest.raises(ModelError, match=r"p\.json"):
        Spelling.of(start, end, pieces, "p.json")
