"""Folders of weights: what is written loads, what ships is described, and all else is refused."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import numpy as np
import pytest

from mondegreen.errors import ModelError
from mondegreen.weights.arrays import Arrays
from mondegreen.weights.folder import (
    CARD,
    DESCRIPTION,
    Description,
    Folder,
    open_folder,
    shipped,
    write_folder,
)


class Pie(Description, frozen=True, kw_only=True):
    """A kind of folder that only these tests know."""

    FORMAT: ClassVar[int] = 3
    KIND: ClassVar[str] = "pie"
    NEEDED: ClassVar[tuple[str, ...]] = ("crust.bin",)

    slices: int
    price: float = 1.0

    def __post_init__(self) -> None:
        """Raise ValueError for a pie that nobody can eat."""
        if self.slices < 1:
            raise ValueError("there are no slices")


FILES = {"crust.bin": b"flour", "filling.json": b'{"price": 2}'}


def bake(place: Path, **changes: Any) -> Folder[Pie]:
    """A pie in `place` whose description has these `changes`; None drops a key."""
    write_folder(place, Pie, FILES, "# Pie\n", slices=8)
    about = {**json.loads((place / DESCRIPTION).read_text()), **changes}
    (place / DESCRIPTION).write_text(json.dumps({k: v for k, v in about.items() if v is not None}))
    return open_folder(place, Pie, "bake another")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    folder = bake(tmp_path / "new" / "pie")
    assert (folder.about.slices, folder.about.price, folder.about.format) == (8, 1.0, 3)
    assert folder.file("crust.bin").read_bytes() == b"flour"
    assert folder.read("filling.json", dict[str, int]) == {"price": 2}
    assert (folder.place / CARD).read_text() == "# Pie\n"
    assert sorted(p.name for p in folder.place.iterdir()) == sorted([*FILES, CARD, DESCRIPTION])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2, "kind": None, "files": None}, "has format 2, expected 3.*another release"),
        ({"format": "3"}, "describes no pie .*Expected `int`, got `str`"),
        ({"kind": "cake", "format": 9}, "describes 'cake', expected 'pie'"),
        ({"kind": None}, "missing required field `kind`"),
        ({"slices": 0}, "there are no slices"),
        ({"slices": None}, "missing required field `slices`"),
        ({"slices": 1.5}, "Expected `int`, got `float`"),
        ({"topping": 1}, "unknown field `topping`"),
        ({"files": {}}, r"it lists no crust\.bin"),
        ({"files": {"crust.bin": "00"}}, "matching regex"),
        ({"files": {"../crust.bin": "0" * 64}}, "matching regex"),
        ({"files": {"/etc/passwd": "0" * 64}}, "matching regex"),
        ({"files": []}, "Expected `object`"),
    ],
)
def test_a_description_that_does_not_do(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ModelError, match=message) as raised:
        bake(tmp_path, **changes)
    assert str(raised.value).endswith("; bake another")


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"null", b"\xff\xfe", b'{"format": 3', b'{"format": NaN}', b"[" * 200_000,
     b'{"a":' * 100_000, b'{"format": 3, "x": ' + b"[" * 200_000],
)  # fmt: skip
def test_what_is_no_description_at_all(tmp_path: Path, text: bytes) -> None:
    bake(tmp_path)
    (tmp_path / DESCRIPTION).write_bytes(text)
    with pytest.raises(ModelError, match="describes no pie"):
        open_folder(tmp_path, Pie, "bake another")


def test_no_folder_there(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "none", tmp_path / "file", tmp_path):
        with pytest.raises(ModelError, match=r"mondegreen\.json is missing: no pie there; bake"):
            open_folder(place, Pie, "bake another")
    os.mkfifo(tmp_path / DESCRIPTION)
    with pytest.raises(ModelError, match="is missing: no pie there"):
        open_folder(tmp_path, Pie, "bake another")


def test_a_description_without_end(tmp_path: Path) -> None:
    bake(tmp_path)
    (tmp_path / DESCRIPTION).write_bytes(b" " * (5 << 20))
    with pytest.raises(ModelError, match=r"more than 4 MB.*; bake another"):
        open_folder(tmp_path, Pie, "bake another")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_description_that_may_not_be_read(tmp_path: Path) -> None:
    bake(tmp_path)
    (tmp_path / DESCRIPTION).chmod(0)
    with pytest.raises(ModelError, match="cannot read"):
        open_folder(tmp_path, Pie, "bake another")


def test_files_are_checked_when_they_are_asked_for(tmp_path: Path) -> None:
    folder = bake(tmp_path)
    with pytest.raises(ModelError, match=r"has no cherry\.bin; bake another"):
        folder.file("cherry.bin")
    (tmp_path / "crust.bin").write_bytes(b"sand")
    with pytest.raises(ModelError, match=r"crust\.bin has SHA-256 .*bake another"):
        folder.file("crust.bin")
    (tmp_path / "crust.bin").unlink()
    with pytest.raises(ModelError, match=r"crust\.bin is missing"):
        folder.file("crust.bin")
    with pytest.raises(ModelError, match=r"filling\.json cannot be read .*bake another"):
        folder.read("filling.json", list[int])


@pytest.mark.parametrize("fields", [{"slices": 0}, {"slices": "8"}, {"slices": 1, "price": np.nan}])
def test_what_could_not_be_loaded_is_not_written(tmp_path: Path, fields: dict[str, Any]) -> None:
    place = tmp_path / "pie"
    with pytest.raises(ModelError, match="is not written"):
        write_folder(place, Pie, FILES, "", **fields)
    with pytest.raises(ModelError, match=r"it lists no crust\.bin"):
        write_folder(place, Pie, {}, "", slices=1)
    assert not place.exists()


def test_a_stopped_writer_leaves_no_folder_that_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bake(tmp_path)
    write = Path.write_bytes

    def stop_at_the_description(path: Path, data: bytes) -> int:
        if b'"format"' in data:
            raise KeyboardInterrupt
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", stop_at_the_description)
    with pytest.raises(KeyboardInterrupt):
        write_folder(tmp_path, Pie, {**FILES, "crust.bin": b"rye"}, "", slices=4)
    folder = open_folder(tmp_path, Pie, "bake another")
    with pytest.raises(ModelError, match="SHA-256"):
        folder.file("crust.bin")
    assert not list(tmp_path.glob(".*"))


def test_everything_that_ships_is_described() -> None:
    folders = [
        path for path in shipped("phones").parent.iterdir() if path.is_dir() and path.name[0] != "_"
    ]
    names = {
        "answers", "confidence", "general", "kokoro", "minilm", "moonshine", "nasality", "phones",
        "silero", "spans", "static_words",
    }  # fmt: skip
    assert names == {p.name for p in folders}
    for folder in folders:
        about = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        assert list(about)[:3] == ["format", "kind", "files"]
        beside = {path.name for path in folder.iterdir()} - {DESCRIPTION, CARD, "LICENSE"}
        assert beside == set(about["files"])
        assert "**Made by**" in (folder / CARD).read_text(encoding="utf-8")
        for name, digest in about["files"].items():
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def saved(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path


def test_arrays_are_taken_as_expected(tmp_path: Path) -> None:
    numbers = np.arange(6, dtype=np.float32).reshape(2, 3)
    arrays = Arrays(saved(tmp_path / "a.npz", numbers=numbers), "bake another")
    np.testing.assert_array_equal(arrays.take("numbers", np.float32, (2, None)), numbers)
    for name, kind, shape, message in (
        ("none", np.float32, (2, 3), "it holds no none"),
        ("numbers", np.float64, (2, 3), r"is float32 \(2, 3\), expected float64 \(2, 3\)"),
        ("numbers", np.float32, (3, None), r"expected float32 \(3, any\)"),
        ("numbers", np.float32, (6,), r"expected float32 \(6\)"),
    ):
        with pytest.raises(ModelError, match=message + r".*; bake another"):
            arrays.take(name, kind, shape)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_refused(tmp_path: Path, number: float) -> None:
    arrays = Arrays(saved(tmp_path / "a.npz", numbers=np.array([1.0, number])), "bake another")
    with pytest.raises(ModelError, match="not finite"):
        arrays.take("numbers", np.float64, (2,))


class Sly:
    """Would touch a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    evil = np.array([Sly(tmp_path / "touched")], object)
    path = saved(tmp_path / "a.npz", numbers=np.zeros(2), evil=evil)
    with pytest.raises(ModelError, match="pickle"):
        Arrays(path, "bake another")
    np.save(tmp_path / "b.npy", evil, allow_pickle=True)
    with pytest.raises(ModelError, match="does not do"):
        Arrays(tmp_path / "b.npy", "bake another")
    assert not (tmp_path / "touched").exists()


def test_descriptions_can_be_told_by_people(tmp_path: Path) -> None:
    bake(tmp_path)
    write_folder(tmp_path, Pie, FILES, "", slices=8)
    text = (tmp_path / DESCRIPTION).read_bytes()
    assert text.count(b"\n") > 5
    assert msgspec.json.decode(text, type=Pie).slices == 8
