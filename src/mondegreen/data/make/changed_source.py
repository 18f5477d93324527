"""Work that was begun from other rows, told in words that somebody who mended a row understands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import DataError
from ...jobs.job import RECIPE


def check_source(folder: Path, recipe: Mapping[str, Any]) -> None:
    """Raise DataError where `folder` was begun alike, but from other rows.

    `recipe` is that of the job, whose `manifest` is the digest of the rows. Any other difference is
    left to the job, which would name two digests here.
    """
    try:
        earlier = json.loads((folder / RECIPE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return  # nothing was begun there, or the job says what is wrong with it
    ours = json.loads(json.dumps(recipe))
    if not isinstance(earlier, dict) or earlier == ours:
        return
    if {**earlier, "manifest": ours["manifest"]} == ours:
        raise DataError(
            f"{folder}: the manifest has changed since this was begun (a row was mended, added, "
            "moved or left out); choose another place for the result, or delete this one to make "
            "all of it anew"
        )


__all__ = ["check_source"]
