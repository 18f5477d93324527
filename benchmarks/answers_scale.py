"""Time, memory and size of an index of as many passages as are asked for, and of searches in it.

    python benchmarks/answers_scale.py PAGES... --passages N --work FOLDER [--stand-in]
        [--spoken QUESTIONS.json]

Passages are those of PAGES with a quarter of their words swapped and three invented names in each,
one of which no passage before had: the vocabulary grows as that of an encyclopedia does. They are
indexed as the product indexes, in one process, and asked questions of some of their own words,
every second one with its rarest word misheard. A run that was stopped goes on.

--spoken QUESTIONS.json has questions of SQuAD's format spoken by the built-in voice, each of 3 to 5
seconds, and asks twenty of them from the sound.

--stand-in takes sums of word vectors for the network's, which would take one processor 9 to 13
hours for 1,000,000 passages: all else is as it is.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from mondegreen.answers.answerer import Answerer
from mondegreen.answers.build import build_index
from mondegreen.answers.pages.page import READERS, ending_of, read_page
from mondegreen.answers.question import read_question
from mondegreen.answers.search import Searcher
from mondegreen.answers.sentences import sentences
from mondegreen.answers.shortened import Shortened
from mondegreen.answers.stored import StoredIndex
from mondegreen.answers.terms import term_of, words_of
from mondegreen.answers.vectors import cosines
from mondegreen.audio.samples import resample
from mondegreen.evaluate.answering import read_questions
from mondegreen.language import minilm
from mondegreen.language.embedder import Vectors
from mondegreen.language.minilm import SIZE, MiniLM, of_length_one
from mondegreen.language.static_words import StaticWords
from mondegreen.voices.voice import voice

OF_A_PAGE, OF_A_FILE = 10, 1_000
"""Passages."""
EXACT, NEAREST = 50, 20
"""Questions that are compared with all passages, and how many of the nearest are looked at."""
ALOUD = 20
"""Spoken questions."""
ENOUGH = 85
"""Words of a pattern, at least; with the last sentence they are a hundred."""
_SYLLABLES = [
    onset + vowel
    for onset in "b d f g h k l m n p r s t v z br dr kl st tr".split()  # noqa: SIM905
    for vowel in "a e i o u ai ee oo an en or".split()  # noqa: SIM905
]


class StandIn(MiniLM):
    """The network, but for the vectors of texts, which are sums of word vectors."""

    def __init__(self, *, threads: int = 1, eight_bits: bool = False) -> None:
        super().__init__(threads=threads, eight_bits=eight_bits)
        self._words = StaticWords()
        width = self._words.embed(["a"]).shape[1]
        turned, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(SIZE, width)))
        self._wide = turned.T.astype(np.float32)
        self._vectors: dict[str, Vectors] = {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(N, 384); see Embedder. Words that the sums do not know, such as names, are left out."""
        sums = np.zeros((len(texts), self._wide.shape[0]), np.float32)
        for row, text in enumerate(texts):
            words = [word for word in text.lower().split() if word in self._words]
            for word in words:
                if word not in self._vectors:
                    self._vectors[word] = self._words.vector(word)
                sums[row] += self._vectors[word]
        return of_length_one(sums @ self._wide)

    def embed_parts(self, parts: Sequence[str]) -> tuple[Vectors, Vectors]:
        """See MiniLM."""
        vectors = self.embed([" ".join(parts), *parts])
        return vectors[0], vectors[1:]


