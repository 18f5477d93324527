"""Somebody talks to the starter's assistant, whose clock stands still until it is moved."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mondegreen.assistant import Assistant
from mondegreen.engines.grammar.compiled import schema_of
from mondegreen.grammar.expression import Grammar
from mondegreen.grammar.load import load_grammar
from mondegreen.types import Slot, Understanding


class Room:
    """Somebody talking to an assistant whose clock stands still until it is moved."""

    def __init__(self, grammar: Grammar, store: Path) -> None:
        self.now = datetime(2026, 11, 24, 15, 0)  # a Tuesday
        self.assistant = Assistant.load(schema_of(grammar), store, clock=lambda: self.now)

    def __call__(self, intent: str, transcript: str = "", **slots: Any) -> str:
        return self.assistant.answer(self.understanding_of(intent, transcript, **slots)).reply

    def later(self, **delta: float) -> None:
        """Let time pass."""
        self.now += timedelta(**delta)

    @staticmethod
    def understanding_of(intent: str, transcript: str = "", **slots: Any) -> Understanding:
        """An understood utterance; a list fills its slot several times."""
        filled = tuple(
            Slot(name, value, str(value).lower())
            for name, values in slots.items()
            for value in (values if isinstance(values, list) else [values])
        )
        return Understanding("understood", intent, filled, transcript=transcript)


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return load_grammar("starter")


@pytest.fixture
def room(grammar: Grammar, tmp_path: Path) -> Room:
    return Room(grammar, tmp_path / "deep" / "store.sqlite")


@pytest.fixture(scope="session")
def rooms() -> type[Room]:
    """Makes rooms of a grammar and a store."""
    return Room
