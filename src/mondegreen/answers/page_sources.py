"""What is to be indexed: the files that are named, those in folders, what sitemaps list, and the
parts of archives."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import DataError, MondegreenError, SettingsError
from ..jobs.files import regular_files, sha256_of
from ..jobs.problems import Problems
from .pages.page import READERS, Page, ending_of, read_page
from .pages.sitemap import ENDING as SITEMAP
from .pages.sitemap import sitemap_pages
from .pages.zim import ENDING as ZIM
from .pages.zim import entry_ranges, read_entries


@dataclass(frozen=True)
class Source:
    """A file to be indexed, or a part of one that is too large to be read at once."""

    path: str
    """As the user named it, or what is found below the folder that was named."""
    digest: str
    """SHA-256 of its bytes; of a part, of those of the file and which part it is."""
    entries: tuple[int, int] | None = None
    """Of an archive, the first and the one behind the last."""

    def read(self) -> list[Page]:
        """Its pages. Raises DataError or MissingExtra, which begin with the path or have none."""
        if self.entries is None:
            return read_page(Path(self.path))
        return read_entries(Path(self.path), *self.entries)


def gathered(places: Sequence[str | Path], index: Path, problems: Problems) -> list[Source]:
    """All that `places` name but what lies in the folder `index`; what cannot be read is reported.

    Raises SettingsError for no places, DataError for a place that is not there or where nothing
    is to be read.
    """
    if not places:
        raise SettingsError("no pages: name files or folders of HTML, Markdown, text, PDF, …")
    inside = index.resolve()
    files: dict[Path, None] = {}
    around = ""
    for place in map(Path, places):
        if not place.exists():
            raise _missing(place)
        for path in _of_place(place, problems):
            if inside not in path.resolve().parents:
                files[path] = None
            else:
                around = str(place)
    if not files and around:
        raise DataError(
            f"all pages of {around} lie in the folder of the index, {index}, where none are read; "
            "name other pages, or another folder for the index"
        )
    if not files:
        endings = ", ".join([*READERS.names(), ZIM])
        raise DataError(f"no pages in {', '.join(map(str, places))}; expected files in {endings}")
    return [source for path in files for source in _sources(path, problems)]


def _missing(place: Path) -> DataError:
    scheme, slash, rest = place.as_posix().partition(":/")
    if slash and scheme.lower() in ("http", "https"):  # a path has one of the two strokes
        return DataError(
            f"{scheme}://{rest.lstrip('/')} is an address: pages are files and folders, and "
            "nothing is fetched; save the page and name its file"
        )
    return DataError(f"no such file or folder: {place}")


def _of_place(place: Path, problems: Problems) -> list[Path]:
    if place.is_dir():
        return _below(place)
    if place.suffix.lower() != SITEMAP:
        return [place]
    pages, missing = sitemap_pages(place)
    for address in missing:
        problems.report(str(place), f"no file beside it is {address}; nothing is fetched")
    return pages


def _below(folder: Path) -> list[Path]:
    endings = {*READERS.names(), ZIM}
    hidden = (p for p in regular_files(folder) if ending_of(p) in endings)
    return [p for p in hidden if not any(n.startswith(".") for n in p.relative_to(folder).parts)]


def _sources(path: Path, problems: Problems) -> Iterator[Source]:
    name = os.fspath(path)
    try:
        digest = sha256_of(path)
        parts = entry_ranges(path) if ending_of(path) == ZIM else [None]
    except OSError as error:
        problems.report(name, f"cannot be read ({error.strerror})")
        return
    except MondegreenError as error:
        problems.report(name, str(error).removeprefix(f"{name}: "))
        return
    for part in parts:
        key = digest if part is None else f"{digest} {part[0]} {part[1]}"
        of_part = digest if part is None else hashlib.sha256(key.encode()).hexdigest()
        yield Source(name, of_part, part)


__all__ = ["Source", "gathered"]
