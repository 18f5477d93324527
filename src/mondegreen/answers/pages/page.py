"""What a page is, which readers there are, and how a file finds its own.

Third parties add readers through the entry-point group `mondegreen.pages`: the name is the ending
of the files, the object takes their bytes and name and gives pages. Page text is data: nothing in a
page is run, followed or fetched.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import DataError
from ...jobs.files import read_bytes
from ...registry import Registry

MOST = 64 << 20
"""Bytes of a page: the longest articles of encyclopedias have 2 MB."""
MOST_TITLE = 300
"""Characters of a title or the name of a section; what is longer is none."""


@dataclass(frozen=True)
class Block:
    """A paragraph, an entry of a list or a row of a table, as a person would read it out."""

    text: str
    section: str = ""
    """The headings above it, from the outermost on: "History › Early years"."""
    anchor: str = ""
    """What a link to the section has behind its #."""


@dataclass(frozen=True)
class Page:
    """One page, or one article of a file with several."""

    title: str
    blocks: tuple[Block, ...]
    link: str = ""
    """Where the page says that it lives; empty where it does not."""


Reader = Callable[[bytes, str], Sequence[Page]]
"""Reads a file: its bytes, its name. Raises DataError when there is nothing to read in them."""

READERS: Registry[Reader] = Registry(
    "mondegreen.pages",
    "kind of page",
    {
        "html": "mondegreen.answers.pages.html:read_html",
        "htm": "mondegreen.answers.pages.html:read_html",
        "xhtml": "mondegreen.answers.pages.html:read_html",
        "md": "mondegreen.answers.pages.markdown:read_markdown",
        "markdown": "mondegreen.answers.pages.markdown:read_markdown",
        "txt": "mondegreen.answers.pages.plain:read_plain",
        "text": "mondegreen.answers.pages.plain:read_plain",
        "json": "mondegreen.answers.pages.json_page:read_json_page",
        "pdf": "mondegreen.answers.pages.pdf:read_pdf",
        "epub": "mondegreen.answers.pages.epub:read_epub",
    },
)
"""Readers by the ending of the files."""

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.I)
_SPACE = re.compile(r"\s+")
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f\ufffd]")
_MOST_BINARY = 0.02
"""Share of characters that no text has: more, and it is none. Text in a wrong encoding has less."""


def ending_of(path: Path) -> str:
    """The ending by which a file finds its reader: "html"."""
    return path.suffix.lower().lstrip(".")


def read_page(path: Path) -> list[Page]:
    """The pages in a file, those without a word left out.

    Raises DataError when the file cannot be read, its kind is not known or nothing is in it, and
    MissingExtra when its reader needs a library that is not installed.
    """
    reader = READERS.get(ending_of(path))
    data = read_bytes(path, lambda reason: _named_once(path, reason), most=MOST)
    if not data.strip():
        raise DataError(f"{path}: the file is empty")
    try:
        pages = reader(data, path.stem)
    except RecursionError as error:
        raise DataError(f"{path}: nested too deeply to be a page") from error
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    pages = [page for page in pages if any(block.text for block in page.blocks)]
    if not pages:
        raise DataError(f"{path}: no text was found in it")
    return pages


def _named_once(path: Path, reason: str) -> DataError:
    """The error with the path before it, as all have it that are about a page."""
    return DataError(reason.replace(f"{path} ", f"{path}: ", 1))


def decoded(data: bytes, *, markup: bool = False) -> str:
    """The text in `data`: by its mark, by what its markup says, as UTF-8, else as Windows-1252.

    Raises DataError when it is no text.
    """
    text = _decoded(data, markup)
    sample = text[:200_000]
    if len(_BINARY.findall(sample)) > _MOST_BINARY * max(50, len(sample)):
        raise DataError("found bytes that are no text; expected a page")
    return text.replace("\x00", "")


def _decoded(data: bytes, markup: bool) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):  # fmt: skip
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    stated = _META_CHARSET.search(data[:4096]) if markup else None
    if stated is not None:
        try:
            return data.decode(stated[1].decode("ascii"), "replace")
        except (LookupError, UnicodeError, ValueError):
            pass  # it names no encoding of text
    return data.decode("cp1252", "replace")


def one_line(text: str) -> str:
    """`text` with its runs of spaces and ends of lines as single spaces."""
    return _SPACE.sub(" ", text).strip()


def section_of(headings: Sequence[str]) -> str:
    """The name of a section from the headings above it; those too long are left out."""
    return " › ".join(h for h in headings if h and len(h) <= MOST_TITLE)


__all__ = [
    "MOST_TITLE", "READERS", "Block", "Page", "Reader", "decoded", "ending_of", "one_line",
    "read_page", "section_of",
]  # fmt: skip
