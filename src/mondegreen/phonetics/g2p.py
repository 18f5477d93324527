"""Words to phones: hibari's lexicon and network, weak forms, accents, and the user's own lexicon."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import GrammarError
from .inventory import INDEX, Pronunciation, from_misaki, parse


@lru_cache(maxsize=2)
def _engine(british: bool) -> Any:
    from hibari.g2p import G2P

    return G2P(british=british)


def lexicon_words() -> list[str]:
    """Every word whose US pronunciation is known rather than guessed."""
    return sorted(_engine(False).lexicon.golds.d)


def sentence_phonemes(text: str, *, british: bool = False) -> str:
    """Misaki phonemes of running text, read in context (numbers, abbreviations, homographs)."""
    return str(_engine(british)(text))
