"""Pages cut into passages: as much as one answer needs around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .pages.page import Block, Page
from .sentences import cut, sentence_ends

ENOUGH = 60
"""Words from which a passage stands by itself; shorter blocks of a section go together."""
MOST = 180
"""Words of a passage that is put together."""
LONGEST = 250
"""Words of a paragraph that stays whole: what the embedding reads at once, about."""
MOST_CHARACTERS = 4_000
"""Of a passage; longer runs without a full stop are cut, wherever that is."""


@dataclass(frozen=True)
class Passage:
    """Some sentences of one section of a page."""

    text: str
    ends: tuple[int, ...]
    """Place in `text` behind each sentence; the last is its length."""
    section: str = ""
    anchor: str = ""

    @property
    def sentences(self) -> list[str]:
        """The sentences, without the spaces around them."""
        return cut(self.text, self.ends)


def passages(page: Page) -> Iterator[Passage]:
    """The passages of a page in order."""
    held: list[str] = []
    words = 0
    section = ("", "")
    for block in page.blocks:
        for text in _cut(block):
            size = len(text.split())
            full = words >= ENOUGH or words + size > MOST
            full |= sum(map(len, held)) + len(held) + len(text) > MOST_CHARACTERS
            if held and (full or section != (block.section, block.anchor)):
                yield _passage(held, section)
                held, words = [], 0
            held.append(text)
            words += size
            section = block.section, block.anchor
    if held:
        yield _passage(held, section)


def _passage(texts: list[str], section: tuple[str, str]) -> Passage:
    ends: list[int] = []
    start = 0
    for text in texts:
        ends += [start + end for end in sentence_ends(text)]
        start += len(text) + 1
    return Passage("\n".join(texts), tuple(ends), *section)


def _cut(block: Block) -> Iterator[str]:
    """A block in parts of at most LONGEST words, cut between sentences."""
    if len(block.text.split()) <= LONGEST and len(block.text) <= MOST_CHARACTERS:
        yield block.text
        return
    ends = sentence_ends(block.text)
    held, words = "", 0
    for start, end in zip([0, *ends], ends, strict=False):
        for piece in _short(block.text[start:end]):
            size = len(piece.split())
            if held and (words + size > MOST or len(held) + len(piece) > MOST_CHARACTERS):
                yield held.strip()
                held, words = "", 0
            held += piece
            words += size
    if held.strip():
        yield held.strip()


def _short(sentence: str) -> Iterator[str]:
    words = sentence.split(" ")
    if len(words) <= MOST and len(sentence) <= MOST_CHARACTERS:
        yield sentence
        return
    for start in range(0, len(words), MOST):
        part = " ".join(words[start : start + MOST]) + " "
        for place in range(0, len(part), MOST_CHARACTERS):
            yield part[place : place + MOST_CHARACTERS]


__all__ = ["Passage", "passages"]
