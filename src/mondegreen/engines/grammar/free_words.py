"""What was said for free words, cut out of what the transcriber wrote of the whole utterance."""

from __future__ import annotations

from collections.abc import Sequence

from ...phonetics.pronouncer import SameWord
from .reading import Filled, Reading
from .small_words import LEFT_OUT, PUT_IN

_MARKS = ".?!,;:"


def slot_words(transcript: str, reading: Reading, filled: Filled, same: SameWord) -> str | None:
    """The words of `transcript` for a slot of free words, in lower case, once the grammar's own
    words on either side of it are taken off, with the small words that were said among those.

    None when `transcript` does not begin and end with those, or nothing is left, or the reading has
    free words in another place too. `same` says whether a word written and one of the grammar's
    are one.
    """
    first, last = filled.spans[0].first, filled.spans[-1].last
    others = [span for span in reading.spans if span not in filled.spans]
    if not all(span.text for span in others):
        return None
    before = [span.text for span in others if span.last < first]
    after = [span.text for span in others if span.first > last]
    transcript_words = transcript.lower().split()
    bare = [word.strip(_MARKS) for word in transcript_words]
    start = _places(bare, before, same)
    from_end = _places(bare[::-1], after[::-1], same)
    if start is None or from_end is None:
        return None
    return " ".join(transcript_words[start : len(bare) - from_end]).strip(_MARKS) or None


def _places(written: Sequence[str], grammar_words: Sequence[str], same: SameWord) -> int | None:
    """How many of the words `written` are the grammar's, which come first; None: they do not.

    A small word that neither comes before one of the grammar's nor is one is not among them.
    """
    place = 0
    for expected in grammar_words:
        at = place
        while at < len(written) and written[at] in PUT_IN and not same(written[at], expected):
            at += 1
        if at < len(written) and same(written[at], expected):
            place = at + 1
        elif expected not in LEFT_OUT:
            return None
    return place
