"""How many different things are said: vocabulary, transcripts, n-grams, meanings; in bits.

Entropies are those of the observed frequencies (Shannon 1948), of n-grams inside utterances,
without padding. They grow with the size of the sample; `rarefied` makes sizes comparable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...text.tokens import Ids, Tokens
from ..corpus import Corpus


@dataclass(frozen=True)
class Lexical:
    """The lexical measures of a corpus; None where there is no defined value."""

    utterances: int
    words: int
    vocabulary: int
    unique: int
    """Different transcripts."""
    unique_share: float
    entropy_1: float | None
    """Bits of a word."""
    entropy_2: float | None
    """Bits of two words in a row."""
    entropy_3: float | None
    transcript_entropy: float
    """Bits of a whole transcript."""
    interpretation_entropy: float | None
    """Bits of a meaning; None without labels."""
    conditional_entropy: float | None
    """Bits of the meaning that the transcript leaves open: 0 where text says it all."""
    mean_length: float
    """Words an utterance."""
    longest: int
    hapax_share: float | None
    """Share of the vocabulary that occurs once."""
    unknown_rate: float | None
    """Share of the words of one tenth of the transcripts that the other nine do not have."""


def measure(corpus: Corpus, *, seed: int = 1) -> Lexical:
    """The lexical measures of `corpus`, which has at least one utterance."""
    tokens = corpus.tokens
    size, unique = len(corpus), len(np.unique(tokens.transcripts))
    counts = np.bincount(tokens.ids, minlength=1)
    meanings = numbered(corpus.interpretations)
    return Lexical(
        utterances=size,
        words=len(tokens.ids),
        vocabulary=len(tokens.vocabulary),
        unique=unique,
        unique_share=unique / size,
        entropy_1=ngram_entropy(tokens, 1),
        entropy_2=ngram_entropy(tokens, 2),
        entropy_3=ngram_entropy(tokens, 3),
        transcript_entropy=entropy(tokens.transcripts),
        interpretation_entropy=entropy(meanings) if len(meanings) else None,
        conditional_entropy=(
            conditional_entropy(meanings, tokens.transcripts) if len(meanings) else None
        ),
        mean_length=len(tokens.ids) / size,
        longest=int(tokens.lengths.max()),
        hapax_share=float(np.mean(counts == 1)) if len(tokens.ids) else None,
        unknown_rate=unknown_rate(tokens, seed),
    )


def numbered(labels: Sequence[str]) -> Ids:
    """The labels as numbers in order of first appearance."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in labels], np.int64)


def entropy(ids: npt.NDArray[np.int64]) -> float:
    """Bits of the distribution of `ids (N,)` as observed; 0 for none."""
    if not len(ids):
        return 0.0
    _, counts = np.unique(ids, return_counts=True)
    shares = counts / len(ids)
    return max(0.0, float(-(shares * np.log2(shares)).sum()))


def conditional_entropy(of: Ids, condition: Ids) -> float:
    """Bits of `of (N,)` that `condition (N,)` leaves open: H(of, condition) - H(condition)."""
    both = of * (int(condition.max(initial=0)) + 1) + condition
    return max(0.0, entropy(both) - entropy(condition))


def ngrams(tokens: Tokens, n: int) -> Ids:
    """A number for each run of `n` words inside an utterance."""
    size = len(tokens.vocabulary)
    if len(tokens.ids) < n or size**n > 2**62:
        return _ngrams_by_step(tokens, n)
    code = np.zeros(len(tokens.ids) - n + 1, np.int64)
    for offset in range(n):
        code = code * size + tokens.ids[offset : len(tokens.ids) - n + 1 + offset]
    return code[_inside(tokens, n)]


def _inside(tokens: Tokens, n: int) -> npt.NDArray[np.bool_]:
    """Which runs of `n` words do not cross into the next utterance."""
    owner = np.repeat(np.arange(len(tokens.starts) - 1), tokens.lengths)
    return np.asarray(owner[: len(owner) - n + 1] == owner[n - 1 :])


def _ngrams_by_step(tokens: Tokens, n: int) -> Ids:
    """`ngrams` where codes would overflow: pairs are renumbered before the next word is added."""
    if len(tokens.ids) < n:
        return np.zeros(0, np.int64)
    code = tokens.ids[: len(tokens.ids) - n + 1]
    for offset in range(1, n):
        _, code = np.unique(code, return_inverse=True)
        code = code * len(tokens.vocabulary) + tokens.ids[offset : len(tokens.ids) - n + 1 + offset]
    return code[_inside(tokens, n)]


