"""Words just outside a kind of slot: heard as what they are, named, and refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mondegreen
from mondegreen.engines.grammar.compile import NEAR, NEAR_COST, compile_slot
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.grammar.builtins import BUILTINS, builtin
from mondegreen.phonetics.pronouncer import Pronouncer

Say = Callable[..., np.ndarray]

KINDS = """
context:
  expressions:
    D: ["wait $mondegreen.Duration:d"]
    T: ["at $mondegreen.Time:t"]
    A: ["on $mondegreen.Date:a"]
    N: ["number $mondegreen.Number:n"]
    P: ["level [$mondegreen.Percent:p, $mondegreen.TwoDigitInteger:p]"]
    K: ["count $mondegreen.Cardinal:k"]
"""


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> GrammarEngine:
    """A sentence for each of six kinds, one of which has two ways to give its value."""
    path: Path = tmp_path_factory.mktemp("grammar") / "kinds.yaml"
    path.write_text(KINDS, encoding="utf-8")
    return mondegreen.load(str(path))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("at twelve noon", "12:00"), ("at twelve midnight", "00:00"),
        ("count one oh one", 101), ("count four oh four", 404), ("count two fifty", 250),
        ("number point five", 0.5), ("level fifty percent", 50), ("level fifty", 50),
        ("level ninety five percent", 95), ("on february thirteenth", "02-13"),
        ("wait one hour", 3600), ("wait three hours and a half", 12_600),
    ],
)  # fmt: skip
def test_values_are_understood(kinds: GrammarEngine, say: Say, text: str, value: object) -> None:
    result = kinds.understand(say(text))
    assert result.status == "understood"
    [slot_value] = result.values().values()
    if text.startswith("on"):  # the next such day, of whichever year
        slot_value = slot_value[5:]
    assert slot_value == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("level minus five percent",
         "'minus five percent' is not a whole percentage from 0 to 100"),
        ("on february thirtieth", "'february thirtieth' is not a day of the calendar"),
        ("wait one year", "'one year' is not a length of time from one second to 999 weeks"),
        ("wait two years", "'two years' is not a length of time from one second to 999 weeks"),
        ("count minus seven", "'minus seven' is not a whole number from 0 to 999,999"),
    ],
)  # fmt: skip
def test_words_that_are_no_value_are_named(
    kinds: GrammarEngine, say: Say, text: str, why: str
) -> None:
    result = kinds.understand(say(text))
    assert (result.status, result.intent) == ("not_understood", None)
    nearest = result.alternatives[0]
    assert nearest.transcript == text
    assert nearest.outside == (why,)
    assert [slot.value for slot in nearest.slots] == [None]


def test_what_is_refused_is_no_value_on_the_way_either(kinds: GrammarEngine, say: Say) -> None:
    stream = kinds.stream()
    seen: list[Any] = []
    for event in [*stream.feed(say("wait one month")), *stream.finish()]:
        slots = getattr(event, "slots", ()) or getattr(event, "meaning", None)
        seen += [slots] if slots else []
    assert seen == []


@pytest.mark.parametrize("name", sorted(BUILTINS.keys() - {"Words"}))
def test_every_kind_hears_more_than_its_values(name: str) -> None:
    kind = builtin(name)
    part = compile_slot(kind, Pronouncer()).part
    outside, inside = part.exit & part.outside, part.exit & ~part.outside
    assert outside.any()
    assert inside.any()
    entered = set(part.roots[0])
    assert {float(part.cost[state]) for state in entered} == {0.0, NEAR_COST}
    # Nothing leads from words of a value to words beside it, or back.
    beside = np.flatnonzero(part.outside)[0]
    first = min(s for s in entered if part.cost[s] == NEAR_COST)
    assert beside >= first
    for state in range(len(part.phone)):
        row = part.to[part.start[state] : part.start[state + 1]]
        assert all((target >= first) == (state >= first) for target in row)
    assert sum(NEAR in accepts for accepts in part.accepts) > 0


def test_a_list_of_a_program_takes_the_place_of_a_kind_and_its_neighbours(say: Say) -> None:
    engine = mondegreen.load("starter")
    engine.set_slot("mondegreen.TwoDigitInteger", ["seven", "eight"])
    result = engine.understand(say("set the thermostat to seven degrees"))
    assert result.values() == {"degrees": "seven"}
