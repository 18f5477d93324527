"""Tables turned into sentences, a row each: "Brazil: capital Brasília; area 8,515,770 km²"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

MOST_ROWS = 5_000
"""Rows of a table that are read; the rest of a longer one is left out."""


def row_sentences(rows: Sequence[Sequence[str]], *, headed: bool) -> Iterator[str]:
    """A sentence for each row; with `headed` the first row names the columns.

    Rows of one cell are sentences of their own; empty cells are left out.
    """
    heads = rows[0] if headed and rows else ()
    for row in rows[1 if headed else 0 :][:MOST_ROWS]:
        cells = [cell for cell in row if cell]
        if len(cells) < 2:
            yield from (_ended(cell) for cell in cells)
            continue
        named = [
            f"{heads[i]} {cell}" if i < len(heads) and heads[i] and heads[i] != cell else cell
            for i, cell in enumerate(row)
            if cell and i
        ]
        first = row[0]
        yield _ended(f"{first}: {'; '.join(named)}" if first else "; ".join(named))


def _ended(text: str) -> str:
    return text if text[-1] in ".!?" else f"{text}."


__all__ = ["row_sentences"]
