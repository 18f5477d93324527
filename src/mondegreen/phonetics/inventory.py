"""The phone inventory: the one alphabet of sounds that every part of mondegreen shares.

General American is the base; British sounds fold into it, because listeners of both accents treat
them as the same words. Symbols are IPA. Index 0 is the CTC blank (Graves et al. 2006).
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

VOWELS = ("i", "ɪ", "ɛ", "æ", "ɑ", "ɔ", "ʊ", "u", "ʌ", "ə", "ɜ", "eɪ", "aɪ", "oʊ", "aʊ", "ɔɪ")
CONSONANTS = (
    "p", "b", "t", "d", "k", "ɡ", "tʃ", "dʒ", "f", "v", "θ", "ð", "s", "z", "ʃ", "ʒ", "h",
    "m", "n", "ŋ", "l", "ɹ", "j", "w", "ɾ",
)  # fmt: skip
NASALS = ("m", "n", "ŋ")
BLANK = 0
PHONES: tuple[str, ...] = ("<blank>", *VOWELS, *CONSONANTS)
"""42 labels: blank, 16 vowels, 25 consonants."""
INDEX = {phone: i for i, phone in enumerate(PHONES)}

Pronunciation = tuple[int, ...]
"""A word's sounds, as indices into PHONES."""

# Misaki's alphabet (the G2P's output) writes diphthongs as capitals and affricates as ligatures.
_FROM_MISAKI: dict[str, tuple[str, ...]] = {
    "A": ("eɪ",), "I": ("aɪ",), "O": ("oʊ",), "Q": ("oʊ",), "W": ("aʊ",), "Y": ("ɔɪ",),
    "ʤ": ("dʒ",), "ʧ": ("tʃ",), "T": ("ɾ",), "ᵻ": ("ɪ",), "ᵊ": ("ə",), "ɐ": ("ə",),
    "a": ("æ",), "ɒ": ("ɑ",), "ʔ": ("t",), "g": ("ɡ",), "r": ("ɹ",), "e": ("ɛ",), "o": ("oʊ",),
    "ɚ": ("ə", "ɹ"), "ɝ": ("ɜ", "ɹ"), "x": ("k",), "ɬ": ("l",), "ɫ": ("l",),
}  # fmt: skip


def from_misaki(text: str) -> Pronunciation:
    """Phone indices of a misaki phoneme string; stress, length and punctuation fall away."""
    phones: list[int] = []
    for symbol in text:
        for phone in _FROM_MISAKI.get(symbol, (symbol,)):
            if phone in INDEX:
                phones.append(INDEX[phone])
    return tuple(phones)


def parse(text: str) -> Pronunciation:
    """Phone indices of space-separated inventory symbols, as a user's lexicon writes them.

    Raises ValueError naming the first symbol that is not in the inventory.
    """
    phones = []
    for symbol in text.split():
        if symbol not in INDEX or symbol == PHONES[BLANK]:
            symbols = " ".join(PHONES[1:])
            raise ValueError(f"unknown phone {symbol!r}; the inventory is: {symbols}")
        phones.append(INDEX[symbol])
    return tuple(phones)


def spell(phones: Pronunciation) -> str:
    """Space-separated symbols of a pronunciation."""
    return " ".join(PHONES[p] for p in phones)


def best_path(scores: npt.NDArray[np.float32]) -> Pronunciation:
    """The best label of each frame of `scores (T, 42)`, repeats merged and blanks dropped."""
    return tuple(int(label) for label, _ in groupby(scores.argmax(axis=1)) if label != BLANK)
