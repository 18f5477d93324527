"""ZIM archives, as Kiwix offers whole encyclopedias: their HTML entries are pages.

Needs the package libzim. An archive may have a hundred gigabytes: it is read some entries at a
time, and never as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from ...errors import DataError, MissingExtra
from .html import read_html
from .page import MOST, Page

ENDING = "zim"
AT_ONCE = 64
"""Entries that are read at once: what is done again after a stop, at most."""
_HTML = ("text/html", "application/xhtml+xml")
_DAMAGED = (RuntimeError, ValueError, LookupError, OverflowError, MemoryError)
"""What libzim raises for wrong bytes: its own, those of C++, and for names that are no UTF-8."""


def entry_ranges(path: Path) -> list[tuple[int, int]]:
    """The entries of an archive in runs of AT_ONCE: first and behind the last.

    Raises DataError for a file that is no archive, MissingExtra without the extra `zim`.
    """
    count = int(_opened(path).all_entry_count)
    return [(first, min(count, first + AT_ONCE)) for first in range(0, count, AT_ONCE)]


def read_entries(path: Path, first: int, stop: int) -> list[Page]:
    """The pages among some entries; redirects, pictures and what has no text are none.

    Their links are where they stand in the archive: "wikipedia.zim/Paris". For errors see
    `entry_ranges`.
    """
    archive = _opened(path)
    try:
        return [page for n in range(first, stop) for page in _pages(archive, n, path.name)]
    except _DAMAGED as error:
        raise _damaged(path, error) from error


def _pages(archive: Any, number: int, name: str) -> Iterator[Page]:
    entry = archive._get_entry_by_id(number)  # there is no other way to walk through all of them
    if entry.is_redirect:
        return
    item = entry.get_item()
    if not item.mimetype.startswith(_HTML) or item.size > MOST:
        return
    try:
        pages = read_html(bytes(item.content), entry.path)
    except (DataError, RecursionError):
        return  # of millions of entries some are only pictures or menus
    for page in pages:
        # What stands in <title> often ends in the name of the site.
        title = entry.title if entry.title != entry.path else page.title
        if any(block.text for block in page.blocks):
            yield Page(title or page.title, page.blocks, f"{name}/{entry.path}")


def _opened(path: Path) -> Any:
    status = path.stat()
    return _archive(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=2)
def _archive(path: Path, _changed: int, _size: int) -> Any:
    try:
        from libzim.reader import Archive
    except ImportError as error:
        raise MissingExtra("reading ZIM archives", "zim") from error
    try:
        return Archive(str(path))
    except _DAMAGED as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(f"{path}: the ZIM archive cannot be read ({error}); download it again")


__all__ = ["AT_ONCE", "ENDING", "entry_ranges", "read_entries"]
