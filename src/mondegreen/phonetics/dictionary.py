"""hibari's word lists as plain look-ups: US and British readings, endings taken off, compounds."""

from __future__ import annotations

import gzip
import re
import zlib
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from ..errors import ModelError

Entry: TypeAlias = str | dict[str, str | None]
_Table: TypeAlias = dict[str, Entry]

_US_AFTER_TAPS = frozenset("AIOWYiuæɑəɛɪɹʊʌ")
# Shorter halves split words that are not compounds ("carpet", "often" names like "mandela").
_SHORTEST_HALF = 4


def assets() -> Path:
    """hibari's asset folder, found without importing hibari (its import starts a synthesiser).

    Raises ModelError when the package or the folder is missing.
    """
    spec = find_spec("hibari")
    if spec is None or spec.origin is None:
        raise ModelError(
            "found no hibari-tts, expected it beside mondegreen; pip install hibari-tts==0.2.1"
        )
    folder = Path(spec.origin).parent / "assets"
    if not folder.is_dir():
        raise ModelError(f"found no dictionary at {folder}; reinstall hibari-tts==0.2.1")
    return folder


@lru_cache(maxsize=4)
def _table(name: str) -> _Table:
    path = assets() / f"lexicon_{name}.json.gz"
    try:
        return msgspec.json.decode(gzip.decompress(path.read_bytes()), type=_Table)
    except (OSError, EOFError, zlib.error, msgspec.MsgspecError) as error:
        raise ModelError(
            f"cannot read the dictionary {path}: {error}; reinstall hibari-tts==0.2.1"
        ) from error


def _readings(entry: Entry | None) -> tuple[str, ...]:
    """Readings of an entry, the default one first; homographs have one per part of speech."""
    if entry is None:
        return ()
    if isinstance(entry, str):
        return (entry,)
    first = entry.get("DEFAULT")
    return tuple(dict.fromkeys(r for r in (first, *entry.values()) if r))


def _listed(table: dict[str, Entry], word: str) -> tuple[str, ...]:
    readings = _readings(table.get(word)) + _readings(table.get(word.capitalize()))
    return readings or _readings(table.get(word.upper()))


def _same_sound(a: str, b: str) -> bool:
    return re.sub("[ˈˌ]", "", a) == re.sub("[ˈˌ]", "", b)


def _distinct(readings: tuple[str, ...]) -> tuple[str, ...]:
    distinct: list[str] = []
    for reading in readings:
        if not any(_same_sound(reading, k) for k in distinct):
            distinct.append(reading)
    return tuple(distinct)


def _with_s(stem: str) -> str:
    if stem[-1] in "ptkfθ":
        return stem + "s"
    return stem + ("ᵻz" if stem[-1] in "szʃʒʧʤ" else "z")


def _with_ed(stem: str) -> str:
    if stem[-1] in "pkfθʃsʧ":
        return stem + "t"
    if stem[-1] == "d":
        return stem + "ᵻd"
    if stem[-1] != "t":
        return stem + "d"
    tapped = len(stem) > 1 and stem[-2] in _US_AFTER_TAPS
    return (stem[:-1] + "ɾ" if tapped else stem) + "ᵻd"


def _with_ing(stem: str) -> str:
    tapped = len(stem) > 1 and stem[-1] == "t" and stem[-2] in _US_AFTER_TAPS
    return (stem[:-1] + "ɾ" if tapped else stem) + "ɪŋ"


def _stems(word: str, ending: str) -> tuple[str, ...]:
    """Words that `word` may be an inflection of, the commonest spelling rule first."""
    bare = word[: -len(ending)]
    if ending == "s":
        if word.endswith("ss"):
            return ()
        hissed = word.endswith(("ses", "xes", "zes", "ches", "shes", "oes"))  # not "angeles"
        changed = (word[:-3] + "y",) if word.endswith("ies") else ()
        return bare, *((word[:-2],) if hissed else ()), *changed
    doubled = (bare[:-1],) if len(bare) > 2 and bare[-1] == bare[-2] else ()
    changed = (bare[:-1] + "y",) if ending == "ed" and bare.endswith("i") else ()
    return bare, bare + "e", *doubled, *changed


_INFLECTIONS: tuple[tuple[str, Any], ...] = (("s", _with_s), ("ed", _with_ed), ("ing", _with_ing))


def us_listed(word: str) -> tuple[str, ...]:
    """US readings (misaki symbols) of a folded lower-case word that is in the word list."""
    gold = _distinct(_listed(_table("us_gold"), word))
    return gold or _distinct(_listed(_table("us_silver"), word))


def us_inflected(word: str) -> tuple[str, ...]:
    """US readings of a word that is a listed one with an ending: "remixes", "googled", "joe's"."""
    if word.endswith(("'s", "s'")):
        stem = word[:-2]
        return tuple(_with_s(r) for r in us_listed(stem))
    if word.endswith("in'"):
        return tuple(r[:-1] + "n" for r in us_readings(word[:-1] + "g") if r.endswith("ŋ"))
    for ending, add in _INFLECTIONS:
        if not word.endswith(ending) or len(word) < len(ending) + 3:
            continue
        for stem in _stems(word, ending):
            readings = us_listed(stem) if len(stem) > 2 else ()
            if readings:
                return tuple(add(r) for r in readings)
    return ()


def us_compound(word: str) -> tuple[str, ...]:
    """US reading of two listed words written as one: "radiohead", "moonlanding"."""
    gold = _table("us_gold")
    for cut in range(len(word) - _SHORTEST_HALF, _SHORTEST_HALF - 1, -1):
        head, tail = word[:cut], word[cut:]
        if head in gold and (tail in gold or (tail[-1] == "s" and tail[:-1] in gold)):
            first, second = us_listed(head), us_readings(tail)
            if first and second:
                return (first[0] + second[0],)
    return ()


@lru_cache(maxsize=65536)
def us_readings(word: str) -> tuple[str, ...]:
    """US readings of a word from the list, by its ending, or as a compound; empty if unknown."""
    return us_listed(word) or us_inflected(word) or (us_compound(word) if word.isalpha() else ())


def british_listed(word: str) -> tuple[str, ...]:
    """British readings (misaki symbols) of a folded lower-case word that is in the word list."""
    return _distinct(_listed(_table("gb_gold"), word))
