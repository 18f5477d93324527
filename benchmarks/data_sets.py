"""The data sets that several benchmarks use: recordings of people, and sentences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mondegreen.training.phones.recordings import Recording, recordings

HOME = Path(__file__).with_name("home.yaml")
"""Names of a small home, for Home Assistant's sentences."""


def people_of(data: Path, name: str) -> list[Recording]:
    """What people said in the set `name` below `data`, of those that no training hears."""
    return [row for row in recordings(data, measured=True) if row.name == name]


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The JSON objects in a file that has one a line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def texts_of(path: Path) -> list[str]:
    """The `text` of every line of a file."""
    return [str(row["text"]) for row in rows_of(path)]


def assistant_texts(data: Path) -> list[str]:
    """The sentences of another assistant: most of them are nothing that a grammar here has."""
    paths = sorted((data / "voice-assistant-nlu").glob("*.jsonl"))
    return [text for path in paths for text in texts_of(path)]
