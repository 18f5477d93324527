"""What may be said, and what it means: grammar files, their analysis, sentences out of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..exports import when_used

if TYPE_CHECKING:
    from .analysis.check import Finding, check
    from .analysis.sample import Sample, count_sentences, sample
    from .expression import Grammar, Notice
    from .home.check_home import check_home
    from .home.home import Area, Device, Floor, Home
    from .home.read_home import read_home
    from .load import load_grammar

__all__ = [
    "Area", "Device", "Finding", "Floor", "Grammar", "Home", "Notice", "Sample", "check",
    "check_home", "count_sentences", "load_grammar", "read_home", "sample",
]  # fmt: skip

__getattr__ = when_used(
    __name__,
    {
        "Area": "home.home",
        "Device": "home.home",
        "Finding": "analysis.check",
        "Floor": "home.home",
        "Grammar": "expression",
        "Home": "home.home",
        "Notice": "expression",
        "Sample": "analysis.sample",
        "check": "analysis.check",
        "check_home": "home.check_home",
        "count_sentences": "analysis.sample",
        "load_grammar": "load",
        "read_home": "home.read_home",
        "sample": "analysis.sample",
    },
)
