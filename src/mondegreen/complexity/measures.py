"""All measures of a corpus as one table of numbers, by name."""

from __future__ import annotations

from dataclasses import asdict

from . import lexical
from .corpus import Corpus


def measure_all(corpus: Corpus, *, embedding: str, seed: int = 1) -> dict[str, float | None]:
    """Every measure of `corpus`; None where it has no value."""
    del embedding
    return {**asdict(lexical.measure(corpus, seed=seed))}


__all__ = ["measure_all"]
