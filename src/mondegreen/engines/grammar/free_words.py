"""What was said for free words, cut out of what the transcriber wrote of the whole utterance."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from ...phonetics.pronouncer import SameWord
from .reading import Filled, Reading, Span
from .small_words import LEFT_OUT, PUT_IN

_MARKS = ".?!,;:"


def slot_words(transcript: str, reading: Reading, filled: Filled, same: SameWord) -> str | None:
    """The words of `transcript` for a slot of free words, in lower case, once the grammar's own
    words around it are taken off, with the small words that were said among those.

    None when `transcript` does not begin and end with those, lacks what stands between two slots of
    free words, or leaves nothing for one of them; or two follow each other at once. `same` says
    whether a word written and one of the grammar's are one.
    """
    parts = [tuple(part) for _, part in groupby(reading.spans, key=lambda span: bool(span.text))]
    free = [number for number, part in enumerate(parts) if not part[0].text]
    mine = next(number for number in free if filled.spans[0] in parts[number])
    if not set(parts[mine]) <= set(filled.spans):
        return None
    transcript_words = transcript.lower().split()
    bare = [word.strip(_MARKS) for word in transcript_words]
    start = _places(bare, _texts(parts[: free[0]]), same)
    from_end = _places(bare[::-1], _texts(parts[free[-1] + 1 :])[::-1], same)
    if start is None or from_end is None:
        return None
    between = parts[free[0] + 1 : free[-1] : 2]
    frames = parts[free[0]][0].first, parts[free[-1]][-1].last
    cuts = _cuts(bare[start : len(bare) - from_end], between, frames, same)
    if cuts is None:
        return None
    begins = [start, *(start + end for _, end in cuts)]
    ends = [*(start + at for at, _ in cuts), len(bare) - from_end]
    number = free.index(mine)
    return " ".join(transcript_words[begins[number] : ends[number]]).strip(_MARKS) or None


def _texts(parts: Sequence[tuple[Span, ...]]) -> list[str]:
    return [span.text for part in parts for span in part]


def _cuts(
    written: Sequence[str],
    between: Sequence[tuple[Span, ...]],
    frames: tuple[int, int],
    same: SameWord,
) -> list[tuple[int, int]] | None:
    """Where in the words `written`, from the first to the last of the `frames`, each of the
    grammar's words `between` free ones begin and end.

    Of several places the one counts that lies nearest to when they were said. None where one has
    no place with words before and behind it.
    """
    cuts: list[tuple[int, int]] = []
    for part in between:
        earliest = cuts[-1][1] + 1 if cuts else 1
        places = [
            (at, at + length)
            for at in range(earliest, len(written))
            if same(written[at], part[0].text)
            and (length := _places(written[at:], _texts([part]), same))
            and at + length < len(written)
        ]
        if not places:
            return None
        pace = (part[0].first - frames[0]) / (frames[1] - frames[0])
        cuts.append(min(places, key=lambda place: abs(place[0] - pace * len(written))))
    return cuts


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
