"""The engine on real audio: what it understands, what it refuses, what changes at run time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import mondegreen
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.engines.grammar.graph import unlink
from mondegreen.errors import AudioError, GrammarError, SettingsError
from mondegreen.phonetics.inventory import CONSONANTS, INDEX, PHONES, VOWELS

Say = Callable[..., np.ndarray]

ORDERS = """
context:
  expressions:
    order:
      - "[bring, get] me (a) $size:size $drink:drink (with $extra:extra) (please)"
    cancel:
      - "cancel [it, that, my order]"
  slots:
    size: ["small", "medium", "large"]
    drink: ["lemonade", "apple juice", "green tea"]
    extra: ["ice", "sugar", "two straws"]
"""


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> GrammarEngine:
    """A small grammar of orders."""
    path: Path = tmp_path_factory.mktemp("grammar") / "orders.yaml"
    path.write_text(ORDERS, encoding="utf-8")
    return mondegreen.load(str(path))


@pytest.mark.parametrize(
    ("text", "intent", "slots"),
    [
        ("bring me a large green tea", "order", {"size": "large", "drink": "green tea"}),
        (
            "get me a small apple juice with two straws please",
            "order",
            {"size": "small", "drink": "apple juice", "extra": "two straws"},
        ),
        ("cancel my order", "cancel", {}),
    ],
)
def test_orders_are_understood(
    orders: GrammarEngine, say: Say, text: str, intent: str, slots: dict[str, str]
) -> None:
    result = orders.understand(say(text))
    assert result.status == "understood"
    assert (result.intent, result.values()) == (intent, slots)
    assert result.transcript == text
    assert 0.5 < result.confidence <= 1.0


def test_slot_times_lie_in_order_inside_the_audio(orders: GrammarEngine, say: Say) -> None:
    pause = np.zeros(8000, np.float32)
    samples = np.concatenate([pause, say("bring me a large green tea with ice"), pause])
    result = orders.understand(samples)
    times = [t for s in result.slots for t in (s.start, s.end)]
    assert [s.name for s in result.slots] == ["size", "drink", "extra"]
    assert times == sorted(times)
    assert times[0] is not None
    assert times[0] > 0.6
    assert result.decided_at is not None
    assert result.decided_at <= len(samples) / 16_000


def test_alternatives_are_other_meanings(orders: GrammarEngine, say: Say) -> None:
    result = orders.understand(say("bring me a large green tea"), n_best=4)
    meanings = [(result.intent, tuple(s.value for s in result.slots))]
    meanings += [(a.intent, tuple(s.value for s in a.slots)) for a in result.alternatives]
    assert len(set(meanings)) == len(meanings)
    assert all(a.confidence <= result.confidence for a in result.alternatives)


def test_silence_is_no_speech(orders: GrammarEngine) -> None:
    assert orders.understand(np.zeros(32_000, np.float32)).status == "no_speech"


def test_noise_is_not_understood(orders: GrammarEngine) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 48_000).astype(np.float32)
    result = orders.understand(noise)
    assert result.status != "understood"
    assert result.intent is None


def test_other_sentences_are_refused_with_the_nearest_reading(
    orders: GrammarEngine, say: Say
) -> None:
    result = orders.understand(say("what is the capital of the united states"))
    assert result.status == "not_understood"
    assert result.slots == ()
    assert result.alternatives
    assert result.alternatives[0].missing


def test_a_slot_can_be_replaced_while_running(say: Say, tmp_path: Path) -> None:
    path = tmp_path / "orders.yaml"
    path.write_text(ORDERS, encoding="utf-8")
    engine = mondegreen.load(str(path))
    speech = say("bring me a large elderflower fizz")
    assert engine.understand(speech).values().get("drink") != "Elderflower Fizz"
    engine.set_slot("drink", ["Elderflower Fizz", "Root Beer"])
    assert engine.understand(speech).values() == {"size": "large", "drink": "Elderflower Fizz"}
    engine.set_slot("drink", {"ELD-1": ["elderflower fizz"]})
    assert engine.understand(speech).values()["drink"] == "ELD-1"


def test_an_unknown_slot_lists_the_known_ones(orders: GrammarEngine) -> None:
    with pytest.raises(GrammarError, match=r"no slot \$drnk.*drink"):
        orders.set_slot("drnk", ["x"])


@pytest.mark.parametrize("bad", [np.array([], np.float32), np.full(16_000, np.nan, np.float32)])
def test_what_is_not_audio_is_an_error(orders: GrammarEngine, bad: np.ndarray) -> None:
    with pytest.raises(AudioError):
        orders.understand(bad)


def test_the_result_is_plain_json(orders: GrammarEngine, say: Say) -> None:
    import json

    result = orders.understand(say("bring me a large green tea"))
    back = json.loads(json.dumps(result.to_json()))
    assert back["intent"] == "order"
    assert back["slots"][1]["value"] == "green tea"
    assert back["engine"] == "grammar"
    assert back["model"].startswith("orders@sha256:")


@pytest.mark.parametrize("values", ["kitchen", [5], {"tea": [3]}])
def test_values_that_are_not_text_are_refused(orders: GrammarEngine, values: object) -> None:
    with pytest.raises(GrammarError, match="slot values are"):
        orders.set_slot("drink", values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("tea " * 300, r"slot \$drink: up to 300 words in one sentence, at most 200"),
        ("t" * 300, r"slot \$drink: the word 't+'… has 300 letters, at most 100"),
        ("1" * 5_000 + "th", r"slot \$drink: up to 5,00\d words"),
    ],
)
def test_values_that_nobody_can_say_are_refused_as_in_a_file(
    orders: GrammarEngine, value: str, reason: str
) -> None:
    with pytest.raises(GrammarError, match=reason):
        orders.set_slot("drink", ["tea", value])


def test_a_way_of_saying_may_stand_alone(say: Say, tmp_path: Path) -> None:
    path = tmp_path / "orders.yaml"
    path.write_text(ORDERS, encoding="utf-8")
    engine = mondegreen.load(str(path))
    before = engine.model
    engine.set_slot("drink", {"cola": "lemonade", "water": ["sparkling water", "???"]})
    assert engine.understand(say("get me a small lemonade")).values()["drink"] == "cola"
    assert mondegreen.load(str(path)).model == before


@pytest.mark.parametrize("sound", ["uh", "hm", "well", "um", "oh"])
def test_what_people_say_while_they_think_is_no_question(
    starter: GrammarEngine, say: Say, sound: str
) -> None:
    """Free words have a vowel, as words do: "well" is not "where" and an l."""
    silence = np.zeros(16_000, np.float32)
    result = starter.understand(np.concatenate([silence, say(sound), silence]))
    assert result.status != "understood", result


def test_free_words_hold_a_vowel(starter: GrammarEngine) -> None:
    part = unlink(starter.graph)[1]["mondegreen.Words"].part
    is_vowel = np.isin(part.phone, [INDEX[v] for v in VOWELS])
    arcs = [
        set(part.to[part.start[s] : part.start[s + 1]].tolist()) for s in range(len(part.phone))
    ]
    reached, todo = set(), [s for s in part.roots[0] if not is_vowel[s]]
    while todo:  # through consonants alone
        state = todo.pop()
        if state not in reached:
            reached.add(state)
            todo += [s for s in arcs[state] if not is_vowel[s]]
    assert not part.exit[sorted(reached)].any()
    assert {int(part.phone[s]) for s in reached} == {INDEX[c] for c in CONSONANTS}
    vowels = [s for s in range(1, len(part.phone)) if is_vowel[s]]
    assert part.exit[vowels].all()
    for state in vowels:
        assert {int(part.phone[s]) for s in arcs[state]} == set(range(1, len(PHONES)))
        assert part.exit[sorted(arcs[state])].all()


def test_free_words_end_where_the_sentence_goes_on(say: Say, tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text(
        """
