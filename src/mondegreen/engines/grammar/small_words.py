"""Words that people put into a command, or leave out of it, without meaning another."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import takewhile

PUT_IN = frozenset({"a", "an", "the", "please", "um", "uh"})
LEFT_OUT = PUT_IN - {"a"}
"""Not "a", which is a letter too: "plan" is not "plan a"."""


def with_small_words(words: Sequence[str], spoken: Sequence[str]) -> tuple[str, ...]:
    """`words` with the small words that were said among them, and without those that were not.

    "turn on lamp", of which "turned on the lamp" was written down, is "turn on the lamp". Where
    fewer than half of the words agree nobody can tell where a small word belongs.
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
        whole += [*before, *(word for word in own if word not in LEFT_OUT), *reversed(after)]
    return tuple(whole)
