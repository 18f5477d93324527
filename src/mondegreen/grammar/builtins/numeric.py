"""Numbers as expressions: exact for any range, built from parts instead of listed one by one."""

from __future__ import annotations

from ...text.numbers import FRACTIONS, TENS, UNITS, ordinal_word
from ..expression import Expression, optional
from .pieces import any_of, either, maybe, repeated, seq

MAX_CARDINAL = 999_999
_MINUS = either("minus", "negative")
_DOZENS = {"half a dozen": 6, "a dozen": 12, "one dozen": 12, "two dozen": 24}


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


def count(low: int = 0, high: int = MAX_CARDINAL) -> Expression:
    """`cardinal`, and the short ways to say some of its numbers: "two fifty", "fifteen hundred",
    "half a dozen".

    Raises ValueError when the range is empty or leaves 0..999,999.
    """
    parts: list[Expression | str] = [cardinal(low, high), *_without_hundred(low, high)]
    parts += [f"{UNITS[n]} hundred" for n in range(11, 20) if low <= n * 100 <= high]
    parts += [words for words, number in _DOZENS.items() if low <= number <= high]
    return either(*parts)


def _without_hundred(low: int, high: int) -> list[Expression]:
    """The hundreds low..high with "hundred" left out: "one oh one", "two fifty"."""
    parts: list[Expression] = []
    heads = [h for h in range(1, 10) if low <= h * 100 + 99 and h * 100 < high]
    full = [h for h in heads if low <= h * 100 + 1 and h * 100 + 99 <= high]
    blocks = [(UNITS[full[0] : full[-1] + 1], 1, 99)] if full else []
    for head in heads:
        if head not in full:
            least, most = max(low - head * 100, 1), min(high - head * 100, 99)
            blocks.append(((UNITS[head],), least, most))
    for head_words, least, most in blocks:
        rest: list[Expression] = []
        if least <= 9:
            rest.append(seq("oh", either(*UNITS[least : min(most, 9) + 1])))
        if most >= 10:
            rest.append(cardinal(max(least, 10), most))
        parts.append(seq(either(*head_words), either(*rest)))
    return parts


def signed_cardinal(low: int, high: int) -> Expression:
    """Like `cardinal`, for ranges that may begin below zero ("minus five")."""
    if low >= 0:
        return cardinal(low, high)
    negative = seq(_MINUS, cardinal(max(1, -high), -low))
    return negative if high < 0 else either(negative, cardinal(0, high))


def digit() -> Expression:
    """One digit; zero may be "oh"."""
    return either(*UNITS[:10], "oh")


def places(most: int) -> Expression:
    """ "point" and one to `most` digits."""
    return seq("point", repeated(digit(), 1, most))


def and_a_fraction() -> Expression:
    """ "and a half", after a number."""
    return seq("and", any_of(FRACTIONS))


def decimal() -> Expression:
    """Numbers 0 to 999,999, with a sign, up to four decimals, or a half or quarters: "minus two
    point five", "point five", "two and a half"."""
    whole = seq(count(), maybe(places(4), and_a_fraction()))
    return seq(optional(_MINUS), either(whole, places(4), any_of(FRACTIONS)))


NUMBER_WORDS = (*UNITS, *TENS[2:], "hundred", "thousand", "million", "oh")
ORDINAL_WORDS = tuple(map(ordinal_word, (*UNITS, *TENS[2:], "hundred", "thousand")))


def number_piece() -> Expression:
    """A piece of a number, whether it makes one or not: what is near every number. See Near."""
    # "And", "a" and "point" only before more: alone they fit the end of any word.
    parts = (*FRACTIONS, "a third", "one third", "two thirds")
    vague = ("a few", "several", "many", "plenty", "infinity")
    return either(
        *NUMBER_WORDS,
        *parts,
        *vague,
        "dozen",
        seq("a", either("hundred", "thousand", "dozen")),
        seq("and", either(*NUMBER_WORDS, *parts)),
        seq("point", digit()),
        seq(_MINUS, either(*NUMBER_WORDS, "point")),
    )


def ordinal_piece() -> Expression:
    """Words of which the last is an ordinal; see Near.

    Not numbers: between "fifty sixth" and "fifty six" is one sound, and a soft one.
    """
    return seq(repeated(either(*NUMBER_WORDS, "and"), 0, 3), either(*ORDINAL_WORDS))
