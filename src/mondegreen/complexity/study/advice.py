"""What measures mean for somebody with a task: the accuracy to expect, an engine, what is hard."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ...text.tokens import words
from ..corpus import Corpus
from ..measures.lexical import entropy, ngram_entropy, part
from .relation import Line

REFERENCES = Path(__file__).with_name("reference_values.json")

_FEW_UNKNOWN = 0.02
"""Share of unknown words up to which a list of what may be said can be complete: at 2 % and six
words a sentence, one sentence in nine has a word that nobody has listed."""
_FEW_TRANSCRIPTS = 0.5
"""Share of different transcripts up to which people repeat each other."""


@dataclass(frozen=True)
class Reference:
    """A public data set's lexical measures; figures only."""

    name: str
    source: str
    licence: str
    utterances: int
    vocabulary: int
    unique: int
    entropy_1: float
    entropy_2: float
    entropy_3: float
    measured: bool
    """Whether we counted it ourselves; otherwise the figures are quoted."""


@lru_cache(maxsize=1)
def references() -> tuple[Reference, ...]:
    """The reference sets, the simplest first."""
    rows = json.loads(REFERENCES.read_text(encoding="utf-8"))
    return tuple(sorted((Reference(**row) for row in rows), key=lambda r: r.entropy_1))


def standing(entropy_1: float | None) -> str:
    """Where a data set stands among the reference sets, in words."""
    if entropy_1 is None:
        return "It has no words to compare."
    below = [r.name for r in references() if r.entropy_1 <= entropy_1]
    above = [r.name for r in references() if r.entropy_1 > entropy_1]
    if not below:
        return f"It is simpler than every reference set, even {above[0]}."
    if not above:
        return f"It is more complex than every reference set, even {below[-1]}."
    return f"By word entropy it stands between {below[-1]} and {above[0]}."


def engine(numbers: Mapping[str, float | None]) -> tuple[str, str]:
    """The engine that fits, and why: `grammar` or `neural`.

    A rule of thumb of ours, not a measured boundary: a grammar pays where what people say can be
    listed.
    """
    unknown, share = numbers.get("unknown_rate"), numbers.get("unique_share")
    if unknown is None:
        return "grammar", "there are too few different sentences for anything else to learn from"
    if unknown <= _FEW_UNKNOWN:
        return "grammar", (
            f"only {unknown:.1%} of the words of unseen sentences are new, so a list of what may "
            "be said can be nearly complete"
        )
    if share is not None and share <= _FEW_TRANSCRIPTS:
        return "grammar", (
            f"people repeat each other: only {share:.0%} of the utterances are different, though "
            f"{unknown:.1%} of the words of unseen sentences are new"
        )
    return "neural", (
        f"{unknown:.1%} of the words of unseen sentences are new, so no list of sentences will be "
        "complete; a grammar with catalogues may still serve its most frequent intents"
    )


@dataclass(frozen=True)
class Removal:
    """What leaving out rare words would buy."""

    threshold: int
    """Every word left occurs in at least so many transcripts."""
    kept_share: float
    """Share of the utterances that stay."""
    vocabulary: int
    entropy_1: float | None
    transcript_entropy: float
    dropped: tuple[str, ...]
    """Some of the words that go, the most frequent first, and those as frequent by the alphabet."""
    expected: float | None
    """Accuracy by the study's line at this word entropy; None without a study."""


def what_removing_buys(
    corpus: Corpus, line: Line | None = None, *, steps: Sequence[int] = (2, 3, 5, 10, 20, 50)
) -> list[Removal]:
    """For each threshold, what stays when utterances with rarer words are left out."""
    counts: Counter[str] = Counter()
    for sentence in {tuple(words(text)) for text in corpus.texts}:
        counts.update(set(sentence))
    by_frequency = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    rarest = np.array([min((counts[w] for w in words(t)), default=0) for t in corpus.texts])
    out = []
    for threshold in steps:
        indices = np.flatnonzero(rarest >= threshold)
        if len(indices) < 2:
            break
        tokens = part(corpus.tokens, indices)
        bits = ngram_entropy(tokens, 1)
        rare_words = [w for w, n in by_frequency if n < threshold]
        out.append(
            Removal(
                threshold=threshold,
                kept_share=len(indices) / len(corpus),
                vocabulary=len(tokens.vocabulary),
                entropy_1=bits,
                transcript_entropy=entropy(tokens.transcripts),
                dropped=tuple(rare_words[:8]),
                expected=_clipped(line.at(bits)) if line is not None and bits is not None else None,
            )
        )
    return out


def _clipped(value: float) -> float:
    return min(1.0, max(0.0, value))


def expected(line: Line, value: float) -> str:
    """The accuracy that a line predicts at a value of its measure, with its interval, in words."""
    interval = line.interval(value)
    at = f"{_clipped(line.at(value)):.0%}"
    if interval is None:
        return at
    low, high = (f"{_clipped(value):.0%}" for value in interval)
    return f"{at} (95 % prediction interval {low} to {high})"


def line_of(relation: Mapping[str, Any]) -> Line:
    """The line of a relation as a study's results hold it."""
    return Line(**relation["line"])


__all__ = [
    "Reference", "Removal", "engine", "expected", "line_of", "references", "standing",
    "what_removing_buys",
]  # fmt: skip
