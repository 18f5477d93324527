"""Where a manifest lies, seen from its recordings: what their paths begin with."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType

from ....errors import DataError


def place(out: Path, folder: Path) -> str:
    """What a manifest at `out` puts before the paths of recordings in `folder`.

    Nothing in the same folder, "data/" where the manifest lies above; otherwise a symbolic link to
    the recordings is made beside the manifest, for its paths must stay inside its folder. `folder`
    may be a file, for the folder it lies in. Raises as `Placing.path`.
    """
    return Placing(out, folder).path("")


class Placing:
    """Names recordings as a manifest names them; a link is made when the first needs it.

    As a context manager it takes a new link away again when the block ends with an error.
    """

    def __init__(self, out: Path, folder: Path) -> None:
        """`out` is the manifest, `folder` what paths of recordings are relative to so far."""
        self._beside = out.parent
        self._root = (folder if folder.is_dir() else folder.parent).resolve()
        self._prefix: str | None = None
        self._is_new = False
        self.link: Path | None = None
        """The link that the paths go through; None as long as none is needed."""

    def path(self, audio: str) -> str:
        """A recording's path, relative to the manifest.

        Raises DataError where the link's name is taken by something else, or it cannot be made.
        """
        if self._prefix is None:
            self._prefix = self._placed()
        return self._prefix + audio

    def __enter__(self) -> Placing:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None and self._is_new and self.link is not None:
            self.link.unlink(missing_ok=True)

    def _placed(self) -> str:
        beside = self._beside.resolve()
        if self._root.is_relative_to(beside):
            inner = self._root.relative_to(beside).as_posix()
            return "" if inner == "." else f"{inner}/"
        # The root of a file system has no name.
        self.link = self._beside / (self._root.name or "recordings")
        if not (self.link.is_dir() and self.link.resolve() == self._root):
            self._make(self.link)
        return f"{self.link.name}/"

    def _make(self, link: Path) -> None:
        if os.path.lexists(link):
            raise DataError(
                f"{link} is there already and is not {self._root}, where the recordings lie; write "
                "the manifest to that folder, or to another"
            )
        try:
            link.symlink_to(self._root, target_is_directory=True)
        except (OSError, NotImplementedError) as error:
            reason = getattr(error, "strerror", None) or error
            raise DataError(
                f"{link}: cannot link to the recordings in {self._root} ({reason}); write the "
                "manifest to that folder, or to one above it"
            ) from error
        self._is_new = True


__all__ = ["Placing", "place"]
