"""The rows of all pages put together to the files of an index."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError
from ..jobs.files import sha256_of
from ..jobs.problems import Problems
from ..language.minilm import NETWORK_SHA256, SIZE
from ..phonetics.pronouncer import Pronouncer
from ..weights.folder import DESCRIPTION
from .chance import SHORTEST, Table, chance_table
from .pairs import Pairs
from .question import read_question
from .sentences import sentences
from .shortened import shortened
from .stored import ARRAYS, FORMAT, TEXTS, About
from .strings import StringsWriter
from .terms import counted, term_of

_READINGS = 3
"""Pronunciations of a word that are kept; more fit by accident."""
_MOST_PHONES = 30
_STRINGS, _WORDS = 150, 1_500
"""Sentences and words by which is learned how well words fit by accident."""


def assemble(
    rows: Iterable[Mapping[str, Any]],
    blobs: Path,
    folder: Path,
    problems: Problems,
    recipe: Mapping[str, Any],
) -> None:
    """Write the files of an index into `folder`; `blobs` is where the vectors of the rows lie.

    Raises DataError when the rows hold not one passage.
    """
    embedded = recipe["embedder"] != "none"
    with ExitStack() as files_open:
        writer = _Writer(folder, blobs if embedded else None, files_open)
        for row in rows:
            writer.add(row)
        if not writer.passages:
            first = f"; {problems.rows[0]}" if problems.rows else ""
            raise DataError(f"none of the pages could be read{first}")
        writer.close()
    files = [*(f"{name}.bin" for name in TEXTS), *(f"{name}_starts.npy" for name in TEXTS),
             *(f"{name}.npy" for name in ARRAYS)]  # fmt: skip
    about = {
        "format": FORMAT, "kind": About.KIND, "files": {n: sha256_of(folder / n) for n in files},
        "pages": writer.pages, "passages": writer.passages, "sentences": len(writer.ends),
        "embedder": "minilm-int8" if embedded else "",
        "embedder_digest": NETWORK_SHA256 if embedded else "",
        "made_of": recipe["pages"],
        "unread": [[problem.place, problem.reason] for problem in problems.rows],
    }  # fmt: skip
    (folder / DESCRIPTION).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


class _Writer:
    """Takes rows in order, and knows what is left to be sorted at the end."""

    def __init__(self, folder: Path, blobs: Path | None, files_open: ExitStack) -> None:
        """`files_open` closes the files, however the work ends."""
        self.pages = self.passages = 0
        self.ends = array("i")
        self._folder, self._blobs = folder, blobs
        self._read: dict[str, int] = {}
        self._texts = {name: StringsWriter(folder, name) for name in TEXTS}
        self._names: dict[str, dict[str, int]] = {"sections": {}, "anchors": {}}
        self._page, self._section, self._anchor = array("i"), array("i"), array("i")
        self._sentence_starts, self._lengths = array("q", [0]), array("i")
        self._terms, self._words = Pairs(folder / "terms.tmp"), Pairs(folder / "words.tmp")
        self._wholes = (folder / "wholes.tmp").open("wb")
        self._some = (folder / "some.tmp").open("wb")
        self._sample = _Sample()
        for texts in self._texts.values():
            files_open.callback(texts.close)
        for pairs in (self._terms, self._words):
            files_open.callback(pairs.close)
        for file in (self._wholes, self._some):
            files_open.enter_context(file)

    def add(self, row: Mapping[str, Any]) -> None:
        """The pages of one file."""
        first, first_sentence = self.passages, len(self.ends)
        for page in row["pages"]:
            texts = {"titles": page["title"], "paths": row["path"], "digests": row["digest"],
                     "links": page["link"]}  # fmt: skip
            for name, text in texts.items():
                self._texts[name].add(text)
            for text, ends, section, anchor in page["passages"]:
                self._add_passage(page["title"], text, ends, section, anchor)
            self.pages += 1
        if self._blobs is not None:
            size = (self.passages - first) * SIZE
            data = self._vectors_of(row)
            if len(data) != size + (len(self.ends) - first_sentence) * SIZE:
                raise DataError(f"{row['path']}: its vectors are of another number than its text")
            self._wholes.write(data[:size])
            self._some.write(data[size:])

    def _vectors_of(self, row: Mapping[str, Any]) -> bytes:
        """The bytes of a row; those of one file lie there in the order of the rows."""
        if self._blobs is None or "file" not in row:
            return b""
        start = self._read.get(row["file"], 0)
        self._read[row["file"]] = start + row["bytes"]
        with (self._blobs / row["file"]).open("rb") as file:
            file.seek(start)
            data: bytes = file.read(row["bytes"])
            return data

    def _add_passage(
        self, title: str, text: str, ends: Sequence[int], section: str, anchor: str
    ) -> None:
        self._texts["texts"].add(text)
        self._page.append(self.pages)
        self._section.append(self._named("sections", section))
        self._anchor.append(self._named("anchors", anchor))
        self.ends.extend(ends)
        self._sentence_starts.append(len(self.ends))
        terms, words = counted(title, section, text)
        self._lengths.append(sum(terms.values()))
        self._terms.add(self.passages, terms)
        self._words.add(self.passages, words)
        self._sample.see(self.passages, text)
        self.passages += 1

    def _named(self, name: str, text: str) -> int:
        numbers = self._names[name]
        if text not in numbers:
            numbers[text] = self._texts[name].add(text)
        return numbers[text]

    def close(self) -> None:
        """Sort what is to be sorted, and write all that is left."""
        save = self._save
        save("passage_page", self._page)
        save("passage_section", self._section)
        save("passage_anchor", self._anchor)
        save("passage_sentences", self._sentence_starts)
        save("sentence_ends", self.ends)
        save("passage_terms", self._lengths)
        terms = self._terms.names()
        self._texts["terms"].add_all(terms)
        place = self._folder
        passages, counts = place / "posting_passages.npy", place / "posting_counts.npy"
        save("posting_starts", self._terms.by_name(terms, passages, counts))
        self._save_words(terms)
        for file, name in ((self._wholes, "passage_vectors"), (self._some, "sentence_vectors")):
            file.close()
            _save_raw(Path(file.name), place / f"{name}.npy")
        vectors = np.load(place / "passage_vectors.npy", mmap_mode="r", allow_pickle=False)
        short = shortened(np.asarray(vectors))
        save("directions", short.directions)
        save("short_vectors", short.vectors)
        for texts in self._texts.values():
            texts.finish()

    def _save_words(self, terms: Sequence[str]) -> None:
        """The words by their sound: which passage has which, and how each is said."""
        words = self._words.names()
        number_of_term = {term: number for number, term in enumerate(terms)}
        self._texts["words"].add_all(words)
        self._save("word_terms", [number_of_term[term_of(word)] for word in words])
        reading_rows, starts = array("q", [0]), array("q", [0])
        phones = bytearray()
        pronouncer = Pronouncer()
        for number, word in enumerate(words):
            if number % 20_000 == 0:
                pronouncer = Pronouncer()  # it remembers every word
            for reading in _readings(pronouncer, word):
                phones += reading
                starts.append(len(phones))
            reading_rows.append(len(starts) - 1)
        self._save("word_readings", reading_rows)
        self._save("reading_starts", starts)
        self._save("reading_phones", np.frombuffer(phones, np.uint8))
        rows = self._words.by_passage(words, self.passages, self._folder / "passage_words.npy")
        self._save("passage_word_starts", rows)

        def readings_of(word: int) -> list[bytes]:
            some = range(reading_rows[word], reading_rows[word + 1])
            return [bytes(phones[starts[row] : starts[row + 1]]) for row in some]

        self._save("chance", self._sample.table(words, readings_of))

    def _save(self, name: str, values: Any) -> None:
        np.save(self._folder / f"{name}.npy", np.asarray(values, ARRAYS[name][0]))


class _Sample:
    """Some sentences, by which is learned how well words fit by accident."""

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}

    def see(self, passage: int, text: str) -> None:
        """Keep a passage by a hash of its number: the same ones each time, from all over."""
        rank = int.from_bytes(hashlib.blake2b(str(passage).encode(), digest_size=8).digest(), "big")
        self._texts[rank] = text
        if len(self._texts) > 2 * _STRINGS:
            self._texts = dict(sorted(self._texts.items())[:_STRINGS])

    def table(self, words: Sequence[str], readings_of: Callable[[int], list[bytes]]) -> Table:
        """See chance_table: words fitted into the middles of sentences that do not have them."""
        some = [text for _, text in sorted(self._texts.items())[:_STRINGS]]
        questions = [read_question(_middle(text)) for text in some]
        taken = {term for question in questions for term in question.terms}
        rng = np.random.default_rng(1)
        chosen = [int(n) for n in rng.permutation(len(words))[: 2 * _WORDS]]
        apart = [n for n in chosen if term_of(words[n]) not in taken][:_WORDS]
        phones = [
            np.frombuffer(reading, np.uint8).astype(np.int64)
            for n in apart for reading in readings_of(n)
        ]  # fmt: skip
        return chance_table(phones, [q.sound for q in questions if len(q.sound.phones)])


def _middle(text: str) -> str:
    """As many words as a question has, of the longest sentence."""
    words = max(sentences(text), key=len, default="").split()
    start = max(0, len(words) // 2 - 5)
    return " ".join(words[start : start + 11])


def _readings(pronouncer: Pronouncer, word: str) -> list[bytes]:
    ways = pronouncer.phrase(word)[:_READINGS]
    return [bytes(way) for way in ways if SHORTEST <= len(way) <= _MOST_PHONES]


def _save_raw(raw: Path, target: Path) -> None:
    """The bytes of a file as an array (N, SIZE) of 8 bits."""
    with target.open("wb") as file, raw.open("rb") as source:
        head = {"descr": "|i1", "fortran_order": False, "shape": (raw.stat().st_size // SIZE, SIZE)}
        np.lib.format.write_array_header_1_0(file, head)
        while block := source.read(1 << 24):
            file.write(block)
    raw.unlink()


__all__ = ["assemble"]
