"""Answers: what is done, what is said, and what is remembered between two utterances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mondegreen.assistant import Assistant, Outcome, Request, StoreError
from mondegreen.engines.engine import Schema
from mondegreen.engines.grammar.compiled import schema_of
from mondegreen.errors import GrammarError, MondegreenError
from mondegreen.grammar.expression import Grammar
from mondegreen.grammar.load import load_grammar
from mondegreen.types import Alternative, Understanding

BARISTA = """
context:
  expressions:
    orderDrink: ["(make me) a $size:size $drink:coffeeDrink"]
    greet: ["hello"]
  slots: {size: [large], drink: [latte]}
"""


def test_the_answer_is_the_understanding_with_a_reply(rooms: Any, room: Any) -> None:
    before = rooms.understanding_of("PlayMusic", "play rhapsody in blue", title="Rhapsody in Blue")
    after = room.assistant.answer(before)
    assert after == replace(before, reply="Playing 'Rhapsody in Blue'.")
    assert before.reply == ""


@pytest.mark.parametrize(
    ("intent", "slots", "reply"),
    [
        ("PlayMusic", {"title": "Hey Jude", "artist": "The Beatles"},
         "Playing 'Hey Jude' by The Beatles."),
        ("PlayMusic", {"genre": "jazz"}, "Playing some jazz."),
        ("PlayMusic", {}, "Playing some music."),
        ("LightOn", {"room": "kitchen"}, "Lights on in the kitchen."),
        ("LightOff", {}, "Lights off."),
        ("SetColor", {"color": "light blue"}, "Lights light blue."),
        ("DeviceOn", {"device": "TV", "room": "bedroom"}, "The TV in the bedroom is on."),
        ("GetTime", {}, "It is 3 PM."),
        ("GetDate", {}, "It is Tuesday, November 24."),
        ("GetWeather", {"city": "Paris"}, "I have no weather service offline."),
        ("SetTimer", {"duration": 5400}, "Timer set for 1 hour 30 minutes."),
        ("SetTimer", {"minutes": 10, "label": "pasta"}, "The pasta timer is set for 10 minutes."),
        ("SetTimer", {}, "For how long?"),
        ("StopVacuum", {}, "The vacuum is going home."),
    ],
)  # fmt: skip
def test_replies(room: Any, intent: str, slots: dict[str, Any], reply: str) -> None:
    assert room(intent, **slots) == reply


def test_every_intent_of_the_starter_has_a_sentence_of_its_own(room: Any, grammar: Grammar) -> None:
    for intent in grammar.intents:
        reply = room(intent)
        assert reply.endswith((".", "?")), intent
        # "SetTimer: …" is for grammars that bring neither replies nor handlers; templates that
        # cannot go without their slot fall back to it.
        assert not reply.startswith(intent) or "{" in grammar.responses[intent]


def test_a_lamp_is_switched_by_itself(room: Any) -> None:
    assert room("LightOn", room="kitchen") == "Lights on in the kitchen."
    assert (
        room("QueryLight", lamp="desk lamp") == "Nobody has asked me to switch the desk lamp yet."
    )
    assert room("LightOff", lamp="desk lamp") == "The desk lamp is off."
    assert room("SetBrightness", lamp="floor lamp", level=30) == "The floor lamp is at 30 percent."
    assert room("QueryLight", lamp="desk lamp") == "The desk lamp is off."
    assert room("QueryLight", lamp="floor lamp") == "The floor lamp is on at 30 percent."
    assert room("QueryLight", room="kitchen") == "The kitchen lights are on."


def test_volume_moves_by_the_step_that_was_said(room: Any) -> None:
    room("SetVolume", level=40)
    assert room("SetVolume", change="up", step=15) == "Volume at 55 percent."


def test_lists_are_kept_between_sessions(rooms: Any, grammar: Grammar, tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    first = rooms(grammar, path)
    assert first("QueryShoppingList") == "Your shopping list is empty."
    reply = first("AddToShoppingList", item=["milk", "eggs"])
    assert reply == "Added milk and eggs to your shopping list."
    first("AddToShoppingList", item="Milk")
    first("AddToDo", task="water the plants")
    second = rooms(grammar, path)
    assert second("QueryShoppingList") == "On your shopping list: milk and eggs."
    assert second("QueryToDo") == "On your to-do list: water the plants."
    assert second("RemoveFromShoppingList", item="eggs") == "Removed eggs."
    assert second("RemoveFromShoppingList", item="eggs") == (
        "I did not find 'eggs' on your shopping list."
    )
    assert second("CompleteToDo", task="water the plants") == "Done: water the plants."
    assert second("ClearShoppingList") == "Took 1 item off your shopping list."
    assert second("ClearShoppingList") == "Your shopping list was empty already."


def test_a_task_keeps_its_details_and_is_done_without_them(room: Any) -> None:
    reply = room("AddToDo", task="call the doctor", details="next monday")
    assert reply == "Added to your to-do list: call the doctor next monday."
    room("AddToDo", task="call the doctors")
    assert room("QueryToDo") == (
        "On your to-do list: call the doctor next monday and call the doctors."
    )
    assert room("CompleteToDo", task="Call the doctor") == "Done: Call the doctor."
    assert room("QueryToDo") == "On your to-do list: call the doctors."


def test_nothing_heard_is_nothing_added(room: Any) -> None:
    assert room("AddToDo", task="") == "What should I add?"
    assert room.assistant.store.items("to-do") == ()


def test_a_list_item_is_only_ever_text(room: Any) -> None:
    item = "x'); DROP TABLE items; -- {0} [a|b] {item}"
    assert room("AddToDo", task=item) == f"Added to your to-do list: {item}."
    assert room("QueryToDo") == f"On your to-do list: {item}."
    assert room("CompleteToDo", task=item) == f"Done: {item}."


def test_the_home_remembers_what_it_was_told(room: Any) -> None:
    assert "yet" in room("QueryLight", room="kitchen")
    room("LightOn")
    room("LightOff", room="kitchen")
    assert room("QueryLight", room="kitchen") == "The kitchen lights are off."
    assert room("QueryLight", room="office") == "The office lights are on."
    assert room("SetBrightness", room="kitchen", level=30) == "Lights at 30 percent in the kitchen."
    assert room("SetBrightness", room="kitchen", change="down") == (
        "Lights at 10 percent in the kitchen."
    )
    assert room("QueryLight", room="kitchen") == "The kitchen lights are on at 10 percent."
    room("LightOff")
    assert room("QueryLight", room="kitchen") == "The kitchen lights are off."


def test_volume_moves_within_its_range(room: Any) -> None:
    assert room("SetVolume", change="up") == "Volume at 60 percent."
    assert room("SetVolume", level=95) == "Volume at 95 percent."
    assert room("SetVolume", change="up") == "Volume at 100 percent."
    assert room("SetVolume", change="mute") == "Muted."
    assert room("QueryVolume") == "The sound is muted."
    assert room("SetVolume", level=0) == "Volume at 0 percent."
    assert room("QueryVolume") == "The volume is at 0 percent."


def test_heating_doors_and_covers(room: Any) -> None:
    assert room("SetThermostat", change="up") == "Tell me first how many degrees it should be."
    assert room("SetThermostat", degrees=20) == "Heating set to 20 degrees."
    assert room("SetThermostat", change="up", room="office") == (
        "Heating in the office set to 21 degrees."
    )
    assert room("QueryThermostat") == "The heating is set to 20 degrees."
    assert (
        room("QueryThermostat", room="office") == "The heating in the office is set to 21 degrees."
    )
    assert room("LockDoor", door="front door") == "Locked the front door."
    assert room("QueryLock", door="front door") == "The front door is locked."
    room("UnlockDoor", door="front door")
    assert room("QueryLock", door="front door") == "The front door is unlocked."
    assert room("CloseCover", cover="blinds", room="office") == "Closing the blinds in the office."
    assert room("QueryCover", cover="blinds", room="office") == "The office blinds are closed."
    # The same thing may be a cover and a door; one does not overwrite the other.
    room("OpenCover", cover="garage door")
    room("LockDoor", door="garage door")
    assert room("QueryCover", cover="garage door") == "The garage door is open."


def test_questions_are_handed_on(room: Any) -> None:
    assert room("Ask", question="who wrote hamlet") == "I would look that up: 'who wrote hamlet'."
    assert room("Ask") == "What would you like to know?"


def test_not_understood_names_the_nearest(room: Any) -> None:
    near = Alternative("LightOn", (), "turn on the lights", 0.2, ("lights",))
    sorry = Understanding("not_understood", alternatives=(near,))
    assert room.assistant.answer(sorry).reply == (
        "Sorry, I did not understand. Did you mean 'turn on the lights'?"
    )
    nothing_near = Understanding("not_understood")
    assert room.assistant.answer(nothing_near).reply == "Sorry, I did not understand."
    assert room.assistant.answer(Understanding("no_speech")).reply == ""


def test_words_that_are_no_value_are_said_back(room: Any) -> None:
    why = "'one month' is not a length of time"
    nearest = Alternative("SetTimer", (), "timer for one month", 0.9, outside=(why,))
    near = Alternative("SetTimer", (), "timer for one minute", 0.1)
    sorry = Understanding("not_understood", alternatives=(nearest, near))
    assert room.assistant.answer(sorry).reply == f"Sorry, I did not understand. {why}."


def _own(tmp_path: Path, text: str) -> Grammar:
    (tmp_path / "own.yaml").write_text(text, "utf-8")
    return load_grammar(tmp_path / "own.yaml")


def test_a_grammar_without_replies_gets_plain_sentences(rooms: Any, tmp_path: Path) -> None:
    room = rooms(_own(tmp_path, BARISTA), tmp_path / "none" / "store.sqlite")
    assert room("orderDrink", size="large", coffeeDrink="latte") == (
        "orderDrink: size large, coffeeDrink latte."
    )
    assert room("greet") == "greet."
    assert room.assistant.due() == ()
    assert not (tmp_path / "none").exists()  # nothing remembered, nothing written


def test_a_reply_with_a_mistake_names_intent_and_source() -> None:
    schema = Schema({"greet": {}}, {"greet": "Hi [there."}, "own.yaml")
    with pytest.raises(GrammarError, match=r"own\.yaml.*'greet'.*column 4"):
        Assistant.load(schema)


def test_handlers_can_be_replaced_and_may_fail(
    rooms: Any, grammar: Grammar, tmp_path: Path
) -> None:
    def sunny(request: Request) -> Outcome:
        return Outcome(f"Sunny in {request.text('city')}.")

    def broken(request: Request) -> Outcome:
        return Outcome(request.slots["nothing"])

    assistant = Assistant.load(
        schema_of(grammar), tmp_path / "s.sqlite", handlers={"GetWeather": sunny, "GetTime": broken}
    )
    assert (
        assistant.answer(rooms.understanding_of("GetWeather", city="Oslo")).reply
        == "Sunny in Oslo."
    )
    with pytest.raises(MondegreenError, match=r"handler of 'GetTime' failed.*KeyError"):
        assistant.answer(rooms.understanding_of("GetTime"))


def test_an_installed_package_adds_a_handler(
    rooms: Any, grammar: Grammar, tmp_path: Path, install: Callable[..., None]
) -> None:
    code = (
        "from mondegreen.assistant import Outcome\nweather = lambda _: Outcome('Always sunny.')\n"
    )
    install("sunshine", code, "mondegreen.handlers", "GetWeather = sunshine:weather")
    assistant = Assistant.load(schema_of(grammar), tmp_path / "s.sqlite")
    assert assistant.answer(rooms.understanding_of("GetWeather")).reply == "Always sunny."


def test_an_installed_package_that_is_broken_is_named(
    grammar: Grammar, install: Callable[..., None]
) -> None:
    code = "import rainbows_and_unicorns\n"
    install("sunshine", code, "mondegreen.handlers", "GetWeather = sunshine:weather")
    with pytest.raises(MondegreenError, match=r"'GetWeather' of the package 'sunshine'.*unicorns"):
        Assistant.load(schema_of(grammar))


def test_a_store_that_fails_says_so_and_answers_nothing(
    rooms: Any, grammar: Grammar, tmp_path: Path
) -> None:
    path = tmp_path / "store.sqlite"
    path.write_bytes(b"these are my holiday notes\n" * 100)
    room = rooms(grammar, path)
    with pytest.raises(StoreError, match="damaged or no mondegreen store"):
        room("SetTimer", duration=60)
    assert path.read_bytes() == b"these are my holiday notes\n" * 100
    assert room("PlayMusic", genre="jazz") == "Playing some jazz."


def test_words_that_were_not_heard_are_no_wrong_value(room: Any) -> None:
    red = Alternative("Dim", (), "dim to red", 0.2, outside=("'red' is no percentage",))
    doubtful = replace(red, missing=("red",))
    stop = Alternative("Stop", (), "stop now", 0.1)
    for near, reply in (
        ((red, stop), " 'red' is no percentage."), ((doubtful,), ""),
        ((doubtful, stop), " Did you mean 'stop now'?"),
    ):  # fmt: skip
        refused = Understanding("not_understood", alternatives=near)
        assert room.assistant.answer(refused).reply == f"Sorry, I did not understand.{reply}"


def test_free_words_are_no_suggestion(room: Any) -> None:
    near = [Alternative("Ask", (), "who …", 0.2), Alternative("Stop", (), "stop now", 0.1)]
    for some, reply in ((near, " Did you mean 'stop now'?"), (near[:1], "")):
        unclear = Understanding("not_understood", alternatives=tuple(some))
        assert room.assistant.answer(unclear).reply == f"Sorry, I did not understand.{reply}"


def test_a_door_nobody_mentioned_is_not_moved(room: Any) -> None:
    assert room("QueryLock", door="back door") == "Nobody has told me about the back door yet."


def test_devices_are_remembered_and_everything_can_go_off(room: Any) -> None:
    assert room("QueryDevice", device="TV") == "Nobody has told me about the TV yet."
    room("DeviceOn", device="TV")
    room("DeviceOn", device="heater", room="office")
    room("LightOn", room="kitchen")
    assert room("QueryDevice", device="TV") == "The TV is on."
    assert room("DeviceOff", device="everything", room="kitchen") == (
        "Everything in the kitchen is off."
    )
    assert room("QueryLight", room="kitchen") == "The kitchen lights are off."
    assert room("QueryDevice", device="heater", room="office") == "The office heater is on."
    room("DeviceOff", device="everything")
    assert room("QueryDevice", device="TV") == "The TV is off."
    assert room("QueryDevice", device="heater", room="office") == "The office heater is off."


def test_a_fan_is_on_while_it_turns(room: Any) -> None:
    assert room("SetFanSpeed") == "How fast?"
    assert room("SetFanSpeed", fan="fan", level=33) == "The fan: 33 percent."
    assert room("QueryDevice", device="fan") == "The fan is on."
    room("SetFanSpeed", fan="fan", level=0)
    assert room("QueryDevice", device="fan") == "The fan is off."


def test_the_heating_moves_by_degrees(room: Any) -> None:
    room("SetThermostat", degrees=20)
    assert room("SetThermostat", change="down", step=3) == "Heating set to 17 degrees."


def test_whether_something_is_on_a_list(room: Any) -> None:
    room("AddToShoppingList", item="Milk")
    assert room("QueryShoppingList", item="milk") == "Yes, 'milk' is on your shopping list."
    assert room("QueryShoppingList", item="tea") == "No, 'tea' is not on your shopping list."


def test_the_date_of_tomorrow(room: Any) -> None:
    assert room("GetDate", day="tomorrow") == "Tomorrow is Wednesday, November 25."
    assert room("GetDate", day="today") == "It is Tuesday, November 24."
