"""Numbers as expressions: exact for any range, built from parts instead of listed one by one."""

from __future__ import annotations

from ...text.numbers import TENS, UNITS, ordinal_word
from ..expression import Expression
from .pieces import either, maybe, seq

MAX_CARDINAL = 999_999


def _below_hundred(low: int, high: int, *, ordinal: bool) -> list[Expression]:
    """Ways to say the numbers low..high, 0 ≤ low, high ≤ 99."""
    say = ordinal_word if ordinal else str
    parts: list[Expression] = [either(say(UNITS[n])) for n in range(low, min(high, 19) + 1)]
    for ten in range(2, 10):
        first, last = max(low, ten * 10) - ten * 10, min(high, ten * 10 + 9) - ten * 10
        if last < 0 or first > 9:
            continue
        if first == 0:
            parts.append(either(say(TENS[ten])))
        if last >= 1:
            units = [say(UNITS[u]) for u in range(max(first, 1), last + 1)]
            parts.append(seq(TENS[ten], either(*units)))
    return parts


def _scaled(low: int, high: int, size: int, name: str, *, ordinal: bool) -> list[Expression]:
    """Ways to say low..high, all of them at least `size` (100 or 1000) and below its square."""
    parts: list[Expression] = []
    heads = range(low // size, high // size + 1)
    # Heads whose whole block lies in the range share one branch; the two at the edges may not.
    full = [h for h in heads if low <= h * size and h * size + size - 1 <= high]
    blocks = [(full[0], full[-1], 0, size - 1)] if full else []
    for head in dict.fromkeys((heads[0], heads[-1])):
        if head not in full:
            least, most = max(low - head * size, 0), min(high - head * size, size - 1)
            blocks.append((head, head, least, most))
    for first, last, least, most in blocks:
        head_words = either(*_number(first, last, ordinal=False))
        if first == 1:
            head_words = either(head_words, "a")
        if least == 0:
            parts.append(seq(head_words, ordinal_word(name) if ordinal else name))
        if most >= 1:
            parts.append(seq(head_words, name, _rest(max(least, 1), most, ordinal=ordinal)))
    return parts


def _rest(low: int, high: int, *, ordinal: bool) -> Expression:
    """What follows a hundred or thousand; "and" only before a number below a hundred."""
    parts: list[Expression] = []
    if low <= 99:
        parts.append(
            seq(maybe("and"), either(*_below_hundred(low, min(high, 99), ordinal=ordinal)))
        )
    if high >= 100:
        parts += _scaled(max(low, 100), high, 100, "hundred", ordinal=ordinal)
    return either(*parts)


def _number(low: int, high: int, *, ordinal: bool) -> list[Expression]:
    parts: list[Expression] = []
    if low <= 99:
        parts += _below_hundred(low, min(high, 99), ordinal=ordinal)
    if high >= 100 and low <= 999:
        parts += _scaled(max(low, 100), min(high, 999), 100, "hundred", ordinal=ordinal)
    if high >= 1000:
        parts += _scaled(max(low, 1000), high, 1000, "thousand", ordinal=ordinal)
    return parts


def _check(low: int, high: int) -> None:
    if not 0 <= low <= high <= MAX_CARDINAL:
        raise ValueError(f"a range of numbers lies within 0..{MAX_CARDINAL}, not {low}..{high}")


def cardinal(low: int = 0, high: int = MAX_CARDINAL) -> Expression:
    """Every way to say the whole numbers low..high, and no other.

    Raises ValueError when the range is empty or leaves 0..999,999.
    """
    _check(low, high)
    return either(*_number(low, high, ordinal=False))


def ordinal(low: int = 1, high: int = 999) -> Expression:
    """Every way to say the ordinals low..high: first, twenty first, hundred and third.

    Raises ValueError when the range is empty or leaves 0..999,999.
    """
    _check(low, high)
    return either(*_number(low, high, ordinal=True))


def signed_cardinal(low: int, high: int) -> Expression:
    """Like `cardinal`, for ranges that may begin below zero ("minus five")."""
    if low >= 0:
        return cardinal(low, high)
    negative = seq(either("minus", "negative"), cardinal(max(1, -high), -low))
    return negative if high < 0 else either(negative, cardinal(0, high))


def digit() -> Expression:
    """One digit; zero may be "oh"."""
    return either(*UNITS[:10], "oh")


def decimal() -> Expression:
    """Numbers 0–999,999, with a sign and up to four decimals: "minus two point five"."""
    places = seq(digit(), maybe(seq(digit(), maybe(seq(digit(), maybe(digit()))))))
    return seq(maybe("minus", "negative"), cardinal(), maybe(seq("point", places)))
