"""What a user names is asked what it is, and read no further than it may be long."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from pathlib import Path

import pytest

from mondegreen.errors import DataError, GrammarError, OutputError, SettingsError
from mondegreen.jobs.files import (
    read_bytes,
    read_json,
    read_text,
    regular_files,
    replacing,
    sha256_of,
)

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX has such files")


def write_into(pipe: Path, content: bytes) -> threading.Thread:
    """Somebody who writes into a named pipe until nobody reads any more."""

    def write() -> None:
        try:
            with pipe.open("wb", buffering=0) as file:
                for at in range(0, len(content), 1 << 16):
                    file.write(content[at : at + (1 << 16)])
        except BrokenPipeError:
            pass

    writer = threading.Thread(target=write)
    writer.start()
    return writer


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("nope.txt", r"no such file: .*nope\.txt; did you mean note\.txt"),
        ("no/folder.txt", r"there is no folder"),
        (".", "is a folder"),
        ("a\0b", r"'.*a\\x00b' is not a possible file name"),
        ("a" * 5_000, "cannot read a+"),
        ("a" * 5_000 + "/b", "cannot read a+"),
    ],
)
def test_what_is_no_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, part: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "note.txt").touch()
    with pytest.raises(SettingsError, match=part):
        read_bytes(Path(name), SettingsError)
    with pytest.raises(GrammarError, match=part):
        read_text(Path(name))


@posix
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_a_device_has_no_end(device: str) -> None:
    with pytest.raises(GrammarError, match=f"{device} is a device"):
        read_text(Path(device))


def test_a_file_has_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 2_000_000)
    assert len(read_bytes(path, DataError, most=2_000_000)) == 2_000_000
    with pytest.raises(DataError, match="more than 1 MB"):
        read_bytes(path, DataError, most=1_999_999)


def test_a_digest_is_of_every_byte(tmp_path: Path) -> None:
    path, content = tmp_path / "a.bin", bytes(range(256)) * 10_000  # more than two blocks
    path.write_bytes(content)
    assert sha256_of(path) == hashlib.sha256(content).hexdigest()
    with pytest.raises(FileNotFoundError):
        sha256_of(tmp_path / "b.bin")


def test_a_sparse_file_is_not_read_beyond_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(GrammarError, match="more than 64 MB"):
        read_text(path)


@posix
def test_a_pipe_is_read_and_has_the_same_limit(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = write_into(pipe, "zwölf".encode())
    assert read_text(pipe) == "zwölf"
    writer.join()
    writer = write_into(pipe, b"y\n" * 5_000_000)
    with pytest.raises(DataError, match="more than 2 MB"):
        read_bytes(pipe, DataError, most=2 << 20)
    writer.join()


@pytest.mark.parametrize("content", ["[" * 100_000, '{"a":' * 100_000, "{", "\x00", ""])
def test_json_that_is_none_is_a_data_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(DataError, match=r"a\.json is not JSON"):
        read_json(tmp_path / "a.json")
    (tmp_path / "a.json").write_text('{"a": [1]}')
    assert read_json(tmp_path / "a.json") == {"a": [1]}


@posix
def test_only_files_are_listed(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "folder.yaml").mkdir()
    for name in ("b.yaml", "deep/a.yml", "c.txt"):
        (tmp_path / name).touch()
    os.mkfifo(tmp_path / "pipe.yaml")
    names = [path.relative_to(tmp_path).as_posix() for path in regular_files(tmp_path)]
    assert names == ["b.yaml", "c.txt", "deep/a.yml"]
    assert regular_files(tmp_path, (".yml",)) == [tmp_path / "deep/a.yml"]


def test_what_is_written_is_on_the_disk_before_it_takes_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, to_disk = tmp_path / "early.json", os.fsync
    waited: list[tuple[int, bool]] = []

    def fsync(handle: int) -> None:
        to_disk(handle)
        waited.append((os.fstat(handle).st_size, path.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    with replacing(path) as temporary:
        temporary.write_bytes(b"whole")
    assert waited == [(5, False)]
    with replacing(path, lasting=False) as temporary:
        temporary.write_bytes(b"other")
    assert len(waited) == 1
    assert path.read_bytes() == b"other"
    assert list(tmp_path.iterdir()) == [path]


@posix
def test_a_file_has_the_permissions_of_any_other_while_the_umask_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The umask is the whole process's: what another thread makes meanwhile has it too."""
    before = os.umask(0o027)
    changed: list[int] = []
    try:
        with monkeypatch.context() as patched:
            patched.setattr(os, "umask", changed.append)
            with replacing(tmp_path / "a.json") as temporary:
                temporary.write_bytes(b"{}")
            with replacing(tmp_path / "b.json") as temporary:  # as safetensors writes
                (tmp_path / "private").touch(0o600)
                (tmp_path / "private").replace(temporary)
    finally:
        os.umask(before)
    assert not changed
    for name in ("a.json", "b.json"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("no/early.json", r"the folder .*no does not exist; create it first \(mkdir -p"),
        ("file/early.json", "file is a file, not a folder; name another place"),
        ("folder", "found a folder, expected the name of a file"),
    ],
)
def test_a_place_that_takes_no_file_is_no_fault_of_a_sound(
    tmp_path: Path, name: str, part: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=part), replacing(tmp_path / name):
        raise AssertionError
