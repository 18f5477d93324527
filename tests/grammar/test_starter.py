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
from mondegreen.grammar.questions import whole_question
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
            before = self.words[at - 1] if at else ""
            return [(end, whole_question(before, " ".join(self.words[at:end]))) for end in ends]
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
    ("who wrote hamlet", "Ask", {"question": "who wrote hamlet"}),
    ("help", "Help", {}),
    ("never mind", "Stop", {}),
    ("stop the alarm", "Stop", {}),
    ("play the moonlight sonata", "PlayMusic", {"title": "Moonlight Sonata"}),
    ("turn the music off", "PauseMusic", {}),
    ("turn the music back on", "ResumeMusic", {}),
    ("mute the t v", "SetVolume", {"change": "mute", "player": "TV"}),
    ("make it a bit warmer in here", "SetThermostat", {"change": "up"}),
    ("turn the heating off", "DeviceOff", {"device": "heating"}),
    ("give me a timer for ten minutes", "SetTimer", {"duration": 600}),
    ("how long until my pasta timer goes off", "QueryTimer", {"label": "pasta"}),
    ("what's my to do list", "QueryToDo", {}),
    ("what is my shopping list", "QueryShoppingList", {}),
    ("set a reminder to water the plants", "AddToDo", {"task": "water the plants"}),
    ("remind me to renew my passport", "AddToDo", {"task": "renew the passport"}),
    ("buy some more coffee", "AddToShoppingList", {"item": "coffee"}),
    ("put a birthday card on the shopping list", "AddToShoppingList", {"item": "birthday card"}),
    ("turn the lights red in the bedroom", "SetColor", {"color": "red", "room": "bedroom"}),
    ("what's the temperature outside", "GetWeather", {}),
    ("how cold is it outside tomorrow", "GetWeather", {"day": "tomorrow"}),
    ("next", "NextTrack", {}),
    ("next song please", "NextTrack", {}),
    ("skip", "NextTrack", {}),
    ("skip to the next track", "NextTrack", {}),
    ("previous song", "PreviousTrack", {}),
    ("go back to the last song", "PreviousTrack", {}),
    ("replay that", "PreviousTrack", {}),
    ("resume", "ResumeMusic", {}),
    ("pause the movie", "PauseMusic", {}),
    ("pause the t v", "PauseMusic", {"player": "TV"}),
    ("play some jazz in the kitchen", "PlayMusic", {"genre": "jazz", "room": "kitchen"}),
    ("turn the volume down by ten percent", "SetVolume", {"change": "down", "step": 10}),
    ("increase the volume", "SetVolume", {"change": "up"}),
    ("set volume to maximum", "SetVolume", {"level": 100}),
    ("timer status", "QueryTimer", {}),
    ("how much time is left on my timer", "QueryTimer", {}),
    ("how much time left on the pasta timer", "QueryTimer", {"label": "pasta"}),
    ("status of my timers", "QueryTimer", {}),
    ("cancel timer", "CancelTimer", {}),
    ("cancel the timer for the eggs", "CancelTimer", {"label": "egg"}),
    ("cancel the ten minute timer", "CancelTimer", {"minutes": 10}),
    ("pause the timer", "PauseTimer", {}),
    ("resume my pasta timer", "ResumeTimer", {"label": "pasta"}),
    ("add five minutes to the timer", "ExtendTimer", {"minutes": 5}),
    ("add another minute to my timer", "ExtendTimer", {"minutes": 1}),
    ("take half an hour off the timer", "ShortenTimer", {"duration": 1800}),
    ("decrease the timer by ten seconds", "ShortenTimer", {"seconds": 10}),
    ("create a timer for ten minutes", "SetTimer", {"duration": 600}),
    ("set a half hour timer", "SetTimer", {"duration": 1800}),
    ("set a timer called pasta for ten minutes", "SetTimer", {"label": "pasta", "duration": 600}),
    ("turn off standing light", "LightOff", {"lamp": "standing lamp"}),
    ("turn on the bedroom desk lamp", "LightOn", {"room": "bedroom", "lamp": "desk lamp"}),
    ("turn on kitchen lights", "LightOn", {"room": "kitchen"}),
    ("would you please turn on living room lamp", "LightOn", {"room": "living room"}),
    ("turn off all of the lights upstairs", "LightOff", {"floor": "upstairs"}),
    ("turn on the lights on the first floor", "LightOn", {"floor": "first floor"}),
    ("turn off the downstairs lights", "LightOff", {"floor": "downstairs"}),
    ("lights out", "LightOff", {}),
    ("turn on the lights in here", "LightOn", {}),
    ("set living room brightness to fifty percent", "SetBrightness",
     {"room": "living room", "level": 50}),
    ("set the brightness to maximum", "SetBrightness", {"level": 100}),
    ("set the floor lamp to thirty percent", "SetBrightness",
     {"lamp": "floor lamp", "level": 30}),
    ("set kitchen lights to red", "SetColor", {"room": "kitchen", "color": "red"}),
    ("is the porch light on", "QueryLight", {"lamp": "porch light"}),
    ("turn on t v", "DeviceOn", {"device": "TV"}),
    ("start the coffee machine", "DeviceOn", {"device": "coffee machine"}),
    ("turn off everything", "DeviceOff", {"device": "everything"}),
    ("turn on the fan in the bedroom", "DeviceOn", {"device": "fan", "room": "bedroom"}),
    ("set the temperature to twenty one point five degrees", "SetThermostat", {"degrees": 21.5}),
    ("set the a c to twenty degrees", "SetThermostat",
     {"climate": "air conditioner", "degrees": 20}),
    ("set the bedroom temperature to nineteen degrees", "SetThermostat",
     {"room": "bedroom", "degrees": 19}),
    ("what is the temperature in the living room", "QueryTemperature", {"room": "living room"}),
    ("how warm is it in the bedroom", "QueryTemperature", {"room": "bedroom"}),
    ("open all of the windows", "OpenCover", {"cover": "windows"}),
    ("open garage door", "OpenCover", {"cover": "garage door"}),
    ("close all the blinds in the office", "CloseCover", {"cover": "blinds", "room": "office"}),
    ("set the bedroom blinds to fifty percent", "SetCover",
     {"cover": "blinds", "room": "bedroom", "level": 50}),
    ("is the front door open", "QueryCover", {"cover": "front door"}),
    ("lock all the doors", "LockDoor", {"door": "doors"}),
    ("unlock front door", "UnlockDoor", {"door": "front door"}),
    ("clean the kitchen", "StartVacuum", {"room": "kitchen"}),
    ("return the vacuum to its dock", "StopVacuum", {}),
    ("what time is it right now", "GetTime", {}),
    ("what's the current date", "GetDate", {}),
    ("add oat milk please to my shopping list", "AddToShoppingList", {"item": "oat milk"}),
    ("i'd like to turn on the lights", "LightOn", {}),
    ("i want to close the curtains", "CloseCover", {"cover": "curtains"}),
    ("shuffle my music", "ShuffleMusic", {}),
    ("make volume to ten percent", "SetVolume", {"level": 10}),
    ("volume down ten", "SetVolume", {"change": "down", "step": 10}),
    ("turn down volume", "SetVolume", {"change": "down"}),
    ("full volume", "SetVolume", {"level": 100}),
    ("unmute our music", "SetVolume", {"change": "unmute"}),
    ("silence the t v", "SetVolume", {"change": "mute", "player": "TV"}),
    ("make the kitchen darker", "SetBrightness", {"room": "kitchen", "change": "down"}),
    ("increase the brightness in the bedroom", "SetBrightness",
     {"room": "bedroom", "change": "up"}),
    ("full brightness", "SetBrightness", {"level": 100}),
    ("which lights are on upstairs", "QueryLight", {"floor": "upstairs"}),
    ("play the radio", "DeviceOn", {"device": "radio"}),
    ("turn everything off in the office", "DeviceOff",
     {"device": "everything", "room": "office"}),
    ("is the washing machine on", "QueryDevice", {"device": "washing machine"}),
    ("did i leave the oven on", "QueryDevice", {"device": "oven"}),
    ("set the bedroom fan to low", "SetFanSpeed",
     {"room": "bedroom", "fan": "fan", "level": 33}),
    ("set the fan speed to fifty percent", "SetFanSpeed", {"fan": "fan", "level": 50}),
    ("fan speed medium", "SetFanSpeed", {"fan": "fan", "level": 66}),
    ("turn the heating down by two degrees", "SetThermostat", {"change": "down", "step": 2}),
    ("turn up the heat a degree", "SetThermostat", {"change": "up", "step": 1}),
    ("set the bedroom to nineteen degrees", "SetThermostat",
     {"room": "bedroom", "degrees": 19}),
    ("i'm cold", "SetThermostat", {"change": "up"}),
    ("make the office warmer", "SetThermostat", {"room": "office", "change": "up"}),
    ("what's the temperature of the thermostat", "QueryTemperature", {}),
    ("what's the humidity in the bathroom", "QueryHumidity", {"room": "bathroom"}),
    ("what is the outdoor humidity", "QueryHumidity", {"place": "outside"}),
    ("how humid is it inside", "QueryHumidity", {"place": "inside"}),
    ("set a half minute timer", "SetTimer", {"duration": 30}),
    ("add half a minute to my timer", "ExtendTimer", {"duration": 30}),
    ("snooze", "SnoozeAlarm", {}),
    ("snooze the alarm for ten minutes", "SnoozeAlarm", {"duration": 600}),
    ("is milk on my shopping list", "QueryShoppingList", {"item": "milk"}),
    ("is it raining", "GetWeather", {"condition": "rain"}),
    ("is it cold outside", "GetWeather", {"condition": "cold"}),
    ("do i need a jacket tomorrow", "GetWeather", {"day": "tomorrow"}),
    ("what day is it tomorrow", "GetDate", {"day": "tomorrow"}),
    ("what's tomorrow's date", "GetDate", {"day": "tomorrow"}),
    ("what day of the week is it", "GetDate", {}),
    ("open the garage", "OpenCover", {"cover": "garage door"}),
    ("is the garage open", "QueryCover", {"cover": "garage door"}),
    ("is the door closed", "QueryCover", {"cover": "door"}),
    ("are any of the windows open", "QueryCover", {"cover": "windows"}),
    ("open the curtains halfway", "SetCover", {"cover": "curtains", "level": 50}),
    ("are all the doors locked", "QueryLock", {"door": "doors"}),
    ("start cleaning the kitchen", "StartVacuum", {"room": "kitchen"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "intent", "slots"), SAID, ids=[text for text, _, _ in SAID])
