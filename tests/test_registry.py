"""Plug-ins are found by name: those that ship, and those of installed packages."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import mondegreen
from mondegreen.data.importers.importer import IMPORTERS
from mondegreen.errors import MondegreenError, SettingsError
from mondegreen.grammar.formats.format import FORMATS
from mondegreen.language.embedder import EMBEDDERS
from mondegreen.registry import Registry, closest, nearest
from mondegreen.speech.encoder import ENCODERS

GROUP = "mondegreen.kettles"
OURS = {"mapping": "collections:OrderedDict", "path": "pathlib:PurePath.joinpath"}
KETTLES: Registry[Any] = Registry(GROUP, "kettle", OURS)
CODE = """
class Kettle:
    def __init__(self, litres, colour="red"):
        self.litres, self.colour = litres, colour

class Broken:
    def __init__(self):
        raise TypeError("no water")
"""


@pytest.fixture
def kettles(install: Callable[..., None]) -> Registry[Any]:
    """The registry, with a package that adds to it and wants one of our names."""
    install(
        "kitchen", CODE, GROUP, "tea = kitchen:Kettle", "leak = kitchen:Broken",
        "mapping = kitchen:Kettle", "gone = kitchen:Samovar",
    )  # fmt: skip
    return KETTLES


def test_ours_come_first_and_keep_their_names(kettles: Registry[Any]) -> None:
    assert kettles.names() == ["mapping", "path", "gone", "leak", "tea"]
    assert "tea" in kettles
    assert "coffee" not in kettles
    assert kettles.get("mapping").__name__ == "OrderedDict"
    assert kettles.get("path").__name__ == "joinpath"
    assert kettles.get("tea").__module__ == "kitchen"


def test_a_name_may_bring_an_argument_and_options(kettles: Registry[Any]) -> None:
    assert vars(kettles.make("tea:2")) == {"litres": "2", "colour": "red"}
    assert vars(kettles.make("tea", litres=2, colour="blue")) == {"litres": 2, "colour": "blue"}
    assert kettles.make("tea:a:b").litres == "a:b"


@pytest.mark.parametrize(
    ("spec", "options", "message"),
    [
        ("tea", {}, r"kettle 'tea' cannot be made.*'litres'; tea takes: litres, colour"),
        ("tea:2", {"litres": 3}, "multiple values"),
        ("tea:2", {"size": 3}, "kettle 'tea:2' takes no 'size'; tea takes: litres, colour"),
        ("leak:2", {}, "leak takes: nothing"),
    ],
)
def test_arguments_that_do_not_fit_are_explained(
    kettles: Registry[Any], spec: str, options: Mapping[str, object], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        kettles.make(spec, **options)


def test_a_fault_inside_a_plug_in_is_its_own(kettles: Registry[Any]) -> None:
    with pytest.raises(TypeError, match="no water"):
        kettles.make("leak")


def test_a_plug_in_that_cannot_be_loaded_names_its_package(kettles: Registry[Any]) -> None:
    with pytest.raises(MondegreenError, match=r"kettle 'gone' of the package 'kitchen'.*Samovar"):
        kettles.get("gone")


def test_each_imports_one_after_the_other(kettles: Registry[Any]) -> None:
    plugins = kettles.each()
    assert [next(plugins)[0] for _ in range(2)] == ["mapping", "path"]
    with pytest.raises(MondegreenError):
        next(plugins)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("te", "unknown kettle 'te'; did you mean 'tea'? known kettles: mapping, path, gone"),
        ("ea", "did you mean 'tea'?"),  # spelled unlike any, but a part of one
        ("xylophone", "unknown kettle 'xylophone'; known kettles: mapping"),
        ("", "unknown kettle ''; known"),
    ],
)
def test_an_unknown_name_is_answered_with_the_known_ones(
    kettles: Registry[Any], name: str, message: str
) -> None:
    for look in (kettles.get, kettles.make):
        with pytest.raises(SettingsError) as caught:
            look(name)
        assert message in str(caught.value)


def test_names_too_many_for_a_message_are_listed_elsewhere() -> None:
    crowd: Registry[Any] = Registry(GROUP, "kettle", OURS, "'kettles --list' lists them")
    with pytest.raises(SettingsError) as caught:
        crowd.get("mappin")
    assert str(caught.value) == (
        "unknown kettle 'mappin'; did you mean 'mapping'? 'kettles --list' lists them"
    )


def test_a_kind_without_plug_ins_says_so() -> None:
    with pytest.raises(SettingsError, match="known kettles: none"):
        Registry("mondegreen.nothing", "kettle").get("tea")


def test_the_nearest_name_is_offered() -> None:
    assert closest("intnets", ["context", "intents"]) == "intents"
    assert closest("word", ["context", "intents"]) is None
    assert nearest("intnets", ["context", "intents"]) == "; did you mean 'intents'?"
    assert nearest("word", map(str, range(12))) == "; known: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …"
    assert nearest("word", []) == "; none are defined"


@pytest.mark.parametrize("registry", [ENCODERS, EMBEDDERS, IMPORTERS, FORMATS])
def test_what_ships_is_there(registry: Registry[Any]) -> None:
    for name, place in registry.ours.items():
        assert registry.get(name) is not None, place


def test_listing_names_imports_nothing() -> None:
    code = """
import sys
from mondegreen.language.embedder import EMBEDDERS
from mondegreen.data.importers.importer import IMPORTERS
from mondegreen.grammar.formats.format import FORMATS
for registry in (EMBEDDERS, IMPORTERS, FORMATS):
    registry.names()
    modules = {place.partition(":")[0] for place in registry.ours.values()}
    assert modules and not modules & set(sys.modules), modules & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_nothing_else_looks_for_plug_ins() -> None:
    package = Path(mondegreen.__file__).parent
    readers = [
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "importlib.metadata import" in (text := path.read_text(encoding="utf-8"))
        and "entry_points" in text
    ]
    assert readers == ["registry.py"]
