"""Whether what was expected is what the labels say."""

from __future__ import annotations

import pytest

from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.early.policy import Policy
from mondegreen.evaluate.early_figures import commitments
from mondegreen.evaluate.traces import Look, Trace
from mondegreen.types import (
    INTENT,
    Meaning,
    Outlook,
    PartValue,
    Prospect,
    Revised,
    Slot,
    Understanding,
)

LABELS = (SlotLabel("device", "TV", 12, 15), SlotLabel("minutes", 5, 19, 23))
UTTERANCE = Utterance("one", text="turn on the t v at five", intent="DeviceOn", slots=LABELS)
TV = Slot("device", "TV", "t v")


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("DeviceOn", True),
        ("DeviceOff", False),
        (TV, True),  # by its value, which has the same words as what was said for it
        (Slot("device", "TV", "television"), True),
        (Slot("device", "other", "t v"), True),  # by its words
        (Slot("device", "radio", "radio"), False),
        (Slot("player", "TV", "t v"), False),
        (Slot("minutes", 5, "five"), True),
        (Slot("minutes", "5", "fifty"), False),
        (Meaning("DeviceOn", (TV, Slot("minutes", 5, "five"))), True),
        (Meaning("DeviceOn", (TV,)), False),
        (Meaning("DeviceOff", (TV, Slot("minutes", 5, "five"))), False),
    ],
)
def test_a_part_is_right_by_its_value_or_its_words(value: PartValue, right: bool) -> None:
    assert Trace(UTTERANCE, (), None, None, None).right(value) is right


def test_what_means_nothing_has_no_right_part() -> None:
    assert not Trace(Utterance("two", text="hello"), (), None, None, None).right("DeviceOn")


@pytest.mark.parametrize(
    ("final", "value"),
    [
        (Understanding("not_understood"), None),
        (Understanding("understood", "DeviceOff"), "DeviceOff"),
        (None, None),
    ],
)
def test_what_the_result_contradicts_is_taken_back(
    final: Understanding | None, value: str | None
) -> None:
    outlook = Outlook((Prospect(INTENT, "DeviceOn", 0.99),), False, 0.5, 0.0, 0.3)
    sure = None if final is None else 2.0
    one = Trace(UTTERANCE, (Look(1.0, outlook),), final, 1.5, sure)
    decided, revised = one.decisions(Policy())
    assert decided.value == "DeviceOn"
    assert revised == Revised(sure or 1.0, INTENT, value, "DeviceOn")
    assert commitments(one, Policy())[INTENT].flips == 1
    agreed = Trace(UTTERANCE, one.looks, Understanding("understood", "DeviceOn"), 1.5, 2.0)
    assert commitments(agreed, Policy())[INTENT].flips == 0
