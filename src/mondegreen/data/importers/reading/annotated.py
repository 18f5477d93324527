"""Sentences with their slots marked inside, `wake me at [time : five am]`, as text and spans."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...utterance import SlotLabel

# A few marks are written with two colons, and the words may hold one too ("[time : 5:30]").
_MARK = re.compile(r"\[([^\[\]:]*):+([^\[\]]*)\]")
_BRACKET = re.compile(r"[\[\]]")


def parse_marked(marked: str) -> tuple[str, tuple[SlotLabel, ...]]:
    """The plain text of a marked sentence, trimmed, and its slots with their places in it.

    Raises ValueError for a bracket without its partner, and for a mark without a name or words.
    """
    marked = marked.strip()
    plain: list[str] = []
    slots: list[SlotLabel] = []
    length = position = 0
    for mark in _MARK.finditer(marked):
        name, words = mark[1].strip(), mark[2].strip()
        if not name or not words:
            raise ValueError(f"found {mark[0]!r}, expected [slot : words]")
        between = _unmarked(marked[position : mark.start()])
        start = length + len(between)
        length = start + len(words)
        plain += [between, words]
        slots.append(SlotLabel(name, words, start, length))
        position = mark.end()
    plain.append(_unmarked(marked[position:]))
    return "".join(plain), tuple(slots)


def _unmarked(text: str) -> str:
    bracket = _BRACKET.search(text)
    if bracket:
        near = text[max(0, bracket.start() - 10) : bracket.start() + 20]
        raise ValueError(f"found a stray bracket at {near!r}, expected [slot : words]")
    return text


def place_slots(slots: Sequence[SlotLabel], plain: str, text: str) -> tuple[SlotLabel, ...]:
    """Slots that lie in `plain`, with their places in another writing of the same sentence.

    Marked Chinese and Japanese has spaces that the sentence itself has not. Where more than spaces
    differs, the words are looked for in order; a slot whose words are not there has no place.
    """
    if plain == text:
        return tuple(slots)
    letters = [at for at, letter in enumerate(text) if not letter.isspace()]
    if "".join(plain.split()) == "".join(text.split()):
        ranks = [0]
        for letter in plain:
            ranks.append(ranks[-1] + (not letter.isspace()))
        return tuple(
            SlotLabel(
                s.name, s.value, letters[ranks[s.start or 0]], letters[ranks[s.end or 0] - 1] + 1
            )
            for s in slots
        )
    placed: list[SlotLabel] = []
    after = 0
    for slot in slots:
        place = re.compile(rf"(?<!\w){re.escape(str(slot.value))}(?!\w)").search(text, after)
        after = place.end() if place else after
        span = place.span() if place else (None, None)
        placed.append(SlotLabel(slot.name, slot.value, *span))
    return tuple(placed)


__all__ = ["parse_marked", "place_slots"]
