"""Whether what was expected is what the labels say."""

from __future__ import annotations

import pytest

from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.evaluate.traces import Trace
from mondegreen.types import Meaning, PartValue, Slot

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
