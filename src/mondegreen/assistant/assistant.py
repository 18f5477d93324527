"""The assistant: takes a meaning, does what can be done here, and says what was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ..engines.engine import Schema
from ..errors import GrammarError, MondegreenError
from ..grammar.replies import Template, template
from ..jobs.paths import data_folder
from ..types import Understanding
from . import wording
from .handlers import home_state
from .handlers import lists as list_handlers
from .handlers import talk as talk_handlers
from .handlers import time as time_handlers
from .handlers import timers as timer_handlers
from .handlers.handler import INSTALLED, Handler, Outcome, Request
from .question import Question
from .store import Reminder, Store

Clock = Callable[[], datetime]
SORRY = "Sorry, I did not understand."


def built_in() -> dict[str, Handler]:
    """The handlers that come with mondegreen, by intent."""
    return {
        **time_handlers.HANDLERS,
        **timer_handlers.HANDLERS,
        **list_handlers.HANDLERS,
        **home_state.HANDLERS,
        **talk_handlers.HANDLERS,
    }


@dataclass(frozen=True)
class Assistant:
    """Answers understandings of one engine. Make it with `load`."""

    handlers: Mapping[str, Handler]
    templates: Mapping[str, Template]
    kinds: Mapping[str, Mapping[str, str]]
    """Slot type by slot name, by intent: what tells how a value is worded."""
    store: Store
    clock: Clock

    @classmethod
    def load(
        cls,
        schema: Schema,
        store: Path | None = None,
        clock: Clock = datetime.now,
        handlers: Mapping[str, Handler] | None = None,
    ) -> Assistant:
        """The assistant for what an engine understands (`engine.schema`).

        `store` is its SQLite file (by default `assistant.sqlite` in the user's data folder), made
        when something is first remembered. `clock` tells the local time; a time zone in it is
        honoured. `handlers` go before those of installed packages, and these before the built-in.
        Raises GrammarError for a reply template with a mistake in it.
        """
        templates: dict[str, Template] = {}
        for intent, text in schema.replies.items():
            try:
                templates[intent] = template(text)
            except GrammarError as error:
                raise GrammarError(f"intent {intent!r}, {error}", source=schema.source) from error
        return cls(
            handlers={**built_in(), **dict(INSTALLED.each()), **(handlers or {})},
            templates=templates,
            kinds=schema.intents,
            store=Store(store or data_folder() / "assistant.sqlite"),
            clock=clock,
        )

    def answer(self, understanding: Understanding) -> Understanding:
        """The same understanding with its `reply`, once what it asks for is done.

        Raises StoreError when the store cannot be used (nothing is lost, nothing half done), and
        MondegreenError when a handler of an installed package fails.
        """
        outcome = self._outcome(understanding)
        return replace(understanding, reply=outcome.say or "", sources=outcome.sources)

    def due(self) -> tuple[Reminder, ...]:
        """Timers and alarms whose time has come, each given once. Raises StoreError."""
        if not self.store.path.exists():
            return ()  # looking must not make a file
        return self.store.take_due(self.clock().timestamp())

    def announce(self, reminder: Reminder) -> str:
        """What to say when it rings."""
        return time_handlers.announcement(reminder, self.clock())

    def _outcome(self, understanding: Understanding) -> Outcome:
        if understanding.status == "no_speech":
            return Outcome()
        intent = understanding.intent
        question = Question.of(understanding)
        if question is not None:
            return Outcome(question.text)
        if understanding.status != "understood" or intent is None:
            # One that has a reply answered a question: neither was meant.
            return Outcome(understanding.reply or _refusal(understanding))
        outcome = self._act(intent, understanding)
        if outcome.say is not None:
            return outcome
        kinds = self.kinds.get(intent, {})
        values = {**understanding.values(), **outcome.fields}
        slot_texts = {
            name: wording.value(value, kinds.get(name, "")) for name, value in values.items()
        }
        reply = self.templates[intent].fill(slot_texts) if intent in self.templates else None
        return replace(outcome, say=_plain(intent, slot_texts) if reply is None else reply)

    def _act(self, intent: str, understanding: Understanding) -> Outcome:
        handler = self.handlers.get(intent)
        if handler is None:
            return Outcome()
        request = Request(understanding, understanding.values(), self.clock(), self.store)
        try:
            return handler(request)
        except MondegreenError:
            raise
        except Exception as error:
            raise MondegreenError(
                f"the handler of {intent!r} failed with {error!r}; "
                "remove or update the package that brings it"
            ) from error


def _refusal(understanding: Understanding) -> str:
    """What is said of what was not understood."""
    near = understanding.alternatives
    if near and near[0].outside and not near[0].missing:  # nobody said words that were not heard
        return f"{SORRY} {'; '.join(near[0].outside)}."
    wordings = (a.transcript for a in near if a.transcript and not a.outside)
    # Free words are not written down until they are understood: "who …" is no suggestion.
    nearest = next((text for text in wordings if "…" not in text), "")
    return f"{SORRY} Did you mean '{nearest}'?" if nearest else SORRY


def _plain(intent: str, slot_texts: Mapping[str, str]) -> str:
    """The reply for an intent without a template: "orderDrink: size large, coffeeDrink latte."."""
    slots = ", ".join(f"{name} {value}" for name, value in slot_texts.items())
    return f"{intent}: {slots}." if slots else f"{intent}."
