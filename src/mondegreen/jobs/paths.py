"""Where the user's data lives on each kind of system."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def data_folder(
    platform: str = sys.platform,
    environment: Mapping[str, str] = os.environ,
    home: Path | None = None,
) -> Path:
    """mondegreen's folder for data that the user would miss; it may not exist yet.

    `%LOCALAPPDATA%` on Windows, `~/Library/Application Support` on macOS, and elsewhere
    `$XDG_DATA_HOME` (when absolute, as its specification asks) or `~/.local/share`.
    """
    home = home or Path.home()
    if platform == "win32":
        local = environment.get("LOCALAPPDATA")
        base = Path(local) if local else home / "AppData" / "Local"
    elif platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        shared = Path(environment.get("XDG_DATA_HOME", ""))
        base = shared if shared.is_absolute() else home / ".local" / "share"
    return base / "mondegreen"
