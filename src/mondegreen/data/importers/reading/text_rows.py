"""Rows of text files with the lines they stand on: JSON Lines (also gzipped) and tables."""

from __future__ import annotations

import csv
import gzip
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, TextIO

from ....errors import DataError
from ....jobs.problems import Problems

MOST_LINE = 16 << 20
"""Characters of a line: a row with its recording inside has some hundred thousand."""


def json_lines(root: Path, name: str, problems: Problems) -> Iterator[tuple[str, dict[str, Any]]]:
    """Place ("FILE:LINE") and object of every line of `root / name`; blank lines are skipped.

    A line that is no JSON object is reported. Raises DataError for a file that cannot be read.
    """
    with _opened(root / name) as file:
        for number, line in enumerate(_lines(file, root / name), 1):
            if not line.strip():
                continue
            place = f"{name}:{number}"
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                problems.report(place, f"this line is not JSON: {error}")
                continue
            if isinstance(row, dict):
                problems.at = place
                yield place, row
            else:
                problems.report(place, f"found {line.strip()[:40]!r}, expected a JSON object")
    problems.at = ""


def csv_rows(
    root: Path, name: str, needed: Sequence[str], problems: Problems, *, delimiter: str = ","
) -> Iterator[tuple[str, dict[str, str]]]:
    """Place ("FILE:LINE", where the row begins) and cells by column of every row of `root / name`.

    Cells that a short row lacks are empty; a row with too many is reported. Raises DataError for a
    file that cannot be read or lacks one of the `needed` columns.
    """
    path = root / name
    with _opened(path) as file:
        reader = csv.reader(_lines(file, path), delimiter=delimiter)
        try:
            header = [column.strip() for column in next(reader, [])]
            _check_columns(path, header, needed, delimiter)
            begin = reader.line_num + 1
            for cells in reader:
                place, begin = f"{name}:{begin}", reader.line_num + 1
                if not cells:
                    continue  # a blank line
                if len(cells) > len(header):
                    problems.report(
                        place,
                        f"found {len(cells)} cells, expected {len(header)}; put cells that hold "
                        f"{delimiter!r} in quotes",
                    )
                    continue
                problems.at = place
                yield place, dict(zip_longest(header, cells, fillvalue=""))
        except csv.Error as error:
            raise DataError(f"{path}:{reader.line_num}: this is no table: {error}") from error
    problems.at = ""


def _check_columns(path: Path, header: list[str], needed: Sequence[str], delimiter: str) -> None:
    missing = [column for column in needed if column not in header]
    if missing or not header:
        actual = f"the columns {', '.join(header)[:120]}" if header else "nothing"
        expected = f"{', '.join(needed) or 'a line of column names'}, separated by {delimiter!r}"
        raise DataError(f"{path}: found {actual}, expected {expected}")


def _opened(path: Path) -> TextIO:
    try:
        if path.suffix == ".gz":
            return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def _lines(file: TextIO, path: Path) -> Iterator[str]:
    """The lines of an open file. Raises DataError where its bytes are no text."""
    try:
        while line := file.readline(MOST_LINE):
            if len(line) == MOST_LINE:
                raise DataError(
                    f"{path}: found a line of more than {MOST_LINE >> 20} million characters, "
                    "expected a row of a data set"
                )
            yield line
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8: {error}; save it as UTF-8") from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {error}; download it again") from error


def find_span(text: str, words: str) -> tuple[int, int] | None:
    """Where `words` stand whole in `text`, in the same case or else in any; None if nowhere."""
    if not words.strip():
        return None
    pattern = rf"(?<!\w){re.escape(words.strip())}(?!\w)"
    match = re.search(pattern, text) or re.search(pattern, text, re.IGNORECASE)
    return match.span() if match else None


__all__ = ["csv_rows", "find_span", "json_lines"]
