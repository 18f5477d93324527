"""The importer of hassil sentence templates."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from mondegreen.data.importers.importer import read
from mondegreen.data.importers.reading.grammar_sentences import MOST
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError, GrammarError
from mondegreen.jobs.problems import Problems

LIGHT = {
    "language": "en",
    "intents": {
        "HassTurnOn": {
            "data": [
                {
                    "sentences": ["turn on [the] {area} (light|lights)"],
                    "slots": {"domain": "light"},
                },
            ]
        },
        "HassSetBrightness": {"data": [{"sentences": ["dim to {brightness}"]}]},
    },
    "lists": {"brightness": {"range": {"from": 1, "to": 3}}},
}
AREAS = {"lists": {"area": {"values": ["kitchen", {"in": "bed[ ]room", "out": "bedroom"}]}}}


def load(place: Path, problems: Problems | None = None) -> list[Utterance]:
    return list(read("hassil", place, Problems() if problems is None else problems))


def write(path: Path, content: object) -> Path:
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def test_few_sentences_are_all_there_each_once(tmp_path: Path) -> None:
    write(tmp_path / "light.yaml", LIGHT)
    write(tmp_path / "areas.yaml", AREAS)
    utterances = load(tmp_path)
    texts = [u.text for u in utterances]
    assert len(set(texts)) == len(texts) == 2 * 3 * 2 + 3
    lights = next(u for u in utterances if u.text == "turn on the bed room lights")
    assert lights.intent == "HassTurnOn"
    assert lights.slots == (SlotLabel("domain", "light"), SlotLabel("area", "bedroom", 12, 20))
    dim = next(u for u in utterances if u.text == "dim to three")
    assert dim.slots == (SlotLabel("brightness", 3, 7, 12),)
    assert all(u.id.startswith(f"{tmp_path.name}-") for u in utterances)


def test_lists_without_values_are_noted(tmp_path: Path) -> None:
    problems = Problems()
    utterances = load(write(tmp_path / "light.yaml", LIGHT), problems)
    assert {u.intent for u in utterances} == {"HassSetBrightness"}
    assert any("list {area} has no values" in note for note in problems.notes)
    assert any("HassTurnOn has no sentence left" in note for note in problems.notes)


def test_many_sentences_are_sampled_and_always_the_same(tmp_path: Path) -> None:
    digits = "(zero|one|two|three|four|five|six|seven|eight|nine)"
    templates = {"intents": {"Dial": {"data": [{"sentences": [f"dial {' '.join([digits] * 7)}"]}]}}}
    path = write(tmp_path / "dial.yaml", templates)
    utterances = load(path)
    assert MOST * 0.95 < len(utterances) <= MOST
    assert len({u.text for u in utterances}) == len(utterances)
    assert load(path) == utterances


def test_wildcards_are_filled_and_their_words_are_the_value(tmp_path: Path) -> None:
    templates = {
        "intents": {"Say": {"data": [{"sentences": ["say {message}"]}]}},
        "lists": {"message": {"wildcard": True}},
    }
    for utterance in load(write(tmp_path / "say.yaml", templates)):
        (slot,) = utterance.slots
        assert slot.value == slot.words(utterance.text) == utterance.text.removeprefix("say ")


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="found no YAML file with `intents:`"):
        load(tmp_path)
    rhino = write(tmp_path / "context.yaml", {"context": {"expressions": {"A": ["b"]}}})
    with pytest.raises(DataError, match=r"context\.yaml: found context at the top level"):
        load(rhino)
    with pytest.raises(DataError, match="found no YAML file with `intents:`"):
        load(write(tmp_path / "context.yaml", AREAS))
    with pytest.raises(GrammarError, match=r"context\.yaml:\d+: .*unknown|rule <no> is not"):
        load(
            write(
                tmp_path / "context.yaml", {"intents": {"A": {"data": [{"sentences": ["<no>"]}]}}}
            )
        )


def test_the_sentences_of_home_assistant(tmp_path: Path) -> None:
    package = pytest.importorskip("home_assistant_intents")
    intents = package.get_intents("en")
    # A file as Home Assistant's own package has it, and one's own names beside it.
    (tmp_path / "en.yaml").write_text(json.dumps(intents), encoding="utf-8")
    write(
        tmp_path / "house.yaml",
        {"lists": {"area": {"values": ["kitchen", "attic"]}, "name": {"values": ["fan", "lamp"]}}},
    )
    problems = Problems()
    utterances = load(tmp_path, problems)
    assert 5_000 < len(utterances) <= MOST
    intents_there = {u.intent for u in utterances}
    assert {"HassTurnOn", "HassLightSet", "HassStartTimer", "HassGetWeather"} <= intents_there
    assert intents_there <= set(intents["intents"])
    for utterance in utterances:
        for slot in utterance.slots:
            assert slot.start is None or slot.words(utterance.text).strip()
    assert any(
        s.name == "area" and s.words(u.text) == s.value == "attic"
        for u in utterances for s in u.slots
    )  # fmt: skip
