"""Splits by unseen value: held-out values are nowhere in training, and the proof can fail."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mondegreen.data.check.unseen_proof import check_unseen
from mondegreen.data.importers.importer import read
from mondegreen.data.split.slot_values import template
from mondegreen.data.split.split import PAIR, Divided
from mondegreen.data.split.unseen import by_value
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError, SettingsError
from mondegreen.jobs.problems import Problems
from mondegreen.text.tokens import words

SHARES = {"train": 0.8, "dev": 0.1, "test": 0.1}
NLU = Path(__file__).parents[3] / ".." / "shared" / "data" / "voice-assistant-nlu"
ARTISTS = (
    "Adele", "Air", "Blur", "Low", "Queen", "The Queen Mother", "Blur Queen", "Can", "Muse", "Pulp",
    "Wire", "Yes",
)  # fmt: skip
ROOMS = ("kitchen", "hall", "blur room", "attic", "cellar", "porch")
PATTERNS = (
    ("play", "play {artist} please"),
    ("play", "{artist} in the {room}"),
    ("light", "light in the {room}"),
    ("light", "yes, the {room} light"),
    ("stop", "stop {artist} now"),
    ("stop", "be quiet"),
)


def utterance(id: str, intent: str, pattern: str, placed: bool = True, **values: str) -> Utterance:
    """The pattern with its slots filled; `placed` says whether their places are labelled."""
    text, slots = "", []
    for part in pattern.replace("{", "}").split("}"):
        value = values.get(part)
        if value is not None:
            span = (len(text), len(text) + len(value)) if placed else (None, None)
            slots.append(SlotLabel(part, value, *span))
        text += part if value is None else value
    return Utterance(id=id, text=text, intent=intent, slots=tuple(slots))


def corpus(seed: int, size: int) -> list[Utterance]:
    """Sentences in which values contain each other, and are said where they are no slot."""
    draw = random.Random(seed)
    return [
        utterance(
            f"u{i}",
            *draw.choice(PATTERNS),
            placed=draw.random() < 0.8,
            artist=draw.choice(ARTISTS),
            room=draw.choice(ROOMS),
        )
        for i in range(size)
    ]


corpora = st.builds(corpus, st.integers(0, 10**6), st.integers(60, 250))
"""Drawn from a number: hypothesis takes seconds to make hundreds of rows one by one."""


def normalised(text: str) -> str:
    return f" {' '.join(words(text))} "


@settings(max_examples=50, deadline=None)
@given(
    corpora,
    st.integers(0, 5),
    st.sampled_from([None, ["artist"], ["room"]]),
    st.randoms(use_true_random=False),
)
def test_unseen_values_are_not_in_training(
    rows: list[Utterance], seed: int, slots: list[str] | None, order: random.Random
) -> None:
    try:
        division = by_value(rows, SHARES, seed, slots=slots)
    except DataError as error:
        assume("can be held out" not in str(error) and "nothing is left" not in str(error))
        raise
    assert division.splits.keys() == {row.id for row in rows}
    assert set(division.splits.values()) - {"unpaired"} == {
        "train",
        "dev",
        "test_seen",
        "test_unseen",
    }
    taught = [row for row in rows if division.splits[row.id] in ("train", "dev")]
    labelled = {normalised(str(slot.value)) for row in taught for slot in row.slots}
    held = holding(rows, division.values)
    assert held
    assert held.isdisjoint(row.id for row in taught)
    assert len(held) <= SHARES["test"] * len(rows)
    for row in rows:
        values = [slot.value for slot in row.slots if slots is None or slot.name in slots]
        if division.splits[row.id] == "test_unseen":
            assert any(normalised(v).strip() in division.values for v in values)
        if division.splits[row.id] == "test_seen":
            assert values
            assert all(normalised(v) in labelled for v in values)
    shuffled = rows[:]
    order.shuffle(shuffled)
    assert by_value(shuffled, SHARES, seed, slots=slots) == division


def holding(rows: list[Utterance], values: Sequence[str]) -> set[str]:
    """Ids of the utterances that have one of the values as a slot or among their words."""
    return {
        row.id
        for row in rows
        for words in (row.text, *(str(slot.value) for slot in row.slots))
        for value in values
        if f" {value} " in normalised(words)
    }


def grid() -> list[Utterance]:
    """Each artist in three patterns: enough for pairs whatever is held out."""
    return [
        utterance(f"{intent}-{artist}", intent, pattern, artist=artist)
        for intent, pattern in (
            ("play", "play {artist} please"),
            ("stop", "stop {artist} now"),
            ("like", "i like {artist}"),
        )
        for artist in (f"Band{n}" for n in range(40))
    ]


def test_pairs_match_on_intent_and_template() -> None:
    rows = grid()
    division = by_value(rows, SHARES, 1)
    assert len(division.pairs) == 12
    counts = Counter(division.splits.values())
    assert (counts["test_seen"], counts["test_unseen"]) == (6, 6)
    assert not division.notes
    pairs = defaultdict(list)
    for row in Divided(rows, division.splits, division.pairs):
        if PAIR in row.meta:
            pairs[row.meta[PAIR]].append(row)
    for one, other in pairs.values():
        assert {one.split, other.split} == {"test_seen", "test_unseen"}
        assert one.intent == other.intent
        assert template(one) == template(other)
        assert one.text != other.text
    assert by_value(rows, SHARES, 2).values != division.values


def test_a_value_that_is_everywhere_stays() -> None:
    rows = grid()
    rows += [utterance(f"x{n}", "play", "play {artist} please", artist="Air") for n in range(200)]
    division = by_value(rows, SHARES, 1)
    assert "air" not in division.values
    assert all(division.splits[f"x{n}"] in ("train", "dev") for n in range(200))


def test_a_value_takes_the_texts_that_only_mention_it() -> None:
    rows = grid()
    rows += [
        Utterance(id=f"m{n}", text=f"who are band{n}, exactly", intent="ask") for n in range(40)
    ]
    division = by_value(rows, SHARES, 1)
    held = {value.removeprefix("band") for value in division.values}
    assert held
    assert {division.splits[f"m{n}"] for n in held} == {"unpaired"}
    assert f"{len(held)} utterances have no partner" in division.notes[-1]


def test_a_value_that_costs_too_much_stays() -> None:
    rows = grid()
    # Either would make a pair with the other, and take 60 texts that nothing compares with.
    for artist in ("Air", "Water"):
        rows += [
            utterance(f"{artist}-{pattern}", "ring", pattern, artist=artist)
            for pattern in ("ring {artist}", "ring up {artist}")
        ]
        rows += [
            Utterance(id=f"{artist}-{n}", text=f"{artist} is number {n}", intent="ask")
            for n in range(60)
        ]
    rows += [Utterance(id=f"f{n}", text=f"nothing but {n}", intent="ask") for n in range(900)]
    division = by_value(rows, {"train": 0.5, "test": 0.5}, 1)
    assert division.pairs
    assert not {"air", "water"} & set(division.values)


def test_a_possessive_says_the_value() -> None:
    rows = grid()
    for mark in "'’":
        rows += [
            Utterance(id=f"{mark}{n}", text=f"Band{n}{mark}s last album", intent="ask")
            for n in range(40)
        ]
    division = by_value(rows, SHARES, 1)
    held = {value.removeprefix("band") for value in division.values}
    assert held
    unpaired = {key for key, split in division.splits.items() if split == "unpaired"}
    assert unpaired == {f"{mark}{n}" for mark in "'’" for n in held}


@pytest.mark.parametrize("seed", range(5))
def test_training_keeps_every_intent(seed: int) -> None:
    rows = grid()
    # Holding one of these values out would take its intent away from training.
    rows += [utterance(f"x{n}", f"only-{n}", "go {artist}", artist=f"Band{n}") for n in range(30)]
    # And the partner of a value that is held out may not be the last of its intent.
    rows += [utterance(f"y{n}", "rare", "try {artist}", artist=f"Band{30 + n}") for n in range(2)]
    division = by_value(rows, SHARES, seed)
    trained = {row.intent for row in rows if division.splits[row.id] == "train"}
    assert trained == {row.intent for row in rows}


def test_what_is_said_and_what_it_means_are_one_value() -> None:
    rows = grid()
    for n in range(20):
        spoken = utterance(f"s{n}", "play", "play {artist} please", artist=f"nick{n}")
        label = msgspec.structs.replace(spoken.slots[0], value=f"Band{n}")
        rows.append(msgspec.structs.replace(spoken, slots=(label,)))
    division = by_value(rows, {"train": 0.5, "dev": 0.2, "test": 0.3}, 1)
    held = set(division.values)
    assert {f"nick{n}" for n in range(20)} & held
    for n in range(20):
        assert (f"band{n}" in held) == (f"nick{n}" in held)


def test_templates() -> None:
    pattern = "Play, {title} by {artist}!"
    for placed in (True, False):
        row = utterance("u", "play", pattern, placed, title="Blue in Blue", artist="Blue")
        assert template(row) == "play {title} by {artist}"
    hidden = Utterance(id="u", text="louder", slots=(SlotLabel("change", "increase"),))
    assert template(hidden) == "louder"
    inside = (SlotLabel("a", "new york city", 3, 16), SlotLabel("b", "york", 7, 11))
    assert template(Utterance(id="u", text="in new york city now", slots=inside)) == "in {a} now"


Change = Callable[[dict[str, Utterance]], object]


def move(rows: dict[str, Utterance], key: str, **fields: object) -> None:
    rows[key] = msgspec.structs.replace(rows[key], **fields)


def valid() -> dict[str, Utterance]:
    """A small division that is right, by id."""
    valid_shares = {
        "t1": utterance("t1", "play", "play {artist} please", artist="Blur"),
        "t2": utterance("t2", "play", "{artist} in the {room}", artist="Low", room="hall"),
        "d": utterance("d", "play", "{artist} in the {room}", artist="Blur", room="hall"),
        "s": utterance("s", "play", "play {artist} please", artist="Low"),
        "u": utterance("u", "play", "play {artist} please", artist="Big Air"),
        "n": utterance("n", "play", "{artist} in the {room}", artist="Big Air", room="hall"),
    }
    for key, split in zip(
        valid_shares, ("train", "train", "dev", "test_seen", "test_unseen", "unpaired"), strict=True
    ):
        move(valid_shares, key, split=split, meta={PAIR: "p"} if split.startswith("test") else {})
    return valid_shares


def test_the_proof_accepts_what_is_right() -> None:
    check_unseen(valid().values())
    check_unseen(valid().values(), slots=["artist"], held_out=[("big", "air")])


VIOLATIONS: dict[str, tuple[Change, str]] = {
    "labelled in training": (
        lambda rows: move(rows, "n", split="train"),
        "u is in test_unseen, and training has all its values",
    ),
    "labelled in dev": (
        lambda rows: move(rows, "n", split="dev"),
        "u is in test_unseen, and training has all its values",
    ),
    "said in training": (
        lambda rows: move(rows, "t1", text="play blur, not BIG air", slots=()),
        "u is in test_unseen, and training has all its values",
    ),
    "known by its meaning": (
        lambda rows: move(rows, "t2", slots=(SlotLabel("artist", "big air", 0, 3),)),
        "u is in test_unseen, and training has all its values",
    ),
    "no value at all": (
        lambda rows: move(rows, "u", slots=()),
        "u is in test_unseen, and training has all its values",
    ),
    "seen is not": (
        lambda rows: move(rows, "t2", split="unpaired"),
        "s is in test_seen, and training has no artist 'low'",
    ),
    "seen in dev only": (
        lambda rows: move(rows, "t2", split="dev"),
        "s is in test_seen, and training has no artist 'low'",
    ),
    "an intent that is not trained": (
        lambda rows: [move(rows, key, intent="x") for key in "su"],
        "s is in test_seen, and training has no intent x",
    ),
    "no pair": (lambda rows: move(rows, "s", meta={}), "s is in test_seen and has no unseen_pair"),
    "half a pair": (lambda rows: move(rows, "s", meta={PAIR: "q"}), "expected one test_seen"),
    "two intents": (
        lambda rows: [move(rows, key, intent="stop") for key in ("u", "t1")],
        "differs in intent",
    ),
    "two templates": (
        lambda rows: move(rows, "u", text="play big air", slots=(SlotLabel("artist", "x", 5, 12),)),
        "differs in intent or in the words",
    ),
    "a sentence trained and tested": (
        lambda rows: move(rows, "t1", text="Play LOW, please!", slots=()),
        "have the same words",
    ),
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_the_proof_fails_on(name: str) -> None:
    change, message = VIOLATIONS[name]
    rows = valid()
    change(rows)
    with pytest.raises(DataError, match=message):
        check_unseen(rows.values())


def test_the_proof_fails_on_a_held_out_value_in_training() -> None:
    with pytest.raises(DataError, match="'blur' is held out and occurs in training"):
        check_unseen(valid().values(), held_out=[("blur",)])


def test_what_cannot_be_divided() -> None:
    rows = grid()
    with pytest.raises(SettingsError, match=r"found train, test_seen; .* has train, dev and test"):
        by_value(rows, {"train": 0.9, "test_seen": 0.1}, 1)
    with pytest.raises(SettingsError, match="no slot 'artits'; did you mean 'artist'"):
        by_value(rows, SHARES, 1, slots=["artits"])
    with pytest.raises(DataError, match="no utterance has a slot"):
        by_value([Utterance(id="a", text="on")], SHARES, 1)
    with pytest.raises(DataError, match="x: its text has no words"):
        by_value([*rows, Utterance(id="x")], SHARES, 1)
    two = [utterance(f"{i}{v}", "a", "go {v}", v=v) for i in range(30) for v in ("up", "down")]
    with pytest.raises(DataError, match="even 'down' occurs in 30 of 60 utterances"):
        by_value(two, SHARES, 1)
    lone = [utterance(f"{n}", f"i{n}", "go {v}", v=f"v{n}") for n in range(40)]
    with pytest.raises(DataError, match="hardly any two sentences have the same intent"):
        by_value(lone, SHARES, 1)


@pytest.mark.skipif(not NLU.is_dir(), reason="the data set is not here")
def test_real_requests() -> None:
    rows = list(read("nlu-evaluation", NLU / "train.jsonl", Problems(), partial=True))
    division = by_value(rows, SHARES, 1)
    counts = Counter(division.splits.values())
    assert counts["test_unseen"] == counts["test_seen"] >= 200
    assert counts["train"] >= 0.75 * len(rows)
