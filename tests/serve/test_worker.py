"""What a worker keeps when it is given another grammar, home or slots."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from mondegreen.serve import wire
from mondegreen.serve.worker import Worker

GRAMMAR = """
context:
  expressions:
    On: ["turn on the $lamp:lamp"]
  slots: {lamp: [night light]}
home: {lamp: light}
"""


@pytest.fixture
def replies() -> queue.Queue[wire.Response]:
    """What the worker replies."""
    return queue.Queue()


@pytest.fixture
def worker(replies: queue.Queue[wire.Response]) -> Iterator[Worker]:
    """A worker in a thread of this process, where it can be seen what it holds."""
    worker = Worker(replies.put)
    running = Thread(target=worker.run)
    running.start()
    yield worker
    worker.put(None)
    running.join()


def test_an_ear_that_is_open_listens_for_what_comes_next(
    worker: Worker, replies: queue.Queue[wire.Response], tmp_path: Path
) -> None:
    (tmp_path / "lamps.yaml").write_text(GRAMMAR, encoding="utf-8")
    (tmp_path / "home.yaml").write_text(
        "devices: [{name: piano lamp, domain: light}]\n", encoding="utf-8"
    )
    source, settings = str(tmp_path / "lamps.yaml"), {"home": str(tmp_path / "home.yaml")}
    ears = []
    for task in (
        wire.Load(source, act=False),
        wire.Load(source, settings=settings, act=False),
        wire.Load(GRAMMAR, is_text=True, act=False),
        wire.Load(f"{source}+{source}", settings=settings, act=False),
    ):
        worker.put(wire.Request(1, task))
        assert isinstance(replies.get(timeout=60).reply, wire.Loaded)
        assert worker._engine is not None
        ears.append(worker._engine.ear)
    assert all(ear is ears[0] for ear in ears)
    worker.put(wire.Request(2, wire.Read("turn on the piano lamp", act=False)))
    reply = replies.get(timeout=60).reply
    assert isinstance(reply, wire.Meant)
    assert reply.understanding.values() == {"lamp": "piano lamp"}
