"""What was said for free words, cut out of what the transcriber wrote of the whole utterance."""

from __future__ import annotations

from collections.abc import Sequence

from ...phonetics.pronouncer import SameWord
from .reading import Filled, Reading

_MARKS = ".?!,;:"


def said_freely(written: str, reading: Reading, filled: Filled, same: SameWord) -> str | None:
    """The words of `written` for a slot of free words, in lower case, once the grammar's own words
    on either side of it are taken off.

    None when `written` does not begin and end with those, or nothing is left, or the reading has
    free words in another place too. `same` says whether a word written and one of the grammar's
    are one.
    """
    first, last = filled.spans[0].first, filled.spans[-1].last
    others = [span for span in reading.spans if span not in filled.spans]
    if not all(span.text for span in others):
        return None
    before = [span.text for span in others if span.last < first]
    after = [span.text for span in others if span.first > last]
    words = written.lower().split()
    end = len(words) - len(after)
    if end <= len(before):
        return None
    if not (_match(words[: len(before)], before, same) and _match(words[end:], after, same)):
        return None
    return " ".join(words[len(before) : end]).strip(_MARKS) or None


def _match(written: Sequence[str], own: Sequence[str], same: SameWord) -> bool:
    pairs = zip(written, own, strict=True)
    return all(same(word.strip(_MARKS), expected) for word, expected in pairs)
