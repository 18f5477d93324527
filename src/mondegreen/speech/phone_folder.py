"""The folder of a phone reader: its description, and files that are checked by hash when loaded."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

from ..errors import ModelError
from ..phonetics.inventory import PHONES

FORMAT = 1
"""Version of the folder's layout; a reader of another version is refused."""
DESCRIPTION = "mondegreen.json"
REBUILD = "reinstall mondegreen, or rebuild it with: mondegreen train phones"


def reader_folder(folder: str | Path | None) -> tuple[Path, dict[str, Any]]:
    """Where the reader lies, None being the one that ships, and what its description says.

    Raises ModelError when there is none, or one of another version or phone inventory.
    """
    shipped = Path(str(resources.files("mondegreen.weights"))) / "phones"
    place = shipped if folder is None else Path(folder)
    path = place / DESCRIPTION
    if not path.is_file():
        raise ModelError(f"{path} is missing: no phone reader there; {REBUILD}")
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        version, phones = about["format"], tuple(about["phones"])
        about["encoder"]["name"], about["encoder"]["digest"], about["sha256"], about["log_prior"]
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} does not describe a phone reader ({error}); {REBUILD}") from error
    if version != FORMAT:
        raise ModelError(f"{path} has format {version}, expected {FORMAT}; {REBUILD}")
    if phones != PHONES:
        raise ModelError(f"{path} was made for another phone inventory; {REBUILD}")
    return place, dict(about)
