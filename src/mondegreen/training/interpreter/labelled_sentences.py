"""Labelled utterances as the interpreter learns them: words, an intent, slots over the words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import NamedTuple

import numpy as np

from ...data.utterance import Utterance
from ...errors import DataError
from ...text.joined_words import joined_words
from ...types import Meaning, Slot


class Labelled(NamedTuple):
    """A slot over words `start` to `end` (one past the last)."""

    slot: str
    start: int
    end: int


@dataclass(frozen=True)
class Sentence:
    """What an utterance says and means."""

    id: str
    words: tuple[str, ...]
    intent: str
    spans: tuple[Labelled, ...]

    @property
    def meaning(self) -> Meaning:
        """Intent and slots; the words of a slot are its value."""
        return Meaning(
            self.intent, tuple(slot_of(s.slot, self.words[s.start : s.end]) for s in self.spans)
        )

    def tags(self, slots: Mapping[str, int]) -> list[int]:
        """A tag for each word; see `model.interpreter_network.tag_count`."""
        tags = [0] * len(self.words)
        for span in self.spans:
            begin = 1 + 2 * slots[span.slot]
            tags[span.start : span.end] = [begin] + [begin + 1] * (span.end - span.start - 1)
        return tags


def slot_of(name: str, words: Sequence[str]) -> Slot:
    """A slot whose value is its words."""
    spoken = " ".join(words)
    return Slot(name, spoken, spoken)


def sentence_of(utterance: Utterance) -> Sentence:
    """The words and meaning of an utterance.

    Raises DataError when it has no words or no intent, or a slot has no place in its text.
    """
    words = joined_words(utterance.text)
    if not words or utterance.intent is None:
        what = "no words" if not words else "no intent"
        raise DataError(f"{utterance.id}: it has {what}, expected a labelled sentence")
    spans: list[Labelled] = []
    for label in sorted(utterance.slots, key=lambda label: label.start or 0):
        if label.start is None or label.end is None:
            raise DataError(
                f"{utterance.id}: the slot {label.name!r} has no place in the text; give start and "
                "end, in characters"
            )
        inside = [
            i for i, word in enumerate(words)
            if word.at is not None and word.at[0] < label.end and label.start < word.at[1]
        ]  # fmt: skip
        if inside and (not spans or spans[-1].end <= inside[0]):
            spans.append(Labelled(label.name, inside[0], inside[-1] + 1))
    return Sentence(
        utterance.id, tuple(word.word for word in words), utterance.intent, tuple(spans)
    )


def projected(sentence: Sentence, words: tuple[str, ...]) -> Sentence:
    """Other words for a sentence, as a transcriber wrote them, with its labels on them.

    A slot lies where its words do when both are laid side by side; one whose words are all missing
    has no place and goes.
    """
    blocks = SequenceMatcher(None, sentence.words, words, autojunk=False).get_opcodes()

    def place(boundary: int) -> int:
        for _, start, end, other, last in blocks:
            if start <= boundary <= end and end > start:
                return other + round((boundary - start) * (last - other) / (end - start))
        return len(words)

    spans = [Labelled(span.slot, place(span.start), place(span.end)) for span in sentence.spans]
    return replace(sentence, words=words, spans=tuple(s for s in spans if s.start < s.end))


class Swaps:
    """New sentences from old ones: a slot's value for another that was said for the same slot.

    The interpreter then learns a value by what stands around it, and is right about values that it
    never met.
    """

    def __init__(self, sentences: Iterable[Sentence], least: int = 20) -> None:
        """Slots with fewer than `least` different values keep theirs: they are closed lists."""
        values: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
        for sentence in sentences:
            for span in sentence.spans:
                values[span.slot].add(sentence.words[span.start : span.end])
        self._values = {slot: sorted(some) for slot, some in values.items() if len(some) >= least}

    def swapped(self, sentence: Sentence, chance: float, rng: np.random.Generator) -> Sentence:
        """The sentence with each value replaced with the given chance."""
        words: list[str] = []
        spans: list[Labelled] = []
        end = 0
        for span in sentence.spans:
            words += sentence.words[end : span.start]
            value = sentence.words[span.start : span.end]
            others = self._values.get(span.slot, ())
            if others and rng.random() < chance:
                value = others[int(rng.integers(len(others)))]
            spans.append(Labelled(span.slot, len(words), len(words) + len(value)))
            words += value
            end = span.end
        words += sentence.words[end:]
        return replace(sentence, words=tuple(words), spans=tuple(spans))


@dataclass(frozen=True)
class Names:
    """The intents and slots of a task, in the order of the network's outputs."""

    intents: tuple[str, ...]
    slots: tuple[str, ...]

    @classmethod
    def of(cls, sentences: Iterable[Sentence]) -> Names:
        """Those that the sentences have, sorted."""
        listed = list(sentences)
        intents = sorted({sentence.intent for sentence in listed})
        return cls(tuple(intents), tuple(sorted({s.slot for x in listed for s in x.spans})))


__all__ = ["Labelled", "Names", "Sentence", "Swaps", "projected", "sentence_of", "slot_of"]
