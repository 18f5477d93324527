from __future__ import annotations

from collections.abc import Iterator

import pytest

from mondegreen.engines.grammar.text_reader import TextReader
from mondegreen.grammar import Grammar, load_grammar, sample
from mondegreen.grammar.analysis.sample import Sample
from mondegreen.serve.wyoming.sentences import belongs_to_home_assistant, intent_of, sentence
from mondegreen.types import Slot, Understanding

HOME = {
    "areas": ["Living Room", "Kitchen", "Bed room 2"],
    "devices": [
        {"name": "TV", "domain": "media_player", "area": "Living Room"},
        {"name": "Lamp 3", "domain": "light", "area": "Kitchen"},
        {"name": "Café light", "domain": "light", "area": "Kitchen"},
    ],
}


def slots_of(sampled: Sample) -> tuple[Slot, ...]:
    """The slots of a sampled sentence, in its order."""
    return tuple(
        Slot(slot.name, slot.value, sampled.text[slot.start : slot.end], slot.start, slot.end)
        if slot.start is not None
        else Slot(slot.name, slot.value, "")
        for slot in sampled.slots
    )


def samples(grammar: Grammar) -> Iterator[tuple[Sample, Understanding]]:
    """Sentences of the grammar that mean one thing, with what their words mean."""
    reader = TextReader(grammar)
    for sampled in sample(grammar, 1_000, seed=3):
        understanding = reader.read(sampled.text)
        if understanding.meaning is not None:
            yield sampled, understanding


@pytest.mark.parametrize(
    "load",
    [
        lambda: load_grammar("starter"),
        lambda: load_grammar("starter", home=HOME),
        lambda: load_grammar("examples/coffee_maker.yaml"),
    ],
    ids=["starter", "at home", "coffee"],
)
def test_every_sentence_is_read_as_its_own_meaning(load: object) -> None:
    grammar = load()  # type: ignore[operator]
    reader = TextReader(grammar)
    written = changed = 0
    for sampled, understanding in samples(grammar):
        text = sentence(sampled.text, slots_of(sampled))
        meaning = reader.read(text).meaning
        assert meaning is not None, text
        assert meaning.key == understanding.meaning.key, text  # type: ignore[union-attr]
        written += 1
        changed += text != sampled.text
    assert written > 500
    assert changed > 20 or "coffee" in grammar.name


@pytest.mark.parametrize(
    ("transcript", "slots", "text"),
    [
        ("turn on the t v", [("name", "TV", "t v")], "turn on the TV"),
        ("turn on the floor lamp", [("name", "Lamp by the door", "floor lamp")], None),
        ("set it to ten", [("level", 10, "ten")], None),
        ("next", [("direction", "next", "")], None),
        (
            "play play by play",
            [("title", "PLAY", "play"), ("artist", "Play", "play")],
            "PLAY Play by play",
        ),
        ("lamp three and lamp three", [("name", "Lamp 3", "lamp three")] * 2, "Lamp 3 and Lamp 3"),
    ],
)
def test_names_are_written_as_their_owner_writes_them(
    transcript: str, slots: list[tuple[str, object, str]], text: str | None
) -> None:
    filled = tuple(Slot(name, value, spoken) for name, value, spoken in slots)
    assert sentence(transcript, filled) == (text or transcript)


def test_an_intent_has_the_values_and_something_to_say() -> None:
    slots = (Slot("name", "TV", "t v"), Slot("level", 10, "ten"))
    event = intent_of(Understanding("understood", "HassTurnOn", slots)).event()
    assert event.data == {
        "name": "HassTurnOn",
        "entities": [{"name": "name", "value": "TV"}, {"name": "level", "value": 10}],
        "text": "Done.",
    }
    question = intent_of(Understanding("understood", "HassGetState")).event()
    assert question.data == {"name": "HassGetState"}


def test_home_assistants_intents_are_known_by_their_names() -> None:
    assert belongs_to_home_assistant({"HassTurnOn": {}, "MyOwn": {}})
    assert not belongs_to_home_assistant({"LightOn": {}})
