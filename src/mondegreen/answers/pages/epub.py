"""EPUB: a book's chapters in their order, each a page."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

from ...errors import DataError
from .html import read_html
from .page import MOST, Page, decoded, one_line

_ROOT = re.compile(r"<rootfile\b[^>]*full-path\s*=\s*[\"']([^\"']+)[\"']")
_ITEM = re.compile(r"<item\b[^>]*>")
_ITEMREF = re.compile(r"<itemref\b[^>]*idref\s*=\s*[\"']([^\"']+)[\"']")
_ATTRIBUTE = re.compile(r"(\w[\w-]*)\s*=\s*[\"']([^\"']*)[\"']")
_TITLE = re.compile(r"<dc:title\b[^>]*>([^<]+)<")


def read_epub(data: bytes, name: str) -> list[Page]:
    """The chapters; each is titled "book: chapter". Raises DataError for a damaged book."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            return list(_chapters(book, name))
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError, NotImplementedError) as error:
        raise DataError(f"the book cannot be read ({error})") from error


def _chapters(book: zipfile.ZipFile, name: str) -> Iterator[Page]:
    room = MOST
    root = _ROOT.search(decoded(_member(book, "META-INF/container.xml", room)))
    if root is None:
        raise DataError("the book does not say where its contents are listed")
    package = decoded(_member(book, root[1], room))
    stated = _TITLE.search(package)
    title = one_line(stated[1]) if stated else name
    items = [dict(_ATTRIBUTE.findall(item)) for item in _ITEM.findall(package)]
    places = {item.get("id"): item.get("href", "") for item in items}
    for reference in _ITEMREF.findall(package):
        href = unquote(places.get(reference) or "").partition("#")[0]
        if not href:
            continue
        place = posixpath.normpath(posixpath.join(posixpath.dirname(root[1]), href))
        content = _member(book, place, room)
        room -= len(content)
        for page in read_html(content, title):
            own = page.title if page.title in ("", title) else f"{title}: {page.title}"
            yield replace(page, title=own or title, link="")


def _member(book: zipfile.ZipFile, place: str, room: int) -> bytes:
    """A file of the book; what says that it is small and is not ends the reading."""
    with book.open(place) as file:
        content = file.read(room + 1)
    if len(content) > room:
        raise DataError(f"the book has more than {MOST >> 20} MB of text; expected less")
    return content


__all__ = ["read_epub"]
