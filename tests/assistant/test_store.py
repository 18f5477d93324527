"""The store: what was written is there, all of it or none, and trouble is one clear error."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.assistant import Store, StoreError
from mondegreen.jobs.paths import data_folder


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store.sqlite", patience=0.2)


def test_neither_making_one_nor_reading_touches_anything(tmp_path: Path) -> None:
    store = Store(tmp_path / "a" / "store.sqlite")
    assert (store.reminders(), store.items("x"), store.get("light", "", "on")) == ((), (), None)
    assert list(tmp_path.iterdir()) == []


def test_reading_waits_for_no_writer(store: Store) -> None:
    store.add_items("x", ["kept"])
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("DELETE FROM items")
    assert store.items("x") == ("kept",)
    other.execute("COMMIT")
    other.close()
    assert store.items("x") == ()


def test_reminders_come_in_order_and_are_taken_once(store: Store) -> None:
    late = store.add_reminder("alarm", "07:00", 300.0, now=0.0)
    early = store.add_reminder("timer", "", 100.0, now=0.0)
    assert store.reminders() == (early, late)
    assert store.reminders("alarm") == (late,)
    assert store.take_due(99.0) == ()
    assert store.take_due(100.0) == (early,)
    assert store.take_due(100.0) == ()
    store.remove_reminders([late])
    assert store.reminders() == ()


def test_what_is_paused_is_not_due(store: Store) -> None:
    timer = store.add_reminder("timer", "", 100.0, now=40.0)
    assert (timer.length, timer.left) == (60.0, None)
    paused = replace(timer, left=20.0)
    store.change_reminders([paused])
    assert store.take_due(1e9) == ()
    store.add_reminder("alarm", "07:00", 3e9, now=2e9)
    assert store.reminders("timer") == (paused,)
    store.change_reminders([timer])
    assert store.take_due(100.0) == (timer,)


def test_what_nobody_collects_is_forgotten_after_a_day(store: Store) -> None:
    store.add_reminder("timer", "old", 100.0, now=0.0)
    new = store.add_reminder("timer", "new", 200_000.0, now=100.0 + 86_401.0)
    assert store.reminders() == (new,)


def test_what_is_said_for_all_rooms_replaces_each(store: Store) -> None:
    store.put("light", "kitchen", on=True, level=30)
    assert store.get("light", "office", "on") is None
    store.put("light", "", on=False)
    assert store.get("light", "kitchen", "on") is False
    assert store.get("light", "kitchen", "level") == 30
    store.put("light", "kitchen", on=True)
    assert (store.get("light", "kitchen", "on"), store.get("light", "", "on")) == (True, False)


def test_everything_in_a_room_changes_and_nothing_elsewhere(store: Store) -> None:
    store.put("light", "", on=True)
    store.put("fan", "kitchen", on=True)
    store.change_all("kitchen", on=False)
    assert (store.get("light", "kitchen", "on"), store.get("fan", "kitchen", "on")) == (
        False,
        False,
    )
    assert (store.get("light", "office", "on"), store.get("light", "", "on")) == (True, True)
    store.change_all("", on=False)
    assert store.get("light", "office", "on") is False


@given(st.lists(st.text(min_size=1), max_size=6))
def test_a_list_holds_what_was_put_on_it(items: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder, "store.sqlite"))
        store.add_items("shopping", items)
        kept = store.items("shopping")
        assert set(kept) <= set(items)
        assert {i.lower() for i in kept if i.isascii()} == {i.lower() for i in items if i.isascii()}
        assert store.remove_items("shopping") == len(kept)
        assert store.items("shopping") == ()


def test_threads_do_not_lose_each_others_items(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite", patience=30)
    names = [f"item {n}" for n in range(24)]
    threads = [threading.Thread(target=store.add_items, args=("x", [name])) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(store.items("x")) == sorted(names)


def test_a_locked_file_says_who_to_close(store: Store) -> None:
    store.add_items("x", ["kept"])
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="held by another program"):
        store.add_items("x", ["lost"])
    other.execute("ROLLBACK")
    other.close()
    assert store.items("x") == ("kept",)


@pytest.mark.parametrize("at", [0, 40, 4096])
def test_a_damaged_file_is_left_as_it_is(store: Store, at: int) -> None:
    store.add_items("x", ["kept"])
    data = bytearray(store.path.read_bytes())
    data[at:] = b"\xa5" * len(data[at:])
    store.path.write_bytes(data)
    with pytest.raises(StoreError, match="nothing was changed"):
        store.add_items("x", ["new"])
    assert store.path.read_bytes() == data


@pytest.mark.parametrize(("layout", "remedy"), [(7, "update mondegreen"), (1, "move it away")])
def test_another_layout_is_refused(store: Store, layout: int, remedy: str) -> None:
    store.add_items("x", ["kept"])
    db = sqlite3.connect(store.path)
    db.execute(f"PRAGMA user_version = {layout}")
    db.close()
    with pytest.raises(StoreError, match=rf"layout {layout}.*writes layout 2; {remedy}"):
        store.items("x")


def test_somebody_elses_database_is_refused(store: Store) -> None:
    db = sqlite3.connect(store.path)
    db.execute("CREATE TABLE photos (name TEXT)")
    db.close()
    with pytest.raises(StoreError, match="name another file"):
        store.add_items("x", ["milk"])


def test_a_folder_in_the_way_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="name another file"):
        Store(tmp_path).items("x")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot make the folder"):
        Store(tmp_path / "file" / "store.sqlite").add_items("x", ["lost"])


_AS_NOBODY = """
import os, sys
from pathlib import Path
from mondegreen.assistant import Store, StoreError
if os.getuid() == 0:
    os.setuid(65534)
