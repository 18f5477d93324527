"""Pages made into an index: read and embedded page by page, resumable, then put together.

The same pages give the same bytes, however many workers there were and however often the work was
stopped. Pages that an earlier version of the index has, by the hash of their bytes, are taken from
it.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError, ModelError, MondegreenError, SettingsError
from ..jobs.files import remove_leftovers, replacing
from ..jobs.job import PARTS, Job, Result, run
from ..jobs.lock import alone
from ..jobs.problems import Problem, Problems
from ..language.minilm import SIZE, shared_minilm
from ..weights.folder import DESCRIPTION, described_kind, open_folder
from .assemble import assemble
from .page_sources import Source, gathered
from .pages.page import Page
from .passages import Passage, passages
from .stored import FORMAT, REBUILD, VERSION, About, Pointer, StoredIndex
from .vectors import to_bytes

READING = 2
"""Of how pages are read: another number, and an index has all of its pages read anew."""
_MAKING = ".making-"
EMBEDDERS = ("minilm", "none")


@dataclass(frozen=True)
class Built:
    """What became of the pages."""

    index: StoredIndex
    files: int
    taken_over: int
    """Files that had not changed since the last version."""
    problems: tuple[Problem, ...] = field(repr=False)
    """Files that could not be read."""
    replaced: str = ""
    """Why nothing of the index that was there before could be used; empty where some could."""


def build_index(
    sources: Sequence[str | Path],
    folder: str | Path,
    *,
    embedder: str = "minilm",
    workers: int = 1,
) -> Built:
    """Make the index `folder` of pages and folders of pages, or bring it up to date.

    `embedder` is "minilm", or "none" for an index that finds by words and sounds alone. Files that
    cannot be read are listed and left out. Raises DataError when nothing can be read at all, or
    the folder holds something else; Busy when another process works on it; MissingExtra without
    the extra `answer`.
    """
    if embedder not in EMBEDDERS:
        raise SettingsError(f"unknown embedder {embedder!r}; known: {', '.join(EMBEDDERS)}")
    place = Path(folder)
    _check_free(place)
    if embedder == "minilm":
        shared_minilm()  # say now what is missing
    problems = Problems(skip=True)
    items = gathered(sources, place, problems)
    with alone(place, folder=True) as lock:
        recipe = _recipe(embedder, _digest([[item.path, item.digest] for item in items]))
        version = _version(recipe)
        previous, replaced = _current(place, embedder)
        changed = _changed(items, previous)
        if not _is_whole(place / version):
            making = place / f"{_MAKING}{version}"
            _remove(path for path in place.glob(f"{_MAKING}*") if path != making)
            work = ReadPages(embedder, str(place) if previous else "")
            job = Job(making, recipe, items, len(items), work, "pages", keeps_data=True)
            # More would wait: they are handed some items at a time.
            most = -(-len(items) // job.part)
            rows = run(job, lock, workers=max(1, min(workers, most)), problems=problems)
            _write_version(place, version, making, rows, problems, recipe)
        else:
            shutil.rmtree(place / f"{_MAKING}{version}", ignore_errors=True)
        _point_to(place, version)
    index = StoredIndex(place)
    files = {item.path for item in items}
    unread = tuple(Problem(*row) for row in index.about.unread)
    return Built(index, len(files), len(files - changed), unread, replaced)


def _changed(items: Sequence[Source], previous: StoredIndex | None) -> set[str]:
    """The files that are new or have other bytes. Some parts of an archive hold no page."""
    paths = {item.path for item in items}
    if previous is None:
        return paths
    return paths - {item.path for item in items if previous.pages_of(item.path, item.digest)}


@dataclass(frozen=True)
class ReadPages:
    """Makes a row of what is in a file, and the vectors of its passages and sentences."""

    embedder: str
    previous: str
    """Folder of the index that may have the file already; empty without one."""

    def __call__(self, item: Source) -> Result:
        """The row and the vectors: those of its passages, then those of their sentences.

        Raises DataError, which begins with the path, for a file that cannot be read.
        """
        before = _opened(self.previous) if self.previous else None
        if before is not None and (pages_before := before.pages_of(item.path, item.digest)):
            return _as_before(before, item, pages_before)
        try:
            pages = item.read()
        except MondegreenError as error:
            reason = str(error).removeprefix(f"{item.path}: ")
            raise DataError(f"{item.path}: {reason}") from error
        cut = [(page, list(passages(page))) for page in pages]
        row = _row(item, [_page_row(page, parts) for page, parts in cut])
        if self.embedder == "none":
            return Result(row)
        return Result(row, _vectors(cut))


@lru_cache(maxsize=1)
def _opened(folder: str) -> StoredIndex:
    return StoredIndex(folder)


def _as_before(index: StoredIndex, item: Source, pages: range) -> Result:
    """What the earlier version of the index has of a file that did not change."""
    rows, wholes, some = [], [], []
    for page in pages:
        numbers = index.passages_of(page)
        parts = [
            Passage(
                index.texts[n],
                tuple(index.ends(n)),
                index.sections[int(index.array("passage_section")[n])],
                index.anchors[int(index.array("passage_anchor")[n])],
            )
            for n in numbers
        ]
        rows.append(_page_row(Page(index.titles[page], (), index.links[page]), parts))
        if index.about.embedder and parts:
            first, last = index.sentence_range(numbers[0]), index.sentence_range(numbers[-1])
            wholes.append(index.array("passage_vectors")[numbers.start : numbers.stop].tobytes())
            some.append(index.array("sentence_vectors")[first.start : last.stop].tobytes())
    return Result(_row(item, rows), b"".join([*wholes, *some]))


def _row(item: Source, pages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"path": item.path, "digest": item.digest, "pages": pages}


def _page_row(page: Page, parts: Sequence[Passage]) -> dict[str, Any]:
    rows = [[p.text, p.ends, p.section, p.anchor] for p in parts]
    return {"title": page.title, "link": page.link, "passages": rows}


def _vectors(cut: Sequence[tuple[Page, Sequence[Passage]]]) -> bytes:
    network = shared_minilm()
    wholes, sentences = [np.zeros((0, SIZE), np.float32)], [np.zeros((0, SIZE), np.float32)]
    for page, parts in cut:
        for passage in parts:
            # The title says what the passage is about; a heading seldom names it again.
            whole, some = network.embed_parts([f"{page.title}.", *passage.sentences])
            wholes.append(whole[None])
            sentences.append(some[1:])
    return to_bytes(np.concatenate(wholes)) + to_bytes(np.concatenate(sentences))


def _write_version(
    place: Path,
    version: str,
    making: Path,
    rows: Iterator[Mapping[str, Any]],
    problems: Problems,
    recipe: Mapping[str, Any],
) -> None:
    """The folder of the version, whole: it takes its name when everything lies in it."""
    unfinished = making / "index"
    _remove([unfinished])
    unfinished.mkdir()
    assemble(rows, making / PARTS, unfinished, problems, recipe)
    target = place / version
    _remove([target])
    unfinished.replace(target)
    _remove([making])


def _point_to(place: Path, version: str) -> None:
    fields = {"format": FORMAT, "kind": Pointer.KIND, "files": {}, "version": version}
    with replacing(place / DESCRIPTION) as temporary:
        temporary.write_text(json.dumps(fields, indent=1) + "\n", encoding="utf-8")
    old = (p for p in place.iterdir() if p.is_dir() and p.name != version)
    _remove(p for p in old if p.name.startswith(_MAKING) or re.match(VERSION, p.name))
    remove_leftovers(place)


def _check_free(place: Path) -> None:
    """Raise DataError for a folder that holds anything but an index, or one that was begun."""
    if not place.exists():
        return
    if not place.is_dir():
        raise DataError(f"{place} is a file; name a folder for the index")
    kind = described_kind(place)
    if kind not in (None, Pointer.KIND):
        raise DataError(f"{place} holds {kind!r} and no index; name an empty or new folder")
    others = (p for p in place.iterdir() if not p.name.startswith(".") and p.name != DESCRIPTION)
    if kind is None and any(not re.match(VERSION, p.name) for p in others):
        raise DataError(f"{place} holds other files; name an empty or new folder for the index")


def _current(place: Path, embedder: str) -> tuple[StoredIndex | None, str]:
    """The version that is there, if it can be used again, or why it cannot."""
    if not (place / DESCRIPTION).exists():
        return None, ""
    try:
        index = StoredIndex(place)
    except MondegreenError as error:
        return None, str(error).removesuffix(REBUILD).rstrip("; :")
    if bool(index.about.embedder) != (embedder != "none"):
        return None, f"{place} has another embedder"
    if index.version != _version(_recipe(embedder, index.about.made_of)):
        return None, f"{place} is from a release that read pages otherwise"
    return index, ""


def _recipe(embedder: str, pages: str) -> dict[str, Any]:
    """What an index follows from; `pages` is the digest of theirs."""
    return {"format": FORMAT, "reading": READING, "embedder": embedder, "pages": pages}


def _version(recipe: Mapping[str, Any]) -> str:
    return _digest(recipe)[:16]


def _is_whole(version: Path) -> bool:
    """Whether that version was made, and its files still have the bytes that they had."""
    if not version.is_dir():
        return False
    try:
        described = open_folder(version, About, REBUILD)
        for name in described.about.files:
            described.file(name)
    except ModelError:
        return False
    return True


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _remove(folders: Any) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
