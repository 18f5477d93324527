"""Running text cut into sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence

_END = re.compile(r"[.!?…][\"'”’)\]]*(?=\s)|[。！？]")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"“'])(?:[A-Za-z]|(?:[A-Za-z]\.)+[A-Za-z]|[Mm]r|[Mm]rs|[Mm]s|[Dd]r|[Pp]rof|[Ss]t|[Ss]r"
    r"|[Jj]r|vs|[Ee]tc|e\.g|i\.e|cf|ca|c|[Nn]o|[Nn]os|[Vv]ol|[Ff]ig|[Ss]gt|[Cc]apt|[Ll]t|[Cc]ol|[Gg]en"
    r"|[Rr]ev|[Hh]on|[Gg]ov|[Ss]en|[Rr]ep|[Mm]t|[Ff]t|[Aa]pprox|[Ee]st|[Jj]an|[Ff]eb|[Mm]ar|[Aa]pr"
    r"|[Aa]ug|[Ss]ept?|[Oo]ct|[Nn]ov|[Dd]ec|[Ii]nc|[Ll]td|[Cc]o|[Cc]orp|[Bb]ros)\Z"
)
"""What stands before a full stop that ends no sentence: a single letter, or one of these."""
_ENDS_ALL_THE_SAME = frozenset({"etc", "inc", "ltd", "co", "corp", "jr", "sr"})
"""Of those, the ones that often stand at the end: a capital behind them begins a sentence."""
_OPENING = "\"'“‘(["


def sentence_ends(text: str) -> list[int]:
    """Places in `text` behind each sentence; the last is its length. Empty text has none."""
    ends = [match.end() for match in _END.finditer(text) if _ends_here(text, match)]
    size = len(text.rstrip())
    if size and (not ends or ends[-1] < size):
        ends.append(size)
    if ends:
        ends[-1] = len(text)
    return ends


def sentences(text: str) -> list[str]:
    """The sentences of `text`, without the spaces around them."""
    return cut(text, sentence_ends(text))


def cut(text: str, ends: Sequence[int]) -> list[str]:
    """The sentences of `text` that end at the places `ends`, without the spaces around them."""
    return [text[start:end].strip() for start, end in zip([0, *ends], ends, strict=False)]


def _ends_here(text: str, match: re.Match[str]) -> bool:
    following = text[match.end() :].lstrip()[:2].lstrip(_OPENING)
    if following[:1].islower():
        return False
    if match[0][0] != ".":
        return True
    before = _ABBREVIATION.search(text[max(0, match.start() - 12) : match.start()])
    if before is None:
        return True
    word = before[0].strip(" (\"“'\n").lower()
    return word in _ENDS_ALL_THE_SAME and following[:1].isupper()


__all__ = ["cut", "sentence_ends", "sentences"]
