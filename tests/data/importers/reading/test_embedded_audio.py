"""Recordings out of tables: where they cannot be written, no row is to blame."""

from __future__ import annotations

from pathlib import Path

import pytest

from mondegreen.data.importers.reading.embedded_audio import FOLDER, store
from mondegreen.errors import OutputError


def test_a_place_that_takes_no_recordings_is_named(tmp_path: Path) -> None:
    (tmp_path / FOLDER).touch()
    with pytest.raises(OutputError, match=r"recordings/train: .*a folder that you may write to"):
        store(tmp_path, b"RIFF", "a.wav", "train", "train-1")
    (tmp_path / FOLDER).unlink()
    assert store(tmp_path, b"RIFF", "a.wav", "train", "train-1") == f"{FOLDER}/train/a.wav"
