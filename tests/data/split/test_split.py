"""Splits by sentence and by speaker: nothing is shared, sizes are near, the order is no matter."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mondegreen.data.manifest import Manifest, write_manifest
from mondegreen.data.split.split import (
    PAIR,
    Divided,
    audio_prefix,
    by_sentence,
    by_speaker,
    moved,
    parse_shares,
    refuse_old_splits,
)
from mondegreen.data.utterance import Utterance
from mondegreen.errors import DataError, SettingsError
from mondegreen.text.tokens import words

SHARES = {"train": 0.8, "dev": 0.1, "test": 0.1}


def corpus(seed: int, size: int) -> list[Utterance]:
    """Sentences that occur in two spellings, of several intents and speakers."""
    draw = random.Random(seed)
    texts = ("Say number {}, please", "SAY NUMBER {} PLEASE")
    return [
        Utterance(
            id=f"u{i}",
            text=draw.choice(texts).format(draw.randrange(60)),
            intent=draw.choice((None, "a", "b", "c")),
            speaker=draw.choice("ABCDEFGH"),
        )
        for i in range(size)
    ]


corpora = st.builds(corpus, st.integers(0, 10**6), st.integers(20, 300))
"""Drawn from a number: hypothesis takes seconds to make hundreds of rows one by one."""
unhurried = settings(deadline=None, max_examples=50)


def sizes(splits: dict[str, str]) -> dict[str, float]:
    counts = Counter(splits.values())
    return {name: count / len(splits) for name, count in counts.items()}


@unhurried
@given(corpora, st.integers(0, 5), st.randoms(use_true_random=False))
def test_no_sentence_is_in_two_splits(
    rows: list[Utterance], seed: int, order: random.Random
) -> None:
    try:
        splits = by_sentence(rows, SHARES, seed)
    except DataError as error:
        assume("nothing is left" not in str(error))
        raise
    assert splits.keys() == {row.id for row in rows}
    assert set(splits.values()) == set(SHARES)
    places = defaultdict(set)
    for row in rows:
        places[" ".join(words(row.text))].add(splits[row.id])
    assert all(len(splits_of_one) == 1 for splits_of_one in places.values())
    shuffled = rows[:]
    order.shuffle(shuffled)
    assert by_sentence(shuffled, SHARES, seed) == splits


@unhurried
@given(st.integers(100, 400), st.integers(1, 6), st.integers(1, 4), st.integers(0, 9))
def test_every_intent_is_divided_as_the_whole(
    sentences: int, intents: int, speakers: int, seed: int
) -> None:
    rows = [
        Utterance(id=f"{i}-{k}", text=f"sentence {i}", intent=f"intent{i % intents}")
        for i in range(sentences)
        for k in range(speakers)
    ]
    splits = by_sentence(rows, SHARES, seed)
    counts: Counter[tuple[str | None, str]] = Counter((r.intent, splits[r.id]) for r in rows)
    totals = Counter(row.intent for row in rows)
    for intent, total in totals.items():
        for name, share in SHARES.items():
            # Rounding to whole sentences, once here and once carried from the intent before.
            assert abs(counts[intent, name] - share * total) <= 3 * speakers
    for name, share in SHARES.items():
        assert abs(sizes(splits)[name] - share) * len(rows) <= 2 * speakers


def test_an_intent_of_one_sentence_is_trained() -> None:
    rows = [Utterance(id=f"c{i}", text=f"common {i}", intent="common") for i in range(50)]
    rows += [Utterance(id=f"r{i}", text=f"rare {i}", intent=f"rare{i}") for i in range(50)]
    splits = by_sentence(rows, SHARES, 1)
    assert {splits[f"r{i}"] for i in range(50)} == {"train"}
    common = Counter(splits[f"c{i}"] for i in range(50))
    assert common == {"train": 40, "dev": 5, "test": 5}


def test_mixtures_stay_with_the_voices_in_them() -> None:
    voices = ["kokoro-af_sky", "kokoro-af_sky+bm_george", "kokoro-bm_george", "ann", "bob", "cem"]
    rows = [Utterance(id=f"u{i}", text=f"a {i}", speaker=voices[i % 6]) for i in range(60)]
    for seed in range(20):
        splits = by_speaker(rows, SHARES, seed)
        assert len({splits[row.id] for row in rows if str(row.speaker).startswith("kokoro")}) == 1


def test_the_seed_changes_the_split() -> None:
    rows = [Utterance(id=f"u{i}", text=f"sentence {i}", speaker=f"s{i % 30}") for i in range(300)]
    assert by_sentence(rows, SHARES, 1) != by_sentence(rows, SHARES, 2)
    assert by_speaker(rows, SHARES, 1) != by_speaker(rows, SHARES, 2)


@unhurried
@given(corpora, st.integers(0, 5), st.randoms(use_true_random=False))
def test_no_speaker_is_in_two_splits(
    rows: list[Utterance], seed: int, order: random.Random
) -> None:
    counts = Counter(row.speaker for row in rows)
    assume(len(counts) >= len(SHARES))
    splits = by_speaker(rows, SHARES, seed)
    assert splits.keys() == {row.id for row in rows}
    assert set(splits.values()) == set(SHARES)
    places = defaultdict(set)
    for row in rows:
        places[row.speaker].add(splits[row.id])
    assert all(len(splits_of_one) == 1 for splits_of_one in places.values())
    for name, share in SHARES.items():
        assert abs(sizes(splits)[name] - share) * len(rows) <= 2 * max(counts.values())
    shuffled = rows[:]
    order.shuffle(shuffled)
    assert by_speaker(shuffled, SHARES, seed) == splits


def test_many_speakers_come_near_the_shares() -> None:
    size = random.Random(5)
    rows = [
        Utterance(id=f"{k}-{i}", speaker=f"s{k}")
        for k in range(60)
        for i in range(size.randint(5, 50))
    ]
    counts = sizes(by_speaker(rows, SHARES, 3))
    assert all(abs(counts[name] - share) < 0.005 for name, share in SHARES.items())


def test_what_cannot_be_divided() -> None:
    mixed = [Utterance(id="a", speaker="s"), Utterance(id="b"), Utterance(id="c")]
    with pytest.raises(DataError, match="2 of 3 utterances name no speaker, the first is 'b'"):
        by_speaker(mixed, SHARES, 1)
    with pytest.raises(DataError, match="found 1 speakers for 3 splits"):
        by_speaker(mixed[:1], SHARES, 1)
    with pytest.raises(DataError, match="a: its text has no words"):
        by_sentence([Utterance(id="a", text="?!")], SHARES, 1)
    with pytest.raises(DataError, match="nothing is left for 'dev': 2 different sentences"):
        by_sentence([Utterance(id="a", text="on"), Utterance(id="b", text="off")], SHARES, 1)


def test_shares_are_read() -> None:
    assert parse_shares("train=0.8, dev=.1,test=0.1") == SHARES


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found ''"),
        ("train", "found 'train'"),
        ("train=", "found 'train='"),
        ("=1", "found '=1'"),
        ("train=nan", "found 'train=nan'"),
        ("train=1.2,test=-0.2", "found 'test=-0.2'"),
        ("train=0.5,train=0.5", "found 'train' twice"),
        ("train=0.8,test=0.1", "sums to 0.9, expected 1"),
    ],
)
def test_wrong_shares_are_named(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        parse_shares(text)


def test_old_splits_are_refused() -> None:
    refuse_old_splits(Manifest.of([Utterance(id="a")]))
    rows = [Utterance(id="a", split="test"), Utterance(id="b"), Utterance(id="c", split="train")]
    with pytest.raises(DataError, match=r"2 of 3 .* already \(test 1, train 1\); --replace"):
        refuse_old_splits(Manifest.of(rows))


def test_pairs_of_an_earlier_division_are_forgotten() -> None:
    rows = [Utterance(id="a", split="dev", meta={PAIR: "pair-9", "age": 3}), Utterance(id="b")]
    first, second = Divided(rows, {"a": "train", "b": "test"}, {"b": "pair-1"})
    assert (first.split, first.meta) == ("train", {"age": 3})
    assert (second.split, second.meta) == ("test", {PAIR: "pair-1"})


def test_recordings_are_found_from_a_folder_above(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "spoken"
    folder.mkdir(parents=True)
    rows = [Utterance(id="a", audio="x/a.flac"), Utterance(id="b", text="only words")]
    write_manifest(folder / "m.jsonl", rows)
    manifest = Manifest.open(folder / "m.jsonl")
    assert list(moved(manifest, audio_prefix(manifest, folder / "new.jsonl"))) == rows
    prefix = audio_prefix(manifest, tmp_path / "new.jsonl")
    assert prefix == PurePosixPath("data/spoken")
    assert [row.audio for row in moved(manifest, prefix)] == ["data/spoken/x/a.flac", None]
    (tmp_path / "other").mkdir()
    for out in (tmp_path / "other" / "new.jsonl", folder / "x" / "new.jsonl"):
        with pytest.raises(DataError, match="recordings must lie inside its folder"):
            audio_prefix(manifest, out)
    written = manifest.filter(lambda row: row.audio is None)
    assert audio_prefix(written, tmp_path / "other" / "new.jsonl") == PurePosixPath()
