"""Trials without sound: what was meant, and what engines understood."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.evaluate.trial import Answer, Trial
from mondegreen.types import Alternative, Slot, Understanding

Meant = tuple[str, Mapping[str, Any]] | None


def _utterance(identity: str, meaning: Meant, **fields: Any) -> Utterance:
    intent, slots = meaning if meaning is not None else (None, {})
    labels = tuple(SlotLabel(name, value) for name, value in slots.items())
    return Utterance(identity, audio=f"{identity}.flac", intent=intent, slots=labels, **fields)


def _answer(meaning: Meant, confidence: float = 0.9, **fields: Any) -> Answer:
    if meaning is None:
        near = (Alternative("Near", (), "", confidence),)
        return Answer(Understanding("not_understood", alternatives=near, compute_ms=10.0))
    intent, slots = meaning
    filled = tuple(Slot(name, value, str(value)) for name, value in slots.items())
    result = Understanding("understood", intent, filled, confidence, compute_ms=20.0, **fields)
    return Answer(result)


@pytest.fixture(scope="session")
def answer() -> Callable[..., Answer]:
    """`answer(("Play", {"room": "attic"}), 0.9)` is what an engine understood.

    `answer(None, 0.1)` is a refusal whose nearest reading has that confidence.
    """
    return _answer


@pytest.fixture(scope="session")
def trial() -> Callable[..., Trial]:
    """`trial(id, meant, answer, …)` is a second of sound, and what engines made of it."""

    def make(identity: str, meaning: Meant, *answers: Answer, **fields: Any) -> Trial:
        return Trial(_utterance(identity, meaning, **fields), 1.0, answers)

    return make
