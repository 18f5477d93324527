"""What kind of thing a question asks for, and the words of times and numbers."""

from __future__ import annotations

import re

_ASKED = (
    ("number", re.compile(r"\bhow (?:many|much|old|long|far|tall|big|large|high|often|fast)\b|"
                          r"\bwhat (?:percent|percentage|number|score|population|area)\b")),
    ("time", re.compile(r"\bwhen\b|\b(?:what|which) (?:year|day|date|month|century|decade)\b|"
                        r"\bin what year\b")),
    ("person", re.compile(r"\bwho(?:'s|se|m)?\b")),
    ("place", re.compile(r"\bwhere\b|\b(?:what|which) (?:country|city|state|river|place|town)\b")),
    ("reason", re.compile(r"\bwhy\b|\bwhat (?:caused|reason)\b")),
)  # fmt: skip
KINDS = ("", *(kind for kind, _ in _ASKED))
"""What may be asked for; the first is anything."""
TIME = re.compile(
    r"\b1\d{3}s?\b|\b20\d\ds?\b|\b(?:January|February|March|April|May|June|July|August|September|"
    r"October|November|December|century|centuries|Monday|Tuesday|Wednesday|Thursday|Friday|"
    r"Saturday|Sunday)\b|\b\d+ (?:AD|BC|BCE|CE)\b"
)
_NUMBER_WORDS_TEXT = """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    hundred thousand million billion half dozen quarter third twice percent
"""
NUMBER_WORDS = frozenset(_NUMBER_WORDS_TEXT.split())


def asked_for(question: str) -> str:
    """The kind of thing a question asks for: "time"; "" where it does not say."""
    lowered = question.lower()
    return next((kind for kind, sign in _ASKED if sign.search(lowered)), "")


__all__ = ["KINDS", "NUMBER_WORDS", "TIME", "asked_for"]
