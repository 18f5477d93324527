"""Tables turned into sentences, a row each: "Brazil: capital Brasília; area 8,515,770 km²"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

MOST_ROWS = 5_000
"""Rows of a table that are read; the rest of a longer one is left out."""


def row_sentences(rows: Sequence[Sequence[str]], *, headed: bool) -> Iterator[str]:
    """A sentence for each row; with `headed` the first row names the columns.

    Rows of one cell are sentences of their own; empty cells are left out.
    """
    for row in rows[1 if headed else 0 :][:MOST_ROWS]:
        yield from row_sentence(row, rows[0] if headed else ())


def row_sentence(row: Sequence[str], names: Sequence[str] = ()) -> Iterator[str]:
    """The sentence of a row, if it says anything, with the names of its columns."""
    cells = [cell for cell in row if cell]
    if len(cells) < 2:
        yield from (_ended(cell) for cell in cells)
        return
    named = [
        f"{names[i]} {cell}" if i < len(names) and names[i] and names[i] != cell else cell
        for i, cell in enumerate(row)
        if cell and i
    ]
    yield _ended(f"{row[0]}: {'; '.join(named)}" if row[0] else "; ".join(named))


def _ended(text: str) -> str:
    return text if text[-1] in ".!?" else f"{text}."


__all__ = ["MOST_ROWS", "row_sentence", "row_sentences"]
