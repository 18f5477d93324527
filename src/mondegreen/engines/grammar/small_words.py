"""Words that people put into a command, or leave out of it, without meaning another."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import takewhile

PUT_IN = frozenset({"a", "an", "the", "please", "um", "uh"})
LEFT_OUT = PUT_IN - {"a"}
"""Not "a", which is a letter too: "plan" is not "plan a"."""
_ENDINGS = {"'d": "would", "'ll": "will", "'re": "are", "'ve": "have", "'m": "am", "n't": "not"}
_BEFORE_IS = frozenset(
    ["what", "who", "where", "when", "why", "how", "it", "that", "there", "here", "he", "she"]
)
"""Words whose "'s" is "is"; that of a name is its own."""
_OTHERS = {"let's": ("let", "us"), "cannot": ("can", "not"), "can't": ("can", "not"),
           "won't": ("will", "not")}  # fmt: skip


def with_small_words(words: Sequence[str], spoken: Sequence[str]) -> tuple[str, ...]:
    """`words` with the small words that were said among them, and without those that were not.

    "turn on lamp", of which "turned on the lamp" was written down, is "turn on the lamp", and "i'd
    like" is "i would like" where that was. Where fewer than half of the words agree nobody can tell
    where a small word belongs.
    """
    whole: list[str] = []
    matcher = SequenceMatcher(None, list(words), list(spoken), autojunk=False)
    if 2 * sum(block.size for block in matcher.get_matching_blocks()) < len(words):
        return tuple(words)
    for tag, first, last, spoken_first, spoken_last in matcher.get_opcodes():
        own, others = words[first:last], spoken[spoken_first:spoken_last]
        if tag == "equal":
            whole += own
            continue
        before = list(takewhile(PUT_IN.__contains__, others))
        after = list(takewhile(PUT_IN.__contains__, reversed(others[len(before) :])))
        rest = others[len(before) : len(others) - len(after)]
        if _in_full(own) != _in_full(rest):
            rest = [word for word in own if word not in LEFT_OUT]
        whole += [*before, *rest, *reversed(after)]
    return tuple(whole)


def _in_full(words: Sequence[str]) -> tuple[str, ...]:
    """Words with their contractions taken apart."""
    return tuple(part for word in words for part in _parts(word))


def _parts(word: str) -> tuple[str, ...]:
    if word in _OTHERS:
        return _OTHERS[word]
    if word.endswith("'s") and word[:-2] in _BEFORE_IS:
        return word[:-2], "is"
    for ending, part in _ENDINGS.items():
        if word.endswith(ending) and len(word) > len(ending):
            return word[: -len(ending)], part
    return (word,)
