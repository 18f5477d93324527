"""Tables of HTML pages are said row by row, and no row says what the table does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.answers.pages.html import read_html

INFOBOX = """<table><caption>The town</caption><tr><th colspan=2>Springfield</th></tr>
<tr><th>Mayor</th><td>Greta Holm</td></tr><tr><th>Population</th><td>12,345</td></tr>
<tr><th>Motto</th><td></td></tr><tr><th rowspan=2>Rivers<td>Elbe<tr><td>Oder</table>"""


def rows_of(html: str) -> list[str]:
    (page,) = read_html(f"<h1>Page</h1>{html}".encode(), "a")
    return [block.text for block in page.blocks]


def test_a_head_in_each_row_names_that_row() -> None:
    assert rows_of(INFOBOX) == [
        "The town.", "Springfield.", "Mayor: Greta Holm.", "Population: 12,345.", "Motto.",
        "Rivers: Elbe.", "Rivers: Oder.",
    ]  # fmt: skip


def test_rows_of_heads_name_the_columns() -> None:
    table = """<table><caption>Towns</caption><thead>
    <tr><td rowspan=2></td><th colspan=2>Population</th><th rowspan=2>Mayor</th></tr>
    <tr><th>2010</th><th>2020</th></tr></thead>
    <tr><th>Springfield</th><td>12</td><td>15</td><td>Holm</td></tr>
    <tr><td colspan=4>Of the north</td></tr>
    <tr><td>Shelbyville</td><td colspan=2>7</td><td></td></tr>
    <tr><th>All</th><th>19</th><th>22</th><th>Lee</th></tr></table>"""
    assert rows_of(table) == [
        "Towns.", "Springfield: Population 2010 12; Population 2020 15; Mayor Holm.",
        "Of the north.", "Shelbyville: Population 2010 7; Population 2020 7.",
        "All: Population 2010 19; Population 2020 22; Mayor Lee.",
    ]  # fmt: skip


def test_a_cell_counts_in_all_rows_that_it_spans() -> None:
    table = """<table><tr><th>Town<th>Year<th>Mayor
    <tr><td rowspan=2>Springfield<td>2010<td rowspan=9>Holm<tr><td>2020
    <tbody><tr><td>Ogdenville<td><td>Lee<tr></table>"""
    assert rows_of(table) == [
        "Springfield: Year 2010; Mayor Holm.", "Springfield: Year 2020; Mayor Holm.",
        "Ogdenville: Mayor Lee.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("<tr><th>Population<th>12,345", ["Population: 12,345."]),
        ("<tr><td>a<td><ul><li>b<li>c</ul><td>d", ["a: b c; d."]),
        ("<td>a<td colspan=x rowspan=-1>b", ["a: b."]),
        ("<tr><td colspan=1000 rowspan=0>a<tr><td>b<tr>", ["a.", "a: b."]),
    ],
)
def test_odd_tables(table: str, rows: list[str]) -> None:
    assert rows_of(f"<table>{table}</table>") == rows


@given(st.lists(st.lists(st.tuples(st.sampled_from(["td", "th"]), st.integers(0, 4),
                                   st.integers(0, 4)), max_size=5), max_size=6))  # fmt: skip
def test_no_cell_is_lost(
    rows: list[list[tuple[str, int, int]]],
) -> None:
    names = iter(range(1_000))
    marks: list[str] = []
    html = ""
    for row in rows:
        html += "<tr>"
        for tag, down, across in row:
            mark = f"w{next(names)}w"
            html += f"<{tag} rowspan={down} colspan={across}>{mark}</{tag}>"
            marks += [mark] if tag == "td" else []
    text = " ".join(rows_of(f"<table>{html}</table>"))
    assert [mark for mark in marks if mark not in text] == []


def test_cells_that_span_much_take_neither_time_nor_memory(
    calls: Callable[[Callable[[], object], int], int],
) -> None:
    row = "<td rowspan=60000 colspan=60000>" + "word " * 50
    table = f"<table><tr>{row * 300}{'<tr><td>x' * 3_000}</table>"
    assert calls(lambda: rows_of(table), 8_000_000) > 0
    assert sum(map(len, rows_of(table))) < 20 * len(table)
