"""Small builders that the built-in slot types are put together from."""

from __future__ import annotations

from collections.abc import Iterable

from ..expression import EMPTY, Choice, Expression, Sequence, Word, one_of, optional


def words(text: str) -> Expression:
    """Fixed words, one after another."""
    parts = tuple(Word(w) for w in text.split())
    return parts[0] if len(parts) == 1 else Sequence(parts)


def seq(*parts: Expression | str) -> Expression:
    """Parts said in order; text stands for its words."""
    return Sequence(tuple(words(p) if isinstance(p, str) else p for p in parts))


def either(*parts: Expression | str) -> Expression:
    """One of the parts; text stands for its words."""
    return one_of(words(p) if isinstance(p, str) else p for p in parts)


def maybe(*parts: Expression | str) -> Expression:
    """One of the parts, or nothing."""
    return Choice((*(words(p) if isinstance(p, str) else p for p in parts), EMPTY))


def any_of(texts: Iterable[str]) -> Expression:
    """One of several wordings."""
    return either(*texts)


def repeated(part: Expression, least: int, most: int) -> Expression:
    """The part said `least` to `most` times in a row."""
    tail: Expression = EMPTY
    for _ in range(most - least):
        tail = optional(seq(part, tail) if tail != EMPTY else part)
    return seq(*[part] * least, tail)
