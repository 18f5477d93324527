"""Homes from files: our own YAML, and the registries of Home Assistant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mondegreen.errors import GrammarError
from mondegreen.grammar import Device, Home, check, load_grammar, read_home, sample

OWN = """\
floors: [upstairs, {name: Ground floor, aliases: [downstairs]}]
areas:
  - Kitchen
  - {name: Living room, aliases: lounge, floor: downstairs}
devices:
  - {name: Desk lamp, domain: light, area: lounge, aliases: [reading lamp]}
  - {name: Kettle, id: switch.kettle_2}
"""


def test_a_home_of_our_own(tmp_path: Path) -> None:
    path = tmp_path / "home.yaml"
    path.write_text(OWN)
    home = read_home(path)
    assert [(a.name, a.aliases, a.floor) for a in home.areas] == [
        ("Kitchen", (), None),
        ("Living room", ("lounge",), "Ground floor"),
    ]
    assert [floor.names for floor in home.floors] == [
        ("upstairs",),
        ("Ground floor", "downstairs"),
    ]
    lamp, kettle = home.devices
    assert (lamp.domain, lamp.area, lamp.aliases) == ("light", "Living room", ("reading lamp",))
    assert (kettle.domain, kettle.id) == ("switch", "switch.kettle_2")
    assert home.notices == ()
    assert read_home(home) is home


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("areas: kitchen\n", 1, "expected a list"),
        ("rooms: [kitchen]\n", 1, "unknown key 'rooms'"),
        ("areas:\n  - {name: x, flor: y}\n", 2, "did you mean 'floor'"),
        ("areas:\n  - {aliases: [x]}\n", 2, "without `name:`"),
        ("areas:\n  - {name: x, floor: attic}\n", 2, "floor 'attic' is not among the floors"),
        ("devices:\n  - kettle\n", 2, "no `domain:`"),
        ("devices:\n  - {name: kettle, domain: Switch}\n", 2, "the domain 'Switch'"),
        ("devices:\n  - {name: kettle, domain: switch, area: x}\n", 2, "area 'x' is not among"),
        ("devices:\n  - {name: [], domain: switch}\n", 2, "expected a text"),
        ("areas:\n", 1, "the home is empty"),
        ("", None, "the file is empty; a home needs `areas:`, `floors:` or `devices:`"),
        ("- x\n", 1, "a home is a mapping"),
    ],
)
def test_mistakes_are_named_with_their_line(
    tmp_path: Path, text: str, line: int | None, message: str
) -> None:
    path = tmp_path / "home.yaml"
    path.write_text(text)
    with pytest.raises(GrammarError, match=message) as caught:
        read_home(path)
    assert (caught.value.source, caught.value.line) == (str(path), line)


def entity(entity_id: str, **changes: Any) -> dict[str, Any]:
    row = {
        "aliases": [], "area_id": None, "categories": {}, "device_class": None, "device_id": None,
        "disabled_by": None, "entity_category": None, "entity_id": entity_id, "hidden_by": None,
        "has_entity_name": False, "labels": [], "name": None, "options": {},
        "original_device_class": None, "original_name": None, "platform": "hue",
    }  # fmt: skip
    return {**row, **changes}


ENTITIES = [
    entity("light.desk", original_name="Desk lamp", aliases=[None, "reading lamp"]),
    entity("light.hue_1", name="Floor lamp", original_name="Hue 1", device_id="hue"),
    entity("light.hue_2", has_entity_name=True, original_name="Night light", device_id="hue"),
    entity("light.hue_3", has_entity_name=True, device_id="hue", area_id="office"),
    entity("fan.fan", has_entity_name=True, original_name="Tower fan speed", device_id="fan"),
    entity("lock.front_door"),
    entity("sensor.heat", original_name="Heat", original_device_class="temperature"),
    entity("sensor.power", original_name="Power", original_device_class="power"),
    entity("sensor.told", original_name="Told", options={"conversation": {"should_expose": True}}),
    entity("switch.a", original_name="A", disabled_by="user"),
    entity("switch.b", original_name="B", hidden_by="user"),
    entity("switch.c", original_name="C", entity_category="config"),
    entity("switch.d", original_name="D", options={"conversation": {"should_expose": False}}),
    entity("switch.e", original_name="E", device_id="off"),
    entity("update.f", original_name="F"),
]
REGISTRIES = {
    "entity": {"entities": ENTITIES, "deleted_entities": [{"entity_id": "light.gone"}]},
    "area": {
        "areas": [
            {"id": "office", "name": "Office", "aliases": ["study"], "floor_id": "up"},
            {"id": "hall", "name": "Hall", "aliases": [], "floor_id": None},
        ]
    },
    "device": {
        "devices": [
            {"id": "hue", "name": "Hue bulb", "name_by_user": "Corner", "area_id": "hall"},
            {"id": "fan", "name": "Tower fan", "name_by_user": None, "area_id": None},
            {"id": "off", "name": "Off", "disabled_by": "user"},
        ]
    },
    "floor": {"floors": [{"floor_id": "up", "name": "Upstairs", "aliases": [], "level": 1}]},
}


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    folder = tmp_path / ".storage"
    folder.mkdir()
    for kind, data in REGISTRIES.items():
        key = f"core.{kind}_registry"
        document = {"version": 1, "minor_version": 16, "key": key, "data": data}
        (folder / key).write_text(json.dumps(document))
    return folder


def test_the_registries_of_home_assistant(storage: Path) -> None:
    home = read_home(storage)
    assert [(a.name, a.aliases, a.floor) for a in home.areas] == [
        ("Office", ("study",), "Upstairs"),
        ("Hall", (), None),
    ]
    assert [floor.name for floor in home.floors] == ["Upstairs"]
    assert [(d.id, d.name, d.area) for d in home.devices] == [
        ("light.desk", "Desk lamp", None),
        ("light.hue_1", "Floor lamp", "Hall"),
        ("light.hue_2", "Corner Night light", "Hall"),
        ("light.hue_3", "Corner", "Office"),
        ("fan.fan", "Tower fan speed", None),
        ("lock.front_door", "front door", None),
        ("sensor.heat", "Heat", None),
        ("sensor.told", "Told", None),
    ]
    assert home.devices[0].aliases == ("reading lamp",)
    assert home.devices[6].device_class == "temperature"
    assert {notice.message for notice in home.notices} == {
        "2 entities are left out, since they are disabled",
        "1 entity is left out, since it is hidden",
        "1 entity is left out, since it is for settings or diagnostics",
        "3 entities are left out, since they are not exposed to Assist",
    }


def test_the_registries_are_looked_for_where_they_lie(storage: Path) -> None:
    devices = read_home(storage).devices
    assert read_home(storage.parent).devices == devices
    assert read_home(storage / "core.area_registry").devices == devices
    (storage / "core.entity_registry").rename(storage / "core.entity_registry.json")
    assert read_home(storage / "core.entity_registry.json").devices == devices


def test_entities_alone_are_enough(storage: Path) -> None:
    for kind in ("area", "device", "floor"):
        (storage / f"core.{kind}_registry").unlink()
    home = read_home(storage)
    assert (home.areas, home.floors) == ((), ())
    assert [d.name for d in home.devices][1:5] == ["Floor lamp", "Night light", "hue 3", *[
        "Tower fan speed"
    ]]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "no registry of Home Assistant's"),
        ('{"data": {"entities": [1]}}', "no registry of Home Assistant's"),
        ('{"data": {"entities": [{"name": "x"}]}}', "without `entity_id`"),
    ],
)
def test_a_registry_with_a_mistake_is_named(storage: Path, text: str, message: str) -> None:
    path = storage / "core.entity_registry"
    path.write_text(text)
    with pytest.raises(GrammarError, match=message) as caught:
        read_home(storage)
    assert caught.value.source == str(path)


def test_a_folder_without_registries_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(GrammarError, match=r"no core.entity_registry in the folder"):
        read_home(tmp_path)


@pytest.mark.parametrize(
    ("domain", "remedy"),
    [
        ("ligth", "did you mean 'light'?"),
        ("lite", "did you mean 'light'?"),
        ("lights", "did you mean 'light'?"),
        ("witch", "did you mean 'switch'?"),
        ("zzz", "it has light, switch"),
    ],
)
def test_a_domain_that_there_is_not_is_a_warning(domain: str, remedy: str) -> None:
    devices = [{"name": "camera", "domain": "camera"}, {"name": "desk lamp", "domain": domain}]
    (notice,) = read_home({"devices": devices}).notices
    assert notice.severity == "warning"
    assert f"no domain {domain!r}" in notice.message
    assert "'desk lamp'" in notice.message
    assert remedy in notice.message


def test_domains_of_registries_are_taken_as_they_are(storage: Path) -> None:
    rows = [entity("gadget.x", options={"conversation": {"should_expose": True}})]
    document = {"data": {"entities": rows}}
    (storage / "core.entity_registry").write_text(json.dumps(document))
    assert read_home(storage).notices == ()


TEMPLATES: dict[str, Any] = {
    "intents": {
        "HassTurnOn": {
            "data": [
                {
                    "sentences": ["turn on {name}"],
                    "requires_context": {"domain": ["light", "switch"]},
                },
                {"sentences": ["lock {name}"], "requires_context": {"domain": "lock"}},
                {"sentences": ["turn on {area} (lamp|lights)"], "slots": {"domain": "light"}},
                {"sentences": ["go {floor}"]},
            ]
        }
    }
}


def meanings(home: Home | dict[str, Any], **more: Any) -> dict[str, dict[str, Any]]:
    grammar = load_grammar(TEMPLATES, home=home, **more)
    return {s.text: {slot.name: slot.value for slot in s.slots} for s in sample(grammar, 300)}


def test_templates_take_their_lists_from_the_home() -> None:
    home = {
        "floors": [{"name": "First floor", "aliases": ["upstairs"]}],
        "areas": ["Kitchen"],
        "devices": [
            {"name": "Lamp (old)", "domain": "light", "aliases": ["Oma"]},
            {"name": "Front door", "domain": "lock"},
        ],
    }
    assert meanings(home) == {
        "turn on lamp old": {"name": "Lamp (old)"},
        "turn on oma": {"name": "Lamp (old)"},
        "lock front door": {"name": "Front door"},
        "turn on kitchen lamp": {"area": "Kitchen", "domain": "light"},
        "turn on kitchen lights": {"area": "Kitchen", "domain": "light"},
        "go first floor": {"floor": "First floor"},
        "go upstairs": {"floor": "First floor"},
    }
    assert meanings(home, lists={"floor": ["attic"]})["go attic"] == {"floor": "attic"}


def test_a_name_goes_before_an_area_and_a_word() -> None:
    lamp = {"name": "Kitchen lamp", "domain": "light"}
    home = {"areas": ["Kitchen", "Hall"], "devices": [lamp]}
    understood = meanings(home)
    assert understood["turn on kitchen lamp"] == {"name": "Kitchen lamp"}
    assert understood["turn on kitchen lights"] == {"area": "Kitchen", "domain": "light"}
    assert understood["turn on hall lamp"] == {"area": "Hall", "domain": "light"}
    findings = check(load_grammar(TEMPLATES, home=home))
    assert not [f for f in findings if f.code in ("ambiguous", "same-sentence", "duplicate")]


def test_names_that_cannot_be_read_are_left_out_with_a_warning() -> None:
    home = Home(devices=(Device("Лампа", ("lamp",), 7, "light"),), source="home.yaml")
    grammar = load_grammar(TEMPLATES, home=read_home(home))
    assert {s.text for s in sample(grammar, 50)} == {"turn on lamp"}
    warned = load_grammar(TEMPLATES, home={"devices": [
        {"name": "Лампа", "aliases": ["lamp"], "domain": "light"}
    ]})  # fmt: skip
    warning = next(n for n in warned.notices if "Лампа" in n.message)
    assert warning.severity == "warning"
