"""Moonshine as published, out of its wheel."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from mondegreen.errors import ModelError
from mondegreen.speech.moonshine import published
from mondegreen.training.conversions.published_moonshine import CARD, SHA256, convert
from mondegreen.weights.folder import shipped


def wheel(place: Path, **changed: bytes) -> Path:
    """A wheel like the published one, from the folder that ships."""
    with zipfile.ZipFile(place, "w") as packed:
        for name in SHA256:
            data = changed.get(name.partition(".")[0], (shipped("moonshine") / name).read_bytes())
            packed.writestr(f"moonshine_voice/assets/tiny-en/{name}", data)
        packed.writestr("moonshine_voice-0.0.73.dist-info/licenses/LICENSE", "MIT License")
    return place


def test_the_folder_that_ships_comes_out_of_the_wheel(tmp_path: Path) -> None:
    convert(wheel(tmp_path / "a.whl"), tmp_path / "out")
    for path in shipped("moonshine").iterdir():
        if path.name != "LICENSE":
            assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()
    assert published().about.files == SHA256
    assert (shipped("moonshine") / "README.md").read_text("utf-8") == CARD


def test_another_release_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"another tokenizer\.bin"):
        convert(wheel(tmp_path / "a.whl", tokenizer=b"\x01a"), tmp_path / "out")
    (tmp_path / "b.whl").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="no wheel of moonshine-voice"):
        convert(tmp_path / "b.whl", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_licence_is_beside_it() -> None:
    text = (shipped("moonshine") / "LICENSE").read_text("utf-8")
    assert text.startswith("MIT License")
    assert "Moonshine AI" in text
