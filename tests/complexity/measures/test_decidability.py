"""Decidability against its definition, word by word, and where it has no value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mondegreen.complexity.corpus import Corpus, from_utterances
from mondegreen.complexity.measures.decidability import WordsNeeded, measure
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.text.tokens import words

texts = st.lists(st.sampled_from(["a", "b", "c"]), max_size=5).map(" ".join)
labelled = st.builds(
    lambda text, intent, slots: Utterance(
        id="u", text=text, intent=intent, slots=tuple(SlotLabel(n, v) for n, v in slots)
    ),
    texts,
    st.sampled_from(["one", "two"]),
    st.lists(st.tuples(st.sampled_from("st"), st.integers(1, 2)), max_size=2),
)


def by_definition(
    transcripts: Sequence[str], labels: Sequence[object], labelled: Sequence[bool]
) -> list[tuple[float, bool, bool] | None]:
    """For each unique transcript asked: (fraction, at the end, ambiguous)."""
    means: dict[tuple[str, ...], set[object]] = {}
    wanted: set[tuple[str, ...]] = set()
    for text, label, ask in zip(transcripts, labels, labelled, strict=True):
        key = tuple(words(text))
        if key:
            means.setdefault(key, set()).add(label)
            if ask:
                wanted.add(key)
    places: list[tuple[float, bool, bool] | None] = []
    for key in wanted:
        if len(means[key]) > 1:
            places.append((0.0, False, True))
            continue
        needed = len(key) + 1
        for k in range(len(key), -1, -1):
            beginning = [m for other, m in means.items() if other[:k] == key[:k]]
            if set().union(*beginning) == means[key]:
                needed = k
        share = min(needed, len(key)) / len(key)
        places.append((share, needed >= len(key), False))
    return places


def check(decisions: WordsNeeded | None, expected: list[tuple[float, bool, bool] | None]) -> None:
    rows = [row for row in expected if row is not None]
    if not rows:
        assert decisions is None
        return
    assert decisions is not None
    assert decisions.transcripts == len(rows)
    assert decisions.ambiguous == pytest.approx(np.mean([r[2] for r in rows]))
    assert decisions.at_end == pytest.approx(np.mean([r[1] for r in rows]))
    fractions = [r[0] for r in rows if not r[2]]
    if fractions:
        assert decisions.mean == pytest.approx(np.mean(fractions))
        assert decisions.median == pytest.approx(np.median(fractions))
    else:
        assert decisions.mean is decisions.median is decisions.words is None


@settings(deadline=None)
@given(st.lists(labelled, min_size=1, max_size=12))
def test_the_definition(utterances: list[Utterance]) -> None:
    corpus = from_utterances("c", utterances)
    decisions = measure(corpus)
    everyone = [True] * len(corpus)
    check(decisions.intent, by_definition(corpus.texts, corpus.intents, everyone))
    check(decisions.everything, by_definition(corpus.texts, corpus.interpretations, everyone))
    names = {name for slots in corpus.slots for name in slots}
    pooled = []
    for name in names:
        values = [slots.get(name) for slots in corpus.slots]
        expected = by_definition(corpus.texts, values, [v is not None for v in values])
        check(decisions.by_slot.get(name), expected)
        pooled += expected
    check(decisions.slots, pooled)


def utterance(text: str, intent: str, **slots: str) -> Utterance:
    labels = tuple(SlotLabel(name, value) for name, value in slots.items())
    return Utterance(id=text, text=text, intent=intent, slots=labels)


def test_lights_by_hand() -> None:
    decisions = measure(
        from_utterances(
            "c",
            [
                utterance("turn on the lamp", "on", what="lamp"),
                utterance("turn on the fan", "on", what="fan"),
                utterance("turn off the lamp", "off", what="lamp"),
                utterance("stop", "stop"),
                utterance("stop now please", "quit"),
            ],
        )
    )
    assert decisions.intent is not None
    assert decisions.slots is not None
    assert decisions.everything is not None
    # Two words of four, three times; "stop" only at its end, "stop now please" at two of three.
    assert decisions.intent.mean == pytest.approx((3 * 2 / 4 + 1 + 2 / 3) / 5)
    assert decisions.intent.at_end == pytest.approx(1 / 5)
    # "turn off" can only be followed by the lamp.
    assert decisions.slots.mean == pytest.approx((1 + 1 + 2 / 4) / 3)
    assert decisions.by_slot["what"] == decisions.slots
    assert decisions.everything.at_end == pytest.approx(3 / 5)


def test_without_labels_words_or_a_choice() -> None:
    plain = measure(Corpus("c", ["a b", "c"]))
    assert plain.intent is plain.slots is plain.everything is None
    silent = measure(from_utterances("c", [utterance("", "x"), utterance("…", "y")]))
    assert silent.intent is silent.everything is None
    one = measure(from_utterances("c", [utterance("a b", "x"), utterance("c d", "x")]))
    assert one.intent is not None
    assert one.intent.mean == one.intent.words == 0.0
    assert one.slots is None
    torn = measure(from_utterances("c", [utterance("a", "x"), utterance("A!", "y")]))
    assert torn.intent is not None
    assert (torn.intent.mean, torn.intent.ambiguous) == (None, 1.0)


def test_twice_the_same_slot_is_both_values() -> None:
    slots = (SlotLabel("item", "milk"), SlotLabel("item", "bread"))
    corpus = from_utterances("c", [Utterance(id="u", text="a", intent="buy", slots=slots)])
    values: Mapping[str, str] = corpus.slots[0]
    assert values == {"item": '"bread" "milk"'}


def many(count: int) -> Corpus:
    rng = np.random.default_rng(1)
    texts = [" ".join(f"w{i}" for i in row) for row in rng.zipf(1.3, (count, 8)) % 900]
    intents = [f"i{i}" for i in rng.integers(20, size=len(texts))]
    slots = [{f"s{i % 30}": str(i % 7)} for i in range(len(texts))]
    corpus = Corpus("c", texts, intents, intents, slots)
    assert len(corpus.tokens.ids) > 0
    return corpus


def test_work_grows_as_the_transcripts_do(calls: Callable[..., int]) -> None:
    few, twice = (many(count) for count in (4_000, 8_000))
    assert calls(lambda: measure(twice), 10**8) < 3 * calls(lambda: measure(few), 10**8)
    decisions = measure(many(60_000))
    assert decisions.intent is not None
    assert 0 < (decisions.intent.mean or 0) < 1
