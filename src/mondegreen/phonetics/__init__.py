"""Sounds of words: the phone inventory, pronunciations, and how far apart two of them are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..exports import when_used

if TYPE_CHECKING:
    from .inventory import PHONES, spell
    from .pronouncer import Pronouncer, read_lexicon

__all__ = ["PHONES", "Pronouncer", "read_lexicon", "spell"]

__getattr__ = when_used(
    __name__,
    {
        "PHONES": "inventory",
        "Pronouncer": "pronouncer",
        "read_lexicon": "pronouncer",
        "spell": "inventory",
    },
)
