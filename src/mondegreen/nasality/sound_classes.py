"""Which sounds of the inventory say what about the velum."""

from __future__ import annotations

from ..phonetics.inventory import CONSONANTS, INDEX, NASALS, VOWELS

SONORANTS = frozenset(INDEX[p] for p in (*VOWELS, "l", "ɹ", "j", "w"))
"""Sounds that stay what they are while the velum is open, and only change their colour."""
NASAL = frozenset(INDEX[p] for p in NASALS)
COGNATES = {
    INDEX[stop]: INDEX[nasal]
    for nasal, stops in {"m": "pb", "n": "tdɾ", "ŋ": "kɡ"}.items()
    for stop in stops
}
"""What each stop becomes when the velum does not close: the nasal of the same place."""
STOP_OF = {INDEX["m"]: INDEX["b"], INDEX["n"]: INDEX["d"], INDEX["ŋ"]: INDEX["ɡ"]}
"""What each nasal becomes when nothing passes through the nose, as with a cold."""
VOICED_STOPS = frozenset(INDEX[p] for p in ("b", "d", "ɡ", "ɾ"))
VOICELESS_STOPS = frozenset(INDEX[p] for p in ("p", "t", "k"))
FRICATIVES = frozenset(INDEX[p] for p in ("f", "v", "θ", "ð", "s", "z", "ʃ", "ʒ", "tʃ", "dʒ"))
ORAL_VOICED = frozenset(INDEX[p] for p in ("b", "d", "ɡ", "v", "ð", "z", "l", "ɹ", "j", "w"))
"""Consonants that differ from nasals by the velum and not by the voice."""
VOWEL = frozenset(INDEX[p] for p in VOWELS)
CONSONANT = frozenset(INDEX[p] for p in CONSONANTS)

FIRST_FORMANT = {
    INDEX[phone]: hertz
    for phone, hertz in {
        "i": 300.0, "ɪ": 430.0, "ɛ": 580.0, "æ": 700.0, "ɑ": 750.0, "ɔ": 600.0, "ʊ": 450.0,
        "u": 330.0, "ʌ": 640.0, "ə": 500.0, "ɜ": 490.0, "eɪ": 450.0, "aɪ": 650.0, "oʊ": 480.0,
        "aʊ": 680.0, "ɔɪ": 500.0, "l": 380.0, "ɹ": 400.0, "j": 300.0, "w": 330.0,
    }.items()
}  # fmt: skip
"""Hz, between those of men and women (Hillenbrand et al. 1995), rounded: near enough to find which
harmonic is the strongest of the first formant."""
