"""The importer of Rhino contexts and of recordings labelled for them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from mondegreen.data.importers.importer import read
from mondegreen.data.importers.reading.grammar_sentences import MOST
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError, GrammarError
from mondegreen.grammar.analysis.sample import count_sentences
from mondegreen.grammar.load import load_grammar
from mondegreen.jobs.problems import Problems

REAL = Path(__file__).parents[4] / "shared/data/barista-dev"
CONTEXT = """\
context:
  expressions:
    orderDrink:
      - "[get me, I want] (a) $size:size $coffeeDrink:coffeeDrink"
    stop: ["stop"]
  slots:
    size: [small, large]
    coffeeDrink: [mocha, iced coffee]
"""
ORDER = {"intent": "orderDrink", "slots": {"coffeeDrink": " iced coffee", "size": "small"}}


def load(place: Path, problems: Problems | None = None, *, partial: bool = True) -> list[Utterance]:
    return list(read("rhino", place, Problems() if problems is None else problems, partial=partial))


def sound(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    sf.write(path, np.zeros(1600, np.int16), 16_000)


def write_lines(path: Path, *rows: Any) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "coffee.yaml").write_text(CONTEXT)
    for name in ("a", "b"):
        sound(tmp_path / f"audio/{name}.flac")
    return tmp_path


@pytest.fixture
def benchmark(tmp_path: Path) -> Path:
    """The folders of Picovoice's repository, after its mixer ran once."""
    (tmp_path / "data/rhino").mkdir(parents=True)
    (tmp_path / "data/rhino/coffee_maker.yaml").write_text(CONTEXT)
    (tmp_path / "data/label").mkdir()
    (tmp_path / "data/label/label.json").write_text(
        json.dumps({f"{name}.wav": ORDER for name in "abc"}, indent=4)
    )
    for name in ("clean/a", "clean/b", "kitchen_6db/a", "kitchen_6db/b"):
        sound(tmp_path / f"data/speech/{name}.wav")
    sound(tmp_path / "data/noise/kitchen.wav")
    return tmp_path


def test_recordings_with_a_line_each(own: Path) -> None:
    write_lines(
        own / "labels.jsonl",
        {"id": "one", "audio": "audio/a.flac", **ORDER},
        {"audio": "audio/b.flac", "intent": "stop", "slots": {}, "text": "stop", "speaker": 7,
         "room": "kitchen"},
    )  # fmt: skip
    first, second = load(own)
    assert load(own / "labels.jsonl") == [first, second]
    assert (first.id, first.audio, first.text) == ("one", "audio/a.flac", "")
    assert first.slots == (SlotLabel("coffeeDrink", "iced coffee"), SlotLabel("size", "small"))
    assert (second.id, second.speaker, second.meta) == ("b", "7", {"room": "kitchen"})


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (
            {"intent": "order", "slots": {}},
            "the intent 'order' is not in the context; did you mean",
        ),
        ({"intent": "orderDrink", "slots": {"sise": "small"}}, "did you mean 'size'?"),
        ({"intent": "orderDrink", "slots": {"size": "smal"}}, "'smal' is no value of 'size'"),
        ({"intent": "orderDrink", "slots": {"size": ["small"]}}, "no value of 'size'"),
        ({"intent": "stop", "slots": {"size": "small"}}, "not one of 'stop' in the context"),
        ({"intent": "stop", "slots": 4}, "found '4' as slots"),
        ({"slots": {}}, 'expected {"intent": "…", "slots": {…}}'),
        ({"audio": 3, "intent": "stop"}, "expected words as 'audio', found '3'"),
    ],
)
def test_a_label_that_the_context_lacks(own: Path, row: dict[str, Any], reason: str) -> None:
    write_lines(
        own / "labels.jsonl", {"audio": "audio/a.flac", **ORDER}, {"audio": "audio/b.flac", **row}
    )
    with pytest.raises(DataError, match=r"labels\.jsonl:2: ") as error:
        load(own)
    assert reason in str(error.value)
    problems = Problems(skip=True)
    assert [u.id for u in load(own, problems)] == ["a"]
    assert [p.place for p in problems.rows] == ["labels.jsonl:2"]


def test_a_recording_that_is_missing_and_an_id_that_comes_twice(own: Path) -> None:
    write_lines(
        own / "labels.jsonl",
        {"audio": "audio/a.flac", **ORDER},
        {"id": "a", "audio": "audio/b.flac", **ORDER},
        {"audio": "audio/c.flac", **ORDER},
    )
    problems = Problems(skip=True)
    assert [u.id for u in load(own, problems)] == ["a"]
    assert "twice" in problems.rows[0].reason
    assert "audio/c.flac is missing" in problems.rows[1].reason