def ngram_entropy(tokens: Tokens, n: int) -> float | None:
    """Bits of `n` words in a row; None where no utterance is that long."""
    codes = ngrams(tokens, n)
    return entropy(codes) if len(codes) else None


def unknown_rate(tokens: Tokens, seed: int) -> float | None:
    """Share of the words in a tenth of the transcripts that the other nine tenths lack.

    Whole transcripts are held out, so that a sentence said a hundred times is not its own proof.
    None for fewer than ten transcripts.
    """
    kinds = int(tokens.transcripts.max(initial=-1)) + 1
    if kinds < 10:
        return None
    order = np.random.default_rng(seed).permutation(kinds)
    held_out = np.zeros(kinds, bool)
    held_out[order[: kinds // 10]] = True
    out = np.repeat(held_out[tokens.transcripts], tokens.lengths)
    in_training = np.zeros(len(tokens.vocabulary), bool)
    in_training[tokens.ids[~out]] = True
    held_out_ids = tokens.ids[out]
    return float(np.mean(~in_training[held_out_ids])) if len(held_out_ids) else None


@dataclass(frozen=True)
class Rarefied:
    """A measure over random parts of equal size."""

    mean: float
    low: float | None
    """2.5 % of the parts are below; None where the only part is the whole, which has no range."""
    high: float | None
    size: int
    """Utterances of each part."""


def part(tokens: Tokens, indices: Ids) -> Tokens:
    """The utterances at `indices` alone, with a vocabulary of their own."""
    lengths = tokens.lengths[indices]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    places = np.repeat(tokens.starts[indices] - starts[:-1], lengths) + np.arange(starts[-1])
    used_ids, ids = np.unique(tokens.ids[places], return_inverse=True)
    vocabulary = [tokens.vocabulary[i] for i in used_ids.tolist()]
    return Tokens(ids.astype(np.int64), starts, vocabulary, tokens.transcripts[indices])


GROWING: dict[str, Callable[[Tokens], float | None]] = {
    "vocabulary": lambda tokens: float(len(tokens.vocabulary)),
    "unique": lambda tokens: float(len(np.unique(tokens.transcripts))),
    "entropy_1": lambda tokens: ngram_entropy(tokens, 1),
    "entropy_2": lambda tokens: ngram_entropy(tokens, 2),
    "entropy_3": lambda tokens: ngram_entropy(tokens, 3),
    "transcript_entropy": lambda tokens: entropy(tokens.transcripts),
}
"""Measures that grow with the sample."""


def rarefied(tokens: Tokens, size: int, *, rounds: int = 30, seed: int = 1) -> dict[str, Rarefied]:
    """The growing measures over `rounds` random parts of `size` utterances (Sanders 1968).

    Drawn without replacement; a measure without a value in some part is left out.
    """
    rng = np.random.default_rng(seed)
    total = len(tokens.transcripts)
    size = min(size, total)
    if size == total:
        rounds = 1  # the whole of it, every time
    by_measure: dict[str, list[float | None]] = {name: [] for name in GROWING}
    for _ in range(rounds):
        sample = part(tokens, np.sort(rng.choice(total, size, replace=False)))
        for name, value in GROWING.items():
            by_measure[name].append(value(sample))
    return summaries(by_measure, size)


def summaries(values: Mapping[str, Sequence[float | None]], size: int) -> dict[str, Rarefied]:
    """Mean and 95 % range of each measure over parts; those undefined in some part are left out.

    One part alone has a value, and no range.
    """
    out = {}
    for name, samples in values.items():
        defined = [value for value in samples if value is not None]
        if len(defined) == len(samples):
            low, high = np.quantile(defined, (0.025, 0.975)).tolist()
            alone = len(defined) == 1
            out[name] = Rarefied(
                float(np.mean(defined)), None if alone else low, None if alone else high, size
            )
    return out


__all__ = [
    "GROWING", "Lexical", "Rarefied", "conditional_entropy", "entropy", "measure", "ngram_entropy",
    "ngrams", "part", "rarefied", "summaries",
    "unknown_rate",
]  # fmt: skip
