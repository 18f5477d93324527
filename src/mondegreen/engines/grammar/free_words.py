"""What was said for free words, cut out of what the transcriber wrote of the whole utterance."""

from __future__ import annotations

from collections.abc import Sequence

from ...phonetics.pronouncer import SameWord
from .reading import Filled, Reading

_MARKS = ".?!,;:"


def slot_words(transcript: str, reading: Reading, filled: Filled, same: SameWord) -> str | None:
    """The words of `transcript` for a slot of free words, in lower case, once the grammar's own
    words on either side of it are taken off.

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
    end = len(transcript_words) - len(after)
    if end <= len(before):
        return None
    if not (
        _match(transcript_words[: len(before)], before, same)
        and _match(transcript_words[end:], after, same)
    ):
        return None
    return " ".join(transcript_words[len(before) : end]).strip(_MARKS) or None


def _match(transcript_words: Sequence[str], grammar_words: Sequence[str], same: SameWord) -> bool:
    pairs = zip(transcript_words, grammar_words, strict=True)
    return all(same(word.strip(_MARKS), expected) for word, expected in pairs)
