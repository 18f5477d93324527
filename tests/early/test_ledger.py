"""What is decided of an utterance: which risk it has, and that nothing wrong stands at the end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mondegreen.early.calibration import FORMAT, Calibration, KindRule, RiskRules
from mondegreen.early.ledger import Ledger
from mondegreen.early.policy import KINDS, Policy
from mondegreen.types import (
    INTENT,
    Decided,
    Outlook,
    PartValue,
    Prospect,
    Revised,
    Slot,
    Understanding,
    same_value,
)

RULES = RiskRules(0.05, {kind: KindRule(0.3, 0, 0.0) for kind in KINDS})
CALIBRATED = Calibration(
    format=FORMAT, model="m@1", confidence=0.95, data="d", data_sha256="", utterances=1,
    risks=(RULES,),
).policy(0.05)  # fmt: skip
intents = st.sampled_from(["LightOn", "LightOff", "Stop"])
rooms = st.sampled_from(["kitchen", "cellar"])


def outlook(intent: str, room: str, doubt: float, at: float = 0.5) -> Outlook:
    slot = Slot("room", room, room, at, at + 0.5)
    prospects = Prospect(INTENT, intent, 1 - doubt), Prospect("slot:room", slot, 1 - doubt)
    return Outlook(prospects, False, 0.5, 0.0, 0.3)


def test_a_stated_risk_is_told_and_the_doubt_beside_it() -> None:
    (intent, _) = Ledger(CALIBRATED).look(1.0, outlook("LightOn", "kitchen", 0.2))
    assert intent == Decided(1.0, INTENT, "LightOn", risk=0.05, doubt=0.2)
    (intent, _) = Ledger(Policy(risk=0.3)).look(1.0, outlook("LightOn", "kitchen", 0.2))
    assert intent == Decided(1.0, INTENT, "LightOn", risk=0.2, doubt=0.2)


@given(
    st.lists(st.tuples(intents, rooms, st.floats(0.0, 1.0)), max_size=6),
    st.none() | st.tuples(intents, rooms),
)
def test_what_stands_at_the_end_is_the_result(
    looks: list[tuple[str, str, float]], meant: tuple[str, str] | None
) -> None:
    ledger = Ledger(Policy(risk=0.5))
    events: list[Decided | Revised] = []
    for time, look in enumerate(looks):
        events += ledger.look(float(time), outlook(*look))
    result = Understanding("not_understood")
    if meant is not None:
        result = Understanding("understood", meant[0], (Slot("room", meant[1], meant[1]),))
    events += ledger.close(9.0, result)
    stands: dict[str, PartValue | None] = {}
    for event in events:
        if isinstance(event, Decided):
            assert event.part not in stands
        else:
            assert same_value(event.before, stands[event.part])
        stands[event.part] = event.value
    for part, value in stands.items():
        assert same_value(value, result.part(part))


def test_times_of_what_was_decided_count_from_the_start_of_the_sound() -> None:
    ledger = Ledger(Policy(risk=0.5))
    (_, decided) = ledger.look(4.0, outlook("LightOn", "kitchen", 0.1), start=3.0)
    assert isinstance(decided.value, Slot)
    assert decided.value.start == 3.5
    (_, revised) = ledger.look(5.0, outlook("LightOff", "cellar", 0.1), start=3.0)
    assert isinstance(revised, Revised)
    assert revised.before == decided.value
    for last in ledger.close(6.0, None):
        assert last.value is None
        assert last.before in ("LightOff", revised.value)
