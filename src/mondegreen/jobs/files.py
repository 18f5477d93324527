"""Files: those we write appear whole or not at all, those we are given are read with a limit."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import stat
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from itertools import islice
from pathlib import Path
from typing import Any

from ..errors import DataError, GrammarError, MondegreenError, OutputError

MOST_TEXT = 64 << 20
"""Bytes of a text that is read whole: a catalogue of 100,000 names has 2 MB, the largest grammar of
Home Assistant 1 MB, and what is read takes some ten times its size."""
MOST_JSON = 256 << 20
"""Bytes of a data set's JSON: the longest that an importer reads, SLURP's metadata, has 50 MB."""
_PREFIX, _SUFFIX = ".mondegreen-", ".part"
_noted: ContextVar[dict[str, str] | None] = ContextVar("files read", default=None)


@contextmanager
def replacing(path: str | os.PathLike[str], *, lasting: bool = True) -> Iterator[Path]:
    """A temporary path beside `path` that takes its name when the block ends without an error.

    What was written is on the disk before it takes the name, so that a power cut leaves the old
    file or the new one. That waits for the disk, 7 ms here; one of many files that can be made
    again need not be `lasting`, and may then be empty after a power cut. Raises OutputError when
    nothing can be written there.
    """
    target = Path(path)
    temporary = _temporary(target)
    try:
        ordinary = stat.S_IMODE(temporary.stat().st_mode)
        yield temporary
        temporary.chmod(ordinary)  # safetensors puts a private file of its own in its place
        if lasting:
            _to_disk(temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    """Wait until the content of a file is on the disk. Raises OSError."""
    handle = os.open(path, os.O_RDWR)  # Windows waits only for files that are open for writing
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_leftovers(folder: Path) -> None:
    """Delete the temporary files below `folder` that writers left which were killed.

    Only for a folder that nobody else writes to at this moment.
    """
    for path in folder.rglob(f"{_PREFIX}*{_SUFFIX}"):
        path.unlink(missing_ok=True)


def _temporary(target: Path) -> Path:
    """A new file beside `target`. Raises OutputError, with the name of `target`, if none can be."""
    check_place(target)
    # 64 bits: no other has the name. Not mkstemp, which makes private files: the result is to have
    # the permissions of any new file, and only the system knows them without changing the umask.
    temporary = target.with_name(f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}")
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise  # the command line says what to do about a full disk
        raise OutputError(
            f"{target}: cannot write in {target.parent.absolute()} ({error.strerror}); name a file "
            "in another folder"
        ) from error
    return temporary


def check_place(target: Path) -> None:
    """Raise OutputError where no file of that name can be written."""
    if target.parent.exists() and not target.parent.is_dir():
        raise OutputError(f"{target}: {target.parent} is a file, not a folder; name another place")
    if not target.parent.is_dir():
        raise OutputError(
            f"{target}: the folder {target.parent} does not exist; create it first "
            f"(mkdir -p {target.parent})"
        )
    if target.is_dir():
        raise OutputError(f"{target}: found a folder, expected the name of a file to write")
    if target.exists() and not target.is_file():  # it would be replaced by a file
        raise OutputError(f"{target}: found a pipe or a device, expected the name of a new file")


@contextmanager
def noting_reads() -> Iterator[dict[str, str]]:
    """The files that `read_bytes` reads in the block, by absolute path: `digest` of their bytes.

    The digest of a pipe is empty, for it cannot be read again.
    """
    noted: dict[str, str] = {}
    before = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(before)


def digest(data: bytes | bytearray | memoryview) -> str:
    """By which bytes are known again: 32 hexadecimal digits of BLAKE2b."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes in 64 hexadecimal digits, in flat memory. Raises OSError."""
    sha256 = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            sha256.update(block)
    return sha256.hexdigest()


Problem = Callable[[str], MondegreenError]
"""Makes the error for a message, where the place that names a file is known."""


def read_bytes(path: Path, problem: Problem, *, most: int = MOST_TEXT) -> bytes:
    """The whole content of a file or a pipe (a shell's `<(…)`) that a user has named.

    It is asked first what it is, and no more than `most` bytes are read: a device has no end, and a
    pipe need not have one. Raises what `problem` makes when it is missing, a folder, a device,
    larger or unreadable.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise problem(f"{path} is a folder; expected the name of a file")
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
            raise problem(f"{path} is a device; expected the name of a file")
        data = bytearray()
        with path.open("rb") as file:
            while len(data) <= most and (block := file.read(1 << 20)):
                data += block
    except FileNotFoundError:
        raise problem(f"no such file: {path}{_neighbours(path)}") from None
    except OSError as error:
        raise problem(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:  # a NUL in the name
        raise problem(f"{str(path)!r} is not a possible file name") from error
    if len(data) > most:
        raise problem(f"{path} has more than {most >> 20} MB; expected a smaller file")
    noted = _noted.get()
    if noted is not None:
        noted[str(path.absolute())] = digest(data) if stat.S_ISREG(mode) else ""
    return bytes(data)


def read_text(path: Path, problem: Problem = GrammarError) -> str:
    """The text of a UTF-8 file that belongs to a grammar: itself, a catalogue, a lexicon, lists.

    Raises what `problem` makes as `read_bytes` does, and GrammarError when it is not UTF-8, with
    the line of the bad byte.
    """
    data = read_bytes(path, problem)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise GrammarError(
            f"not UTF-8: byte 0x{data[error.start]:02x}; save the file as UTF-8",
            source=str(path), line=line,
        ) from error  # fmt: skip


def read_json(path: Path, remedy: str = "download it again") -> Any:
    """What is in a JSON file of a data set.

    Raises DataError as `read_bytes`, and for no JSON, with what to do about it.
    """
    data = read_bytes(
        path, lambda reason: DataError(f"{path} cannot be read: {reason}"), most=MOST_JSON
    )
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not JSON: {error}; {remedy}") from error


def regular_files(folder: Path, endings: Container[str] | None = None) -> list[Path]:
    """The files below a folder whose names end in one of `endings` (None: in any), by path.

    Pipes and devices are left out: opening one would wait without end.
    """
    return sorted(
        path
        for path in folder.rglob("*")
        if (endings is None or path.suffix in endings) and path.is_file()
    )


def _neighbours(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f" (there is no folder {folder} either)"
    from difflib import get_close_matches

    with suppress(OSError):  # a folder that may not be listed
        names = [p.name for p in islice(folder.iterdir(), 10_000)]
        near = get_close_matches(path.name, names, n=1)
        return f"; did you mean {near[0]}?" if near else ""
    return ""
