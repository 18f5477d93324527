"""What was given to a grammar that has no use for it: a home, or values of lists.

Nothing is wrong then, and yet whoever gave it waits for something to happen.
"""

from __future__ import annotations

from .expression import Grammar, Notice

_HOME = "the home (--home) is not used: "
_LISTS = "the lists (--lists) are not used: "


def unused_home(why: str) -> Notice:
    """The notice that a home changes nothing in a grammar."""
    return Notice(_HOME + why)


def unused_lists(why: str) -> Notice:
    """The notice that no sentence of a grammar takes values of the lists that were given."""
    return Notice(_LISTS + why)


def unused_in(grammar: Grammar) -> list[str]:
    """What the two notices say, where a grammar has them; readers of grammars put them there."""
    return [n.message for n in grammar.notices if n.message.startswith((_HOME, _LISTS))]
