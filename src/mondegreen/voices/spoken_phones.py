"""The phones that a synthetic voice says it spoke, in mondegreen's inventory.

flite and espeak-ng carry their own dictionaries, which differ from ours word by word ("almond" with
and without its l). A clip labelled with the voice's own phones has no such errors.
"""

from __future__ import annotations

import difflib
import re
import subprocess

from ..phonetics.inventory import INDEX, Pronunciation, from_misaki
from ..phonetics.pronouncer import sentence_phonemes

# flite's alphabet (the CMU Pronouncing Dictionary's in lower case, with ax for schwa).
_CMU: dict[str, tuple[str, ...]] = {
    "aa": ("ɑ",), "ae": ("æ",), "ah": ("ʌ",), "ao": ("ɔ",), "aw": ("aʊ",), "ax": ("ə",),
    "ay": ("aɪ",), "eh": ("ɛ",), "er": ("ɜ", "ɹ"), "axr": ("ə", "ɹ"), "ey": ("eɪ",),
    "ih": ("ɪ",), "ix": ("ɪ",), "iy": ("i",), "ow": ("oʊ",), "oy": ("ɔɪ",), "uh": ("ʊ",),
    "uw": ("u",), "b": ("b",), "ch": ("tʃ",), "d": ("d",), "dh": ("ð",), "dx": ("ɾ",),
    "el": ("ə", "l"), "em": ("ə", "m"), "en": ("ə", "n"), "f": ("f",), "g": ("ɡ",),
    "hh": ("h",), "hv": ("h",), "jh": ("dʒ",), "k": ("k",), "l": ("l",), "m": ("m",),
    "n": ("n",), "nx": ("n",), "ng": ("ŋ",), "p": ("p",), "r": ("ɹ",), "s": ("s",),
    "sh": ("ʃ",), "t": ("t",), "th": ("θ",), "v": ("v",), "w": ("w",), "y": ("j",),
    "z": ("z",), "zh": ("ʒ",), "pau": (), "brth": (), "ssil": (),
}  # fmt: skip

# espeak-ng's IPA, longest first; the rest is a symbol of the inventory itself.
_IPA: dict[str, tuple[str, ...]] = {
    "aɪə": ("aɪ", "ə"), "aɪɚ": ("aɪ", "ə", "ɹ"), "aʊə": ("aʊ", "ə"),
    "ʌʉ": ("aʊ",), "æʊ": ("aʊ",), "tʃ": ("tʃ",),
    "dʒ": ("dʒ",), "eɪ": ("eɪ",), "aɪ": ("aɪ",), "oʊ": ("oʊ",), "əʊ": ("oʊ",), "aʊ": ("aʊ",),
    "ɔɪ": ("ɔɪ",), "ɑː": ("ɑ",), "aː": ("ɑ",), "oːɹ": ("ɔ", "ɹ"), "oə": ("ɔ",), "ɑə": ("ɑ",),
    "ɜː": ("ɜ",), "ɜ": ("ə", "ɹ"), "əɹ": ("ə", "ɹ"), "eː": ("eɪ",), "oː": ("oʊ",), "a": ("æ",),
    "e": ("ɛ",), "o": ("ɔ",), "ɒ": ("ɑ",), "ɐ": ("ə",), "ɚ": ("ə", "ɹ"), "ᵻ": ("ɪ",), "ɵ": ("ʊ",),
    "ʉ": ("u",), "y": ("u",), "r": ("ɹ",), "ʔ": ("t",), "x": ("k",), "ɫ": ("l",), "ɬ": ("l",),
    "ɲ": ("n", "j"), "g": ("ɡ",), "ɕ": ("ʃ",), "n̩": ("ə", "n"), "l̩": ("ə", "l"),
}  # fmt: skip
_UNIT = re.compile("|".join(sorted([*_IPA, *(p for p in INDEX if p[0] != "<")], key=len)[::-1]))
_RHOTIC_ONLY = {"ɜː": ("ɜ", "ɹ")}
"""General American espeak writes the vowel of "bird" without its r, but speaks it."""


def from_cmu(line: str) -> Pronunciation:
    """Phones of space-separated CMU symbols, as `flite -ps` prints them; pauses fall away."""
    return tuple(INDEX[p] for symbol in line.split() for p in _CMU.get(symbol, ()))


def from_espeak(ipa: str, *, rhotic: bool) -> Pronunciation:
    """Phones of `espeak-ng --ipa` output; `rhotic` voices speak the r that "ɜː" leaves out."""
    phones: list[str] = []
    for match in _UNIT.finditer(re.sub("[ˈˌ]", "", ipa)):
        unit = match.group()
        if rhotic and unit in _RHOTIC_ONLY:
            phones += _RHOTIC_ONLY[unit]
        else:
            phones += _IPA.get(unit, (unit,))
    return tuple(INDEX[p] for p in phones)


def _printed(command: list[str]) -> str:
    # espeak-ng stops at "--" and reads the text as it is, even when it begins with a dash.
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


_COARSE = {INDEX["ɜ"]: INDEX["ə"], INDEX["ɾ"]: INDEX["t"]}
"""Differences that the CMU alphabet cannot write: bird and butter's vowels, a tapped t."""


def refined(coarse: Pronunciation, finer: Pronunciation) -> Pronunciation:
    """`coarse`, with the symbols of `finer` wherever the two agree but for _COARSE."""
    out = list(coarse)
    left = [_COARSE.get(p, p) for p in coarse]
    right = [_COARSE.get(p, p) for p in finer]
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    for block in matcher.get_matching_blocks():
        out[block.a : block.a + block.size] = finer[block.b : block.b + block.size]
    return tuple(out)


def of_flite(text: str) -> Pronunciation:
    """What any of flite's US English voices says for `text`."""
    flite_phones = from_cmu(_printed(["flite", "-voice", "slt", "-t", text, "-ps", "-o", "none"]))
    return refined(flite_phones, from_misaki(sentence_phonemes(text)))


def of_espeak(text: str, accent: str) -> Pronunciation:
    """What espeak-ng says for `text` in an accent such as `en-us` or `en-gb-scotland`."""
    ipa = _printed(["espeak-ng", "-v", accent, "-q", "--ipa", "--", text])
    return from_espeak(ipa, rhotic=accent == "en-us")


__all__ = ["from_cmu", "from_espeak", "of_espeak", "of_flite", "refined"]
