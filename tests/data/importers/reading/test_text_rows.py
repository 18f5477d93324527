"""Rows of text files, each with its place."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.data.importers.reading.text_rows import csv_rows, find_span, json_lines
from mondegreen.errors import DataError
from mondegreen.jobs.problems import Problems


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
def test_lines_of_json(tmp_path: Path, name: str) -> None:
    content = '\ufeff{"a": 1}\r\n\n  \nnot json\n[1]\n{"a": "é"}'.encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    problems = Problems(skip=True)
    rows = list(json_lines(tmp_path, name, problems))
    assert rows == [(f"{name}:1", {"a": 1}), (f"{name}:6", {"a": "é"})]
    assert [p.place for p in problems.rows] == [f"{name}:4", f"{name}:5"]
    assert "not JSON" in problems.rows[0].reason
    assert "expected a JSON object" in problems.rows[1].reason


def test_cells_keep_line_ends_and_places_say_where_a_row_begins(tmp_path: Path) -> None:
    text = 'a;b;c\n1;"two\nlines; and a half";3\n\n4;5\n6;7;8;9\n10;11;"12 ""x"""\n'
    (tmp_path / "t.csv").write_text(text)
    problems = Problems(skip=True)
    rows = list(csv_rows(tmp_path, "t.csv", ("a", "c"), problems, delimiter=";"))
    assert rows == [
        ("t.csv:2", {"a": "1", "b": "two\nlines; and a half", "c": "3"}),
        ("t.csv:5", {"a": "4", "b": "5", "c": ""}),
        ("t.csv:7", {"a": "10", "b": "11", "c": '12 "x"'}),
    ]
    assert [(p.place, p.reason) for p in problems.rows] == [
        ("t.csv:6", "found 4 cells, expected 3; put cells that hold ';' in quotes")
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "found nothing, expected a, b, separated by ','"),
        (b"a;b\n1;2\n", "found the columns a;b, expected a, b, separated by ','"),
        (b"a,b\n\xff,2\n", "is not UTF-8"),
        (b'a,b\n"' + b"x" * 200_000 + b'",2\n', "this is no table"),
    ],
)
def test_a_file_that_is_no_such_table(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(DataError, match=reason):
        list(csv_rows(tmp_path, "t.csv", ("a", "b"), Problems()))


def test_a_download_that_broke_off(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl.gz").write_bytes(gzip.compress(b'{"a": 1}\n' * 1000)[:-20])
    with pytest.raises(DataError, match="cannot be read"):
        list(json_lines(tmp_path, "r.jsonl.gz", Problems()))
    with pytest.raises(DataError, match="cannot be read"):
        list(json_lines(tmp_path, "none.jsonl", Problems()))


_cells = st.text(st.characters(codec="utf-8", exclude_characters="\r\0\ufeff"), min_size=1)


@given(st.lists(st.tuples(_cells, _cells), max_size=5))
def test_what_a_table_was_written_with_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("a", "b"), *rows])
    folder = tmp_path_factory.mktemp("tables")
    (folder / "t.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    read = [tuple(cells.values()) for _, cells in csv_rows(folder, "t.csv", ("a",), Problems())]
    assert read == rows


@pytest.mark.parametrize(
    ("text", "words", "span"),
    [
        ("the art party", "art", (4, 7)),
        ("the party art", "art", (10, 13)),
        ("the party", "art", None),
        ("Play BLUE", "blue", (5, 9)),
        ("BLUE blue", "blue", (5, 9)),
        ("what?", "what?", (0, 5)),
        ("what", " ", None),
        ("a b", " b ", (2, 3)),
    ],
)
def test_words_are_found_whole(text: str, words: str, span: tuple[int, int] | None) -> None:
    assert find_span(text, words) == span
