"""The cache folder: what was computed once and may be computed again, at any time and by anybody.

Whatever is wrong with it (full, read-only, damaged, removed at this moment) costs time only.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from ..errors import MondegreenError
from .files import remove_leftovers, replacing

VARIABLE = "MONDEGREEN_CACHE"
"""The environment variable that names another folder."""
GRAMMARS, NETWORKS, CHECKED = "grammar", "network", "checked"
"""What is kept, as the endings of its files: compiled grammars, networks made ready for this
processor, and which files have been checked."""
KINDS = (GRAMMARS, NETWORKS, CHECKED)
MOST = 512 << 20
"""Bytes kept of each. A grammar of Home Assistant takes 3 MB, 100,000 names take 50."""


def cache_folder(
    platform: str = sys.platform,
    environment: Mapping[str, str] = os.environ,
    home: Path | None = None,
) -> Path | None:
    """mondegreen's folder for what can be computed again; it may not exist yet.

    `$MONDEGREEN_CACHE`, or else `%LOCALAPPDATA%\\mondegreen\\Cache` on Windows,
    `~/Library/Caches/mondegreen` on macOS, and elsewhere `mondegreen` in `$XDG_CACHE_HOME` (when
    absolute) or in `~/.cache`. None where no folder is named and the user has no home.
    """
    if environment.get(VARIABLE):
        return Path(environment[VARIABLE])
    try:
        home = home or Path.home()
    except RuntimeError:
        return None
    if platform == "win32":
        local = environment.get("LOCALAPPDATA")
        return (Path(local) if local else home / "AppData" / "Local") / "mondegreen" / "Cache"
    if platform == "darwin":
        return home / "Library" / "Caches" / "mondegreen"
    shared = Path(environment.get("XDG_CACHE_HOME", ""))
    return (shared if shared.is_absolute() else home / ".cache") / "mondegreen"


class Cache:
    """Files of one kind in the cache folder, each whole or not there, the oldest removed first."""

    def __init__(self, kind: str, *, folder: Path | None = None, most: int = MOST) -> None:
        """`kind` is the ending of their names; `folder` is the cache folder unless told."""
        self.folder = folder or cache_folder()
        self._ending, self._most = f".{kind}", most

    def place(self, name: str) -> Path | None:
        """Where what was written under that name lies; None where nothing does."""
        if self.folder is None:
            return None
        path = self._path(self.folder, name)
        try:
            status = path.stat()
        except OSError:
            return None
        if not stat.S_ISREG(status.st_mode):  # others may write here: a pipe would never end
            return None
        with suppress(OSError):  # it is in use: others were used earlier
            os.utime(path, ns=(time.time_ns(), status.st_mtime_ns))
        return path

    def read(self, name: str) -> bytes | None:
        """What was written under that name; None where there is nothing to be read."""
        path = self.place(name)
        if path is None:
            return None
        try:
            return path.read_bytes()
        except OSError:
            return None

    def write(self, name: str, data: bytes) -> bool:
        """Keep `data` under that name, and remove what is too much; whether that was possible."""
        if self.folder is None or len(data) > self._most:
            return False
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # Half of an entry after a power cut is as any other damage: it is computed again.
            with replacing(self._path(self.folder, name), lasting=False) as temporary:
                temporary.write_bytes(data)
        except (OSError, MondegreenError):
            return False
        self._shrink()
        return True

    def size(self) -> tuple[int, int]:
        """How many files there are, and their bytes."""
        sizes = [size for _, size, _ in self._files()]
        return len(sizes), sum(sizes)

    def clear(self) -> int:
        """Remove all of them, and what killed writers left; how many there were."""
        removed = self._remove(path for _, _, path in self._files())
        if self.folder is not None:
            with suppress(OSError):
                remove_leftovers(self.folder)
        return removed

    def _path(self, folder: Path, name: str) -> Path:
        return folder / f"{name}{self._ending}"

    def _files(self) -> list[tuple[float, int, Path]]:
        """Time of last use, size and path of each, the last used first."""
        files = []
        with suppress(OSError):
            for entry in os.scandir(self.folder) if self.folder is not None else ():
                with suppress(OSError):  # removed at this moment
                    if entry.name.endswith(self._ending) and entry.is_file():
                        status = entry.stat()
                        files.append((status.st_atime, status.st_size, Path(entry.path)))
        return sorted(files, reverse=True)

    def _shrink(self) -> None:
        total = 0
        for _, size, path in self._files():
            total += size
            if total > self._most:
                self._remove([path])

    def _remove(self, paths: Iterable[Path]) -> int:
        removed = 0
        for path in paths:
            with suppress(OSError):
                path.unlink()
                removed += 1
        return removed
