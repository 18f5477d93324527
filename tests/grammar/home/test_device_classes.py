"""A device of the home whose name is also what a class of devices is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mondegreen.engines.grammar.text_reader import TextReader
from mondegreen.grammar import load_grammar

GRAMMAR = """\
language: en
intents:
  TurnOn:
    data:
      - sentences: ["open [the] {classes:device_class} [in [the] {area}]"]
        slots: {domain: cover}
      - sentences: ["open [the] {area} {classes:device_class}"]
        slots: {domain: cover}
      - sentences: ["open [the] {name} [in [the] {area}]"]
        requires_context: {domain: cover}
  CloseAll:
    data:
      - sentences: ["close [the] {classes:device_class}"]
        slots: {domain: cover}
lists:
  classes:
    values:
      - {in: "garage door[s]", out: garage}
      - {in: "(curtain|curtains)", out: curtain}
"""
HOME = {
    "areas": ["Kitchen"],
    "devices": [
        {"name": "Garage Door", "domain": "cover", "device_class": "garage"},
        {"name": "Curtain", "domain": "switch"},
    ],
}


@pytest.fixture
def grammar(tmp_path: Path) -> Path:
    path = tmp_path / "covers.yaml"
    path.write_text(GRAMMAR)
    return path


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("open the garage door", {"name": "Garage Door"}),
        ("open the garage door in the kitchen", {"name": "Garage Door", "area": "Kitchen"}),
        ("open the garage doors", {"device_class": "garage", "domain": "cover"}),
        # Nobody says a name like this, so that the class is all that it can be.
        ("open the kitchen garage door",
         {"area": "Kitchen", "device_class": "garage", "domain": "cover"}),
        # What is named so is no cover.
        ("open the curtain", {"device_class": "curtain", "domain": "cover"}),
        # This intent takes no names.
        ("close the garage door", {"device_class": "garage", "domain": "cover"}),
    ],
)  # fmt: skip
def test_a_name_goes_before_a_class(grammar: Path, text: str, values: dict[str, Any]) -> None:
    assert TextReader(load_grammar(grammar, home=HOME)).read(text).values() == values
