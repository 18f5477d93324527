"""The store when programs die, crowd it or damage it: what was acknowledged is there."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType

import pytest

from mondegreen.assistant import Store, StoreError
from mondegreen.assistant import store as store_module

_COMMANDS: tuple[Callable[[Store], object], ...] = (
    lambda store: store.add_reminder("alarm", "07:00", 2e9, 1e9),
    lambda store: store.add_items("shopping", ["milk", "bread"]),
    lambda store: store.add_reminder("timer", "pasta", 3e9, 1e9),
    lambda store: store.remove_items("shopping", ["milk"]),
)
# What is there after none of the commands, after the first, the first two and so on.
_AFTER = (
    ((), ()),
    (("07:00",), ()),
    (("07:00",), ("milk", "bread")),
    (("07:00", "pasta"), ("milk", "bread")),
    (("07:00", "pasta"), ("bread",)),
)


def _state(path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    store = Store(path, patience=2)
    return tuple(r.label for r in store.reminders()), store.items("shopping")


def _dying(path: Path, prepare: Callable[[], None]) -> tuple[int, int]:
    """How many commands a process acknowledged that may have died meanwhile, and its status."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            prepare()
            for command in _COMMANDS:
                command(Store(path))
                os.write(writing, b".")
        finally:
            os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    acknowledged = len(os.read(reading, 100))
    os.close(reading)
    return acknowledged, status


def _kill_at(instruction: int) -> Callable[[], None]:
    """Makes a process kill itself before the nth instruction of the store's code."""

    def prepare() -> None:
        left = instruction

        def trace(frame: FrameType, event: str, argument: object) -> object:
            nonlocal left
            del argument
            if frame.f_code.co_filename != store_module.__file__:
                return None
            frame.f_trace_opcodes = True
            left -= event == "opcode"
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return trace

        sys.settrace(trace)

    return prepare


def _no_file_beyond(size: int) -> Callable[[], None]:
    """Makes the system kill a process that writes beyond `size` bytes of a file: inside SQLite."""

    def prepare() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return prepare


def _check(path: Path, acknowledged: int) -> None:
    """All that was acknowledged is there, and of the command that died all or nothing."""
    assert _state(path) in _AFTER[acknowledged : acknowledged + 2]
    if not path.exists():  # it died before it made the file
        assert acknowledged == 0
        return
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


@pytest.mark.skipif(sys.gettrace() is not None, reason="the tracer is taken")
def test_a_process_killed_before_any_instruction_leaves_whole_commands(tmp_path: Path) -> None:
    instruction, deaths, ends = 0, 0, set()
    while True:
        path = tmp_path / str(instruction) / "store"
        acknowledged, status = _dying(path, _kill_at(instruction))
        _check(path, acknowledged)
        if not os.WIFSIGNALED(status):
            break
        deaths += 1
        ends.add(acknowledged)
        instruction += 11  # shares no factor with the lengths of loops, and is a tenth of the time
    assert acknowledged == len(_COMMANDS)
    assert deaths > 50
    assert ends == set(range(len(_COMMANDS)))


def test_a_process_killed_inside_sqlite_leaves_whole_commands(tmp_path: Path) -> None:
    deaths = 0
    for size in range(0, 60_000, 1_021):
        path = tmp_path / str(size) / "store"
        acknowledged, status = _dying(path, _no_file_beyond(size))
        deaths += os.WIFSIGNALED(status)
        _check(path, acknowledged)
    assert deaths > 20


def test_twenty_writers_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store"
    code = """
import sys
from pathlib import Path
from mondegreen.assistant.store import Store
store = Store(Path(sys.argv[1]), patience=300)
for number in range(20):
    store.add_items("shopping", [f"{sys.argv[2]} {number}"])
"""
    writers = [subprocess.Popen([sys.executable, "-c", code, str(path), str(n)]) for n in range(20)]
    assert [writer.wait() for writer in writers] == [0] * 20
    assert len(Store(path).items("shopping")) == 400


def test_who_waited_in_vain_is_told_for_how_long(tmp_path: Path) -> None:
    store = Store(tmp_path / "store", patience=0.1)
    store.add_items("a", ["milk"])
    db = sqlite3.connect(store.path, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"tried for 0\.1 s; it is held by another program"):
        store.add_items("a", ["bread"])
    db.close()


@pytest.mark.parametrize("time", [float("inf"), float("-inf"), float("nan"), 1e300, -1.0])
def test_a_time_that_no_calendar_has_is_refused(tmp_path: Path, time: float) -> None:
    store = Store(tmp_path / "store")
    with pytest.raises(StoreError, match="expected seconds since 1970"):
        store.add_reminder("timer", "", time, 0.0)
    reminder = store.add_reminder("timer", "", 9.0, 0.0)
    with pytest.raises(StoreError, match="expected seconds since 1970"):
        store.change_reminders([replace(reminder, due=time)])
    assert store.reminders() == (reminder,)


def test_any_damaged_byte_is_our_error_or_harmless_and_a_copy_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "store"
    store = Store(path, patience=0.1)
    store.add_reminder("timer", "pasta", 9.0, 0.0)
    store.add_items("shopping", ["milk", "bread"])
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = DELETE")
    db.close()
    whole = path.read_bytes()
    copy = path.with_name("store.damaged")
    errors = kept = 0
    # The head and the end of the first page, where names and layouts lie, and a bit of all else.
    for at in [*range(0, 120, 5), *range(3_200, 4_096, 5), *range(4_096, len(whole), 397)]:
        damaged = whole[:at] + b"\xff" + whole[at + 1 :]
        for beside in (f"{path}-wal", f"{path}-shm", str(copy)):
            Path(beside).unlink(missing_ok=True)
        path.write_bytes(damaged)
        try:
            _state(path)
            store.add_items("shopping", ["jam"])
        except StoreError as error:
            errors += 1
            kept += "a copy of it is" in str(error) and copy.stat().st_size == len(damaged)
    assert errors > 50
    assert kept > 50
