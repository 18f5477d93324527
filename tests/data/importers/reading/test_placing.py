"""How a manifest names recordings that lie in other folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from mondegreen.data.importers.reading.placing import Placing, place
from mondegreen.data.manifest import outside
from mondegreen.errors import DataError


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "corpora/fsc/wavs").mkdir(parents=True)
    (tmp_path / "corpora/fsc/wavs/a.wav").touch()
    (tmp_path / "work").mkdir()
    return tmp_path / "corpora/fsc"


@pytest.mark.parametrize(
    ("out", "prefix"),
    [
        ("corpora/fsc/m.jsonl", ""),
        ("corpora/m.jsonl", "fsc/"),
        ("m.jsonl", "corpora/fsc/"),
        ("work/m.jsonl", "fsc/"),
        ("corpora/fsc/wavs/m.jsonl", "fsc/"),
    ],
)
def test_paths_lead_to_the_recordings(data: Path, tmp_path: Path, out: str, prefix: str) -> None:
    manifest = tmp_path / out
    assert place(manifest, data) == prefix
    for _ in range(2):  # the second time a link is there already
        audio = Placing(manifest, data).path("wavs/a.wav")
        assert (manifest.parent / audio).samefile(data / "wavs/a.wav")
        assert outside(audio) is None


def test_for_a_single_file_its_folder_counts(data: Path) -> None:
    (data / "labels.csv").touch()
    assert place(data / "m.jsonl", data / "labels.csv") == ""


def test_relative_paths(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path / "work")
    assert place(Path("m.jsonl"), Path("../corpora/fsc")) == "fsc/"
    assert Path("fsc").samefile(data)
    monkeypatch.chdir(data)
    assert place(Path("m.jsonl"), Path()) == ""


@pytest.mark.parametrize("what_is_there", ["file", "folder", "link", "broken link"])
def test_nothing_else_is_overwritten(data: Path, tmp_path: Path, what_is_there: str) -> None:
    name = tmp_path / "work/fsc"
    if what_is_there == "file":
        name.write_text("mine")
    elif what_is_there == "folder":
        name.mkdir()
    else:
        name.symlink_to(tmp_path if what_is_there == "link" else tmp_path / "nowhere")
    before = name.lstat()
    with pytest.raises(DataError, match="is there already"):
        place(tmp_path / "work/m.jsonl", data)
    assert name.lstat() == before


def fail_after_a_recording(manifest: Path, data: Path) -> None:
    with Placing(manifest, data) as placing:
        assert (manifest.parent / placing.path("wavs/a.wav")).exists()
        raise RuntimeError


def test_a_link_goes_with_the_work_that_failed(data: Path, tmp_path: Path) -> None:
    link = tmp_path / "work/fsc"
    for was_there in (False, True):
        if was_there:
            link.symlink_to(data)
        with pytest.raises(RuntimeError):
            fail_after_a_recording(tmp_path / "work/m.jsonl", data)
        assert link.is_symlink() == was_there
    assert (data / "wavs/a.wav").exists()
