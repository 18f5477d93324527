"""What was heard comes back by its words, for a minute and in bounds."""

from __future__ import annotations

from mondegreen.serve.remembered import FOR, MOST, Remembered
from mondegreen.types import Slot, Understanding


class _Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def _understood(text: str, value: str = "lamp") -> Understanding:
    return Understanding("understood", "On", (Slot("what", value, value),), 0.9, text, reply="Done")


def test_words_come_back_with_capitals_and_stops() -> None:
    remembered = Remembered()
    remembered.add(_understood("turn on the lamp"))
    back = remembered.get("Turn on the lamp.")
    assert back is not None
    assert back.intent == "On"
    assert back.reply == ""  # what was said before is not said for what is asked now
    assert remembered.get("turn on the lamps") is None


def test_what_was_not_understood_has_no_words() -> None:
    remembered = Remembered()
    remembered.add(Understanding("not_understood", transcript="turn"))
    remembered.add(Understanding("no_speech"))
    assert len(remembered) == 0


def test_a_minute_is_the_longest_and_the_latest_counts() -> None:
    clock = _Clock()
    remembered = Remembered(clock)
    remembered.add(_understood("lamp on", "first"))
    clock.now += FOR - 1
    remembered.add(_understood("lamp on", "second"))
    clock.now += FOR - 1
    back = remembered.get("lamp on")
    assert back is not None
    assert back.values() == {"what": "second"}
    clock.now += 1
    assert remembered.get("lamp on") is None
    assert len(remembered) == 0


def test_the_oldest_goes_when_there_are_too_many() -> None:
    remembered = Remembered()
    for number in range(MOST + 10):
        remembered.add(_understood(f"lamp {number}"))
    assert len(remembered) == MOST
    assert remembered.get("lamp 9") is None
    assert remembered.get("lamp 10") is not None
