"""A home that the grammar has no use for is in the log, once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_a_home_without_a_use_is_noted_once(begin: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "go.yaml").write_text("context: {expressions: {go: [go home]}}", "utf-8")
    (tmp_path / "home.yaml").write_text("areas: [kitchen]", "utf-8")
    server = begin(
        tmp_path,
        MONDEGREEN_SERVE_ENGINE=str(tmp_path / "go.yaml"),
        MONDEGREEN_SERVE_HOME=str(tmp_path / "home.yaml"),
        MONDEGREEN_SERVE_WORKERS="2",
    )
    lines = [line for line in server.log if "the home (--home) is not used" in line]
    assert len(lines) == 1
    assert server.close() == 0
