"""Colour names, with the spellings and synonyms people use for the same one."""

from __future__ import annotations

from ..expression import Expression, Near, Value, ValueList
from .pieces import any_of, either

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


_OTHERS = (
    "mauve", "burgundy", "salmon", "khaki", "copper", "peach", "mustard", "charcoal", "emerald",
    "rainbow", "bronze", "ivory", "tan", "rose", "ruby", "scarlet", "lilac", "mint", "plum",
    "chocolate", "sapphire", "rust", "apricot", "lemon", "champagne",
)  # fmt: skip
_SHADES = ("light", "dark", "pale", "bright", "deep", "hot", "baby", "forest", "royal")


def colour(name: str) -> ValueList:
    """The slot type of colours; values are the keys of NAMES."""
    values = tuple(Value(value, any_of(wordings)) for value, wordings in NAMES.items())
    return ValueList(name, values, near=Near(_colour_piece(), f"one of {len(NAMES)} colours"))


def _colour_piece() -> Expression:
    """Colours without a value here, and shades of those that have one."""
    return either(*_OTHERS, *_SHADES, *(value for value in NAMES if " " not in value))
