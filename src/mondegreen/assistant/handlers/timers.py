"""Timers: set, asked about, paused, made longer and cancelled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from .. import wording
from ..store import Reminder
from .handler import Handler, Outcome, Request

LONGEST = 999 * 7 * 86_400
"""Seconds of a timer: 999 weeks, as the built-in kind Duration has them."""
_DAY = 86_400
_SECONDS = {"hours": 3600, "minutes": 60, "seconds": 1}


def set_timer(request: Request) -> Outcome:
    """Start a timer of `duration` seconds, or of `hours`, `minutes` and `seconds`."""
    seconds = _seconds(request)
    if not seconds or not 0 < seconds <= LONGEST:  # and not nan
        return Outcome("For how long?")
    now = request.now.timestamp()
    request.store.add_reminder("timer", request.text("label"), now + seconds, now)
    return Outcome(fields={"duration": wording.duration(seconds)})


def cancel_timer(request: Request) -> Outcome:
    """Stop the timer with the `label` or of a length, the next to end, or (`which` = "all") every
    one."""
    timers = _timers(request, _seconds(request))
    if not timers:
        return Outcome(_no_timer(request))
    if request.text("which") != "all":
        timers = timers[:1]
    names = wording.listing(_names(request, timers))
    request.store.remove_reminders(timers)
    return Outcome(f"Cancelled {names}.")


def query_timer(request: Request) -> Outcome:
    """Say how long the timer with the `label`, or every timer, still runs."""
    timers = _timers(request)
    if not timers:
        return Outcome(_no_timer(request))
    now = request.now.timestamp()
    remaining = []
    for timer, name in zip(timers, _names(request, timers), strict=True):
        paused = "" if timer.left is None else ", which is paused"
        remaining.append(f"{_remaining(_left(timer, now))} left on {name}{paused}")
    return Outcome(f"{wording.listing(remaining)}.")


def pause_timer(request: Request) -> Outcome:
    """Stop the clock of the timer with the `label`, or of all that run."""
    timers = [timer for timer in _timers(request) if timer.left is None]
    if not timers:
        return Outcome(_no_timer(request, "running"))
    now = request.now.timestamp()
    request.store.change_reminders([replace(timer, left=timer.due - now) for timer in timers])
    return Outcome(f"Paused {wording.listing(_names(request, timers))}.")


def resume_timer(request: Request) -> Outcome:
    """Let paused timers run on: the one with the `label`, or all."""
    timers = [timer for timer in _timers(request) if timer.left is not None]
    if not timers:
        return Outcome(_no_timer(request, "paused"))
    now = request.now.timestamp()
    running = [replace(timer, due=now + _left(timer, now), left=None) for timer in timers]
    request.store.change_reminders(running)
    left = wording.listing([_remaining(_left(timer, now)) for timer in running])
    names = _capital(wording.listing(_names(request, running)))
    return Outcome(f"{names} {'runs' if len(running) == 1 else 'run'} on: {left} left.")


def changer(direction: int) -> Handler:
    """Makes a timer longer (1) or shorter (-1) by what is said: the one with the `label`, or the
    next to end."""

    def change(request: Request) -> Outcome:
        seconds = _seconds(request)
        if not seconds or not abs(seconds) <= LONGEST:
            return Outcome("By how much?")
        timers = _timers(request)
        if not timers:
            return Outcome(_no_timer(request))
        now = request.now.timestamp()
        left = _left(timers[0], now) + direction * seconds
        (name,) = _names(request, timers[:1])
        if left <= 0:
            remaining = _remaining(_left(timers[0], now))
            return Outcome(f"{_capital(name)} has only {remaining} left.")
        paused = timers[0].left is not None
        changed = replace(timers[0], due=now + left, left=left if paused else None)
        request.store.change_reminders([changed])
        return Outcome(f"{_remaining(left)} left on {name}.")

    return change


def timer_name(timer: Reminder, *, by_length: bool = False) -> str:
    """What a timer is called in a sentence: "the pasta timer", `by_length` "the 10 minute pasta
    timer"; without a name "the timer", or "the 10 minute timer"."""
    length = wording.as_adjective(timer.length) if by_length else ""
    return " ".join(filter(None, ("the", length, timer.label, "timer")))


def _seconds(request: Request) -> float | None:
    """The length of time that was said, or None."""
    parts = [(request.number(unit), size) for unit, size in _SECONDS.items()]
    seconds = request.number("duration")
    if seconds is None and any(count is not None for count, _ in parts):
        seconds = sum((count or 0) * size for count, size in parts)
    return seconds


def _timers(request: Request, length: float | None = None) -> list[Reminder]:
    """Timers that run or are paused, the next to end first; only those of a label or a length when
    it is given."""
    now, label = request.now.timestamp(), request.text("label")
    return sorted(
        (
            timer
            for timer in request.store.reminders("timer")
            if _left(timer, now) > 0
            and (not label or timer.label == label)
            and (length is None or abs(timer.length - length) < 1)
        ),
        key=lambda timer: _left(timer, now),
    )


def _left(timer: Reminder, now: float) -> float:
    return timer.due - now if timer.left is None else timer.left


def _remaining(seconds: float) -> str:
    """A length of time as people want to know it: beside days nobody counts seconds."""
    whole = max(1, seconds)
    return wording.duration(whole if whole < _DAY else 60 * round(whole / 60))


def _names(request: Request, timers: Sequence[Reminder]) -> list[str]:
    """What each of some timers is called: by its length too where another has the same name, and
    one without a name where another is set at all."""
    now = request.now.timestamp()
    labels = Counter(t.label for t in request.store.reminders("timer") if _left(t, now) > 0)
    several = labels.total() > 1
    return [timer_name(t, by_length=labels[t.label] > 1 if t.label else several) for t in timers]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _no_timer(request: Request, state: str = "set") -> str:
    label = request.text("label")
    return f"No {label} timer is {state}." if label else f"No timer is {state}."


HANDLERS: Mapping[str, Handler] = {
    "SetTimer": set_timer,
    "CancelTimer": cancel_timer,
    "QueryTimer": query_timer,
    "PauseTimer": pause_timer,
    "ResumeTimer": resume_timer,
    "ExtendTimer": changer(1),
    "ShortenTimer": changer(-1),
}
