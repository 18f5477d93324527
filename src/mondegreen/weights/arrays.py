"""Files of arrays (`.npz`), of which nothing is taken on trust: neither types nor shapes."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ..errors import ModelError

Number = TypeVar("Number", bound=np.generic)


class Arrays:
    """The arrays of a file, each handed out by name when its type and shape are the expected."""

    def __init__(self, path: Path, remedy: str) -> None:
        """Read the file; nothing is unpickled. Raises ModelError, which ends with `remedy`."""
        self._path, self._remedy = path, remedy
        self._arrays: dict[str, npt.NDArray[np.generic]] = {}
        try:
            with path.open("rb") as file:
                stored = np.load(file, allow_pickle=False)
                if isinstance(stored, np.lib.npyio.NpzFile):
                    self._arrays = {name: stored[name] for name in stored.files}
        except Exception as error:  # a broken archive raises a dozen kinds, some of zlib's
            raise self.refused(str(error) or type(error).__name__) from error
        if not self._arrays:
            raise self.refused("it holds no named arrays")

    def take(
        self, name: str, kind: type[Number], shape: tuple[int | None, ...]
    ) -> npt.NDArray[Number]:
        """The array `name` of that type and shape, None being any size.

        Raises ModelError when it is missing or another, or not all of its numbers are finite.
        """
        array = self._arrays.get(name)
        if array is None:
            raise self.refused(f"it holds no {name}")
        fits = len(array.shape) == len(shape) and all(
            wanted in (None, size) for size, wanted in zip(array.shape, shape, strict=True)
        )
        if array.dtype != np.dtype(kind) or not fits:
            sizes = ", ".join("any" if size is None else str(size) for size in shape)
            raise self.refused(
                f"{name} is {array.dtype} {array.shape}, expected {np.dtype(kind)} ({sizes})"
            )
        if not np.isfinite(array.astype(np.float64)).all():
            raise self.refused(f"{name} holds numbers that are not finite")
        return array.astype(kind, copy=False)

    def refused(self, reason: str) -> ModelError:
        """The error to raise when the arrays do not do, for a reason."""
        lines = reason.splitlines() or [""]
        return ModelError(f"{self._path} does not do ({lines[0]}); {self._remedy}")
