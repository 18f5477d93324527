"""What turns sentences into vectors, and the registry that finds one by name.

Third parties add embedders through the entry-point group `mondegreen.embedders`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points
from inspect import signature
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..errors import DataError, SettingsError

Vectors = npt.NDArray[np.float32]

DEFAULT_EMBEDDER = "static"
"""The one that ships: small, and needs nothing but numpy."""
OURS = {
    "static": ("static_words", "StaticWords"),
    "minilm": ("minilm", "MiniLM"),
    "transformers": ("minilm", "TransformersSentences"),
}
"""Name, and the module and class beside this one."""


class Embedder(Protocol):
    """Turns sentences into points; what is near in meaning should be near in space."""

    name: str
    """The name under which the registry knows it."""
    digest: str
    """SHA-256 of the weights: measures of different embedders cannot be compared."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(N, E) vectors of `texts`, each of length 1. The same text gives the same vector."""
        ...


def known_embedders() -> list[str]:
    """The names that `embedder` accepts, ours first."""
    theirs = sorted({point.name for point in entry_points(group="mondegreen.embedders")})
    return [*OURS, *(name for name in theirs if name not in OURS)]


def embedder(name: str = DEFAULT_EMBEDDER) -> Embedder:
    """The embedder of that name, loaded. `NAME:ARGUMENT`, as in `transformers:FOLDER`, passes one.

    Raises SettingsError for an unknown name or a missing argument, MissingExtra when a library is
    not installed, ModelError when weights are missing or damaged.
    """
    known, _, argument = name.partition(":")
    make = _maker(known)
    arguments = [argument] if argument else []
    takes = signature(make)
    try:  # before the call: a TypeError from inside a constructor is another matter
        takes.bind(*arguments)
    except TypeError as error:
        raise SettingsError(
            f"embedding {name!r} cannot be made: {error}; {known} takes: "
            f"{', '.join(takes.parameters) or 'nothing'} (NAME:ARGUMENT gives the first)"
        ) from error
    made: Embedder = make(*arguments)
    return made


def _maker(name: str) -> Callable[..., Any]:
    if name in OURS:
        module, what = OURS[name]
        ours: Callable[..., Any] = getattr(import_module(f"{__package__}.{module}"), what)
        return ours
    for point in entry_points(group="mondegreen.embedders"):
        if point.name == name:
            theirs: Callable[..., Any] = point.load()
            return theirs
    near = get_close_matches(name, known_embedders(), n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise SettingsError(
        f"unknown embedding {name!r}; {hint}known embeddings: {', '.join(known_embedders())}"
    )


def checked(vectors: Vectors, texts: Sequence[str], name: str) -> Vectors:
    """The vectors, once there is a finite one for each text; DataError names the text otherwise."""
    if vectors.ndim != 2 or len(vectors) != len(texts):
        raise DataError(
            f"embedding {name!r} made an array of shape {vectors.shape} of {len(texts)} sentences; "
            "expected one vector each, (N, E)"
        )
    bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(bad):
        raise DataError(
            f"embedding {name!r} made a vector with NaN or infinity of {texts[int(bad[0])]!r} (and "
            f"of {len(bad) - 1} more sentences); expected numbers: use another embedding"
        )
    return vectors


__all__ = ["DEFAULT_EMBEDDER", "Embedder", "Vectors", "checked", "embedder", "known_embedders"]
