"""mondegreen: speech straight to meaning, offline.

import mondegreen
engine = mondegreen.load("starter")
result = engine.understand("order.wav")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import MondegreenError
from .types import Meaning, Slot, Understanding
from .version import __version__

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
