"""Which names of a home a listener would mix up."""

from __future__ import annotations

from typing import Any

import pytest

from mondegreen.grammar import check_home, read_home
from mondegreen.phonetics import Pronouncer


def codes(home: dict[str, Any]) -> dict[str, str]:
    """Message by code; the messages of one code run together."""
    messages: dict[str, str] = {}
    for finding in check_home(read_home(home), Pronouncer()):
        messages[finding.code] = messages.get(finding.code, "") + finding.message
    return messages


def lights(*names: str) -> dict[str, Any]:
    return {"devices": [{"name": name, "domain": "light"} for name in names]}


def test_a_home_in_order_has_nothing_to_look_at() -> None:
    home = lights("desk lamp", "ceiling light", "kitchen light")
    assert codes({**home, "areas": ["kitchen", "office"], "floors": ["upstairs"]}) == {}


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (("tea light", "tee light"), "sounds-same"),
        (("bedroom lamp", "bathroom lamp"), "alike"),
        (("hall light", "wall light"), "alike"),
        (("lamp one", "lamp two"), None),
        (("living room lamp", "dining room lamp"), None),
        (("desk lamp", "Desk Lamp"), "same-name"),
    ],
)
def test_names_that_sound_alike(names: tuple[str, str], code: str | None) -> None:
    assert list(codes(lights(*names))) == ([] if code is None else [code])


def test_two_of_a_name_in_two_areas_are_only_noted() -> None:
    devices = [
        {"name": "ceiling", "domain": "light", "area": "kitchen"},
        {"name": "ceiling", "domain": "light", "area": "office"},
    ]
    home = read_home({"areas": ["kitchen", "office"], "devices": devices})
    findings = check_home(home, Pronouncer())
    assert [(f.severity, f.code) for f in findings] == [("note", "same-name")]
    assert "(kitchen and office)" in findings[0].message


def test_aliases_of_one_thing_may_sound_alike() -> None:
    device = {"name": "tea light", "aliases": ["tee light"], "domain": "light"}
    assert codes({"devices": [device]}) == {}


def test_areas_are_not_compared_with_devices() -> None:
    assert codes({**lights("hall"), "areas": ["hall"]}) == {}


def test_names_that_cannot_be_read_are_errors() -> None:
    home = read_home(lights("Лампа", "lamp"))
    findings = check_home(home, Pronouncer())
    assert [(f.severity, f.code) for f in findings] == [("error", "unreadable")]


def test_guessed_pronunciations_are_noted() -> None:
    assert "guessed: zorblatt" in codes(lights("Zorblatt lamp"))["guess"]
