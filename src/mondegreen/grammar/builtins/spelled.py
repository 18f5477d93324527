"""Things said sign by sign: digits, telephone numbers, letters, codes."""

from __future__ import annotations

import string
from itertools import groupby

from ...text.numbers import TENS, UNITS, parse_digits
from ..expression import Expression
from .numeric import NUMBER_WORDS, digit
from .pieces import either, maybe, repeated, seq

MAX_SIGNS = 16
"""The longest run: a telephone number has at most 15 digits (E.164), a card number 16."""


_NUMBERS = (*UNITS[10:], *TENS[2:])
"""Codes and telephone numbers are often said in pairs: "b fifty two", "five twenty three"."""


def digits(least: int = 1, most: int = MAX_SIGNS) -> Expression:
    """A run of `least` to `most` digits and tens; "double five" counts as one of them."""
    one = digit()
    return repeated(either(one, seq(either("double", "triple"), one), *_NUMBERS), least, most)


def telephone() -> Expression:
    """A telephone number: three signs or more, with "plus" for the international prefix."""
    return seq(maybe("plus"), digits(3, 15))


def letters(least: int = 1, most: int = 12) -> Expression:
    """A run of letter names; z is "z" or "zed"."""
    return repeated(either(*string.ascii_lowercase, "zed"), least, most)


def code(least: int = 1, most: int = 12) -> Expression:
    """A run of letter names, digits and tens."""
    signs = (*string.ascii_lowercase, "zed", *UNITS, *TENS[2:], "oh")
    return repeated(either(*signs), least, most)


def sign_piece() -> Expression:
    """Letters and numbers, whether a kind has both or not; see Near."""
    doubled = seq(either("double", "triple"), either(*string.ascii_lowercase, digit()))
    return either(*string.ascii_lowercase, "zed", *NUMBER_WORDS, "plus", doubled)


def read_digits(text: str) -> str:
    """ "double five oh" → "550", "five twenty three" → "523"."""
    return parse_digits(text.split())


def read_telephone(text: str) -> str:
    """ "plus four four one" → "+441"."""
    words = text.split()
    return "+" + parse_digits(words[1:]) if words[0] == "plus" else parse_digits(words)


def read_code(text: str) -> str:
    """ "a b five" → "AB5", "b fifty two" → "B52"; the word "o" is the letter, "oh" the digit."""
    out = ""
    for spelled, run in groupby(text.split(), lambda word: len(word) == 1 or word == "zed"):
        words = list(run)
        out += "".join(word[0].upper() for word in words) if spelled else parse_digits(words)
    return out
