"""What may be said, and what it means: grammar files, their analysis, sentences out of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..exports import when_used

if TYPE_CHECKING:
    from .analysis.check import Finding, check
    from .analysis.sample import Sample, count_sentences, sample
    from .expression import Grammar
    from .load import load_grammar

__all__ = ["Finding", "Grammar", "Sample", "check", "count_sentences", "load_grammar", "sample"]

__getattr__ = when_used(
    __name__,
    {
        "Finding": "analysis.check",
        "Grammar": "expression",
        "Sample": "analysis.sample",
        "check": "analysis.check",
        "count_sentences": "analysis.sample",
        "load_grammar": "load",
        "sample": "analysis.sample",
    },
)
