"""Every snippet in README and docs/ marked `run` is executed as a reader would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SNIPPET = re.compile(r"^```(python|bash|yaml file=(\S+)) ?(run)?\n(.*?)^```", re.M | re.S)


def _pages_with_snippets() -> list[Path]:
    return [p for p in PAGES if any(m[3] for m in SNIPPET.finditer(p.read_text("utf-8")))]


def test_there_is_something_to_run() -> None:
    assert {p.name for p in _pages_with_snippets()} >= {"README.md"}


@pytest.mark.slow
@pytest.mark.parametrize("page", _pages_with_snippets(), ids=lambda p: p.name)
def test_snippets_run_in_order(page: Path, tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "XDG_DATA_HOME": str(tmp_path / "data")}
    for snippet in SNIPPET.finditer(page.read_text("utf-8")):
        kind, name, run, code = snippet.groups()
        if name:
            (tmp_path / name).write_text(code, encoding="utf-8")
            continue
        if not run:
            continue
        command = [sys.executable, "-c", code] if kind == "python" else ["bash", "-ec", code]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        line = page.read_text("utf-8")[: snippet.start()].count("\n") + 1
        assert done.returncode == 0, f"{page.name}:{line}\n{done.stdout}\n{done.stderr}"
