"""Folders of weights: described, versioned, and checked by hash when they are opened."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ..errors import ModelError


def checked_file(path: Path, sha256: str, remedy: str) -> Path:
    """The path, once its bytes' SHA-256 matches; ModelError says what differs and the remedy.

    ONNX Runtime opened on a path keeps half as much memory as on the same bytes, so the caller
    opens it anew: a file swapped between the two is not noticed.
    """
    if not path.is_file():
        raise ModelError(f"{path} is missing: {remedy}")
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    found = digest.hexdigest()
    if found != sha256:
        raise ModelError(
            f"{path} has SHA-256 {found[:16]}…, expected {sha256[:16]}…: the file is damaged or "
            f"from another release: {remedy}"
        )
    return path
