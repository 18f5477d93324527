"""What turns sentences into vectors, and the registry that finds one by name.

Third parties add embedders through the entry-point group `mondegreen.embedders`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from ..registry import Registry

Vectors = npt.NDArray[np.float32]

DEFAULT_EMBEDDER = "static"
"""The one that ships: small, and needs nothing but numpy."""


class Embedder(Protocol):
    """Turns sentences into points; what is near in meaning should be near in space."""

    name: str
    """The name under which the registry knows it."""
    digest: str
    """SHA-256 of the weights: measures of different embedders cannot be compared."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(N, E) vectors of `texts`, each of length 1. The same text gives the same vector."""
        ...


EMBEDDERS: Registry[Callable[..., Embedder]] = Registry(
    "mondegreen.embedders",
    "embedding",
    {
        "static": "mondegreen.language.static_words:StaticWords",
        "minilm": "mondegreen.model.minilm:MiniLM",
        "minilm-int8": "mondegreen.language.minilm:MiniLM",
        "transformers": "mondegreen.model.minilm:TransformersSentences",
    },
)
"""What makes each embedder, by name."""


def embedder(name: str = DEFAULT_EMBEDDER) -> Embedder:
    """The embedder of that name, loaded. `NAME:ARGUMENT`, as in `transformers:FOLDER`, passes one.

    Raises SettingsError for an unknown name or a missing argument, MissingExtra when a library is
    not installed, ModelError when weights are missing or damaged.
    """
    return cast(Embedder, EMBEDDERS.make(name))


def checked_vectors(vectors: Vectors, texts: Sequence[str], name: str) -> Vectors:
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


__all__ = ["DEFAULT_EMBEDDER", "EMBEDDERS", "Embedder", "Vectors", "checked_vectors", "embedder"]
