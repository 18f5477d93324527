"""Things said sign by sign: digits, telephone numbers, letters, codes."""

from __future__ import annotations

import string

from ...text.numbers import DIGITS, UNITS, parse_digits
from ..expression import Expression
from .pieces import either, maybe, repeated, seq

MAX_SIGNS = 16
"""The longest run: a telephone number has at most 15 digits (E.164), a card number 16."""


def digits(least: int = 1, most: int = MAX_SIGNS) -> Expression:
    """A run of `least` to `most` signs; "double five" counts as one of them."""
    one = either(*UNITS[:10], "oh")
    return repeated(either(one, seq(either("double", "triple"), one)), least, most)


def telephone() -> Expression:
    """A telephone number: three signs or more, with "plus" for the international prefix."""
    return seq(maybe("plus"), digits(3, 15))


def letters(least: int = 1, most: int = 12) -> Expression:
    """A run of letter names; z is "z" or "zed"."""
    return repeated(either(*string.ascii_lowercase, "zed"), least, most)


def code(least: int = 1, most: int = 12) -> Expression:
    """A run of letter names and digits."""
    return repeated(either(*string.ascii_lowercase, "zed", *UNITS[:10], "oh"), least, most)


def read_digits(text: str) -> str:
    """ "double five oh" → "550"."""
    return parse_digits(text.split())


def read_telephone(text: str) -> str:
    """ "plus four four one" → "+441"."""
    words = text.split()
    return "+" + parse_digits(words[1:]) if words[0] == "plus" else parse_digits(words)


def read_code(text: str) -> str:
    """ "a b five" → "AB5"; the word "o" is the letter, "oh" the digit."""
    out = ""
    for word in text.split():
        if len(word) == 1:
            out += word.upper()
        else:
            out += "Z" if word == "zed" else DIGITS[word]
    return out
