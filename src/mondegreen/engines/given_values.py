"""Values that are given to a slot at run time, in both ways in which they may be written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..errors import MondegreenError


def ways_of(
    values: Mapping[str, Iterable[str]] | Iterable[str], error: type[MondegreenError]
) -> Iterator[tuple[str, str]]:
    """Each value with each way it is said, which for a list of names are the names.

    Raises `error` for what is no text.
    """
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise error(f"slot values are a list or a mapping, found {values!r}")
    pairs = values.items() if isinstance(values, Mapping) else ((v, [v]) for v in values)
    for value, ways in pairs:
        if not isinstance(ways, Iterable):
            raise error(f"slot values are text, found {ways!r}")
        for way in [ways] if isinstance(ways, str) else ways:
            if not isinstance(way, str):
                raise error(f"slot values are text, found {way!r}")
            yield value, way


__all__ = ["ways_of"]
