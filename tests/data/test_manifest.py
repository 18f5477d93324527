"""The manifest: what is written is read, views agree with lists, bad rows are named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.data.manifest import Manifest, outside, to_line, write_manifest
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError
from mondegreen.jobs.problems import Problems

names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)
utterances = st.builds(
    Utterance,
    id=names,
    text=st.text(max_size=30),
    intent=st.none() | names,
    split=st.sampled_from([None, "train", "test"]),
    duration=st.none() | st.floats(0.001, 1e5),
    start=st.floats(0, 1e5),
    lang=st.sampled_from(["en", "de"]),
    slots=st.lists(
        st.builds(SlotLabel, name=names, value=names | st.integers() | st.booleans()), max_size=3
    ).map(tuple),
    meta=st.dictionaries(names, st.integers(-5, 5) | names, max_size=2),
)


@given(st.lists(utterances, min_size=1, max_size=8, unique_by=lambda u: u.id))
def test_what_is_written_is_read(rows: list[Utterance]) -> None:
    manifest = Manifest.of(rows)
    assert list(manifest) == rows
    assert [manifest[i] for i in range(-len(rows), len(rows))] == rows + rows
    assert list(manifest[1:]) == rows[1:]
    assert list(manifest[::-1]) == rows[::-1]
    assert list(manifest.where(split="train")) == [u for u in rows if u.split == "train"]
    assert list(manifest.where(split=None)) == [u for u in rows if u.split is None]
    assert list(manifest.filter(lambda u: u.lang == "de")) == [u for u in rows if u.lang == "de"]
    assert sorted(manifest.shuffled(3), key=lambda u: u.id) == sorted(rows, key=lambda u: u.id)


@given(utterances)
def test_an_utterance_has_one_spelling(utterance: Utterance) -> None:
    line = to_line(utterance)
    (again,) = Manifest.of([utterance])
    assert to_line(again) == line
    assert line.count(b"\n") == 1


def test_files_are_lazy_views(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    rows = [Utterance(id=f"u{i}", intent=f"i{i % 3}", split="train") for i in range(100)]
    assert write_manifest(path, rows) == 100
    manifest = Manifest.open(path)
    assert len(manifest) == 100
    assert manifest.column("intent")[:4] == ["i0", "i1", "i2", "i0"]
    both = manifest.where(intent=("i0", "i1"), split="train")
    assert len(both) == 67
    assert both[:2].where(intent="i1")[0].id == "u1"
    assert manifest.digest() != both.digest()
    assert manifest.root == tmp_path


def test_blank_lines_and_a_missing_newline_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text('{"id":"a"}\n\n   \r\n{"id":"b","text":"ü"}')
    assert [u.id for u in Manifest.open(path)] == ["a", "b"]


BAD_LINES = {
    "not json": "not JSON",
    '{"id":"x"': "not JSON",
    "[1]": "not a manifest row",
    '{"text":"no id"}': "missing required field `id`",
    '{"id":"x","intnet":"y"}': "unknown field `intnet`",
    '{"id":"x","text":5}': "expected `str`, got `int`",
    '{"id":""}': "id is empty",
    '{"id":"x","audio":"/etc/passwd"}': "outside",
    '{"id":"x","audio":"a/../../b.wav"}': "outside",
    '{"id":"x","audio":"C:\\\\b.wav"}': "outside",
    '{"id":"x","duration":0}': "duration",
    '{"id":"x","start":-1}': "start",
    '{"id":"x","text":"ab","slots":[{"name":"s","value":"b","start":1,"end":3}]}': "slot 's'",
    '{"id":"a"}': "is that of line 1",
}


@pytest.mark.parametrize("line", BAD_LINES)
def test_bad_rows_are_named_or_skipped(tmp_path: Path, line: str) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text(f'{{"id":"a"}}\n{line}\n{{"id":"c"}}\n')
    with pytest.raises(DataError, match=r"m\.jsonl:2: ") as caught:
        Manifest.open(path).checked()
    assert BAD_LINES[line] in str(caught.value)
    problems = Problems(skip=True)
    good = Manifest.open(path, problems).checked()
    assert [u.id for u in good] == ["a", "c"]
    assert len(problems) == 1
    problems.write(tmp_path / "skipped.jsonl")
    row = json.loads((tmp_path / "skipped.jsonl").read_text())
    assert row["place"].endswith("m.jsonl:2")
    assert BAD_LINES[line] in row["reason"]


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_bytes(b'{"id":"a","text":"\xff\xfe"}\n')
    with pytest.raises(DataError, match=r"m\.jsonl:1"):
        list(Manifest.open(path))


def test_no_manifest(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such manifest"):
        Manifest.open(tmp_path / "missing.jsonl")
    with pytest.raises(DataError, match="folder"):
        Manifest.open(tmp_path)
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(DataError, match="no utterance"):
        Manifest.open(tmp_path / "empty.jsonl")


def test_writing_is_all_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    write_manifest(path, [Utterance(id="a")])
    with pytest.raises(DataError, match="same id"):
        write_manifest(path, [Utterance(id="b"), Utterance(id="b")])
    with pytest.raises(DataError, match="outside"):
        write_manifest(path, [Utterance(id="b", audio="../x.wav")])
    assert [u.id for u in Manifest.open(path)] == ["a"]
    assert [p.name for p in tmp_path.iterdir()] == ["m.jsonl"]


@given(st.lists(st.sampled_from(["a", "b.wav", "..", "."]), min_size=1, max_size=4))
def test_only_paths_that_climb_are_outside(parts: list[str]) -> None:
    assert (outside("/".join(parts)) is not None) == (".." in parts)
