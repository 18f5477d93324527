"""The importer of STOP and its reader of nested trees."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st

from mondegreen.data.importers.importer import read
from mondegreen.data.importers.stop import parse_tree
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError
from mondegreen.jobs.problems import Problems

COLUMNS = (
    "file_id", "domain", "gender", "native", "utterance", "seqlogical", "normalized_utterance",
    "normalized_seqlogical", "decoupled_normalized_seqlogical",
)  # fmt: skip
GAME = "[IN:GET_DIRECTIONS way to [SL:DESTINATION [IN:GET_EVENT the [SL:NAME_EVENT eagles ] [SL:CAT_EVENT game ] ] ] ]"  # noqa: E501
GAME_ONLY = "[IN:GET_DIRECTIONS [SL:DESTINATION [IN:GET_EVENT [SL:NAME_EVENT eagles ] [SL:CAT_EVENT game ] ] ] ]"  # noqa: E501


def row(file: str, text: str, tree: str, decoupled: str, domain: str = "weather") -> list[str]:
    return [file, domain, "female", "yes", text.title(), tree.title(), text, tree, decoupled]


WEATHER = row(
    "train_0/weather_train/00000001.wav", "what's it like in oslo",
    "[IN:GET_WEATHER what 's it like in [SL:LOCATION oslo ] ]",
    "[IN:GET_WEATHER [SL:LOCATION oslo ] ]",
)  # fmt: skip
DIRECTIONS = row(
    "test_1/navigation_test_1/00000007.wav", "way to the eagles game", GAME, GAME_ONLY, "navigation"
)


def write(folder: Path, split: str, *rows: list[str]) -> None:
    (folder / "manifests").mkdir(parents=True, exist_ok=True)
    text = "".join("\t".join(cells) + "\n" for cells in (list(COLUMNS), *rows))
    (folder / f"manifests/{split}.tsv").write_text(text, encoding="utf-8")


def sound(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    sf.write(path, np.zeros(1600, np.int16), 16_000)


def load(folder: Path, problems: Problems | None = None) -> list[Utterance]:
    return list(read("stop", folder, Problems() if problems is None else problems))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As the archive unpacks: the test's folders are not named as its manifest says."""
    write(tmp_path, "train", WEATHER)
    write(tmp_path, "test", DIRECTIONS)
    sound(tmp_path / "train_0/weather_train/00000001.wav")
    sound(tmp_path / "test_1/navigation_test/00000007.wav")
    return tmp_path


def test_the_splits_with_their_places_and_meanings(folder: Path) -> None:
    weather, game = load(folder)
    assert weather == Utterance(
        "train_0/weather_train/00000001", audio="train_0/weather_train/00000001.wav",
        text="what's it like in oslo", intent="GET_WEATHER", split="train",
        slots=(SlotLabel("LOCATION", "oslo", 18, 22),),
        meta={"domain": "weather", "gender": "female", "native": "yes",
              "utterance": "What'S It Like In Oslo", "parse": WEATHER[-1]},
    )  # fmt: skip
    assert (game.id, game.split) == ("test_1/navigation_test_1/00000007", "test")
    assert game.audio == "test_1/navigation_test/00000007.wav"
    assert (game.intent, game.slots) == (
        "GET_DIRECTIONS", (SlotLabel("DESTINATION", "the eagles game", 7, 22),)
    )  # fmt: skip
    inner = [{"name": "NAME_EVENT", "value": "eagles"}, {"name": "CAT_EVENT", "value": "game"}]
    assert game.meta["nested"] == [
        {"slot": "DESTINATION", "intents": [{"intent": "GET_EVENT", "slots": inner}]}
    ]


def test_a_folder_above_is_found_and_paths_start_there(folder: Path, tmp_path: Path) -> None:
    above = tmp_path / "above"
    above.mkdir()
    for name in ("manifests", "train_0", "test_1"):
        (folder / name).rename(above / name)
    above.rename(tmp_path / "stop")
    assert load(tmp_path)[1].audio == "stop/test_1/navigation_test/00000007.wav"


def test_the_decoupled_tree_serves_where_there_is_no_other(folder: Path) -> None:
    write(folder, "train", [*WEATHER[:7], "", WEATHER[8]])
    assert load(folder)[0].slots == (SlotLabel("LOCATION", "oslo", 18, 22),)
    write(folder, "train", [*WEATHER[:6], "how is it", "", WEATHER[8]])
    assert load(folder)[0].slots == (SlotLabel("LOCATION", "oslo"),)