language: en
intents:
  Add: {data: [{sentences: ["add {item} to my shopping list"]}]}
lists:
  item: {wildcard: true}
""",
        encoding="utf-8",
    )
    engine = mondegreen.load(str(path))
    result = engine.understand(say("add peanut butter to my shopping list"))
    assert result.values() == {"item": "peanut butter"}


@pytest.mark.parametrize("count", [0, -1])
def test_at_least_one_reading_is_wanted(orders: GrammarEngine, count: int) -> None:
    with pytest.raises(SettingsError, match="expected 1 to"):
        orders.understand(np.zeros(16_000, np.float32), n_best=count)


def test_the_threshold_comes_from_the_caller_then_the_grammar(say: Say, tmp_path: Path) -> None:
    path = tmp_path / "orders.yaml"
    path.write_text(ORDERS + "refuse_below: 1.0\n", encoding="utf-8")
    order = say("bring me a large green tea")
    assert mondegreen.load(str(path)).understand(order).status == "not_understood"
    assert mondegreen.load(str(path), refuse_below=0.1).understand(order).status == "understood"
    with pytest.raises(SettingsError, match="from 0 to 1"):
        mondegreen.load(str(path), refuse_below=2.0)


def test_a_value_may_be_a_list_or_nothing(say: Say, tmp_path: Path) -> None:
    path = tmp_path / "house.yaml"
    path.write_text(
        "language: en\n"
        "intents: {Turn: {data: [{sentences: ['turn on the {thing}']}]}}\n"
        "lists: {thing: {values: [{in: lamp, out: [desk, floor]}, {in: lamb, out: [meat]},"
        " {in: ramp, out: null}]}}\n",
        encoding="utf-8",
    )
    engine = mondegreen.load(str(path))
    lamp = engine.understand(say("turn on the lamp"), n_best=3)
    assert lamp.values() == {"thing": ["desk", "floor"]}
    ramp = engine.understand(say("turn on the ramp"), n_best=3)
    assert ramp.values() == {"thing": None}
    assert ramp.slots[0].confidence is not None
    assert ramp.slots[0].confidence >= ramp.confidence - 1e-4


def test_names_set_at_run_time_are_read_like_those_in_a_file(say: Say, tmp_path: Path) -> None:
    path = tmp_path / "rooms.yaml"
    path.write_text("context: {expressions: {find: ['where is $room:room']}, slots: {room: [bar]}}")
    engine = mondegreen.load(str(path))
    engine.set_slot("room", ["Room 105", "東京", "Nguyễn", "кино"])
    for sentence in ("where is room one oh five", "where is room one hundred five"):
        assert engine.understand(say(sentence)).values() == {"room": "Room 105"}
