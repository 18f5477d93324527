"""The importer of the Snips NLU benchmark."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mondegreen.data.importers.importer import read
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError
from mondegreen.jobs.problems import Problems

REAL = Path(__file__).parents[4] / "shared/data/snips-nlu"


def piece(text: str, entity: str | None = None) -> dict[str, str]:
    return {"text": text} | ({"entity": entity} if entity else {})


def write(path: Path, intent: str, *sentences: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"data": s} if isinstance(s, list) else s for s in sentences]
    path.write_text(json.dumps({intent: rows}, ensure_ascii=False), encoding="utf-8")


def load(folder: Path, *, skip: bool = False, partial: bool = True) -> list[Utterance]:
    return list(read("snips-nlu", folder, Problems(skip=skip), partial=partial))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(
        tmp_path / "PlayMusic/train_PlayMusic_full.json", "PlayMusic",
        [piece("Play "), piece("Música ", "track"), piece("  by "), piece("Brel", "artist"),
         piece(" \n")],
        [piece(" "), piece(" next", "sort"), piece(" song")],
    )  # fmt: skip
    write(tmp_path / "PlayMusic/train_PlayMusic.json", "PlayMusic", [piece("a part of it")])
    write(tmp_path / "PlayMusic/validate_PlayMusic.json", "PlayMusic", [piece("play it")])
    return tmp_path


def test_full_files_are_preferred_and_spans_hold_after_trimming(folder: Path) -> None:
    first, second, third = load(folder)
    assert first.id == "train-PlayMusic-0001"
    assert first.text == "Play Música   by Brel"
    assert first.slots == (SlotLabel("track", "Música", 5, 11), SlotLabel("artist", "Brel", 17, 21))
    assert (second.text, second.slots) == ("next song", (SlotLabel("sort", "next", 0, 4),))
    assert (third.split, third.intent, third.text) == ("validate", "PlayMusic", "play it")


def test_without_a_full_file_the_small_one_is_read(folder: Path) -> None:
    (folder / "PlayMusic/train_PlayMusic_full.json").unlink()
    assert [u.text for u in load(folder, partial=False)] == ["a part of it", "play it"]


def test_an_emoji_in_two_halves_is_whole_again(tmp_path: Path) -> None:
    write(tmp_path / "train_PlayMusic_full.json", "PlayMusic", [piece("Pizza @", "playlist")])
    path = tmp_path / "train_PlayMusic_full.json"
    path.write_bytes(path.read_bytes().replace(b"@", b"\xed\xa0\xbc\xed\xbd\x95"))
    (only,) = load(tmp_path)
    assert only.text == "Pizza 🍕"
    assert only.slots == (SlotLabel("playlist", "Pizza 🍕", 0, 7),)
    path.write_bytes(path.read_bytes().replace(b"\xed\xa0\xbc\xed\xbd\x95", b"\xe9"))
    assert load(tmp_path)[0].text == "Pizza \ufffd"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"data": []}, 'expected {"data"'),
        ({"text": "play"}, 'expected {"data"'),
        ([{"entity": "artist"}], "found the piece"),
        ([piece("play "), piece(" ", "artist")], "the slot 'artist' has no words"),
        ([piece("  ")], "the sentence has no words"),
    ],
)
def test_a_broken_row_is_named_and_can_be_skipped(tmp_path: Path, row: Any, reason: str) -> None:
    write(tmp_path / "train_PlayMusic_full.json", "PlayMusic", [piece("play it")], row)
    with pytest.raises(DataError, match=r"train_PlayMusic_full\.json:2: ") as error:
        load(tmp_path)
    assert reason in str(error.value)
    assert [u.id for u in load(tmp_path, skip=True)] == ["train-PlayMusic-0001"]


def test_a_part_of_the_benchmark_is_not_taken_for_the_whole(folder: Path) -> None:
    with pytest.raises(DataError, match=r"2 in train where it states 13,784; 1 in validate"):
        load(folder, partial=False)


def test_a_folder_of_another_format(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"found no file such as train_PlayMusic_full\.json"):
        load(tmp_path)
    (tmp_path / "train_PlayMusic_full.json").write_text("{")
    with pytest.raises(DataError, match="is not JSON"):
        load(tmp_path)
    write(tmp_path / "train_PlayMusic_full.json", "RateBook", [piece("a")])
    with pytest.raises(DataError, match="found RateBook, expected 'PlayMusic' with a list"):
        load(tmp_path)


@pytest.mark.skipif(not REAL.is_dir(), reason="the benchmark is not beside the project")
def test_the_benchmark_itself() -> None:
    problems = Problems()
    utterances = list(read("snips-nlu", REAL, problems))
    assert Counter(u.split for u in utterances) == {"train": 13_784, "validate": 700}
    assert Counter(u.intent for u in utterances if u.split == "train") == {
        "AddToPlaylist": 1942, "BookRestaurant": 1973, "GetWeather": 2000, "PlayMusic": 2000,
        "RateBook": 1956, "SearchCreativeWork": 1954, "SearchScreeningEvent": 1959,
    }  # fmt: skip
    assert not problems.rows
    assert all(s.value == s.words(u.text) for u in utterances for s in u.slots)
    assert all(u.text == u.text.strip() for u in utterances)
    assert "\ufffd" not in "".join(u.text for u in utterances)
    assert len({s.name for u in utterances for s in u.slots}) == 39
