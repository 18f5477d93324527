"""What to have people read, and why. English; the sentences are this project's own."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import SettingsError
from ..registry import closest


@dataclass(frozen=True)
class PromptSet:
    """Sentences for one purpose."""

    name: str
    about: str
    """One line."""
    reason: str
    sentences: tuple[str, ...]
    nasal: bool = False
    """Whether they are full of nasals, so that only the hyponasality index means something."""

    @property
    def text(self) -> str:
        """All of it, as one text."""
        return " ".join(self.sentences)


ZOO = PromptSet(
    "zoo",
    "a visit to the zoo without a nasal: for the hypernasality index",
    "No m, n or ng: the velum of a typical speaker stays closed throughout, so that all nasality "
    "that is heard is of the speaker. Every vowel and most consonants occur. About 90 vowels and "
    "half a minute: enough for a change of a fifth of a step to show.",
    (
        "We walked to the zoo at eight o'clock today.",
        "A big black bear sat beside the gate.",
        "The birds above us pecked at bread.",
        "Did the deer go back to the lake?",
        "Kids gave the goat a leaf of cabbage.",
        "The baby ape held a red ball.",
        "A gray wolf dug a hole by the rock.",
        "The tiger took a quick look at the food.",
        "We bought cups of coffee at the cafe.",
        "Later the bus took us back to the city.",
    ),
)
STOPS = PromptSet(
    "stops",
    "p b t d k g without a nasal: for stops that are heard as nasals",
    "Stops need the highest pressure in the mouth and are the first to turn into the nasal of "
    "their place when the velum leaks: b into m, d into n, g into ng. Each sentence holds those of "
    "one place.",
    (
        "Buy baby Bobby a big puppy.",
        "Peter put a paper boat by the tub.",
        "Daddy took the dog to the doctor.",
        "Tell Teddy to eat the red tart today.",
        "Give Gary the good guitar.",
        "Kate could cook a cake for Jack.",
    ),
)
NASALS = PromptSet(
    "nasal",
    "full of nasals: for the hyponasality index (a cold, a blocked nose)",
    "m, n and ng need an open way through the nose; with a blocked one they are heard as b, d and "
    "g. Do not use these for the hypernasality index: vowels beside nasals are half nasal in "
    "everybody.",
    (
        "Many men make money in the morning.",
        "Mama made nine warm lemon muffins.",
        "The moon came up on Monday evening.",
        "No one knows him in the mining town.",
        "My aunt can sing nine long songs.",
        "Nina is naming a new tune.",
    ),
    nasal=True,
)
SETS = {chosen.name: chosen for chosen in (ZOO, STOPS, NASALS)}


def prompt_set(name: str) -> PromptSet:
    """The prompts of that name. Raises SettingsError for an unknown one."""
    if name not in SETS:
        near = closest(name, list(SETS))
        hint = f"; did you mean {near!r}?" if near else ""
        raise SettingsError(f"found no prompts called {name!r}{hint}; there are: {', '.join(SETS)}")
    return SETS[name]
