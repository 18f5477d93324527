"""A text that is rewritten step by step and still knows where each character came from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Rule = tuple[re.Pattern[str], "str | Callable[[re.Match[str]], str]"]
"""What is replaced, and by what; see re.sub."""
Span = tuple[int, int]

_CLUSTER = re.compile(r"[^\u0300-\u036f][\u0300-\u036f]*|[\u0300-\u036f]+", re.DOTALL)
"""A character with the accents that are written after it."""


@dataclass(frozen=True)
class Traced:
    """A rewritten text and, for each of its characters, the characters that it stands for."""

    text: str
    origins: tuple[Span, ...]

    @classmethod
    def of(cls, text: str) -> Traced:
        """A text in which nothing is rewritten yet."""
        return cls(text, tuple((i, i + 1) for i in range(len(text))))

    def rewritten(self, rules: Iterable[Rule]) -> Traced:
        """After each of the rules; what a rule puts in stands for all that it takes out."""
        traced = self
        for pattern, replacement in rules:
            # Most rules find nothing, and then cost no more than the search.
            if pattern.search(traced.text):
                traced = traced._replaced(pattern, replacement)
        return traced

    def composed(self) -> Traced:
        """Compatibility characters as plain ones ("ﬁ" is "fi"), accents on their letters."""
        if self.text.isascii():
            return self
        return self._replaced(_CLUSTER, lambda m: unicodedata.normalize("NFKC", m[0]))

    def _replaced(
        self, pattern: re.Pattern[str], replacement: str | Callable[[re.Match[str]], str]
    ) -> Traced:
        parts: list[str] = []
        origins: list[Span] = []
        end = 0
        for match in pattern.finditer(self.text):
            new = match.expand(replacement) if isinstance(replacement, str) else replacement(match)
            start = match.start()
            parts += [self.text[end:start], new]
            origins += self.origins[end:start]
            end = match.end()
            if new == match[0]:
                origins += self.origins[start:end]
            else:
                origins += [self.origin(start, end)] * len(new)
        parts.append(self.text[end:])
        origins += self.origins[end:]
        return Traced("".join(parts), tuple(origins))

    def origin(self, start: int, end: int) -> Span:
        """The characters that those from `start` to `end` stand for."""
        return self.origins[start][0], self.origins[end - 1][1]


__all__ = ["Rule", "Span", "Traced"]
