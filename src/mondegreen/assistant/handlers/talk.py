"""What cannot be done offline, said honestly: the weather, and questions about the world."""

from __future__ import annotations

from collections.abc import Mapping

from .handler import Handler, Outcome, Request


def get_weather(request: Request) -> Outcome:
    """Say that the weather is not known here."""
    del request
    return Outcome("I have no weather service offline.")


def ask(request: Request) -> Outcome:
    """Hand on the question; what finds answers registers in place of this."""
    return Outcome() if request.text("question") else Outcome("What would you like to know?")


HANDLERS: Mapping[str, Handler] = {"GetWeather": get_weather, "Ask": ask}
