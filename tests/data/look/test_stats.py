"""Counts of what is in a manifest, against counts by hand, and pictures that can be read."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.data.look.plots import plot
from mondegreen.data.look.stats import (
    Described,
    Stats,
    describe,
    effective,
    histogram,
    short_names,
    together,
)
from mondegreen.data.manifest import write_manifest
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError, MissingExtra
from mondegreen.text.tokens import words


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    sf.write(tmp_path / "a.wav", np.zeros(24_000, np.float32), 16_000)
    rows = [
        Utterance("1", audio="a.wav", text="Play jazz", intent="play", split="train", speaker="ann",
                  slots=(SlotLabel("genre", "jazz", 5, 9),)),
        Utterance("2", audio="a.wav", start=0.5, text="play, Jazz!", intent="play", split="test",
                  slots=(SlotLabel("genre", "Jazz", 6, 10),)),
        Utterance("3", audio="b.wav", duration=4.0, text="stop it now", intent="stop",
                  speaker="bob", split="train",
                  slots=(SlotLabel("n", 2), SlotLabel("genre", "jazz"))),
        Utterance("4", audio="missing.wav", intent="play", split="train"),
        Utterance("5", text="hello there", split="dev"),
    ]  # fmt: skip
    write_manifest(tmp_path / "m.jsonl", rows)
    return tmp_path / "m.jsonl"


def test_counts(manifest: Path) -> None:
    statistics = describe(manifest)
    assert statistics.whole.to_json() == {
        "utterances": 5,
        "hours": round((1.5 + 1.0 + 4.0) / 3600, 4),
        "seconds": {"mean": 2.167, "median": 1.5, "max": 4.0},
        "unknown_durations": 1,
        "words": 9,
        "vocabulary": 7,
        "sentences": 3,
        "speakers": 2,
        "intents": {"play": 3, "stop": 1},
        "effective_intents": round(float(np.exp(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25)))), 3),
        "slots": {"genre": {"mentions": 3, "values": 2}, "n": {"mentions": 1, "values": 1}},
    }
    assert list(statistics.splits) == ["train", "test", "dev"]
    assert [part.utterances for part in statistics.splits.values()] == [3, 1, 1]
    assert statistics.splits["dev"].to_json()["seconds"] == {
        "mean": None,
        "median": None,
        "max": None,
    }


def test_rows_that_cannot_be_used_are_counted_and_left_out(manifest: Path) -> None:
    manifest.write_bytes(manifest.read_bytes() + b"{}\n")
    statistics = describe(manifest)
    assert (statistics.skipped, statistics.whole.utterances) == (1, 5)


def test_splits_and_rows_without_one(tmp_path: Path) -> None:
    write_manifest(tmp_path / "m.jsonl", [Utterance("1"), Utterance("2", split="train")])
    assert list(describe(tmp_path / "m.jsonl").columns()) == ["all", "train", "(none)"]
    write_manifest(tmp_path / "m.jsonl", [Utterance("1")])
    assert list(describe(tmp_path / "m.jsonl").columns()) == ["all"]


texts = st.lists(
    st.tuples(st.sampled_from(["a b", "A b!", "c", ""]), st.integers(0, 3)), max_size=20
)


@given(texts)
def test_parts_add_up(rows: list[tuple[str, int]]) -> None:
    parts = [Stats() for _ in range(4)]
    whole = Stats()
    for number, (text, part) in enumerate(rows):
        utterance = Utterance(str(number), text=text, intent=text, speaker=str(part))
        for stats in (parts[part], whole):
            stats.add(utterance, None, words(text))
    assert together(parts).to_json() == whole.to_json()


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=20))
def test_effective_number_lies_between_one_and_all(counts: list[int]) -> None:
    number = effective(np.array(counts))
    assert 1 - 1e-9 <= number <= len(counts) + 1e-9
    assert effective(np.full(len(counts), 7)) == pytest.approx(len(counts))


def test_histogram_keeps_what_lies_beyond_in_the_last_bin() -> None:
    shares = histogram([0.5, 1.5, 99.0, 2.5], np.array([0.0, 1.0, 2.0, 3.0]))
    assert shares.tolist() == [0.25, 0.25, 0.5]


def test_names_tell_manifests_apart() -> None:
    def named(*names: str) -> list[str]:
        return short_names([Described(name, {}, Stats(), 0) for name in names])

    assert named("x/a.jsonl", "x/b.jsonl") == ["a", "b"]
    assert named("x/a.jsonl", "y/a.jsonl", "b.jsonl") == ["x/a", "y/a", "b"]


def large(name: str, seed: int, intents: int) -> Described:
    """A data set whose intents and words have uneven frequencies."""
    draw = np.random.default_rng(seed)
    stats = Stats()
    for number in range(500):
        text_words = [f"w{w}" for w in draw.zipf(1.5, draw.integers(1, 15)) if w < 1e6]
        intent = f"intent-{min(draw.zipf(1.6), intents)}-with-a-name-that-is-far-too-long-to-show"
        slots = (SlotLabel(f"slot{draw.integers(5)}", int(draw.zipf(1.5))),)
        utterance = Utterance(str(number), audio="x", intent=intent, slots=slots)
        stats.add(utterance, float(draw.gamma(4)), text_words)
    return Described(name, {}, stats, 0)


PICTURES = {
    "durations.png", "intents.png", "slots.png", "word-frequencies.png", "words-per-utterance.png",
}  # fmt: skip


@pytest.mark.parametrize("count", [1, 3])
def test_pictures(tmp_path: Path, count: int) -> None:
    from matplotlib import rcParams
    from matplotlib.image import imread

    before = dict(rcParams)
    manifests = [large(f"{n}.jsonl", n, 50) for n in range(count)]
    written = plot(manifests, tmp_path / "new" / "folder")
    assert {path.name for path in written} == PICTURES
    for path in written:
        picture = imread(path)
        assert picture.shape[0] >= 250
        assert picture.shape[1] >= 900
        assert 0.005 < (picture[..., :3].min(axis=2) < 0.9).mean() < 0.8, "empty, or full of ink"
    assert dict(rcParams) == before


def test_nothing_is_drawn_of_what_is_not_there(tmp_path: Path) -> None:
    stats = Stats(utterances=1, intents=Counter(["play"]))
    written = plot([Described("m.jsonl", {}, stats, 0)], tmp_path)
    assert [path.name for path in written] == ["intents.png"]
    assert [path.name for path in tmp_path.iterdir()] == ["intents.png"]


def test_pictures_need_a_folder_and_matplotlib(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="expected a folder"):
        plot([], tmp_path / "file")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r"plots needs .*mondegreen\[lab\]"):
        plot([], tmp_path)
