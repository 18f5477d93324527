"""The journal: every line whole, whatever stops the writer, and nobody else's file touched."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.errors import DataError
from mondegreen.jobs.journal import Journal

rows = st.lists(
    st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), st.integers()), max_size=5
)


@given(rows, rows, st.integers(0, 40))
def test_a_half_line_is_taken_away(
    tmp_path_factory: pytest.TempPathFactory, first: list[object], second: list[object], cut: int
) -> None:
    path = tmp_path_factory.mktemp("journal") / "log.jsonl"
    with Journal(path) as journal:
        for row in first:
            journal.append(row)
    with path.open("ab") as file:
        file.write(json.dumps({"k" * 50: "ü" * 9}).encode()[:cut])
    with Journal(path) as journal:
        assert list(journal.entries()) == first
        for row in second:
            journal.append(row)
        assert list(journal.entries()) == first + second
    assert path.read_bytes().count(b"\n") == len(first + second)


def test_long_lines_are_found_from_behind(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    long = {"text": "x" * 200_000}
    with Journal(path) as journal:
        journal.append(long)
        journal.append(long)
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    assert list(Journal(path).entries()) == [long]
    path.write_bytes(whole[:150_000])
    assert list(Journal(path).entries()) == []


def test_other_files_are_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    for text in ("buy milk", "- buy milk\n- and bread", '{"id": 1}\n{"id"'):
        path.write_text(text)
        with pytest.raises(DataError, match=r"notes\.txt:1: .* name another file"):
            Journal(path, begins=b'{"audio"')
        assert path.read_text() == text
    path.write_text('{"audio": "a"}\nbuy milk\n')
    with pytest.raises(DataError, match=r"notes\.txt:2: .*not JSON"):
        list(Journal(path, begins=b'{"audio"').entries())


def test_no_entry_no_file(tmp_path: Path) -> None:
    with Journal(tmp_path / "log.jsonl") as journal:
        assert list(journal.entries()) == []
    assert not any(tmp_path.iterdir())


WRITER = """
import sys
from pathlib import Path
from mondegreen.jobs.journal import Journal
with Journal(Path(sys.argv[1])) as journal:
    for number in range(int(sys.argv[2])):
        journal.append({"number": number, "text": "x" * 300})
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX limits")
def test_a_full_disk_takes_nothing_of_a_line(tmp_path: Path) -> None:
    # The limit on the size of files stands in for a full disk: both take the first half of a write.
    path = tmp_path / "log.jsonl"
    script = 'ulimit -f 2; exec "$@"'
    done = subprocess.run(
        ["sh", "-c", script, "sh", sys.executable, "-c", WRITER, str(path), "99"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "OSError" in done.stderr
    assert path.read_bytes().endswith(b'"}\n')
    assert path.stat().st_size < 2 * 1024  # the next line did not fit
    numbers = [row["number"] for row in Journal(path).entries()]
    assert numbers == list(range(len(numbers)))
    assert numbers


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_killed_writer_goes_on_behind_its_last_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path), "100000000"])
    while not path.exists() or path.stat().st_size < 1_000_000:
        time.sleep(0.01)
        assert writer.poll() is None
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    with Journal(path) as journal:
        count = sum(1 for _ in journal.entries())
        journal.append({"number": count, "text": "and on"})
        assert [row["number"] for row in journal.entries()] == list(range(count + 1))
