"""mondegreen: speech straight to meaning, offline.

import mondegreen
engine = mondegreen.load("starter")
result = engine.understand("order.wav")
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from .errors import MondegreenError
from .types import Meaning, Slot, Understanding
from .version import __version__

# ONNX Runtime 1.32 looks up a server of Microsoft's and leaves a file in the home folder, and the
# client of the Hugging Face hub says in every request who asks, unless these are set before either
# is imported. Nothing leaves the machine.
os.environ["ORT_DISABLE_TELEMETRY"] = os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

if TYPE_CHECKING:
    from .engines.grammar.engine import GrammarEngine

__all__ = ["Meaning", "MondegreenError", "Slot", "Understanding", "__version__", "load"]


def load(name: str = "starter", **settings: Any) -> GrammarEngine:
    """The engine for a grammar: `"starter"` (ships with mondegreen) or a path to a grammar file.

    `settings` are those of `GrammarEngine.load`. Raises GrammarError for
    a grammar with a mistake in it and ModelError for weights that do not match.
    """
    from .engines.grammar.engine import GrammarEngine

    return GrammarEngine.load(name, **settings)