def test_what_people_say_means_one_thing(
    grammar: Grammar, text: str, intent: str, slots: dict[str, Any]
) -> None:
    # Free words can hold anything; they are for what nothing else explains.
    derived = Deriver(grammar, text, free=False).meanings()
    assert (derived or Deriver(grammar, text).meanings()) == {(intent, frozenset(slots.items()))}


def test_two_things_can_go_on_the_shopping_list_at_once(grammar: Grammar) -> None:
    (meaning,) = Deriver(grammar, "put eggs and bread on the shopping list").meanings()
    assert meaning == ("AddToShoppingList", frozenset({("item", "eggs"), ("item", "bread")}))


@pytest.mark.parametrize(
    "text", ["play", "turn on", "good morning", "set a timer", "the the lights"]
)
def test_what_is_not_in_the_grammar_has_no_meaning(grammar: Grammar, text: str) -> None:
    assert not Deriver(grammar, text).meanings()


def test_every_intent_is_said_in_the_examples(grammar: Grammar) -> None:
    untested = {"QueryVolume", "QueryThermostat", "RemoveFromShoppingList", "ClearShoppingList"}
    assert {intent for _, intent, _ in SAID} == set(grammar.intents) - untested


HOME = {
    "areas": ["Kitchen", {"name": "Living Room", "aliases": ["den"]}, "Bedroom"],
    "floors": [{"name": "First floor", "aliases": ["upstairs"]}],
    "devices": [
        {"name": "Kitchen light", "domain": "light"},
        {"name": "Globe", "domain": "light", "aliases": ["moon lamp"]},
        {"name": "Bedroom blinds", "domain": "cover"},
        {"name": "Front door", "domain": "lock"},
        {"name": "Samsung", "domain": "media_player", "aliases": ["TV"]},
        {"name": "Nest", "domain": "climate"},
        {"name": "Rosie", "domain": "vacuum"},
        {"name": "Red alert", "domain": "scene"},
        {"name": "Desk lamp", "domain": "switch"},
        {"name": "Breeze", "domain": "fan"},
        {"name": "Pool temperature", "domain": "sensor"},
    ],
}
AT_HOME: list[tuple[str, str, dict[str, Any]]] = [
    ("turn on the kitchen light", "LightOn", {"lamp": "Kitchen light"}),
    ("turn on the kitchen lights", "LightOn", {"room": "Kitchen"}),
    ("dim the globe to ten percent", "SetBrightness", {"lamp": "Globe", "level": 10}),
    ("turn off the moon light", "LightOff", {"lamp": "Globe"}),
    ("turn on the lights in the den", "LightOn", {"room": "Living Room"}),
    ("turn on the lounge lights", "LightOn", {"room": "Living Room"}),
    ("lights off upstairs", "LightOff", {"floor": "First floor"}),
    ("open the bedroom blinds", "OpenCover", {"cover": "Bedroom blinds"}),
    ("open the kitchen blinds", "OpenCover", {"cover": "blinds", "room": "Kitchen"}),
    ("unlock the front door", "UnlockDoor", {"door": "Front door"}),
    ("is the front door open", "QueryCover", {"cover": "front door"}),
    ("turn on the t v", "DeviceOn", {"device": "Samsung"}),
    ("pause the samsung", "PauseMusic", {"player": "Samsung"}),
    ("set the nest to twenty degrees", "SetThermostat", {"climate": "Nest", "degrees": 20}),
    ("start rosie", "StartVacuum", {}),
    ("red alert", "ActivateScene", {"scene": "Red alert"}),
    ("activate the red alert scene", "ActivateScene", {"scene": "Red alert"}),
    ("turn on the desk lamp", "DeviceOn", {"device": "Desk lamp"}),
    ("set the breeze to high", "SetFanSpeed", {"fan": "Breeze", "level": 100}),
    ("what is the value of the pool temperature", "QuerySensor", {"sensor": "Pool temperature"}),
    ("tell me the pool temperature", "QuerySensor", {"sensor": "Pool temperature"}),
    ("turn on the standing lamp", "LightOn", {"lamp": "standing lamp"}),
]