def test_recordings_without_a_tree_are_left_out_and_counted(folder: Path) -> None:
    write(folder, "train", [*WEATHER[:7], "", ""])
    problems = Problems()
    assert [u.split for u in load(folder, problems)] == ["test"]
    assert problems.notes == ["1 recordings without a tree were left out"]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({0: ""}, "the cell of file_id is empty"),
        ({6: ""}, "the cell of normalized_utterance is empty"),
        ({7: "[IN:GET_WEATHER oslo"}, "lacks 1 closing"),
        ({7: "oslo"}, "found 'oslo', expected [IN:NAME"),
        ({4: '"What'}, "a quotation mark left open"),
    ],
)
def test_a_broken_row_is_named_and_can_be_skipped(
    folder: Path, cells: dict[int, str], reason: str
) -> None:
    broken = [cells.get(n, cell) for n, cell in enumerate(WEATHER)]
    write(folder, "train", WEATHER, broken)
    with pytest.raises(DataError, match=r"manifests/train\.tsv:3: ") as error:
        load(folder)
    assert reason in str(error.value)
    problems = Problems(skip=True)
    assert len(load(folder, problems)) == 2
    assert [problem.place for problem in problems.rows] == ["manifests/train.tsv:3"]


def test_a_missing_recording_and_a_second_row_of_the_same(folder: Path) -> None:
    write(folder, "train", WEATHER, WEATHER)
    with pytest.raises(DataError, match=r"the id .* occurs twice"):
        load(folder)
    write(folder, "train", WEATHER)
    (folder / "test_1/navigation_test/00000007.wav").unlink()
    with pytest.raises(DataError, match=r"tsv:\d+: the recording .*00000007\.wav is missing"):
        load(folder)


def test_a_folder_of_another_format(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"found no manifests/train\.tsv"):
        load(tmp_path)
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests/train.tsv").write_text("a\tb\n")
    with pytest.raises(DataError, match="found the columns a, b, expected file_id"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        (" ", "the tree is empty"),
        ("[IN:A [IN:B c ] ]", "found IN:B in IN:A, expected SL:NAME"),
        ("[IN:A [SL:B [SL:C d ] ] ]", "found SL:C in SL:B, expected IN:NAME"),
        ("[SL:A b ]", "found SL:A at the top, expected IN:NAME"),
        ("[IN:A [SL:B ] ]", "the slot 'B' has no words"),
        ("[IN:A b ] ]", "found ']' after the end"),
        ("[IN:A b [ c ] ]", "found '[ c ] ]', expected [IN:NAME"),
        ("[IN:A [SL:B " * 40, "more than 32"),
    ],
)
def test_what_is_no_tree(tree: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        parse_tree(tree)


NAMES = st.sampled_from(["LOCATION", "DATE_TIME", "TODO"])
WORDS = st.text("abcé'0.,:", min_size=1, max_size=5)


def meanings(depth: int) -> st.SearchStrategy[list[Any]]:
    """An intent as a list of words and of (slot name, words or an intent)."""
    filler: st.SearchStrategy[Any] = st.lists(WORDS, min_size=1, max_size=3)
    if depth:
        filler = filler | meanings(depth - 1)
    return st.lists(WORDS | st.tuples(NAMES, filler), min_size=1, max_size=4)


def spell(meaning: list[Any]) -> tuple[str, list[str]]:
    """The tree of a meaning, and its words."""
    tree, words = ["[IN:GET_X"], []
    for part in meaning:
        if isinstance(part, str):
            tree.append(part)
            words.append(part)
            continue
        name, filler = part
        plain = all(isinstance(item, str) for item in filler)
        inner, filler_text = (" ".join(filler), filler) if plain else spell(filler)
        tree += [f"[SL:{name}", inner, "]"]
        words += filler_text
    return " ".join([*tree, "]"]), words


@settings(deadline=None)
@given(meanings(2))
def test_a_tree_gives_back_its_words_and_slots(meaning: list[Any]) -> None:
    tree, words = spell(meaning)
    plain, root = parse_tree(tree)
    assert plain == " ".join(words)
    expected = [(name, filler) for name, filler in (p for p in meaning if not isinstance(p, str))]
    assert [node.name for node in root.children] == [name for name, _ in expected]
    for node, (_, filler) in zip(root.children, expected, strict=True):
        flat = all(isinstance(item, str) for item in filler)
        assert plain[node.start : node.end] == " ".join(filler if flat else spell(filler)[1])
        assert bool(node.children) is not flat


@settings(deadline=None)
@given(st.text("[]INSL: ab\n", max_size=40))
def test_any_text_is_a_tree_or_a_value_error(text: str) -> None:
    try:
        plain, root = parse_tree(text)
    except ValueError:
        return
    assert text.split(maxsplit=1)[0].startswith("[IN:")
    assert (root.kind, root.start, root.end) == ("IN", 0, len(plain))
