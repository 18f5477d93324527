"""Timers and alarms: set, changed, asked about, and rung."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mondegreen.grammar.expression import Grammar


def test_timers_count_down_and_ring_once(room: Any) -> None:
    assert room("QueryTimer") == "No timer is set."
    room("SetTimer", duration=600, label="pasta")
    room("SetTimer", duration=3600)
    room.later(minutes=2)
    assert room("QueryTimer") == (
        "8 minutes left on the pasta timer and 58 minutes left on the 1 hour timer."
    )
    assert room("QueryTimer", label="egg") == "No egg timer is set."
    assert room.assistant.due() == ()
    room.later(minutes=8)
    (rung,) = room.assistant.due()
    assert room.assistant.announce(rung) == "The pasta timer is over."
    assert room.assistant.due() == ()
    assert room("CancelTimer", which="all") == "Cancelled the timer."
    assert room("CancelTimer") == "No timer is set."


def test_timers_are_paused_and_run_on(room: Any) -> None:
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


def test_timers_become_longer_and_shorter(room: Any) -> None:
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


def test_a_timer_is_known_by_its_length(room: Any) -> None:
    room("SetTimer", duration=300)
    room("SetTimer", minutes=10)
    room.later(minutes=1)
    assert room("CancelTimer", minutes=20) == "No timer is set."
    assert room("CancelTimer", minutes=10) == "Cancelled the 10 minute timer."
    assert room("QueryTimer") == "4 minutes left on the timer."


def test_timers_are_told_apart_when_there_are_several(room: Any) -> None:
    room("SetTimer", duration=600)
    room("SetTimer", duration=93_700)
    room.later(seconds=3)
    assert room("QueryTimer") == (
        "9 minutes 57 seconds left on the 10 minute timer and 1 day 2 hours 2 minutes left on the "
        "1 day 2 hour 1 minute 40 second timer."
    )
    assert room("ExtendTimer", minutes=1) == "10 minutes 57 seconds left on the 10 minute timer."
    room("CancelTimer", which="all")
    room("SetTimer", duration=600, label="pasta")
    room("SetTimer", duration=900, label="pasta")
    room("SetTimer", duration=60, label="egg")
    both = "the 10 minute pasta timer and the 15 minute pasta timer"
    assert room("PauseTimer", label="pasta") == f"Paused {both}."
    assert room("ResumeTimer") == f"T{both[1:]} run on: 10 minutes and 15 minutes left."
    assert room("CancelTimer", which="all") == (f"Cancelled the egg timer, {both}.")


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
def test_alarms_find_their_day(room: Any, time: str, day: str | None, reply: str) -> None:
    assert room("SetAlarm", time=time, **({"day": day} if day else {})) == reply


def test_tonight_after_midnight_is_this_night(room: Any) -> None:
    room.now = datetime(2026, 11, 24, 0, 30)
    assert room("SetAlarm", time="02:00", day="tonight") == "Alarm set for 2 AM today."
    assert room("SetAlarm", time="00:15", day="tonight") == "Alarm set for 12:15 AM tomorrow."


def test_alarms_are_listed_cancelled_and_ring(room: Any) -> None:
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
    rooms: Any, grammar: Grammar, tmp_path: Path
) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    room = rooms(grammar, tmp_path / "store.sqlite")
    room.now = datetime(2026, 10, 24, 20, 0, tzinfo=berlin)
    assert room("SetAlarm", time="07:00") == "Alarm set for 7 AM tomorrow."
    (alarm,) = room.assistant.store.reminders("alarm")
    # Eleven hours by the clock are twelve in this night.
    assert alarm.due - room.now.timestamp() == 12 * 3600


def test_an_alarm_in_the_hour_that_comes_twice_is_still_to_come(
    rooms: Any, grammar: Grammar, tmp_path: Path
) -> None:
    room = rooms(grammar, tmp_path / "store.sqlite")
    room.now = datetime(2026, 10, 25, 2, 10, tzinfo=ZoneInfo("Europe/Berlin"), fold=1)
    assert room("SetAlarm", time="02:30") == "Alarm set for 2:30 AM today."
    (alarm,) = room.assistant.store.reminders("alarm")
    assert alarm.due - room.now.timestamp() == 20 * 60


def test_an_alarm_asked_for_twice_rings_once(room: Any) -> None:
    for _ in range(2):
        assert room("SetAlarm", time="07:00") == "Alarm set for 7 AM tomorrow."
    assert room("QueryAlarm") == "Your alarm is set for 7 AM tomorrow."
    assert len(room.assistant.store.reminders("alarm")) == 1


def test_an_alarm_that_snoozes_rings_again(room: Any) -> None:
    room("SetAlarm", time="16:00")
    room.later(hours=1)
    assert len(room.assistant.due()) == 1
    room.later(minutes=1)
    assert room("SnoozeAlarm") == "I will wake you again at 4:10 PM."
    assert room("SnoozeAlarm") == "No alarm is ringing."
    room.later(minutes=9)
    assert len(room.assistant.due()) == 1
    assert room("SnoozeAlarm", duration=1800) == "I will wake you again at 4:40 PM."


def test_without_an_alarm_that_rings_nothing_is_snoozed(room: Any) -> None:
    assert room("SnoozeAlarm") == "No alarm is ringing."
    assert not room.assistant.store.path.exists()
    room("SetTimer", duration=60)
    room("SetAlarm", time="16:00")
    room.later(minutes=1)
    assert len(room.assistant.due()) == 1  # a timer is no alarm
    assert room("SnoozeAlarm") == "No alarm is ringing."
    room.later(minutes=59)
    assert len(room.assistant.due()) == 1
    room.later(minutes=31)
    assert room("SnoozeAlarm") == "No alarm is ringing."
    assert room("QueryAlarm") == "No alarm is set."


def test_an_alarm_that_no_program_rang_is_put_off_by_a_snooze(room: Any) -> None:
    room("SetAlarm", time="16:00")
    room.later(minutes=62)
    assert room("SnoozeAlarm") == "I will wake you again at 4:11 PM."
    assert room.assistant.due() == ()
    room.later(minutes=9)
    assert [alarm.label for alarm in room.assistant.due()] == ["16:11"]
