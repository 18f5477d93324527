"""A meaning as a written sentence, and as what Home Assistant acts on."""

from __future__ import annotations

from collections.abc import Mapping

from wyoming.intent import Entity, Intent

from ...text.read_aloud import spoken_readings
from ...types import Slot, Understanding

_HOME_ASSISTANT = "Hass"
"""Every intent of Home Assistant's own begins so."""
_QUESTION = "HassGet"
DONE = "Done."


def sentence(transcript: str, slots: tuple[Slot, ...]) -> str:
    """The words of a meaning as they are written: names as their owner writes them.

    "turn on the t v" is "turn on the TV", which Home Assistant's own matcher knows too. A value
    that is not said as it was said here keeps the words: "floor lamp" for the "Lamp by the door".
    """
    words = transcript.split()
    begin = 0
    for slot in sorted(slots, key=lambda slot: slot.start or 0.0):
        spoken = slot.spoken.split()
        if not spoken or not isinstance(slot.value, str):
            continue
        if tuple(spoken) not in {tuple(way) for way in spoken_readings(slot.value)}:
            continue
        place = _find(words, spoken, begin)
        if place is not None:
            words[place : place + len(spoken)] = [slot.value]
            begin = place + 1
    return " ".join(words)


def _find(words: list[str], part: list[str], begin: int) -> int | None:
    """Where some words stand among others, from a place on."""
    last = len(words) - len(part)
    return next((i for i in range(begin, last + 1) if words[i : i + len(part)] == part), None)


def belongs_to_home_assistant(intents: Mapping[str, object]) -> bool:
    """Whether Home Assistant acts on these intents by itself."""
    return any(name.startswith(_HOME_ASSISTANT) for name in intents)


def intent_of(understanding: Understanding) -> Intent:
    """What was understood as an intent with entities; a slot filled twice has a list."""
    name = understanding.intent or ""
    entities = [Entity(slot, value) for slot, value in understanding.values().items()]
    # Home Assistant says it where its own handler says nothing. A question needs the handler.
    text = None if name.startswith(_QUESTION) else DONE
    return Intent(name, entities, text)