def test_the_benchmark_clean_and_with_noise(benchmark: Path) -> None:
    problems = Problems()
    utterances = load(benchmark, problems)
    assert [(u.id, u.audio, u.noise, u.meta) for u in utterances] == [
        ("a", "data/speech/clean/a.wav", None, {}),
        ("b", "data/speech/clean/b.wav", None, {}),
        ("kitchen_6db-a", "data/speech/kitchen_6db/a.wav", "kitchen", {"snr_db": 6}),
        ("kitchen_6db-b", "data/speech/kitchen_6db/b.wav", "kitchen", {"snr_db": 6}),
    ]
    assert utterances[0].slots[0] == SlotLabel("coffeeDrink", "iced coffee")
    assert problems.notes == ["1 labels of data/label/label.json have no recording here"] * 2
    with pytest.raises(DataError, match=r"4 utterances where it states 1,238"):
        load(benchmark, partial=False)


def test_broken_labels_of_the_benchmark(benchmark: Path) -> None:
    sound(benchmark / "data/speech/clean/d.wav")
    path = benchmark / "data/label/label.json"
    labels = json.loads(path.read_text())
    labels["b.wav"]["slots"]["size"] = "huge"
    path.write_text(json.dumps(labels, indent=4))
    problems = Problems(skip=True)
    assert [u.id for u in load(benchmark, problems)] == ["a", "kitchen_6db-a"]
    assert [p.place for p in problems.rows] == [
        "data/label/label.json:9", "data/speech/clean/d.wav", "data/label/label.json:9"
    ]  # fmt: skip
    path.write_text("{")
    with pytest.raises(DataError, match="is not JSON"):
        load(benchmark)


def test_a_context_gives_its_sentences(tmp_path: Path) -> None:
    path = tmp_path / "coffee.yaml"
    path.write_text(CONTEXT)
    utterances = load(path)
    assert load(tmp_path) == utterances
    assert len(utterances) == count_sentences(load_grammar(path)) == 2 * 2 * 2 * 2 + 1
    coffee = next(u for u in utterances if u.text == "i want a large iced coffee")
    assert coffee.slots == (
        SlotLabel("size", "large", 9, 14), SlotLabel("coffeeDrink", "iced coffee", 15, 26)
    )  # fmt: skip
    assert len({u.text for u in utterances}) == len(utterances)


def test_numbers_and_dates_have_their_value_whenever_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "wait.yaml"
    path.write_text(
        "context:\n  expressions:\n"
        '    wait: ["wait $mondegreen.TwoDigitInteger:n"]\n'
        '    come: ["come $mondegreen.Date:day"]\n'
    )
    values = {u.text: u.slots[0].value for u in load(path)}
    assert values["wait forty two"] == 42
    assert values["come tomorrow"] == "2026-07-17"


def test_a_mistake_in_a_context_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "wait.yaml"
    path.write_text('context:\n  expressions:\n    wait: ["wait $none:n"]\n')
    with pytest.raises(GrammarError, match=r"wait\.yaml:3: slot \$none"):
        load(path)


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="found no labels and no context"):
        load(tmp_path)
    (tmp_path / "x.yaml").write_text("intents: {}\n")
    with pytest.raises(DataError, match="found no labels and no context"):
        load(tmp_path)


@pytest.mark.skipif(not REAL.is_dir(), reason="the recordings are not beside the project")
def test_real_orders() -> None:
    problems = Problems()
    utterances = list(read("rhino", REAL, problems))
    assert len(utterances) == len({u.id for u in utterances}) == 119
    assert not problems.rows
    assert {u.intent for u in utterances} == {"orderDrink"}
    names = Counter(s.name for u in utterances for s in u.slots)
    assert set(names) == {
        "size", "roast", "numberOfShots", "coffeeDrink", "milkAmount", "sugarAmount"
    }  # fmt: skip
    assert names["coffeeDrink"] == 119
    assert all((REAL / str(u.audio)).is_file() for u in utterances)


@pytest.mark.skipif(not REAL.is_dir(), reason="the context is not beside the project")
def test_sentences_of_the_real_context() -> None:
    utterances = load(REAL / "coffee_maker.yaml")
    assert MOST * 0.9 < len(utterances) <= MOST
    for utterance in utterances:
        assert utterance.intent == "orderDrink"
        assert all(s.words(utterance.text) for s in utterance.slots)
        assert len({s.name for s in utterance.slots}) == len(utterance.slots)
