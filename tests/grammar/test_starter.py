"""The grammar that ships: it loads, it is clean, and it covers what people say to an assistant."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any

import pytest

from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.engines.grammar.graph import compile_grammar
from mondegreen.grammar.analysis.check import check
from mondegreen.grammar.analysis.sample import sample
from mondegreen.grammar.expression import (
    Choice,
    Expression,
    FreeWords,
    Grammar,
    Pattern,
    SlotUse,
    Word,
)
from mondegreen.grammar.load import load_grammar
from mondegreen.grammar.phrases import words_of
from mondegreen.grammar.replies import template
from mondegreen.phonetics.pronouncer import Pronouncer

Slots = tuple[tuple[str, Any], ...]


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return load_grammar("starter")


class Deriver:
    """Every meaning the grammar's definition gives to a text, by trying all of its paths."""

    def __init__(self, grammar: Grammar, text: str, *, free: bool = True) -> None:
        self.grammar = grammar
        self.free = free
        self.words = words_of(text)
        self.filled = lru_cache(maxsize=None)(self._filled)

    def meanings(self) -> set[tuple[str, frozenset[tuple[str, Any]]]]:
        """All (intent, slots) of sentences that produce exactly the text."""
        return {
            (sentence.intent, frozenset(slots))
            for sentence in self.grammar.sentences
            for end, slots in self._paths(sentence.expression, 0)
            if end == len(self.words)
        }

    def _paths(self, part: Expression, at: int) -> Iterator[tuple[int, Slots]]:
        if isinstance(part, Word):
            if self.words[at : at + 1] == [part.text]:
                yield at + 1, ()
        elif isinstance(part, SlotUse):
            for end, value in self.filled(part.type, at):
                yield end, ((part.name, value),)
        elif isinstance(part, Choice):
            for item in part.items:
                yield from self._paths(item, at)
        else:
            reached: set[tuple[int, Slots]] = {(at, ())}
            for item in part.items:
                reached = {
                    (end, slots + more)
                    for start, slots in reached
                    for end, more in self._paths(item, start)
                }
            yield from reached

    def _filled(self, kind: str, at: int) -> list[tuple[int, Any]]:
        slot = self.grammar.slot_types[kind]
        if isinstance(slot, FreeWords):
            ends: set[int] = set(range(at + 1, len(self.words) + 1)) if self.free else set()
            return [(end, " ".join(self.words[at:end])) for end in ends]
        if isinstance(slot, Pattern):
            ends = {end for end, _ in self._paths(slot.expression, at)}
            return [(end, slot.interpret(" ".join(self.words[at:end]))) for end in ends]
        return [
            (end, value.value)
            for value in slot.values
            for end, _ in self._paths(value.expression, at)
        ]


