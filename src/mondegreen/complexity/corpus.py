"""What is measured: the transcripts of a data set, with their meanings where they are known."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ..data.manifest import Manifest
from ..data.utterance import Utterance, source_of
from ..errors import DataError
from ..jobs.files import MOST_JSON, read_bytes
from ..text.spoken_text import foreign_script
from ..text.tokens import Tokens, tokenize


@dataclass(frozen=True)
class Corpus:
    """Transcripts in order; `interpretations` are empty where no meanings are known."""

    name: str
    texts: Sequence[str]
    interpretations: Sequence[str] = ()
    """Intent and slots of each, as one text; equal texts are equal meanings."""
    intents: Sequence[str] = ()
    slots: Sequence[Mapping[str, str]] = ()
    """Of each, slot names and values as JSON; a name that comes twice holds both values."""

    def __len__(self) -> int:
        return len(self.texts)

    def part(self, indices: Sequence[int]) -> Corpus:
        """The utterances at `indices` alone, in that order."""

        def of(values: Sequence[Any]) -> list[Any]:
            return [values[i] for i in indices] if values else []

        return Corpus(
            self.name, of(self.texts), of(self.interpretations), of(self.intents), of(self.slots)
        )

    @cached_property
    def tokens(self) -> Tokens:
        """The words as numbers."""
        return tokenize(self.texts)


def interpretation(utterance: Utterance) -> str:
    """Intent and slots as one text, the slots in order of their names."""
    slots = sorted((slot.name, json.dumps(slot.value, sort_keys=True)) for slot in utterance.slots)
    return " ".join([utterance.intent or "", *(f"{name}={value}" for name, value in slots)])


def slot_values(utterance: Utterance) -> dict[str, str]:
    """Each slot's value as JSON; the values of a slot that comes twice, in order, as one text."""
    values: dict[str, str] = {}
    for name, value in sorted(
        (slot.name, json.dumps(slot.value, sort_keys=True)) for slot in utterance.slots
    ):
        values[name] = f"{values[name]} {value}" if name in values else value
    return values


def each_once(utterances: Iterable[Utterance]) -> list[Utterance]:
    """The utterances with one of the versions that 'data synthesize' or 'data augment' made of one.

    Rows that only share their text stay: two people who say the same are two utterances.
    """
    once: dict[tuple[str, str], Utterance] = {}
    for utterance in utterances:
        once.setdefault((utterance.text, source_of(utterance)), utterance)
    return list(once.values())


def from_utterances(name: str, utterances: Iterable[Utterance]) -> Corpus:
    """The transcripts of utterances; their meanings too, where any has an intent."""
    texts, interpretations, intents, slots = [], [], [], []
    for utterance in utterances:
        texts.append(utterance.text)
        intents.append(utterance.intent or "")
        interpretations.append(interpretation(utterance))
        slots.append(slot_values(utterance))
    if not any(intents):
        return Corpus(name, texts)
    return Corpus(name, texts, interpretations, intents, slots)


_UNSPACED = ("Cjk", "Hiragana", "Katakana", "Bopomofo", "Thai", "Lao", "Khmer", "Myanmar")
"""Scripts that put no spaces between words, as `foreign_script` calls them."""
_LONG = 4.0
"""Letters between two spaces, on average, above which a text in such a script is not divided into
words: divided, Chinese has 1.6, Japanese 2.5, and Thai, whose vowels are mostly marks, 3."""


def check_words(corpus: Corpus) -> None:
    """Raise DataError where most texts are written without spaces between their words.

    Each would be counted as one word, and every measure of words would be of something else.
    """
    scripts = [script for text in corpus.texts if (script := _undivided(text))]
    if 2 * len(scripts) > len(corpus):
        script = Counter(scripts).most_common(1)[0][0]
        raise DataError(
            f"{corpus.name}: {len(scripts):,} of {len(corpus):,} texts are in {script} script "
            "without spaces between words, and each would count as one word; put a space between "
            "words (with a word segmenter of the language), and measure that"
        )


def _undivided(text: str) -> str | None:
    """The script of a text whose words no space divides; None for all others."""
    script = foreign_script(text)
    if script not in _UNSPACED:
        return None
    letters = sum(character.isalpha() for character in text)
    return script if letters > _LONG * len(text.split()) else None


def from_manifest(path: Path) -> Corpus:
    """The transcripts of a manifest. Raises DataError when it holds none."""
    corpus = from_utterances(path.stem, Manifest.open(path))
    if not any(corpus.texts):
        raise DataError(f"{path}: none of its {len(corpus)} utterances has a text to measure")
    return corpus


def from_text(path: Path) -> Corpus:
    """A transcript a line; empty lines are left out.

    Raises DataError for a file that is not text, and for one that holds JSON.
    """
    try:
        # With or without the mark that editors on Windows put before UTF-8.
        lines = read_bytes(path, DataError, most=MOST_JSON).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: cannot be read as text: {error}") from error
    texts = [line for line in lines if line.strip()]
    if not texts:
        raise DataError(f"{path}: found no transcript; expected one a line")
    if texts[0].lstrip().startswith(("{", "[{")):
        raise DataError(
            f"{path}: found JSON, expected a transcript a line; a manifest's name ends in .jsonl"
        )
    return Corpus(path.stem, texts)


__all__ = [
    "Corpus", "check_words", "each_once", "from_manifest", "from_text", "from_utterances",
    "interpretation", "slot_values",
]  # fmt: skip
