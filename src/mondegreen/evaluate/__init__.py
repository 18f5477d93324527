"""Scores of what was understood, and how far they can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..exports import when_used

if TYPE_CHECKING:
    from .comparison import compare
    from .groups import grouped
    from .running import EngineChoice, evaluation_set, run_trials
    from .scores import score
    from .trial import Trial

__all__ = [
    "EngineChoice",
    "Trial",
    "compare",
    "evaluation_set",
    "grouped",
    "run_trials",
    "score",
]

__getattr__ = when_used(
    __name__,
    {
        "EngineChoice": "running",
        "Trial": "trial",
        "compare": "comparison",
        "evaluation_set": "running",
        "grouped": "groups",
        "run_trials": "running",
        "score": "scores",
    },
)
