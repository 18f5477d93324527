"""The lock: one process at a time on one thing, and none for ever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mondegreen.errors import Busy, DataError
from mondegreen.jobs.lock import LOCK, alone

HOLDER = """
import sys, time
from pathlib import Path
from mondegreen.jobs.lock import alone
with alone(Path(sys.argv[1]), folder=sys.argv[2] == "folder"):
    print("mine", flush=True)
    time.sleep(60)
"""


def holder(target: Path, kind: str) -> subprocess.Popen[str]:
    """A process that has the lock on `target`."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(target), kind], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "mine\n"
    return process


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_second_process_is_told_and_a_killed_one_lets_go(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "results"
    first = holder(target, kind)
    with first:
        with (
            pytest.raises(Busy, match=rf"results: process {first.pid} is working on it"),
            alone(target, folder=kind == "folder"),
        ):
            pass
        os.kill(first.pid, signal.SIGKILL)
    with alone(target, folder=kind == "folder") as lock:
        assert lock.read_text() == str(os.getpid())
    left = [path.name for path in tmp_path.rglob("*")]
    assert left == (["results"] if kind == "folder" else [])


def test_two_names_of_a_file_are_one(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    with (
        alone(tmp_path / "there" / "a.jsonl"),
        pytest.raises(Busy),
        alone(tmp_path / "link" / "a.jsonl"),
    ):
        pass
    with alone(tmp_path / "there" / "a.jsonl"), alone(tmp_path / "there" / "b.jsonl"):
        pass


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(DataError, match="is a file; name a folder"),
        alone(tmp_path / "file", folder=True),
    ):
        pass


TURNS = """
import os, sys, time
from pathlib import Path
from mondegreen.errors import Busy
from mondegreen.jobs.lock import alone
folder = Path(sys.argv[1])
done = 0
while done < 25:
    try:
        with alone(folder / "shared"):
            (folder / "inside").touch(exist_ok=False)  # fails when another is there
            time.sleep(0.001)
            (folder / "inside").unlink()
            done += 1
    except Busy:
        pass
"""


def test_four_processes_take_turns(tmp_path: Path) -> None:
    """Locking, unlocking and deleting the lock file as fast as they can, never two at a time."""
    processes = [subprocess.Popen([sys.executable, "-c", TURNS, str(tmp_path)]) for _ in range(4)]
    assert [process.wait(timeout=120) for process in processes] == [0, 0, 0, 0]
    assert not any(tmp_path.iterdir())


FAMILY = """
import sys, time
from pathlib import Path
from mondegreen.jobs.lock import alone, join
from mondegreen.jobs.processes import processes

def work(folder):
    while True:
        Path(folder, "worker").write_text(str(time.monotonic_ns()))
        time.sleep(0.005)

if __name__ == "__main__":
    with alone(Path(sys.argv[1]), folder=True) as lock, processes(1, join, lock) as pool:
        pool.submit(work, sys.argv[1])
        time.sleep(60)
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_workers_keep_the_next_run_out_until_they_are_gone(tmp_path: Path) -> None:
    script = tmp_path / "family.py"
    script.write_text(FAMILY)
    target = tmp_path / "target"
    run = subprocess.Popen([sys.executable, str(script), str(target)])
    while not (target / "worker").exists():
        time.sleep(0.02)
        assert run.poll() is None
    run.send_signal(signal.SIGKILL)
    run.wait()
    with alone(target, folder=True):  # waits for the worker, which notices within 0.2 s
        last = (target / "worker").read_text()
        time.sleep(0.5)
        assert (target / "worker").read_text() == last
    assert not (target / LOCK).exists()
