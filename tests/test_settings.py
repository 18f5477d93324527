"""Settings: files and NAME=VALUE end in the same dataclass, and a mistake is named."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from mondegreen.errors import SettingsError
from mondegreen.settings import read_settings, to_toml


@dataclass(frozen=True)
class Shape:
    width: int = 3
    dropout: Annotated[float, Meta(ge=0, lt=1)] = 0.1


@dataclass(frozen=True)
class Training:
    steps: Annotated[int, Meta(ge=1)] = 5
    rate: float = 0.1
    encoder: str = "moonshine-tiny"
    voices: tuple[str, ...] = ("hibari", "flite-rms")
    snr: tuple[float, float] = (0.0, 20.0)
    sizes: tuple[int, ...] = (8, 20)
    tuned: bool = True
    shape: Shape = field(default_factory=Shape)


finite = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x7f"), max_size=9)
trainings = st.builds(
    Training,
    steps=st.integers(1, 2**60), rate=finite, encoder=texts, snr=st.tuples(finite, finite),
    voices=st.lists(texts, max_size=3).map(tuple), tuned=st.booleans(),
    sizes=st.lists(st.integers(0, 99), max_size=3).map(tuple),
    shape=st.builds(Shape, width=st.integers(0, 9)),
)  # fmt: skip


@given(trainings)
def test_what_is_shown_is_a_recipe(
    tmp_path_factory: pytest.TempPathFactory, training: Training
) -> None:
    path = tmp_path_factory.mktemp("recipe") / "recipe.toml"
    path.write_text(to_toml(training), encoding="utf-8")
    assert read_settings(Training(), path) == training


def test_a_recipe_says_what_differs_and_the_command_line_has_the_last_word(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text('steps = 7\nvoices = ["hibari"]\n[shape]\nwidth = 4\n')
    settings = read_settings(Training(), path, ["steps=9", "shape.dropout=0"])
    assert settings == Training(steps=9, voices=("hibari",), shape=Shape(4, 0.0))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("rate=2", {"rate": 2.0}),
        ("encoder=transformers:a b", {"encoder": "transformers:a b"}),
        ('encoder="x"', {"encoder": "x"}),
        ("voices=a, b", {"voices": ("a", "b")}),
        ("voices=", {"voices": ()}),
        ('voices=["a,b"]', {"voices": ("a,b",)}),
        ("snr=-5:1e1", {"snr": (-5.0, 10.0)}),
        ("snr=3", {"snr": (3.0, 3.0)}),
        ("sizes=1,2,3", {"sizes": (1, 2, 3)}),
        ("tuned = false", {"tuned": False}),
    ],
)
def test_values_are_written_as_people_write_them(change: str, expected: dict[str, object]) -> None:
    assert read_settings(Training(), None, [change]) == replace(Training(), **expected)  # type: ignore[arg-type]


MISTAKES = {
    "stepps=7": "there is no setting 'stepps'; did you mean 'steps'?",
    "shape.widht=7": "there is no setting 'shape.widht'; did you mean 'shape.width'?",
    "steps.x=7": 'steps: found {"x": 7}, expected a whole number',
    "shape=7": "shape is a table of settings: shape.width, shape.dropout",
    "steps": "expected NAME=VALUE; --set list shows them all",
    "steps=many": 'steps: found "many", expected a whole number',
    "steps=1.5": "steps: found 1.5, expected a whole number",
    "steps=0": "steps: found 0, expected a whole number >= 1",
    "shape.dropout=1": "shape.dropout: found 1, expected a number < 1.0",
    "tuned=maybe": 'tuned: found "maybe", expected true or false',
    "snr=0:much": 'snr: found [0, "much"], expected two numbers, LOW:HIGH',
    "snr=0:1:2": "snr: found [0, 1, 2], expected two numbers, LOW:HIGH",
    "sizes=1,x": 'sizes: found [1, "x"], expected a list, each a whole number',
}


@pytest.mark.parametrize("change", MISTAKES)
def test_a_mistake_on_the_command_line_is_named(change: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(Training(), None, [change])
    assert str(caught.value).startswith("--set")
    assert str(caught.value).endswith(MISTAKES[change])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps = ", "not TOML"),
        ("stepps = 1", "did you mean 'steps'"),
        ("steps = 'x'", 'steps: found "x", expected a whole number'),
        ("shape = 3", "shape is a table"),
        ("[shape]\nwidht = 3", "'shape.widht'; did you mean 'shape.width'"),
        ("voices = 'hibari'", 'voices: found "hibari", expected a list, each a text'),
    ],
)
def test_a_mistake_in_a_file_is_named_with_the_file(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_settings(Training(), path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no such file: .*none\.toml"):
        read_settings(Training(), tmp_path / "none.toml")
    with pytest.raises(SettingsError, match="is a folder"):
        read_settings(Training(), tmp_path)
