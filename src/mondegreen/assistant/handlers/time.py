"""Time and date, and alarms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from .. import wording
from ..store import Reminder
from .handler import Handler, Outcome, Request
from .timers import timer_name

SNOOZE = timedelta(minutes=9)
"""What most bedside clocks wait."""
RINGING = timedelta(minutes=30)
"""How long an alarm is taken to ring: nobody tells us when it was switched off."""
_LATE = ("afternoon", "evening", "night", "tonight")


def get_time(request: Request) -> Outcome:
    """Say what time it is."""
    return Outcome(f"It is {wording.time_of_day(request.now.hour, request.now.minute)}.")


def get_date(request: Request) -> Outcome:
    """Say which date `day` is: today, when none is said."""
    today = request.now.date()
    name = request.text("day")
    day = _named_day(name, today) if name else None
    when = f"{name[0].upper()}{name[1:]}" if day and day.on != today else "It"
    return Outcome(f"{when} is {wording.calendar_date(day.on if day else today)}.")


def set_alarm(request: Request) -> Outcome:
    """Set an alarm for `time` ("HH:MM") on `day` (a name such as "tomorrow", or a date)."""
    clock = wording.read_time(request.text("time"))
    if clock is None:
        return Outcome("For what time?")
    day = request.text("day")
    due = _moment(request.now, clock, day)
    if due is None:
        return Outcome(f"I do not know which day '{day}' is.")
    clock_text = wording.time_of_day(due.hour, due.minute)
    if due <= request.now:
        return Outcome(f"{clock_text} {_day_name(due.date(), request.now.date())} is already over.")
    moment = due.timestamp()
    if moment <= request.now.timestamp():  # in the hour that the clock shows twice in autumn
        moment = due.replace(fold=1).timestamp()
    if all(alarm.due != moment for alarm in _alarms(request)):  # twice is once
        request.store.add_reminder("alarm", f"{due:%H:%M}", moment, request.now.timestamp())
    fields = {"time": clock_text, "day": _day_name(due.date(), request.now.date())}
    return Outcome(fields=fields)


def cancel_alarm(request: Request) -> Outcome:
    """Cancel the alarm of a `time`, the next one, or (`which` = "all") every one."""
    alarms = _alarms(request)
    clock = wording.read_time(request.text("time"))
    if clock is not None:
        exact = [r for r in alarms if wording.read_time(r.label) == clock]
        # "My seven o'clock alarm" may well be the one at 19:00.
        half = [r for r in alarms if (wording.read_time(r.label) or clock)[0] % 12 == clock[0] % 12]
        alarms = exact or [r for r in half if r.label[-2:] == f"{clock[1]:02d}"]
        if not alarms:
            return Outcome(f"No alarm is set for {wording.time_of_day(*clock)}.")
    if not alarms:
        return Outcome("No alarm is set.")
    if request.text("which") != "all":
        alarms = alarms[:1]
    request.store.remove_reminders(alarms)
    names = wording.listing([_alarm_name(r, request.now) for r in alarms])
    return Outcome(f"Cancelled the alarm{'s' if len(alarms) > 1 else ''} for {names}.")


def snooze_alarm(request: Request) -> Outcome:
    """Ring again after `duration` (seconds), or after some minutes when none is said, if an alarm
    rings now."""
    now = request.now.timestamp()
    waiting = [r for r in request.store.reminders("alarm") if _still_rings(now - r.due)]
    rung = request.store.get("alarm", "", "rung")
    if not waiting and (rung is None or not _still_rings(now - rung)):
        return Outcome("No alarm is ringing.")
    duration = request.number("duration")
    wait = SNOOZE if duration is None else timedelta(seconds=duration)
    due = request.now + wait
    request.store.add_reminder("alarm", f"{due:%H:%M}", due.timestamp(), now)
    request.store.remove_reminders(waiting)  # or it would ring beside the new one
    request.store.put("alarm", "", rung=None)
    return Outcome(f"I will wake you again at {wording.time_of_day(due.hour, due.minute)}.")


def _still_rings(seconds: float) -> bool:
    """Whether an alarm whose time came so many seconds ago is one that somebody may snooze."""
    return 0 <= seconds <= RINGING.total_seconds()


def query_alarm(request: Request) -> Outcome:
    """Say which alarms are set."""
    names = [_alarm_name(r, request.now) for r in _alarms(request)]
    if not names:
        return Outcome("No alarm is set.")
    if len(names) == 1:
        return Outcome(f"Your alarm is set for {names[0]}.")
    return Outcome(f"You have {len(names)} alarms: {wording.listing(names)}.")


def announcement(reminder: Reminder, now: datetime) -> str:
    """What to say when a timer or alarm rings."""
    if reminder.kind == "timer":
        name = timer_name(reminder)
        return f"{name[0].upper()}{name[1:]} is over."
    return f"It is {wording.time_of_day(now.hour, now.minute)}: this is your alarm."


def _alarms(request: Request) -> list[Reminder]:
    """Alarms still to come, the next first."""
    now = request.now.timestamp()
    return [r for r in request.store.reminders("alarm") if r.due > now]


def _alarm_name(reminder: Reminder, now: datetime) -> str:
    due = datetime.fromtimestamp(reminder.due, tz=now.tzinfo)
    return f"{wording.time_of_day(due.hour, due.minute)} {_day_name(due.date(), now.date())}"


def _day_name(day: date, today: date) -> str:
    ahead = (day - today).days
    if ahead in (0, 1):
        return ("today", "tomorrow")[ahead]
    return f"on {wording.WEEKDAYS[day.weekday()] if 0 < ahead < 7 else wording.calendar_date(day)}"


@dataclass(frozen=True)
class _Day:
    """A day somebody named."""

    on: date
    late: bool
    """Whether its afternoon, evening or night was named."""
    weekday: bool = False


def _named_day(name: str, today: date) -> _Day | None:
    words = name.split()
    late = words[-1] in _LATE
    if words[0] in ("today", "tonight", "this"):
        return _Day(today, late)
    if words[0] == "tomorrow":
        return _Day(today + timedelta(days=1), late)
    if words[0].capitalize() in wording.WEEKDAYS:
        ahead = (wording.WEEKDAYS.index(words[0].capitalize()) - today.weekday()) % 7
        return _Day(today + timedelta(days=ahead), late, weekday=True)
    on = wording.read_date(name)
    return _Day(on, late=False) if on else None


def _moment(now: datetime, clock: tuple[int, int], name: str) -> datetime | None:
    """The moment of a time on a named day (the next such time when no day is named), or None."""
    hour, minute = clock
    today = now.date()
    if not name:
        due = datetime.combine(today, time(hour, minute), now.tzinfo)
        return due if due > now else _on_day(due, today + timedelta(days=1))
    day = _named_day(name, today)
    if day is None:
        return None
    on = day.on
    if day.late and hour in (12, 0) and not name.endswith("afternoon"):
        hour, on = 0, on + timedelta(days=1)  # "tonight at twelve" is midnight
    elif day.late and 0 < hour < 5 and not name.endswith("afternoon"):
        # "Tonight at two" is early tomorrow, unless this night is meant, which is not over yet.
        if now.hour >= 5 or (hour, minute) <= (now.hour, now.minute):
            on += timedelta(days=1)
    elif day.late and 0 < hour < 12:
        hour += 12
    due = datetime.combine(on, time(hour, minute), now.tzinfo)
    if due <= now and name == "today" and hour < 12:
        # "Midnight today" is the one that ends the day.
        return due + timedelta(hours=12) if hour else _on_day(due, on + timedelta(days=1))
    return _on_day(due, on + timedelta(days=7)) if due <= now and day.weekday else due


def _on_day(moment: datetime, day: date) -> datetime:
    """The same time of day on another day; what the clock shows counts, not hours passed."""
    return datetime.combine(day, moment.timetz())


HANDLERS: Mapping[str, Handler] = {
    "GetTime": get_time,
    "GetDate": get_date,
    "SetAlarm": set_alarm,
    "CancelAlarm": cancel_alarm,
    "QueryAlarm": query_alarm,
    "SnoozeAlarm": snooze_alarm,
}