def main() -> None:
    """Make pages, index them, ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", type=Path, nargs="+")
    parser.add_argument("--passages", type=int, default=20_000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--stand-in", action="store_true")
    parser.add_argument("--spoken", type=Path)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    for stage in (make_pages, index_them, ask_them):
        # A process each, so that the memory of one is not that of another.
        process = get_context("spawn").Process(target=stage, args=(given,))
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(process.exitcode)


def stand_in() -> None:
    """Let all that uses the network take the stand-in."""
    patch.object(minilm, "MiniLM", StandIn).start()


def patterns(sources: Sequence[Path]) -> list[list[str]]:
    """The words of running text of the pages, some sentences together."""
    files = [p for s in sources for p in (sorted(s.rglob("*")) if s.is_dir() else [s])]
    endings = set(READERS.names())
    gathered: list[list[str]] = []
    for path in (p for p in files if p.is_file() and ending_of(p) in endings):
        held: list[str] = []
        for page in read_page(path):
            for sentence in (s for block in page.blocks for s in sentences(block.text)):
                words = sentence.split()
                if ":" not in sentence and sentence[-1] == "." and 6 <= len(words) <= 45:
                    held += words
                if len(held) >= ENOUGH:
                    gathered.append(held)
                    held = []
    return gathered


def invented(number: int) -> str:
    """The name of that number; each has its own."""
    rng = np.random.default_rng(number)
    some = rng.integers(0, len(_SYLLABLES), 2 + int(rng.integers(0, 2)))
    left, more = number, ""
    while left:  # the number itself, so that no two are alike
        left, digit = divmod(left, len(_SYLLABLES))
        more += _SYLLABLES[digit]
    return ("".join(_SYLLABLES[n] for n in some[:1]) + more).capitalize()


def generated(texts: Sequence[Sequence[str]], first: int, count: int) -> Iterator[dict[str, Any]]:
    """Articles of passages numbered from `first` on."""
    words = [word for text in texts for word in text if word.isalpha()]
    for number in range(first, first + count, OF_A_PAGE):
        rng = np.random.default_rng([7, number])
        title = f"{invented(number * 2)} {invented(number * 2 + 1)}"
        paragraphs = []
        for passage in range(number, min(first + count, number + OF_A_PAGE)):
            text = list(texts[int(rng.integers(len(texts)))])
            places = rng.permutation([n for n, word in enumerate(text) if word.isalpha()])
            for place in places[: len(text) // 4]:
                text[place] = words[int(rng.integers(len(words)))]
            earlier = (2 * (passage + 1) * rng.random(2) ** 3).astype(int).tolist()
            for place, name in zip(places[-3:], (2 * passage + 1, *earlier), strict=True):
                text[place] = invented(name)
            paragraphs.append({"context": " ".join(text)})
        yield {"title": title, "paragraphs": paragraphs}


def make_pages(given: argparse.Namespace) -> None:
    """Files of passages, those that are not there yet."""
    folder = given.work / "pages"
    folder.mkdir(exist_ok=True)
    texts = patterns(given.pages)
    sizes = [len(text) for text in texts]
    print(f"patterns: {len(texts):,} of {np.mean(sizes):.0f} words", flush=True)
    for first in range(0, given.passages, OF_A_FILE):
        place = folder / f"{first // OF_A_FILE:06}.json"
        if not place.exists():
            count = min(OF_A_FILE, given.passages - first)
            articles = json.dumps({"data": list(generated(texts, first, count))})
            part = place.with_suffix(".part")
            part.write_text(articles, encoding="utf-8")
            part.rename(place)


def index_them(given: argparse.Namespace) -> None:
    """The index, as the product makes it."""
    if given.stand_in:
        stand_in()
    began, used = time.perf_counter(), time.process_time()
    index = build_index([given.work / "pages"], given.work / "index").index
    size = sum(p.stat().st_size for p in (given.work / "index").rglob("*") if p.is_file())
    counts = index.about
    print(
        f"indexed: {counts.passages:,} passages, {counts.sentences:,} sentences, "
        f"{len(index.words):,} words, {len(index.array('reading_starts')) - 1:,} pronunciations; "
        f"{time.process_time() - used:,.0f} s of the processor, "
        f"{time.perf_counter() - began:,.0f} s; {size / 1e9:.2f} GB; "
        f"at most {memory('VmHWM'):,.0f} MB", flush=True,
    )  # fmt: skip


def ask_them(given: argparse.Namespace) -> None:
    """Searches, in time of the processor: a machine that is busy changes it least."""
    if given.stand_in:
        stand_in()
    began = time.perf_counter()
    index = StoredIndex(given.work / "index")
    searcher = Searcher(index)
    print(f"opened: {time.perf_counter() - began:.2f} s, {memory('VmRSS'):,.0f} MB", flush=True)
    asked = questions(index, given.questions)
    for text, _ in asked[:20]:
        searcher.search(read_question(text))
    finding = []
    for text, _ in asked:
        began = time.process_time()
        searcher.candidates(read_question(text))
        finding.append(time.process_time() - began)
    hits, whole = [], []
    for text, passage in asked:
        began = time.process_time()
        best = searcher.search(read_question(text))
        whole.append(time.process_time() - began)
        hits.append(bool(best) and best[0].passage == passage)
    report("search", finding)
    report("search, and five passages read again", whole)
    for name, some in (("as written", hits[::2]), ("misheard", hits[1::2])):
        print(f"right first, {name}: {100 * np.mean(some):.1f} % of {len(some)}", flush=True)
    near(index, searcher, [text for text, _ in asked[:EXACT]])
    if given.spoken:
        ask_aloud(index, given.spoken)
    mapped, own = memory("RssFile"), memory("RssAnon")
    print(f"memory: {own:,.0f} MB of its own, {mapped:,.0f} MB of mapped files", flush=True)


def ask_aloud(index: StoredIndex, path: Path) -> None:
    """Answers to recordings, after as many others: who is in doubt loads a decoder, once."""
    answerer = Answerer(index)
    recordings = []
    for asked in read_questions(path):
        samples, rate = voice("hibari").speak(asked.text, seed=1)
        if 3 <= len(samples) / rate <= 5:
            recordings.append(resample(samples, rate))
        if len(recordings) == 2 * ALOUD:
            break
    seconds = []
    for recording in recordings:
        began = time.process_time()
        answerer.ask(recording)
        seconds.append(time.process_time() - began)
    report("from sound of 3 to 5 s", seconds[ALOUD:])


def near(index: StoredIndex, searcher: Searcher, texts: Sequence[str]) -> None:
    """How many of the passages that are nearest in meaning are among those compared in full."""
    vectors, short = index.array("passage_vectors"), index.array("short_vectors")
    shortened = Shortened(index.array("directions"), short)
    shares = []
    for text in texts:
        question = searcher.vector(text)
        assert question is not None
        nearest = np.argsort(-cosines(vectors, question))[:NEAREST]
        compared, _ = shortened.near(vectors, question)
        inside = np.isin(nearest, compared)
        shares.append((inside[0], inside.mean()))
    first, some = 100 * np.mean(shares, axis=0)
    print(f"nearest in meaning compared: {first:.1f} %; of {NEAREST}: {some:.1f} %", flush=True)


def report(what: str, seconds: Sequence[float]) -> None:
    """Median and 95th percentile."""
    middle, high = (1000 * float(np.percentile(seconds, share)) for share in (50, 95))
    print(f"{what}: median {middle:.0f} ms, P95 {high:.0f} ms, n = {len(seconds)}", flush=True)


def questions(index: StoredIndex, count: int) -> list[tuple[str, int]]:
    """Questions of words of a sentence, and the passage; every second has its name misheard."""
    rng = np.random.default_rng(3)
    asked: list[tuple[str, int]] = []
    while len(asked) < count:
        passage = int(rng.integers(len(index)))
        words = words_of(max(index.sentences(passage), key=len))
        names = [w for w in words if w[:1].isupper() and index.words.find(w) is not None]
        if len(words) < 12 or not names:
            continue
        start = int(rng.integers(len(words) - 8))
        name = min(names, key=lambda word: frequency(index, word))
        shown = misheard(name, rng) if len(asked) % 2 else name.lower()
        middle = [w.lower() for w in words[start : start + 7] if w != name]
        asked.append((f"what about {' '.join(middle)} of {shown}", passage))
    return asked


def frequency(index: StoredIndex, word: str) -> int:
    """How many passages have a word."""
    number = index.terms.find(term_of(word))
    starts = index.array("posting_starts")
    return 0 if number is None else int(starts[number + 1] - starts[number])


def misheard(name: str, rng: np.random.Generator) -> str:
    """A name as a recogniser may write it: one vowel another, in two words."""
    vowels = [m.start() for m in re.finditer("[aeiou]", name.lower())] or [0]
    place = vowels[int(rng.integers(len(vowels)))]
    other = "aeiou"[int(rng.integers(5))]
    changed = name[:place] + other + name[place + 1 :]
    middle = max(2, len(changed) // 2)
    return f"{changed[:middle]} {changed[middle:]}".lower()


def memory(what: str) -> float:
    """MB of this process, from the line of that name of its status."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    match = re.search(rf"{what}:\s+(\d+) kB", status)
    return int(match[1]) / 1024 if match else 0.0


if __name__ == "__main__":
    main()
