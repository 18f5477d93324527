"""A table of an HTML page: which cells name the others, and what a cell that spans stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .page import MOST_TITLE, one_line
from .table import MOST_ROWS, row_sentence

_MOST_COLUMNS = 50
"""That a cell spans; whoever writes more means the whole row."""
_MOST_REPEATED = MOST_TITLE
"""Letters in a row of cells that stand there because they span it: a page of a few kilobytes would
otherwise become gigabytes."""


@dataclass(eq=False, slots=True)
class _Cell:
    """A cell; two with the same words are two."""

    head: bool
    """Whether it is a `<th>`."""
    rows: int
    columns: int
    text: str = ""
    repeats: bool = False
    """Whether a row before had it, or a column."""


_Row = list[_Cell | None]
"""The cell in each column; None where there is none."""


class HtmlTable:
    """Takes a table's rows and cells as its tags come, and says them."""

    def __init__(self) -> None:
        self._rows: list[list[_Cell]] = []
        self._groups: set[int] = set()
        self._loose: list[str] = []
        self._cell: _Cell | None = None

    def begin(self, tag: str, given: Mapping[str, str]) -> None:
        """A row, a group of rows or a cell begins; text was taken before."""
        if tag == "tr":
            self._rows.append([])
        elif tag in ("thead", "tbody", "tfoot"):
            self._groups.add(len(self._rows))
        else:
            rows, columns = _span(given, "rowspan"), _span(given, "colspan")
            columns = min(max(1, columns), _MOST_COLUMNS)
            self._cell = _Cell(tag == "th", rows or MOST_ROWS, columns)  # 0: all that follow
            if not self._rows:
                self._rows.append([])
            self._rows[-1].append(self._cell)

    def take(self, text: str) -> None:
        """The text up to here: of the cell that is open, else one that belongs to no cell."""
        text = one_line(text)
        if self._cell is not None:
            self._cell.text = text
        elif text:
            self._loose.append(text)
        self._cell = None

    def sentences(self) -> Iterator[str]:
        """What stands outside of cells, as the caption does, then a sentence for each row.

        A row of nothing but heads names the columns of those that follow; one behind which none
        follows is a row as any other, and one of a single cell a sentence of its own.
        """
        for text in self._loose:
            yield from row_sentence([text])
        heads: list[str] = []
        waiting: list[_Row] = []
        for row in self._grid():
            if _names_columns(row):
                waiting.append(row)
                continue
            if waiting and len(_cells(row)) > 1:
                heads, waiting = _names(waiting), []
            yield from row_sentence(_texts(row, heads), heads)
        for row in waiting:
            yield from row_sentence(_texts(row, heads), heads)

    def _grid(self) -> Iterator[_Row]:
        """The rows with each cell in all the columns and rows that it spans.

        A row without words of its own says nothing.
        """
        spanning: dict[int, tuple[_Cell, int]] = {}
        for number, cells in enumerate(self._rows[:MOST_ROWS]):
            if number in self._groups:
                spanning = {}  # no cell reaches out of its group
            row: _Row = [None] * (max(spanning, default=-1) + 1)
            for column, (cell, _) in spanning.items():
                row[column] = cell
            spanning = {c: (cell, left - 1) for c, (cell, left) in spanning.items() if left > 1}
            column = 0
            for cell in cells:
                while column < len(row) and row[column] is not None:
                    column += 1
                for place in range(column, column + cell.columns):
                    row += [None] * (place + 1 - len(row))
                    if row[place] is None:
                        row[place] = cell
                        if cell.rows > 1 and place < _MOST_COLUMNS:
                            spanning[place] = cell, cell.rows - 1
                column += cell.columns
            if any(cell.text for cell in cells):
                yield row


def _span(given: Mapping[str, str], name: str) -> int:
    text = given.get(name, "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 1


def _cells(row: _Row) -> list[_Cell]:
    """The cells that have words, each once."""
    return [cell for cell in dict.fromkeys(row) if cell is not None and cell.text]


def _names_columns(row: _Row) -> bool:
    """Whether all cells are heads; the corner above the names of the rows may be an empty one."""
    first = row[0]
    rest = row[1:] if first is not None and not first.text else row
    return len(_cells(row)) > 1 and all(cell is None or cell.head for cell in rest)


def _names(rows: Sequence[_Row]) -> list[str]:
    """What the rows of heads call each column, from the top down."""
    names = []
    for column in range(max(map(len, rows))):
        above = [row[column] for row in rows if column < len(row)]
        name = " ".join(dict.fromkeys(cell.text for cell in above if cell is not None))
        names.append(one_line(name) if len(name) <= MOST_TITLE else "")
    return names


def _texts(row: _Row, names: Sequence[str]) -> list[str]:
    """The text in each column; a cell that spans columns is said in those with other names."""
    texts: list[str] = []
    room = _MOST_REPEATED
    for column, cell in enumerate(row):
        text = "" if cell is None else cell.text
        if cell is not None and column and row[column - 1] is cell:
            named = column < len(names) and names[column] not in ("", names[column - 1])
            text = text if named and cell is not row[0] else ""
        if cell is not None and cell.repeats:
            text = text if len(text) <= room else ""
            room -= len(text)
        elif cell is not None:
            cell.repeats = True
        texts.append(text)
    return texts


__all__ = ["HtmlTable"]
