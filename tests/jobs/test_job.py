"""Resumable work: the same result whatever stops it, and nothing is done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mondegreen.errors import DataError, OutputError
from mondegreen.jobs.files import replacing
from mondegreen.jobs.job import PARTS, Job, Result, clear, finished, run
from mondegreen.jobs.lock import alone
from mondegreen.jobs.problems import Problems


@dataclass(frozen=True)
class Square:
    """Leaves a line in a log for each item it makes, and stops at `stop`."""

    log: str
    stop: int = -1
    bad: int = -1

    def __call__(self, item: int) -> Result:
        if item == self.stop:
            raise KeyboardInterrupt
        if item == self.bad:
            raise DataError(f"{item}: bad luck")
        with Path(self.log).open("a") as file:
            file.write(f"{item}\n")
        return Result({"square": item * item}, bytes([item % 256]) * (item % 5 + 1))


def job(folder: Path, work: Square, count: int = 40, part: int = 4) -> Job[int]:
    return Job(folder, {"n": count}, range(count), count, work, "squares", True, part)


def rows_of(job: Job[int], workers: int = 1, problems: Problems | None = None) -> list[Any]:
    with alone(job.folder, folder=True) as lock:
        return list(run(job, lock, workers=workers, problems=problems or Problems()))


def content(folder: Path) -> dict[str, bytes]:
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


def test_rows_come_in_order_from_any_number_of_workers(tmp_path: Path) -> None:
    results = []
    for workers in (1, 3):
        folder = tmp_path / str(workers)
        work = job(folder, Square(str(tmp_path / f"log{workers}")))
        rows = rows_of(work, workers)
        assert [row["square"] for row in rows] == [i * i for i in range(40)]
        assert rows[7]["file"] == "000001.bin"
        results.append(content(folder))
    assert results[0] == results[1]


@settings(max_examples=20, deadline=None)
@given(stop=st.integers(0, 39), cut=st.integers(0, 60))
def test_a_stopped_run_goes_on(
    tmp_path_factory: pytest.TempPathFactory, stop: int, cut: int
) -> None:
    tmp_path = tmp_path_factory.mktemp("parts")
    log = tmp_path / "log"
    with pytest.raises(KeyboardInterrupt):
        rows_of(job(tmp_path / "a", Square(str(log), stop)))
    # A kill in the middle of writing leaves half a line, and data that no line speaks of.
    for journal in (tmp_path / "a" / PARTS).glob("*.partial"):
        with journal.open("ab") as file:
            file.write(b'{"square": 123456789, "bytes": 1, "file": "nowhere", "and": 4}'[:cut])
        with journal.with_suffix(".bin").open("ab") as file:
            file.write(b"x" * cut)
    (tmp_path / "a" / "audio").mkdir()
    (tmp_path / "a" / "audio" / ".mondegreen-x9c.part").write_bytes(b"fLaC")
    rows = rows_of(job(tmp_path / "a", Square(str(log))))
    rows_of(job(tmp_path / "b", Square(str(tmp_path / "log2"))))
    assert [row["square"] for row in rows] == [i * i for i in range(40)]
    assert content(tmp_path / "a") == content(tmp_path / "b")
    assert sorted(map(int, log.read_text().split())) == list(range(40))


def test_bad_items_stop_the_run_or_are_listed(tmp_path: Path) -> None:
    log = str(tmp_path / "log")
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        with pytest.raises(DataError, match="13: bad luck"):
            rows_of(job(folder, Square(log, bad=13)), workers)
        problems = Problems(skip=True)
        rows = rows_of(job(folder, Square(log, bad=13)), workers, problems)
        assert len(rows) == 39
        assert [(p.place, p.reason) for p in problems.rows] == [("13", "bad luck")]


@dataclass(frozen=True)
class Write:
    """Writes a file for each item."""

    folder: Path

    def __call__(self, item: int) -> Result:
        with replacing(self.folder / f"{item}.txt") as temporary:
            temporary.write_text(str(item))
        return Result({})


def test_a_place_that_takes_no_files_makes_no_item_bad(tmp_path: Path) -> None:
    (tmp_path / "no").touch()
    for workers in (1, 2):
        work = Job(
            tmp_path / str(workers), {}, range(9), 9, Write(tmp_path / "no"), "files", part=3
        )
        with pytest.raises(OutputError, match=r"0\.txt: .*no is a file, not a folder"):
            rows_of(work, workers, Problems(skip=True))


@dataclass(frozen=True)
class LateAndBad:
    """All items from the fifth on are bad; the fifth is slow to say so."""

    def __call__(self, item: int) -> Result:
        if item < 4:
            return Result({})
        time.sleep(0.5 if item == 4 else 0)
        raise DataError(f"{item}: bad")


def test_the_first_bad_item_is_named_whoever_is_faster(tmp_path: Path) -> None:
    for workers in (1, 3):
        work = Job(tmp_path / str(workers), {}, range(20), 20, LateAndBad(), "late", part=4)
        with pytest.raises(DataError, match="4: bad"):
            rows_of(work, workers)


def test_a_folder_belongs_to_its_recipe(tmp_path: Path) -> None:
    work = job(tmp_path / "a", Square(str(tmp_path / "log")))
    rows_of(work)
    clear(tmp_path / "a")
    assert finished(tmp_path / "a", {"n": 40}, "recipe.json")
    with pytest.raises(DataError, match="n: 40 there, 41 now"):
        rows_of(job(tmp_path / "a", Square("log"), 41))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mine.txt").touch()
    with pytest.raises(DataError, match="holds other files"):
        rows_of(job(tmp_path / "b", Square("log")))


@dataclass(frozen=True)
class Slow:
    """Takes a tenth of a second and leaves a file behind."""

    folder: str

    def __call__(self, item: int) -> Result:
        time.sleep(0.1)
        Path(self.folder, str(item)).touch(exist_ok=False)
        return Result({"item": item})


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    """After kill -9 a second run must not meet the first one's workers in the same journal."""
    done = tmp_path / "done"
    done.mkdir()
    script = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from pathlib import Path\n"
        "from test_job import Job, Slow, rows_of\n"
        "if __name__ == '__main__':\n"
        f"    job = Job(Path({str(tmp_path / 'out')!r}), {{}}, range(40), 40, Slow({str(done)!r}),"
        " 'slow', part=4)\n"
        "    print(len(rows_of(job, 2)))\n"
    )
    path = tmp_path / "slow.py"
    path.write_text(script)
    first = subprocess.Popen([sys.executable, str(path)], stderr=subprocess.DEVNULL)
    while len(list(done.iterdir())) < 6:
        time.sleep(0.02)
        assert first.poll() is None
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    # An item that was made but not journalled is made again: at most one for each worker.
    journalled = sum(
        len(p.read_bytes().splitlines()) for p in (tmp_path / "out" / PARTS).glob("*.*l")
    )
    time.sleep(0.5)
    numbers = {int(p.name) for p in done.iterdir()}
    assert len(numbers) - journalled <= 2
    kept = {
        int(line.split(b":")[1].rstrip(b"} "))
        for p in (tmp_path / "out" / PARTS).glob("*.*l")
        for line in p.read_bytes().splitlines()
    }
    for item in numbers - kept:
        (done / str(item)).unlink()
    again = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, timeout=60, check=True
    )
    assert again.stdout.strip() == "40"
