"""One run at a time on one thing: a lock as wide as what a run makes, a file or a whole folder.

The kernel holds the lock and lets go of it when the process ends, however it ends. A run locks what
it makes, and its workers share that lock: workers whose parent was killed keep the next run out
until they are gone as well.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import Busy, DataError, MondegreenError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK = ".lock"
"""Name of the lock file in a folder that is locked. That of a file lies beside it, `.NAME.lock`."""
_PATIENCE = 2.0
"""Seconds to try: workers look for their parent five times a second."""
_WINDOWS_BYTE = 1 << 30
"""Locked there, far behind the number that others want to read: Windows locks against reading."""


@contextmanager
def alone(target: Path, *, folder: bool = False) -> Iterator[Path]:
    """Lock `target` until the block ends, for whoever asks; gives the lock file, for `join`.

    A `folder` is made when it is not there, and the lock covers all that lies in it. Raises Busy,
    with the number of the process, when another works there, and DataError for a `folder` that is
    a file.
    """
    if folder:
        if target.exists() and not target.is_dir():
            raise DataError(f"{target} is a file; name a folder")
        target.mkdir(parents=True, exist_ok=True)
    real = target.resolve()  # two ways to one file are one file
    path = real / LOCK if folder else real.with_name(f".{real.name}{LOCK}")
    handle = _locked(path, target)
    try:
        yield path
    finally:
        if sys.platform != "win32":
            path.unlink(missing_ok=True)  # before anybody else can have it
        os.close(handle)
        if sys.platform == "win32":  # there an open file cannot be deleted
            with suppress(OSError):
                path.unlink()


def join(path: Path) -> None:
    """Share the lock in the file `path` for as long as this process lives, as a run's workers do.

    Ends the process when the run that it works for is gone.
    """
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        os._exit(1)
    if not _take(handle, path, shared=True):
        os._exit(1)


def _locked(path: Path, target: Path) -> int:
    """The open lock file, with this process's number in it."""
    until = time.monotonic() + _PATIENCE
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            # Who had it may have deleted the file between our opening and locking it.
            if _take(handle, path) and _is_at(handle, path) and _keep(handle, path):
                return handle
            if time.monotonic() > until:
                raise _busy(handle, target)
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        time.sleep(0.05)


def _keep(handle: int, path: Path) -> bool:
    """Write this process's number down, and from here on only share the lock, so that workers may
    join; whoever asks for all of it is still kept out.

    False where somebody was quicker: the kernel gives up the one lock before it takes the other.
    """
    number = str(os.getpid())
    os.ftruncate(handle, 0)
    os.write(handle, number.encode())
    return _take(handle, path, shared=True) and _number(handle) == number


def _take(handle: int, path: Path, *, shared: bool = False) -> bool:
    """Whether the lock could be had at once."""
    try:
        if sys.platform != "win32":
            kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        elif not shared:  # there is no sharing there: a run has it, its workers have nothing
            os.lseek(handle, _WINDOWS_BYTE, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            os.lseek(handle, 0, os.SEEK_SET)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            return False
        raise _no_locks(path, error) from error
    return True


def _number(handle: int) -> str:
    os.lseek(handle, 0, os.SEEK_SET)
    return os.read(handle, 20).decode(errors="replace")


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _busy(handle: int, target: Path) -> Busy:
    number = _number(handle)
    who = f"process {number}" if number.isdecimal() else "another process"
    return Busy(
        f"{target}: {who} is working on it; wait until that has ended, or name another place"
    )


def _no_locks(path: Path, error: OSError) -> MondegreenError:
    return MondegreenError(
        f"{path}: cannot be locked ({error.strerror}), so two runs could not be kept apart here; "
        "name a place on a local disk"
    )


__all__ = ["LOCK", "alone", "join"]