@pytest.fixture(scope="module")
def at_home() -> Grammar:
    return load_grammar("starter", home=HOME)


@pytest.mark.parametrize(("text", "intent", "slots"), AT_HOME, ids=[t for t, _, _ in AT_HOME])
def test_the_names_of_a_home_are_understood(
    at_home: Grammar, text: str, intent: str, slots: dict[str, Any]
) -> None:
    meanings = {
        (name, frozenset((slot, value) for slot, value in filled if slot != "robot"))
        for name, filled in Deriver(at_home, text, free=False).meanings()
    }
    assert meanings == {(intent, frozenset(slots.items()))}


def test_it_checks_clean_with_a_home(at_home: Grammar) -> None:
    findings = check(at_home, Pronouncer(at_home.lexicon))
    assert [f for f in findings if f.severity != "note"] == []
    assert not at_home.notices


def test_without_a_home_nothing_needs_one(grammar: Grammar) -> None:
    assert "ActivateScene" not in grammar.intents
    assert not Deriver(grammar, "activate the party scene").meanings()


def test_it_checks_clean_by_eye_and_by_ear(grammar: Grammar) -> None:
    findings = check(grammar, Pronouncer(grammar.lexicon))
    assert [f for f in findings if f.severity != "note"] == []
    assert not grammar.notices


def test_samples_can_be_derived_with_their_meaning(grammar: Grammar) -> None:
    for one in sample(grammar, 40, seed=5):
        slots = frozenset((slot.name, slot.value) for slot in one.slots)
        assert (one.intent, slots) in Deriver(grammar, one.text).meanings(), one.text


def test_the_graph_stays_small(grammar: Grammar) -> None:
    graph = compile_grammar(grammar, Pronouncer(grammar.lexicon))
    calls = [c.slot.type for c in graph.contexts if c.slot is not None]
    assert calls.count("title") == calls.count("artist") == 1
    # 218,000 today; one more use of a large catalogue would add 15,000.
    assert graph.keys < 232_000


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
