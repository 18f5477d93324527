"""What README and docs/ import is what users may rely on: mondegreen, and the packages it names."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
IMPORTS = re.compile(r"^\s*(?:from (mondegreen[\w.]*) import|import (mondegreen[\w.]*))", re.M)


def public_packages() -> set[str]:
    """`mondegreen`, and the packages in the table under "The public packages"."""
    text = (ROOT / "docs" / "python-api.md").read_text("utf-8")
    table = text.split("## The public packages", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\| `(mondegreen[\w.]*)` \|", table, re.M))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_import_public_packages_only(page: Path) -> None:
    used = {a or b for a, b in IMPORTS.findall(page.read_text("utf-8"))}
    assert used <= public_packages(), "name the package in docs/python-api.md or import from above"


def test_public_packages_have_what_they_list() -> None:
    packages = public_packages()
    assert {"mondegreen", "mondegreen.assistant"} <= packages
    for name in packages:
        package = import_module(name)
        assert package.__all__
        assert all(getattr(package, export) is not None for export in package.__all__)
