"""Answers: what is done, what is said, and what is remembered between two utterances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mondegreen.assistant import Assistant, Outcome, Request, StoreError
from mondegreen.engines.engine import Schema
from mondegreen.engines.grammar.compiled import schema_of
from mondegreen.errors import GrammarError, MondegreenError
from mondegreen.grammar.expression import Grammar
from mondegreen.grammar.load import load_grammar
from mondegreen.types import Alternative, Slot, Understanding

BARISTA = """
context:
  expressions:
    orderDrink: ["(make me) a $size:size $drink:coffeeDrink"]
    greet: ["hello"]
  slots: {size: [large], drink: [latte]}
"""


def heard(intent: str, transcript: str = "", **slots: Any) -> Understanding:
    """An understood utterance; a list fills its slot several times."""
    filled = tuple(
        Slot(name, value, str(value).lower())
        for name, values in slots.items()
        for value in (values if isinstance(values, list) else [values])
    )
    return Understanding("understood", intent, filled, transcript=transcript)


class Room:
    """Somebody talking to an assistant whose clock stands still until it is moved."""

    def __init__(self, grammar: Grammar, store: Path) -> None:
        self.now = datetime(2026, 11, 24, 15, 0)  # a Tuesday
        self.assistant = Assistant.load(schema_of(grammar), store, clock=lambda: self.now)

    def __call__(self, intent: str, transcript: str = "", **slots: Any) -> str:
        return self.assistant.answer(heard(intent, transcript, **slots)).reply

    def later(self, **delta: float) -> None:
        """Let time pass."""
        self.now += timedelta(**delta)


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return load_grammar("starter")


@pytest.fixture
def room(grammar: Grammar, tmp_path: Path) -> Room:
    return Room(grammar, tmp_path / "deep" / "store.sqlite")


def test_the_answer_is_the_understanding_with_a_reply(room: Room) -> None:
    before = heard("PlayMusic", "play rhapsody in blue", title="Rhapsody in Blue")
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
def test_replies(room: Room, intent: str, slots: dict[str, Any], reply: str) -> None:
    assert room(intent, **slots) == reply


def test_every_intent_of_the_starter_has_a_sentence_of_its_own(
    room: Room, grammar: Grammar
) -> None:
    for intent in grammar.intents:
        reply = room(intent)
        assert reply.endswith((".", "?")), intent
        # "SetTimer: …" is for grammars that bring neither replies nor handlers; templates that
        # cannot go without their slot fall back to it.
        assert not reply.startswith(intent) or "{" in grammar.responses[intent]


def test_timers_count_down_and_ring_once(room: Room) -> None:
    assert room("QueryTimer") == "No timer is set."
    room("SetTimer", duration=600, label="pasta")
    room("SetTimer", duration=3600)
    room.later(minutes=2)
    assert (
        room("QueryTimer") == "8 minutes left on the pasta timer and 58 minutes left on the timer."
    )
    assert room("QueryTimer", label="egg") == "No egg timer is set."
    assert room.assistant.due() == ()
    room.later(minutes=8)
    (rung,) = room.assistant.due()
    assert room.assistant.announce(rung) == "The pasta timer is over."
    assert room.assistant.due() == ()
    assert room("CancelTimer", which="all") == "Cancelled the timer."
    assert room("CancelTimer") == "No timer is set."


def test_timers_are_paused_and_run_on(room: Room) -> None:
    assert room("PauseTimer") == "No timer is running."
    room("SetTimer", duration=600, label="pasta")
    room("SetTimer", duration=60)
    room.later(seconds=30)
    assert room("PauseTimer", label="pasta") == "Paused the pasta timer."
    room.later(hours=3)
    (rung,) = room.assistant.due()
    assert rung.label == ""
    assert room("QueryTimer") == "9 minutes 30 seconds left on the pasta timer, which is paused."
    assert room("ResumeTimer", label="egg") == "No egg timer is paused."
    assert room("ResumeTimer") == "The pasta timer runs on: 9 minutes 30 seconds left."
    assert room("ResumeTimer") == "No timer is paused."
    room.later(minutes=9)
    assert room.assistant.due() == ()
    room.later(seconds=30)
    assert [timer.label for timer in room.assistant.due()] == ["pasta"]


def test_timers_become_longer_and_shorter(room: Room) -> None:
    assert room("ExtendTimer", minutes=5) == "No timer is set."
    room("SetTimer", duration=600)
    assert room("ExtendTimer") == "By how much?"
    assert room("ExtendTimer", minutes=5) == "15 minutes left on the timer."
    assert room("ShortenTimer", duration=1800) == "The timer has only 15 minutes left."
    room("PauseTimer")
    assert room("ShortenTimer", seconds=30) == "14 minutes 30 seconds left on the timer."
    room.later(hours=1)
    assert room("ResumeTimer") == "The timer runs on: 14 minutes 30 seconds left."
    room.later(minutes=14, seconds=30)
    assert len(room.assistant.due()) == 1


def test_a_timer_is_known_by_its_length(room: Room) -> None:
    room("SetTimer", duration=300)
    room("SetTimer", minutes=10)
    room.later(minutes=1)
    assert room("CancelTimer", minutes=20) == "No timer is set."
    assert room("CancelTimer", minutes=10) == "Cancelled the timer."
    assert room("QueryTimer") == "4 minutes left on the timer."


def test_a_lamp_is_switched_by_itself(room: Room) -> None:
    assert room("LightOn", room="kitchen") == "Lights on in the kitchen."
    assert (
        room("QueryLight", lamp="desk lamp") == "Nobody has asked me to switch the desk lamp yet."
    )
    assert room("LightOff", lamp="desk lamp") == "The desk lamp is off."
    assert room("SetBrightness", lamp="floor lamp", level=30) == "The floor lamp is at 30 percent."
    assert room("QueryLight", lamp="desk lamp") == "The desk lamp is off."
    assert room("QueryLight", lamp="floor lamp") == "The floor lamp is on at 30 percent."
    assert room("QueryLight", room="kitchen") == "The kitchen lights are on."


def test_volume_moves_by_the_step_that_was_said(room: Room) -> None:
    room("SetVolume", level=40)
    assert room("SetVolume", change="up", step=15) == "Volume at 55 percent."


@pytest.mark.parametrize(
    ("time", "day", "reply"),
    [
        ("07:30", None, "Alarm set for 7:30 AM tomorrow."),
        ("16:00", None, "Alarm set for 4 PM today."),
        ("07:00", "tomorrow", "Alarm set for 7 AM tomorrow."),
        ("07:00", "tomorrow evening", "Alarm set for 7 PM tomorrow."),
        ("07:00", "today", "Alarm set for 7 PM today."),
        ("14:00", "today", "2 PM today is already over."),
        ("00:00", "today", "Alarm set for midnight tomorrow."),
        ("00:15", "today", "Alarm set for 12:15 AM tomorrow."),
        ("02:00", "tonight", "Alarm set for 2 AM tomorrow."),
        ("08:00", "tonight", "Alarm set for 8 PM today."),
        ("12:00", "tonight", "Alarm set for midnight tomorrow."),
        ("12:00", "this afternoon", "noon today is already over."),
        ("06:00", "Saturday", "Alarm set for 6 AM on Saturday."),
        ("14:00", "Tuesday", "Alarm set for 2 PM on Tuesday, December 1."),
        ("16:00", "Tuesday", "Alarm set for 4 PM today."),
        ("09:15", "2026-12-24", "Alarm set for 9:15 AM on Thursday, December 24."),
        ("09:15", "someday", "I do not know which day 'someday' is."),
        ("noonish", None, "For what time?"),
    ],
)
def test_alarms_find_their_day(room: Room, time: str, day: str | None, reply: str) -> None:
    assert room("SetAlarm", time=time, **({"day": day} if day else {})) == reply


def test_tonight_after_midnight_is_this_night(room: Room) -> None:
    room.now = datetime(2026, 11, 24, 0, 30)
    assert room("SetAlarm", time="02:00", day="tonight") == "Alarm set for 2 AM today."
    assert room("SetAlarm", time="00:15", day="tonight") == "Alarm set for 12:15 AM tomorrow."


def test_alarms_are_listed_cancelled_and_ring(room: Room) -> None:
    room("SetAlarm", time="19:00", day="today")
    room("SetAlarm", time="06:30", day="tomorrow")
    assert room("QueryAlarm") == "You have 2 alarms: 7 PM today and 6:30 AM tomorrow."
    assert room("CancelAlarm", time="08:00") == "No alarm is set for 8 AM."
    assert room("CancelAlarm", time="07:00") == "Cancelled the alarm for 7 PM today."
    assert room("QueryAlarm") == "Your alarm is set for 6:30 AM tomorrow."
    room.later(hours=15, minutes=31)
    (rung,) = room.assistant.due()
    assert rung.label == "06:30"
    assert room.assistant.announce(rung) == "It is 6:31 AM: this is your alarm."
    assert room("QueryAlarm") == "No alarm is set."


def test_an_alarm_keeps_to_the_clock_when_summer_time_ends(
    grammar: Grammar, tmp_path: Path
) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    room = Room(grammar, tmp_path / "store.sqlite")
    room.now = datetime(2026, 10, 24, 20, 0, tzinfo=berlin)
    assert room("SetAlarm", time="07:00") == "Alarm set for 7 AM tomorrow."
    (alarm,) = room.assistant.store.reminders("alarm")
    # Eleven hours by the clock are twelve in this night.
    assert alarm.due - room.now.timestamp() == 12 * 3600


def test_an_alarm_in_the_hour_that_comes_twice_is_still_to_come(
    grammar: Grammar, tmp_path: Path
) -> None:
    room = Room(grammar, tmp_path / "store.sqlite")
    room.now = datetime(2026, 10, 25, 2, 10, tzinfo=ZoneInfo("Europe/Berlin"), fold=1)
    assert room("SetAlarm", time="02:30") == "Alarm set for 2:30 AM today."
    (alarm,) = room.assistant.store.reminders("alarm")
    assert alarm.due - room.now.timestamp() == 20 * 60


def test_lists_are_kept_between_sessions(grammar: Grammar, tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    first = Room(grammar, path)
    assert first("QueryShoppingList") == "Your shopping list is empty."
    reply = first("AddToShoppingList", item=["milk", "eggs"])
    assert reply == "Added milk and eggs to your shopping list."
    first("AddToShoppingList", item="Milk")
    first("AddToDo", task="water the plants")
    second = Room(grammar, path)
    assert second("QueryShoppingList") == "On your shopping list: milk and eggs."
    assert second("QueryToDo") == "On your to-do list: water the plants."
    assert second("RemoveFromShoppingList", item="eggs") == "Removed eggs."
    assert second("RemoveFromShoppingList", item="eggs") == (
        "I did not find 'eggs' on your shopping list."
    )
    assert second("CompleteToDo", task="water the plants") == "Done: water the plants."
    assert second("ClearShoppingList") == "Took 1 item off your shopping list."
    assert second("ClearShoppingList") == "Your shopping list was empty already."


def test_nothing_heard_is_nothing_added(room: Room) -> None:
    assert room("AddToDo", task="") == "What should I add?"
    assert room.assistant.store.items("to-do") == ()


def test_a_list_item_is_only_ever_text(room: Room) -> None:
    item = "x'); DROP TABLE items; -- {0} [a|b] {item}"
    assert room("AddToDo", task=item) == f"Added to your to-do list: {item}."
    assert room("QueryToDo") == f"On your to-do list: {item}."
    assert room("CompleteToDo", task=item) == f"Done: {item}."


def test_the_home_remembers_what_it_was_told(room: Room) -> None:
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


def test_volume_moves_within_its_range(room: Room) -> None:
    assert room("SetVolume", change="up") == "Volume at 60 percent."
    assert room("SetVolume", level=95) == "Volume at 95 percent."
    assert room("SetVolume", change="up") == "Volume at 100 percent."
    assert room("SetVolume", change="mute") == "Muted."
    assert room("QueryVolume") == "The sound is muted."
    assert room("SetVolume", level=0) == "Volume at 0 percent."
    assert room("QueryVolume") == "The volume is at 0 percent."


def test_heating_doors_and_covers(room: Room) -> None:
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


@pytest.mark.parametrize(
    ("transcript", "slot", "asked"),
    [
        ("who wrote hamlet", "wrote hamlet", "who wrote hamlet"),
        ("tell me what's a quasar", "a quasar", "what's a quasar"),
        ("look up the moon", "the moon", "the moon"),
        ("", "wrote hamlet", "wrote hamlet"),
    ],
)
def test_questions_are_handed_on_whole(room: Room, transcript: str, slot: str, asked: str) -> None:
    assert room("Ask", transcript, question=slot) == f"I would look that up: '{asked}'."


def test_not_understood_names_the_nearest(room: Room) -> None:
    near = Alternative("LightOn", (), "turn on the lights", 0.2, ("lights",))
    sorry = Understanding("not_understood", alternatives=(near,))
    assert room.assistant.answer(sorry).reply == (
        "Sorry, I did not understand. Did you mean 'turn on the lights'?"
    )
    nothing_near = Understanding("not_understood")
    assert room.assistant.answer(nothing_near).reply == "Sorry, I did not understand."
    assert room.assistant.answer(Understanding("no_speech")).reply == ""


def test_words_that_are_no_value_are_said_back(room: Room) -> None:
    why = "'one month' is not a length of time"
    heard = Alternative("SetTimer", (), "timer for one month", 0.9, outside=(why,))
    near = Alternative("SetTimer", (), "timer for one minute", 0.1)
    sorry = Understanding("not_understood", alternatives=(heard, near))
    assert room.assistant.answer(sorry).reply == f"Sorry, I did not understand. {why}."


def _own(tmp_path: Path, text: str) -> Grammar:
    (tmp_path / "own.yaml").write_text(text, "utf-8")
    return load_grammar(tmp_path / "own.yaml")


def test_a_grammar_without_replies_gets_plain_sentences(tmp_path: Path) -> None:
    room = Room(_own(tmp_path, BARISTA), tmp_path / "none" / "store.sqlite")
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


def test_handlers_can_be_replaced_and_may_fail(grammar: Grammar, tmp_path: Path) -> None:
    def sunny(request: Request) -> Outcome:
        return Outcome(f"Sunny in {request.text('city')}.")

    def broken(request: Request) -> Outcome:
        return Outcome(request.slots["nothing"])

    assistant = Assistant.load(
        schema_of(grammar), tmp_path / "s.sqlite", handlers={"GetWeather": sunny, "GetTime": broken}
    )
    assert assistant.answer(heard("GetWeather", city="Oslo")).reply == "Sunny in Oslo."
    with pytest.raises(MondegreenError, match=r"handler of 'GetTime' failed.*KeyError"):
        assistant.answer(heard("GetTime"))


def test_an_installed_package_adds_a_handler(
    grammar: Grammar, tmp_path: Path, install: Callable[..., None]
) -> None:
    code = (
        "from mondegreen.assistant import Outcome\nweather = lambda _: Outcome('Always sunny.')\n"
    )
    install("sunshine", code, "mondegreen.handlers", "GetWeather = sunshine:weather")
    assistant = Assistant.load(schema_of(grammar), tmp_path / "s.sqlite")
    assert assistant.answer(heard("GetWeather")).reply == "Always sunny."


def test_an_installed_package_that_is_broken_is_named(
    grammar: Grammar, install: Callable[..., None]
) -> None:
    code = "import rainbows_and_unicorns\n"
    install("sunshine", code, "mondegreen.handlers", "GetWeather = sunshine:weather")
    with pytest.raises(MondegreenError, match=r"'GetWeather' of the package 'sunshine'.*unicorns"):
        Assistant.load(schema_of(grammar))


def test_a_store_that_fails_says_so_and_answers_nothing(grammar: Grammar, tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.write_bytes(b"these are my holiday notes\n" * 100)
    room = Room(grammar, path)
    with pytest.raises(StoreError, match="damaged or no mondegreen store"):
        room("SetTimer", duration=60)
    assert path.read_bytes() == b"these are my holiday notes\n" * 100
    assert room("PlayMusic", genre="jazz") == "Playing some jazz."


def test_an_alarm_asked_for_twice_rings_once(room: Room) -> None:
    for _ in range(2):
        assert room("SetAlarm", time="07:00") == "Alarm set for 7 AM tomorrow."
    assert room("QueryAlarm") == "Your alarm is set for 7 AM tomorrow."
    assert len(room.assistant.store.reminders("alarm")) == 1


def test_free_words_are_no_suggestion(room: Room) -> None:
    near = [Alternative("Ask", (), "who …", 0.2), Alternative("Stop", (), "stop now", 0.1)]
    for some, reply in ((near, " Did you mean 'stop now'?"), (near[:1], "")):
        unclear = Understanding("not_understood", alternatives=tuple(some))
        assert room.assistant.answer(unclear).reply == f"Sorry, I did not understand.{reply}"


def test_a_door_nobody_mentioned_is_not_moved(room: Room) -> None:
    assert room("QueryLock", door="back door") == "Nobody has told me about the back door yet."
