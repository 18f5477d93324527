"""The cache folder: where it is, what it keeps, and that nothing about it ever fails."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mondegreen.jobs.cache import VARIABLE, Cache, cache_folder

HOME = Path("/home/somebody")


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {}, HOME / ".cache/mondegreen"),
        ("linux", {"XDG_CACHE_HOME": "/fast"}, Path("/fast/mondegreen")),
        ("linux", {"XDG_CACHE_HOME": "not/absolute"}, HOME / ".cache/mondegreen"),
        ("darwin", {}, HOME / "Library/Caches/mondegreen"),
        ("win32", {}, HOME / "AppData/Local/mondegreen/Cache"),
        ("win32", {"LOCALAPPDATA": "/local"}, Path("/local/mondegreen/Cache")),
        ("linux", {VARIABLE: "/mine", "XDG_CACHE_HOME": "/fast"}, Path("/mine")),
        ("linux", {VARIABLE: ""}, HOME / ".cache/mondegreen"),
    ],
)
def test_the_folder_of_each_system(
    platform: str, environment: dict[str, str], expected: Path
) -> None:
    assert cache_folder(platform, environment, HOME) == expected


def test_without_a_home_there_is_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nobody)
    assert cache_folder("linux", {}) is None
    monkeypatch.delenv(VARIABLE)
    nowhere = Cache("x")
    assert not nowhere.write("a", b"1")
    assert (nowhere.read("a"), nowhere.size(), nowhere.clear()) == (None, (0, 0), 0)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    cache = Cache("x", folder=tmp_path / "new" / "folder")
    assert cache.read("a") is None
    assert cache.write("a", b"one")
    assert cache.write("a", b"two")
    assert cache.read("a") == b"two"
    assert Cache("y", folder=cache.folder).read("a") is None
    assert cache.size() == (1, 3)


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    cache = Cache("x", folder=tmp_path, most=100)
    (tmp_path / "other.txt").write_bytes(bytes(500))
    for age, name in ((40, "a"), (30, "b"), (20, "c")):
        assert cache.write(name, bytes(30))
        os.utime(tmp_path / f"{name}.x", (1_000_000_000 - age, 1_000_000_000 - age))
    assert cache.read("a") is not None  # it is the youngest from now on
    assert cache.write("d", bytes(30))
    assert [cache.read(name) is not None for name in "abcd"] == [True, False, True, True]
    assert (tmp_path / "other.txt").exists()


def test_what_is_larger_than_all_is_not_kept(tmp_path: Path) -> None:
    cache = Cache("x", folder=tmp_path, most=100)
    cache.write("a", bytes(60))
    assert not cache.write("b", bytes(101))
    assert cache.read("a") == bytes(60)


def test_clear_removes_ours_alone(tmp_path: Path) -> None:
    cache = Cache("x", folder=tmp_path)
    cache.write("a", b"1")
    cache.write("b", b"2")
    (tmp_path / "mine.txt").write_text("keep")
    (tmp_path / ".mondegreen-killed.part").write_text("half")
    assert cache.clear() == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_pipe_and_a_folder_in_its_place_are_passed_over(tmp_path: Path) -> None:
    cache = Cache("x", folder=tmp_path)
    os.mkfifo(tmp_path / "a.x")
    (tmp_path / "b.x").mkdir()
    for name in "ab":
        assert cache.read(name) is None
        assert not cache.write(name, b"1")
    assert cache.size() == (0, 0)
