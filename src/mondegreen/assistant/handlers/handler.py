"""What a handler is, and which are known: ours, and those that installed packages register.

A handler does what an intent asks for. A package adds one with the entry point group
`mondegreen.handlers`: the name is the intent, the object is the handler.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...registry import Registry
from ...types import Source, Understanding
from ..store import Store


@dataclass(frozen=True)
class Request:
    """One understood utterance, for the handler of its intent."""

    understanding: Understanding
    slots: Mapping[str, Any]
    """Values by slot name; a slot filled twice holds a list."""
    now: datetime
    store: Store

    def text(self, slot: str) -> str:
        """A slot's value as text; "" when it was not said, the first when it was said twice."""
        texts = self.texts(slot)
        return texts[0] if texts else ""

    def texts(self, slot: str) -> tuple[str, ...]:
        """All values of a slot as texts; free words in which nothing was heard are none."""
        value = self.slots.get(slot)
        if value is None:
            return ()
        values = value if isinstance(value, list) else [value]
        return tuple(text for text in map(str, values) if text)

    def number(self, slot: str) -> float | None:
        """A slot's value when it is a number, else None."""
        value = self.slots.get(slot)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None


@dataclass(frozen=True)
class Outcome:
    """What came of a request."""

    say: str | None = None
    """The whole reply; None leaves it to the grammar's template."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Values for the template beside the slots, in place of slots of the same name."""
    sources: tuple[Source, ...] = ()
    """Where what is said stands in the user's pages."""


Handler = Callable[[Request], Outcome]

INSTALLED: Registry[Handler] = Registry("mondegreen.handlers", "handler")
"""The handlers of installed packages, by intent; they go before the built-in ones."""
