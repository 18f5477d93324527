"""Markdown: headings make sections; links, images, code fences and tables become what is said."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .page import Block, Page, decoded, one_line, section_of
from .table import row_sentences

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*\Z")
_FENCE = re.compile(r"\s{0,3}(```|~~~)")
_ITEM = re.compile(r"\A\s*(?:[-*+]|\d+[.)])\s+")
_TABLE_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*\Z")
# All have a longest match: without one, a page of opened and never closed marks takes minutes.
_IMAGE = re.compile(r"!\[([^\]]{0,500})\]\([^)]{0,2000}\)")
_LINK = re.compile(r"\[([^\]]{1,500})\](?:\([^)]{0,2000}\)|\[[^\]]{0,500}\])")
_TAG = re.compile(r"<!--.{0,2000}?-->|</?[A-Za-z][^>]{0,2000}>", re.DOTALL)
_HIDDEN = re.compile(r"<(script|style)\b.{0,20000}?</\1\s{0,9}>", re.DOTALL | re.IGNORECASE)
_MARKS = re.compile(r"(\*\*|__|\*|`{1,3}|~~)(?=\S)(.{1,300}?)(?<=\S)\1")
_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)


def read_markdown(data: bytes, name: str) -> list[Page]:
    """One page; its title is that of the front matter, else the first heading, else the name."""
    text = decoded(data).replace("\r\n", "\n")
    title = ""
    front = _FRONT.match(text)
    if front:
        stated = _FRONT_TITLE.search(front[1])
        title = one_line(stated[1]) if stated else ""
        text = text[front.end() :]
    text = _TAG.sub("", _HIDDEN.sub("", text))
    headings: list[str] = []
    blocks: list[Block] = []
    for level, part in _parts(text):
        if level:
            heading = _plain(part)
            if not title and level == 1:
                title = heading
            headings = [*headings[: level - 1], *[""] * (level - 1 - len(headings)), heading]
        elif part:
            above = [h for h in headings if h != title]
            blocks.append(Block(part, section_of(above), _anchor(headings)))
    return [Page(title or name, tuple(blocks))]


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """Headings with their level, and everything else with level 0, in order."""
    lines = text.split("\n")
    held: list[str] = []
    fence = ""
    row = 0
    while row < len(lines):
        line = lines[row]
        row += 1
        mark = _FENCE.match(line)
        if fence or mark:
            if mark and (not fence or mark[1] == fence):
                fence = "" if fence else mark[1]
            continue
        heading = _HEADING.match(line.strip())
        table = "|" in line and row < len(lines) and _TABLE_RULE.match(lines[row])
        if heading or table or not line.strip() or _ITEM.match(line):
            yield 0, _plain(" ".join(held))
            held = []
        if heading:
            yield len(heading[1]), heading[2]
        elif table:
            rows = [_cells(line)]
            row += 1
            while row < len(lines) and "|" in lines[row]:
                rows.append(_cells(lines[row]))
                row += 1
            for sentence in row_sentences(rows, headed=True):
                yield 0, sentence
        elif line.strip():
            held.append(_ITEM.sub("", line, count=1).lstrip("> "))
    yield 0, _plain(" ".join(held))


def _cells(line: str) -> list[str]:
    return [_plain(cell) for cell in line.strip().strip("|").split("|")]


def _plain(text: str) -> str:
    text = _LINK.sub(r"\1", _IMAGE.sub(r"\1", text))
    for _ in range(3):  # marks within marks
        text = _MARKS.sub(r"\2", text)
    return one_line(text.replace("\\", ""))


def _anchor(headings: list[str]) -> str:
    """What most renderers of Markdown call the section."""
    last = next((h for h in reversed(headings) if h), "")
    return re.sub(r"[^\w\- ]", "", last.lower()).replace(" ", "-")
