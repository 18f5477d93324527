"""Plain text: paragraphs with empty lines between them."""

from __future__ import annotations

import re

from .page import Block, Page, decoded, one_line

_PARAGRAPHS = re.compile(r"\n\s*\n")
_LONGEST_HEADING = 80


def read_plain(data: bytes, name: str) -> list[Page]:
    """One page; its title is a short first line with no full stop, else the file's name."""
    parts = [one_line(part) for part in _PARAGRAPHS.split(decoded(data).replace("\r\n", "\n"))]
    parts = [part for part in parts if part]
    title = name
    if len(parts) > 1 and len(parts[0]) <= _LONGEST_HEADING and parts[0][-1] not in ".!?:;,":
        title = parts.pop(0)
    return [Page(title, tuple(Block(part) for part in parts))]
