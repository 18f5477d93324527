"""An index on disk: one folder, versioned and hashed, whose files are mapped and not read.

The folder holds `mondegreen.json`, which names the current version, and that version's folder.
A new version is written beside it, and the name replaced last: whoever asks meanwhile has all of
the old or all of the new.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np
import numpy.typing as npt

from ..errors import DataError, ModelError
from ..weights.folder import Description, Folder, open_folder
from . import passage_index
from .passage_index import PassageIndex, Place
from .strings import Strings

FORMAT = 2
"""Of the layout; an index of another is refused."""
REBUILD = "make the index again: mondegreen index PAGES -o INDEX"
TEXTS = (
    "texts", "titles", "paths", "digests", "links", "sections", "anchors", "terms", "words"
)  # fmt: skip
ARRAYS: dict[str, tuple[type[np.generic], int]] = {
    "passage_page": (np.int32, 1),
    "passage_section": (np.int32, 1),
    "passage_anchor": (np.int32, 1),
    **passage_index.ARRAYS,
}
"""Arrays of an index: their type and how many dimensions they have."""
VERSION = r"^[0-9a-f]{16}\Z"
"""Names of the folders of versions."""


class Pointer(Description, frozen=True, kw_only=True):
    """What `mondegreen.json` of the folder says: which version is the current one."""

    FORMAT: ClassVar[int] = FORMAT
    KIND: ClassVar[str] = "answer index"

    version: Annotated[str, msgspec.Meta(pattern=VERSION)]


class About(Description, frozen=True, kw_only=True):
    """What `mondegreen.json` of a version says."""

    FORMAT: ClassVar[int] = FORMAT
    KIND: ClassVar[str] = "version of an answer index"
    NEEDED: ClassVar[tuple[str, ...]] = (
        *(f"{name}.bin" for name in TEXTS), *(f"{name}_starts.npy" for name in TEXTS),
        *(f"{name}.npy" for name in ARRAYS),
    )  # fmt: skip

    pages: Annotated[int, msgspec.Meta(ge=1)]
    passages: Annotated[int, msgspec.Meta(ge=1)]
    sentences: Annotated[int, msgspec.Meta(ge=1)]
    embedder: str
    """Name of what made the vectors; empty where there are none."""
    embedder_digest: str
    made_of: str
    """SHA-256 over the paths and contents of all pages."""
    unread: tuple[tuple[str, str], ...] = ()
    """Files that could not be read, and why."""


class StoredIndex(PassageIndex):
    """An index that is open. Passages and sentences are numbered from 0."""

    def __init__(self, folder: str | Path) -> None:
        """Open it. Raises DataError where there is none, ModelError when it is damaged or of
        another version."""
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise DataError(
                f"no index {self.folder}: it is made by 'mondegreen index PAGES -o {self.folder}'"
            )
        pointer = open_folder(self.folder, Pointer, REBUILD)
        self.version = pointer.about.version
        described = open_folder(self.folder / self.version, About, REBUILD)
        self.about = described.about
        texts, titles, paths, digests, links, sections, anchors, terms, words = (
            self._strings(described, name) for name in TEXTS
        )
        self.texts, self.titles, self.paths, self.digests = texts, titles, paths, digests
        self.links, self.sections, self.anchors = links, sections, anchors
        self.terms, self.words = terms, words
        self._arrays = {name: _array(described, name, *kind) for name, kind in ARRAYS.items()}
        self._pages: dict[tuple[str, str], tuple[int, int]] = {}
        self._check()
        self.name = str(self.folder)
        self.embedder, self.embedder_digest = self.about.embedder, self.about.embedder_digest
        self.passages_in_all = self.about.passages
        self.mean_terms = max(1.0, float(self.array("passage_terms").mean()))

    def frequency(self, term: int) -> int:
        """How many passages have the term of that number."""
        starts = self.array("posting_starts")
        return int(starts[term + 1] - starts[term])

    def place(self, passage: int) -> Place:
        """Where a passage stands."""
        page = int(self.array("passage_page")[passage])
        anchor = self.anchors[int(self.array("passage_anchor")[passage])]
        path = self.paths[page]
        link = self.links[page] or path
        return Place(
            title=self.titles[page],
            section=self.sections[int(self.array("passage_section")[passage])],
            path=path,
            link=f"{link}#{anchor}" if anchor else link,
        )

    def pages_of(self, path: str, digest: str) -> range:
        """The numbers of the pages in a file, or a part of one, whose bytes have that digest; they
        follow each other. None where it was not read, or had other bytes."""
        if not self._pages:
            for number, source in enumerate(zip(self.paths, self.digests, strict=True)):
                first, _ = self._pages.get(source, (number, 0))
                self._pages[source] = first, number + 1
        return range(*self._pages.get((path, digest), (0, 0)))

    def passages_of(self, page: int) -> range:
        """The numbers of a page's passages."""
        pages = self.array("passage_page")
        return range(int(np.searchsorted(pages, page)), int(np.searchsorted(pages, page + 1)))

    def _strings(self, described: Folder[About], name: str) -> Strings:
        starts = _array(described, f"{name}_starts", np.int64, 1)
        path = described.file(f"{name}.bin")
        size = path.stat().st_size
        data: npt.NDArray[np.uint8] = (
            np.memmap(path, np.uint8, "r") if size else np.zeros(0, np.uint8)
        )
        if not len(starts) or starts[0] or starts[-1] != size or (np.diff(starts) < 0).any():
            raise ModelError(f"{path} has {size} bytes, expected another number; {REBUILD}")
        return Strings(data, starts)

    def _check(self) -> None:
        """Whether all parts are of one size with each other."""
        about, sizes = self.about, {name: len(self._arrays[name]) for name in ARRAYS}
        expected = {
            "passage_page": about.passages, "passage_section": about.passages,
            "passage_anchor": about.passages, "passage_sentences": about.passages + 1,
            "passage_terms": about.passages, "sentence_ends": about.sentences,
            "posting_starts": len(self.terms) + 1, "posting_counts": sizes["posting_passages"],
            "passage_word_starts": about.passages + 1, "word_terms": len(self.words),
            "word_readings": len(self.words) + 1,
            "reading_starts": int(self._arrays["word_readings"][-1]) + 1,
            "reading_phones": int(self._arrays["reading_starts"][-1]),
            "passage_words": int(self._arrays["passage_word_starts"][-1]),
            "short_vectors": about.passages if sizes["directions"] else 0,
        }  # fmt: skip
        if about.embedder:
            expected["passage_vectors"] = about.passages
            expected["sentence_vectors"] = about.sentences
        for name, size in expected.items():
            if sizes[name] != size:
                raise ModelError(
                    f"{self.folder}: {name} has {sizes[name]} rows, expected {size}; {REBUILD}"
                )


def _array(
    described: Folder[About], name: str, kind: type[np.generic], dimensions: int
) -> npt.NDArray[Any]:
    path = described.file(f"{name}.npy")
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError:  # an empty array cannot be mapped
        array = np.load(path, allow_pickle=False)
    if array.dtype != np.dtype(kind) or array.ndim != dimensions:
        raise ModelError(
            f"{path} is {array.dtype} of {array.ndim} dimensions, expected {np.dtype(kind)} of "
            f"{dimensions}; {REBUILD}"
        )
    return np.asarray(array)


__all__ = ["ARRAYS", "REBUILD", "TEXTS", "About", "Pointer", "StoredIndex"]
