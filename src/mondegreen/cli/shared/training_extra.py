"""What verbs that train need beside the rest."""

from __future__ import annotations

from importlib.util import find_spec

from ...errors import MissingExtra


def require_training() -> None:
    """Raise MissingExtra where the extra `train` is not installed."""
    for module in ("torch", "onnx", "safetensors", "tensorboardX"):
        if find_spec(module) is None:
            raise MissingExtra("training", "train")
