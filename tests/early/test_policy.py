"""When parts are committed to: what a policy makes of outlooks, whatever engine they come from."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mondegreen.early.policy import QUIET, Policy
from mondegreen.errors import SettingsError
from mondegreen.types import ALL, INTENT, Meaning, Outlook, PartValue, Prospect, Slot

ROOM = Slot("room", "kitchen", "kitchen")
MEANING = Meaning("LightOn", (ROOM,))


def outlook(
    *prospects: Prospect, complete: bool = True, quiet: float = 1.0, refuse_below: float = 0.3
) -> Outlook:
    return Outlook(prospects, complete, 0.5, quiet, refuse_below)


def decided(policy: Policy, seen: Outlook, before: dict[str, PartValue] | None = None) -> list[str]:
    return [decision.prospect.part for decision in policy.decide(seen, before or {})]


def test_each_part_is_decided_when_little_speaks_for_anything_else() -> None:
    seen = outlook(
        Prospect("slot:room", ROOM, 0.995),
        Prospect(INTENT, "LightOn", 0.98),
        Prospect(ALL, MEANING, 0.93),
        Prospect(INTENT, "LightOff", 0.01),
    )
    assert decided(Policy(risk=0.01), seen) == ["slot:room"]
    assert decided(Policy(risk=0.03), seen) == [INTENT, "slot:room"]
    assert decided(Policy(risk=0.1), seen) == [INTENT, "slot:room", ALL]
    assert decided(Policy(risk=0.1, doubts={"slot": 0.001}), seen) == [INTENT, ALL]


@given(st.floats())
@example(2.0)
@example(-1.0)
@example(math.nan)
def test_a_risk_is_a_share(risk: float) -> None:
    if 0.0 <= risk <= 1.0:
        assert Policy(risk=risk).doubt(INTENT) == risk
    else:
        with pytest.raises(SettingsError, match="from 0 to 1"):
            Policy(risk=risk)


def test_all_waits_for_a_pause_where_the_words_make_an_utterance() -> None:
    part = Prospect(ALL, MEANING, 1.0)
    assert decided(Policy(), outlook(part, quiet=QUIET - 0.01)) == []
    assert decided(Policy(), outlook(part, quiet=QUIET)) == [ALL]
    assert decided(Policy(), outlook(part, quiet=0.0, complete=False)) == [ALL]


def test_what_would_be_refused_is_not_decided() -> None:
    seen = outlook(Prospect(ALL, MEANING, 0.8), refuse_below=0.9)
    assert decided(Policy(risk=0.5), seen) == []


def test_what_is_decided_is_said_once_and_taken_back_for_something_else() -> None:
    policy = Policy()
    same = Slot("room", "kitchen", "the kitchen", 0.1, 0.4)
    before: dict[str, PartValue] = {"slot:room": ROOM}
    assert decided(policy, outlook(Prospect("slot:room", same, 0.99)), before) == []
    other = Prospect("slot:room", Slot("room", "office", "office"), 0.99)
    (decision,) = policy.decide(outlook(other), before)
    assert decision.before == ROOM
    doubtful = Prospect("slot:room", Slot("room", "office", "office"), 0.6)
    assert decided(policy, outlook(doubtful), before) == []
