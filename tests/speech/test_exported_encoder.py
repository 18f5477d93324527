"""An encoder of a model folder's own: what is none is named. How it hears is tested with its
training."""

from __future__ import annotations

from pathlib import Path

import pytest

from mondegreen.engines.general.model_folder import MEMORY, SHIPPED, model_folder
from mondegreen.errors import ModelError
from mondegreen.speech.exported_encoder import ExportedEncoder


def test_what_is_no_encoder_is_named(tmp_path: Path) -> None:
    for place in (tmp_path / "nowhere.onnx", model_folder(SHIPPED).file(MEMORY)):
        with pytest.raises(ModelError, match=f"{place.name}.*make it again"):
            ExportedEncoder(place, "make it again")
