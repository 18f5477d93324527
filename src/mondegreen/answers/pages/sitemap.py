"""Sitemaps of saved sites: which of the pages beside them are to be read.

A sitemap lists addresses. None of them is fetched: each is looked for among the files beside the
sitemap, where programs that save a whole site put them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ...errors import DataError
from ...jobs.files import read_bytes
from .page import decoded

ENDING = ".xml"
MOST = 64 << 20
"""Bytes of a sitemap: sitemaps.org allows 50 MB."""
_MOST_SITEMAPS = 1_000
_LISTS = re.compile(r"<(?:\w+:)?(urlset|sitemapindex)\b")
_ADDRESS = re.compile(r"<(?:\w+:)?(?:url|sitemap)>\s*<(?:\w+:)?loc>\s*([^<]{1,2048}?)\s*</", re.S)


def sitemap_pages(path: Path) -> tuple[list[Path], list[str]]:
    """The files that a sitemap lists, in its order, and the addresses that no file is beside it of.

    A sitemap of sitemaps is followed to those beside it. Raises DataError for another XML file.
    """
    pages: dict[Path, None] = {}
    missing: list[str] = []
    for address in _addresses(path):
        place = _place(path.parent, address)
        if place is None:
            missing.append(address)
        else:
            pages[place] = None
    return list(pages), missing


def _addresses(path: Path) -> Iterator[str]:
    """The addresses of pages in a sitemap and in those that it lists; each sitemap once."""
    waiting, seen = [path], {path}
    while waiting:
        place = waiting.pop(0)
        text = decoded(read_bytes(place, DataError, most=MOST))
        kind = _LISTS.search(text)
        if kind is None:
            raise DataError(
                f"{place}: found XML with neither urlset nor sitemapindex; expected a sitemap"
            )
        for match in _ADDRESS.finditer(text):
            address = html.unescape(match[1])
            inner = _place(path.parent, address) if kind[1] == "sitemapindex" else None
            if inner is None:
                yield address
            elif inner not in seen and len(seen) < _MOST_SITEMAPS:
                seen.add(inner)
                waiting.append(inner)


def _place(folder: Path, address: str) -> Path | None:
    """The file of an address below `folder`, with or without a folder for the site."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    names = [name for name in unquote(parts.path).split("/") if name]
    host = unquote(parts.hostname or "")
    if any(name in (".", "..") or "\x00" in name or "\\" in name for name in (*names, host)):
        return None
    stem = "/".join(names)
    places = [stem, f"{stem}.html", f"{stem}.htm", f"{stem}/index.html".lstrip("/")]
    for below in (folder, folder / host):
        for place in places:
            if place and (below / place).is_file() and _is_below(folder, below / place):
                return below / place
    return None


def _is_below(folder: Path, path: Path) -> bool:
    """Whether a file lies in the folder, wherever a link in its path leads."""
    return path.resolve().is_relative_to(folder.resolve())


__all__ = ["ENDING", "sitemap_pages"]
