"""What cannot be done offline, said honestly: the weather, and questions about the world."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .handler import Handler, Outcome, Request

_ASKING = re.compile(r"\b(?:who|what|when|where|why|how|which)(?:'s|'re)?\b", re.IGNORECASE)


def get_weather(request: Request) -> Outcome:
    """Say that the weather is not known here."""
    del request
    return Outcome("I have no weather service offline.")


def ask(request: Request) -> Outcome:
    """Hand on the whole question; what finds answers registers in place of this."""
    text = question(request)
    return Outcome(fields={"question": text}) if text else Outcome("What would you like to know?")


def question(request: Request) -> str:
    """The question as it was asked, from its question word on: "who wrote hamlet".

    The slot alone begins after the word that the grammar matched, so the transcript says the rest.
    """
    rest = request.text("question")
    if not rest:
        return rest
    before, match, after = request.understanding.transcript.rpartition(rest)
    if not match or after.strip(" ?."):
        return rest
    asking = _ASKING.search(before)
    return f"{before[asking.start() :]}{rest}" if asking else rest


HANDLERS: Mapping[str, Handler] = {"GetWeather": get_weather, "Ask": ask}
