"""Files that appear whole under their name, or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import AudioError, GrammarError

_PREFIX, _SUFFIX = ".mondegreen-", ".part"


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside `path` that takes its name when the block ends without an error.

    Raises AudioError when nothing can be written there.
    """
    target = Path(path)
    temporary = _temporary(target)
    try:
        yield temporary
        # mkstemp makes private files; the result gets the permissions any new file would.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Delete the temporary files below `folder` that writers left which were killed.

    Only for a folder that nobody else writes to at this moment.
    """
    for path in folder.rglob(f"{_PREFIX}*{_SUFFIX}"):
        path.unlink(missing_ok=True)


def _temporary(target: Path) -> Path:
    """A new file beside `target`. Raises AudioError, with the name of `target`, if none can be."""
    _check_place(target)
    try:
        handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX, dir=target.parent)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise  # the command line says what to do about a full disk
        raise AudioError(
            f"{target}: cannot write in {target.parent.absolute()} ({error.strerror}); name a file "
            "in another folder"
        ) from error
    os.close(handle)
    return Path(name)


def _check_place(target: Path) -> None:
    if target.parent.exists() and not target.parent.is_dir():
        raise AudioError(f"{target}: {target.parent} is a file, not a folder; name another place")
    if not target.parent.is_dir():
        raise AudioError(
            f"{target}: the folder {target.parent} does not exist; create it first "
            f"(mkdir -p {target.parent})"
        )
    if target.is_dir():
        raise AudioError(f"{target}: found a folder, expected the name of a file to write")


def read_text(path: Path, problem: Callable[[str], GrammarError] = GrammarError) -> str:
    """The text of a UTF-8 file.

    Raises GrammarError when it is missing, unreadable or not UTF-8 (with the line of the bad byte);
    `problem` makes the error where the place that names the file is known.
    """

    try:
        data = path.read_bytes()
    except FileNotFoundError:
        near = _neighbours(path)
        raise problem(f"no such file: {path}{near}") from None
    except OSError as error:
        raise problem(f"cannot read {path}: {error.strerror}") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise GrammarError(
            f"not UTF-8: byte 0x{data[error.start]:02x}; save the file as UTF-8",
            source=str(path), line=line,
        ) from error  # fmt: skip


def _neighbours(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f" (there is no folder {folder} either)"
    from difflib import get_close_matches

    near = get_close_matches(path.name, [p.name for p in folder.iterdir()], n=1)
    return f"; did you mean {near[0]}?" if near else ""
