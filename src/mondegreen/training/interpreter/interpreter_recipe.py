"""The settings of a general model's training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from msgspec import Meta

from ...data.make.synthesize import Manner
from .fit_interpreter import Fit
from .fit_joint import Joint
from .fit_masked import Masked
from .fit_transcriber import Tuning
from .spoken_texts import VOICES


@dataclass(frozen=True)
class Recipe:
    """All that a general model depends on beside its data. `training/recipes/interpreter.toml`
    holds the same numbers."""

    seed: int = 1
    """Everything random follows from it."""
    name: str = "general"
    """What the model is called in results."""
    fit: Fit = field(default_factory=Fit)
    """The language model and what is put on it."""
    masked: Masked = field(default_factory=Masked)
    """What the language model learns of the sentences before that."""
    speaking: Manner = field(default_factory=lambda: Manner(VOICES, seed=3))
    """How voices say the sentences."""
    versions: Annotated[int, Meta(ge=1)] = 1
    """How often each sentence is said."""
    transcriber: str = "moonshine"
    """What writes the words down: see `model.transcribers`."""
    tune: Tuning = field(default_factory=Tuning)
    """How it learns. With no epochs it stays as published, and Moonshine writes one hypothesis."""
    joint: Joint = field(default_factory=Joint)
    """What interpreter and choice learn from the transcriber's texts, once both are fitted."""
    unrelated: Annotated[int, Meta(ge=0)] = 600
    """Recordings of anything else, at the most, which the model learns to refuse."""


__all__ = ["Recipe"]
