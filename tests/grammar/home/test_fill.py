"""The names of a home in a grammar that says which of its slots take them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mondegreen.errors import GrammarError
from mondegreen.grammar import check, load_grammar, sample

GRAMMAR = """\
context:
  expressions:
    On:
      - "turn on the [$lamp:lamp, $room:room [light, lamp, lights]]"
      - "turn on the light in the $room:room (please)"
    Start:
      - "start the ($room:room) $device:device"
  slots:
    lamp: [desk lamp, floor lamp]
    room: [kitchen, {value: living room, say: [living room, lounge]}, attic]
    device: [fan, {value: TV, say: [t v, television]}]
home:
  room: area
  lamp: light
  device: [switch, fan]
"""
AREAS = ["Kitchen", "Living room"]


@pytest.fixture
def grammar(tmp_path: Path) -> Path:
    path = tmp_path / "g.yaml"
    path.write_text(GRAMMAR)
    return path


def meanings(path: Path, home: dict[str, Any]) -> dict[str, dict[str, Any]]:
    grammar = load_grammar(path, home=home)
    doubts = [f for f in check(grammar) if f.severity != "note"]
    assert not doubts
    return {s.text: {slot.name: slot.value for slot in s.slots} for s in sample(grammar, 600)}


def test_areas_replace_the_grammar_s_rooms_and_keep_their_other_names(grammar: Path) -> None:
    understood = meanings(grammar, {"areas": AREAS})
    assert understood["turn on the light in the lounge"] == {"room": "Living room"}
    assert understood["turn on the kitchen lights"] == {"room": "Kitchen"}
    assert not any("attic" in text for text in understood)
    assert understood["turn on the desk lamp"] == {"lamp": "desk lamp"}


def test_a_home_without_areas_leaves_the_rooms(grammar: Path) -> None:
    devices = [{"name": "Kettle", "domain": "switch"}]
    understood = meanings(grammar, {"devices": devices})
    assert understood["turn on the attic light"] == {"room": "attic"}
    assert understood["start the attic kettle"] == {"room": "attic", "device": "Kettle"}


def test_devices_come_before_the_grammar_s_own(grammar: Path) -> None:
    devices = [
        {"name": "Samsung", "domain": "switch", "aliases": ["TV"]},
        {"name": "Floor Lamp", "domain": "light"},
        {"name": "Globe", "domain": "light"},
        {"name": "Front door", "domain": "lock"},
    ]
    understood = meanings(grammar, {"devices": devices})
    assert understood["start the t v"] == {"device": "Samsung"}
    assert understood["start the television"] == {"device": "TV"}
    assert understood["turn on the floor lamp"] == {"lamp": "Floor Lamp"}
    assert understood["turn on the floor light"] == {"lamp": "Floor Lamp"}
    assert (
        understood["turn on the globe light"]
        == understood["turn on the globe"]
        == {"lamp": "Globe"}
    )
    assert not any("front door" in text for text in understood)


def test_a_device_that_a_lamp_is_called_like_is_the_device(grammar: Path) -> None:
    understood = meanings(grammar, {"devices": [{"name": "Desk lamp", "domain": "switch"}]})
    assert "turn on the desk lamp" not in understood
    assert understood["start the desk lamp"] == {"device": "Desk lamp"}


def test_names_go_before_a_room_and_a_word(grammar: Path) -> None:
    devices = [
        {"name": "Kitchen light", "domain": "light"},
        {"name": "Living room TV", "domain": "switch"},
    ]
    understood = meanings(grammar, {"areas": AREAS, "devices": devices})
    assert understood["turn on the kitchen light"] == {"lamp": "Kitchen light"}
    assert understood["turn on the kitchen lamp"] == {"lamp": "Kitchen light"}
    assert understood["turn on the kitchen lights"] == {"room": "Kitchen"}
    assert understood["turn on the living room light"] == {"room": "Living room"}
    assert understood["start the living room t v"] == {"device": "Living room TV"}
    assert understood["start the living room television"] == {"room": "Living room", "device": "TV"}
    assert understood["start the kitchen t v"] == {"room": "Kitchen", "device": "TV"}
    assert understood["turn on the light in the kitchen please"] == {"room": "Kitchen"}


def test_a_lamp_that_is_called_light_is_any_light(grammar: Path) -> None:
    understood = meanings(grammar, {"devices": [{"name": "Light", "domain": "light"}]})
    assert "turn on the light" not in understood


def test_a_grammar_that_takes_nothing_says_so(tmp_path: Path) -> None:
    path = tmp_path / "g.yaml"
    path.write_text("context: {expressions: {Go: [go]}}\n")
    grammar = load_grammar(path, home={"areas": AREAS})
    assert "no `home:`" in grammar.notices[0].message


@pytest.mark.parametrize(
    ("takes", "message"),
    [
        ("{rom: area}", r"fills \$rom.*did you mean 'room'"),
        ("{room: {a: b}}", "expected a list of texts"),
        ("[room]", "expected a mapping"),
    ],
)
def test_mistakes_in_what_a_grammar_takes(tmp_path: Path, takes: str, message: str) -> None:
    path = tmp_path / "g.yaml"
    slots = "{expressions: {Go: [go $room]}, slots: {room: [attic]}}"
    path.write_text(f"context: {slots}\nhome: {takes}\n")
    with pytest.raises(GrammarError, match=message) as caught:
        load_grammar(path)
    assert caught.value.line == 2
