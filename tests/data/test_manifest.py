"""The manifest: what is written is read, views agree with lists, bad rows are named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread

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
    good = Manifest.open(path).checked(problems)
    assert [u.id for u in good] == ["a", "c"]
    assert len(problems.rows) == 1
    problems.write(tmp_path / "skipped.jsonl")
    row = json.loads((tmp_path / "skipped.jsonl").read_text())
    assert row["place"].endswith("m.jsonl:2")
    assert BAD_LINES[line] in row["reason"]


def test_every_way_to_a_bad_row_raises(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text('{"id":"a"}\nnot json\n{"id":"c"}\n')
    manifest = Manifest.open(path)
    assert len(manifest) == 3
    assert manifest[2].id == "c"
    for meet in (
        lambda: manifest[1], lambda: list(manifest), lambda: list(manifest.places()),
        lambda: manifest.filter(lambda _: True), lambda: manifest.column("intent"),
        lambda: list(manifest.shuffled(1)), manifest.checked,
    ):  # fmt: skip
        with pytest.raises(DataError, match=r"m\.jsonl:2: this line is not JSON"):
            meet()
    good = manifest.checked(Problems(skip=True))
    assert len(good) == len(list(good)) == 2
    assert [good[0].id, good[-1].id] == [u.id for u in good] == ["a", "c"]


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


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX has such files")
def test_a_manifest_is_asked_what_it_is(tmp_path: Path) -> None:
    for wrong, part in (("/dev/zero", "is a device"), ("a\0b", "null"), ("a" * 5_000, "too long")):
        with pytest.raises(DataError, match=part):
            Manifest.open(wrong)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    line = to_line(Utterance(id="a", text="one"))
    writer = Thread(target=pipe.write_bytes, args=[line * 2])
    writer.start()
    assert [utterance.text for utterance in Manifest.open(pipe)] == ["one", "one"]
    writer.join()


def test_a_row_that_nests_without_end_is_a_bad_row(tmp_path: Path) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    path = tmp_path / "manifest.jsonl"
    path.write_text(f'{{"id": "a", "text": "x", "meta": {{"deep": {deep}}}}}\n')
    for read in (list, lambda manifest: manifest.column("intent")):
        with pytest.raises(DataError, match=r"manifest\.jsonl:1: this line is nested too deeply"):
            read(Manifest.open(path))


def test_writing_is_all_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    write_manifest(path, [Utterance(id="a")])
    with pytest.raises(DataError, match="same id"):
        write_manifest(path, [Utterance(id="b"), Utterance(id="b")])
    with pytest.raises(DataError, match="outside"):
        write_manifest(path, [Utterance(id="b", audio="../x.wav")])
    assert [u.id for u in Manifest.open(path)] == ["a"]
    assert [p.name for p in tmp_path.iterdir()] == ["m.jsonl"]


def _many(path: Path) -> list[str]:
    """A manifest of 5 MB, and its ids."""
    ids = [f"u{i}" for i in range(20_000)]
    write_manifest(path, (Utterance(id=name, text="x" * 200) for name in ids))
    return ids


def test_a_manifest_in_use_may_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    ids = _many(path)
    manifest = Manifest.open(path)
    reading = iter(manifest)
    assert next(reading).id == "u0"
    write_manifest(path, [Utterance(id="new")])
    assert [u.id for u in reading] == ids[1:]
    assert [u.id for u in manifest.shuffled(0)[:1]] != ["new"]
    assert [u.id for u in Manifest.open(path)] == ["new"]


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be cut there")
def test_a_manifest_that_is_cut_short_in_use_is_an_error(tmp_path: Path) -> None:
    """Rewriting a file in place cuts it first; a process that maps it dies of SIGBUS."""
    path = tmp_path / "m.jsonl"
    _many(path)
    code = """
import os, sys
from mondegreen.data.manifest import Manifest
from mondegreen.errors import DataError
manifest = Manifest.open(sys.argv[1])
reading = iter(manifest)
next(reading)
os.truncate(sys.argv[1], 100)
for meet in (lambda: list(reading), lambda: manifest[-1], lambda: manifest.column("intent")):
    try:
        meet()
    except DataError as error:
        print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 3
    assert all("m.jsonl: the file was cut short" in line for line in lines)


def test_views_may_be_read_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    ids = _many(path)
    manifest = Manifest.open(path)
    pairs = zip(manifest, manifest[::-1], strict=True)
    assert [(a.id, b.id) for a, b in pairs] == list(zip(ids, ids[::-1], strict=True))
    with ThreadPoolExecutor(4) as pool:
        read = pool.map(lambda seed: {u.id for u in manifest.shuffled(seed)}, range(4))
        assert all(names == set(ids) for names in read)


@given(st.lists(st.sampled_from(["a", "b.wav", "..", "."]), min_size=1, max_size=4))
def test_only_paths_that_climb_are_outside(parts: list[str]) -> None:
    assert (outside("/".join(parts)) is not None) == (".." in parts)


def test_a_byte_order_mark_before_the_first_line_is_none_of_it(tmp_path: Path) -> None:
    """Editors on Windows leave one."""
    plain, marked = tmp_path / "plain.jsonl", tmp_path / "marked.jsonl"
    rows = b"".join(to_line(Utterance(id=f"u{i}", text="stop")) for i in range(3))
    plain.write_bytes(rows)
    marked.write_bytes(b"\xef\xbb\xbf" + rows)
    assert list(Manifest.open(marked)) == list(Manifest.open(plain))
    assert Manifest.open(marked).digest() == Manifest.open(plain).digest()
    assert len(Manifest.open(marked).checked()) == 3
    marked.write_bytes(b"\xef\xbb\xbf\n")
    with pytest.raises(DataError, match="no utterance"):
        Manifest.open(marked)
