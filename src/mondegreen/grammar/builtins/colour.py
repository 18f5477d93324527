"""Colour names, with the spellings and synonyms people use for the same one."""

from __future__ import annotations

from ..expression import Value, ValueList
from .pieces import any_of

NAMES: dict[str, tuple[str, ...]] = {
    "red": ("red",), "dark red": ("dark red", "crimson"), "orange": ("orange",),
    "amber": ("amber",), "yellow": ("yellow",), "gold": ("gold", "golden"),
    "lime": ("lime", "lime green"), "green": ("green",), "light green": ("light green",),
    "dark green": ("dark green",), "olive": ("olive",), "teal": ("teal",),
    "turquoise": ("turquoise",), "cyan": ("cyan", "aqua"), "light blue": ("light blue", "sky blue"),
    "blue": ("blue",), "dark blue": ("dark blue",), "navy": ("navy", "navy blue"),
    "indigo": ("indigo",), "violet": ("violet",), "purple": ("purple",), "lavender": ("lavender",),
    "magenta": ("magenta", "fuchsia"), "pink": ("pink",), "coral": ("coral",),
    "maroon": ("maroon",), "brown": ("brown",), "beige": ("beige",), "cream": ("cream",),
    "white": ("white",), "warm white": ("warm white",), "cool white": ("cool white", "cold white"),
    "silver": ("silver",), "grey": ("grey",), "black": ("black",),
}  # fmt: skip


def colour(name: str) -> ValueList:
    """The slot type of colours; values are the keys of NAMES."""
    return ValueList(
        name, tuple(Value(value, any_of(wordings)) for value, wordings in NAMES.items())
    )