try:
    Store(Path(sys.argv[1])).add_items("x", ["lost"])
except StoreError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no write bit there")
def test_a_read_only_folder(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    store = Store(folder / "store.sqlite")
    store.add_items("x", ["kept"])
    for parent in (tmp_path, *tmp_path.parents[:3]):
        if parent.owner() == tmp_path.owner():
            parent.chmod(0o755)
    store.path.chmod(0o444)
    folder.chmod(0o555)
    command = [sys.executable, "-c", _AS_NOBODY, str(store.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    folder.chmod(0o755)
    store.path.chmod(0o644)
    assert "may be written to" in done.stdout or "may not be written to" in done.stdout
    assert store.items("x") == ("kept",)


_ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
from mondegreen.assistant import Store, StoreError
store = Store(Path(sys.argv[1]))
size = store.path.stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 4096, size + 4096))
try:
    store.add_items("x", [f"item {n} " + "long " * 200 for n in range(200)])
except StoreError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file sizes cannot be limited there")
def test_a_full_disk_keeps_what_was_there(store: Store) -> None:
    store.add_items("x", ["kept"])
    command = [sys.executable, "-c", _ON_A_FULL_DISK, str(store.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
    assert "full" in done.stdout
    assert store.items("x") == ("kept",)


def test_data_goes_where_each_system_keeps_it(tmp_path: Path) -> None:
    home = tmp_path
    assert data_folder("linux", {}, home) == home / ".local" / "share" / "mondegreen"
    shared = str(tmp_path / "xdg")
    assert data_folder("linux", {"XDG_DATA_HOME": shared}, home) == tmp_path / "xdg" / "mondegreen"
    assert data_folder("linux", {"XDG_DATA_HOME": "relative"}, home) == data_folder(
        "linux", {}, home
    )
    mac = home / "Library" / "Application Support" / "mondegreen"
    assert data_folder("darwin", {}, home) == mac
    local = {"LOCALAPPDATA": str(tmp_path / "local")}
    assert data_folder("win32", local, home) == tmp_path / "local" / "mondegreen"