SAID: list[tuple[str, str, dict[str, Any]]] = [
    ("play rhapsody in blue", "PlayMusic", {"title": "Rhapsody in Blue"}),
    ("put on the song hey jude by the beatles please", "PlayMusic",
     {"title": "Hey Jude", "artist": "The Beatles"}),
    ("could you play some music by gershwin", "PlayMusic", {"artist": "Gershwin"}),
    ("play queen", "PlayMusic", {"artist": "Queen"}),
    ("i want to hear some jazz", "PlayMusic", {"genre": "jazz"}),
    ("play some music", "PlayMusic", {}),
    ("pause", "PauseMusic", {}),
    ("stop the music", "PauseMusic", {}),
    ("keep playing", "ResumeMusic", {}),
    ("skip this song", "NextTrack", {}),
    ("go back one track", "PreviousTrack", {}),
    ("set the volume to forty percent", "SetVolume", {"level": 40}),
    ("turn it up", "SetVolume", {"change": "up"}),
    ("mute", "SetVolume", {"change": "mute"}),
    ("turn on the lights in the kitchen", "LightOn", {"room": "kitchen"}),
    ("turn the kitchen lights on", "LightOn", {"room": "kitchen"}),
    ("lights off", "LightOff", {}),
    ("dim the lounge lights to thirty percent", "SetBrightness",
     {"room": "living room", "level": 30}),
    ("make the lights brighter", "SetBrightness", {"change": "up"}),
    ("make the lights a bit brighter", "SetBrightness", {"change": "up"}),
    ("turn the volume up a little", "SetVolume", {"change": "up"}),
    ("set the bedroom light to sky blue", "SetColor", {"room": "bedroom", "color": "light blue"}),
    ("are the lights on", "QueryLight", {}),
    ("switch off the television in the living room", "DeviceOff",
     {"device": "TV", "room": "living room"}),
    ("set the thermostat to twenty one degrees", "SetThermostat", {"degrees": 21}),
    ("it's too cold in here", "SetThermostat", {"change": "up"}),
    ("set a timer for an hour and a half", "SetTimer", {"duration": 5400}),
    ("set a ten minute timer", "SetTimer", {"minutes": 10}),
    ("start a pasta timer for eight minutes", "SetTimer", {"label": "pasta", "duration": 480}),
    ("cancel all my timers", "CancelTimer", {"which": "all"}),
    ("how much time is left on the pasta timer", "QueryTimer", {"label": "pasta"}),
    ("wake me up at seven thirty tomorrow", "SetAlarm", {"time": "07:30", "day": "tomorrow"}),
    ("set an alarm for six a m on monday", "SetAlarm", {"time": "06:00", "day": "Monday"}),
    ("cancel my alarm", "CancelAlarm", {}),
    ("what alarms do i have", "QueryAlarm", {}),
    ("add some milk to my shopping list", "AddToShoppingList", {"item": "milk"}),
    ("what's on the shopping list", "QueryShoppingList", {}),
    ("remind me to water the plants", "AddToDo", {"task": "water the plants"}),
    ("what is on my to do list", "QueryToDo", {}),
    ("mark feed the cat as done", "CompleteToDo", {"task": "feed the cat"}),
    ("what's the weather in paris tomorrow", "GetWeather", {"city": "Paris", "day": "tomorrow"}),
    ("will it rain this weekend", "GetWeather", {"condition": "rain", "day": "this weekend"}),
    ("what time is it", "GetTime", {}),
    ("what's today's date", "GetDate", {}),
    ("open the garage door", "OpenCover", {"cover": "garage door"}),
    ("close the bedroom blinds", "CloseCover", {"cover": "blinds", "room": "bedroom"}),
    ("lock the front door", "LockDoor", {"door": "front door"}),
    ("unlock the back door", "UnlockDoor", {"door": "back door"}),
    ("is the front door locked", "QueryLock", {"door": "front door"}),
    ("vacuum the living room", "StartVacuum", {"room": "living room"}),
    ("stop vacuuming", "StopVacuum", {}),
    ("who wrote hamlet", "Ask", {"question": "wrote hamlet"}),
    ("help", "Help", {}),
    ("never mind", "Stop", {}),
    ("stop the alarm", "Stop", {}),
    ("play the moonlight sonata", "PlayMusic", {"title": "Moonlight Sonata"}),
    ("turn the music off", "PauseMusic", {}),
    ("turn the music back on", "ResumeMusic", {}),
    ("mute the t v", "SetVolume", {"change": "mute"}),
    ("make it a bit warmer in here", "SetThermostat", {"change": "up"}),
    ("turn the heating off", "DeviceOff", {"device": "heating"}),
    ("give me a timer for ten minutes", "SetTimer", {"duration": 600}),
    ("how long until my pasta timer goes off", "QueryTimer", {"label": "pasta"}),
    ("what's my to do list", "QueryToDo", {}),
    ("what is my shopping list", "QueryShoppingList", {}),
    ("set a reminder to water the plants", "AddToDo", {"task": "water the plants"}),
    ("what's the temperature outside", "GetWeather", {}),
    ("how cold is it outside tomorrow", "GetWeather", {"day": "tomorrow"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "intent", "slots"), SAID, ids=[text for text, _, _ in SAID])
def test_what_people_say_means_one_thing(
    grammar: Grammar, text: str, intent: str, slots: dict[str, Any]
) -> None:
    # Free words can hold anything; they are for what nothing else explains.
    known = Deriver(grammar, text, free=False).meanings()
    assert (known or Deriver(grammar, text).meanings()) == {(intent, frozenset(slots.items()))}


def test_two_things_can_go_on_the_shopping_list_at_once(grammar: Grammar) -> None:
    (meaning,) = Deriver(grammar, "put eggs and bread on the shopping list").meanings()
    assert meaning == ("AddToShoppingList", frozenset({("item", "eggs"), ("item", "bread")}))


@pytest.mark.parametrize(
    "text", ["play", "turn on", "good morning", "set a timer", "the the lights"]
)
def test_what_is_not_in_the_grammar_has_no_meaning(grammar: Grammar, text: str) -> None:
    assert not Deriver(grammar, text).meanings()


def test_every_intent_is_said_in_the_examples(grammar: Grammar) -> None:
    untested = {"QueryVolume", "DeviceOn", "QueryThermostat", "QueryCover",
                "RemoveFromShoppingList", "ClearShoppingList"}  # fmt: skip
    assert {intent for _, intent, _ in SAID} == set(grammar.intents) - untested


def test_it_checks_clean_by_eye_and_by_ear(grammar: Grammar) -> None:
    findings = check(grammar, Pronouncer(grammar.lexicon))
    assert [f for f in findings if f.severity != "note"] == []
    assert not grammar.notices


def test_samples_can_be_derived_with_their_meaning(grammar: Grammar) -> None:
    for made in sample(grammar, 40, seed=5):
        slots = frozenset((slot.name, slot.value) for slot in made.slots)
        assert (made.intent, slots) in Deriver(grammar, made.text).meanings(), made.text


def test_the_graph_stays_small(grammar: Grammar) -> None:
    graph = compile_grammar(grammar, Pronouncer(grammar.lexicon))
    calls = [c.slot.type for c in graph.contexts if c.slot is not None]
    assert calls.count("title") == calls.count("artist") == 1
    # 110,000 today; one more use of a large catalogue would add 15,000.
    assert graph.keys < 120_000


def test_replies_are_templates_for_intents_that_exist(grammar: Grammar) -> None:
    for text in grammar.responses.values():
        assert template(text).text == text
    assert template(grammar.responses["PlayMusic"]).fill({"title": "Rhapsody in Blue"}) == (
        "Playing 'Rhapsody in Blue'."
    )


def test_catalogues_are_tidy() -> None:
    folder = files("mondegreen.grammar") / "starter"
    for name, least in (("titles.txt", 1000), ("artists.txt", 1500), ("places.txt", 300)):
        lines = (folder / name).read_text("utf-8").splitlines()
        assert len(lines) >= least
        assert len({line.casefold() for line in lines}) == len(lines)
        assert all(line == line.strip() and len(line) > 2 for line in lines)
    titles = (folder / "titles.txt").read_text("utf-8").splitlines()
    assert "Rhapsody in Blue" in titles


def test_the_grammar_has_the_same_name_in_another_process(starter: GrammarEngine) -> None:
    program = "import mondegreen; print(mondegreen.load('starter').model)"
    # Another seed of hashes, and other addresses in memory.
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == starter.model
