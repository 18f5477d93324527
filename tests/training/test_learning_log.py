"""What a training says of itself, and keeps beside its checkpoint."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("torch")
pytest.importorskip("tensorboardX")

from tensorboardX.proto import event_pb2

from mondegreen.training import learning_log
from mondegreen.training.learning_log import LearningLog


def rows(checkpoint: Path) -> list[dict[str, Any]]:
    lines = checkpoint.with_suffix(".jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line) for line in lines]


def curves(folder: Path) -> list[tuple[int, str, float]]:
    """Step, name and value of all that TensorBoard would show."""
    out = []
    for path in sorted(folder.iterdir()):
        data, at = path.read_bytes(), 0
        while at < len(data):  # length, its checksum, the event, its checksum
            (size,) = struct.unpack_from("<Q", data, at)
            event = event_pb2.Event.FromString(data[at + 12 : at + 12 + size])
            out += [(event.step, v.tag, v.simple_value) for v in event.summary.value]
            at += 16 + size
    return out


def test_figures_are_kept_beside_the_checkpoint(tmp_path: Path) -> None:
    checkpoint = tmp_path / "interpreter.safetensors"
    log = LearningLog(print, 4, checkpoint=checkpoint)
    for step, loss in ((1, 3.0), (2, 2.0), (3, 1.5), (4, 1.0)):
        log.add(step, loss, 0.01)
        if step == 2:
            log.measured(step, {"exact": 0.25})
    log.close()
    measured, last = rows(checkpoint)
    assert (measured["step"], measured["steps"], measured["exact"]) == (2, 4, 0.25)
    assert (last["step"], last["loss"], last["rate"]) == (4, 1.875, 0.01)
    shown = curves(tmp_path / "tensorboard" / "interpreter")
    assert (2, "exact", 0.25) in shown
    assert (4, "loss", 1.875) in shown


def test_what_a_stopped_run_wrote_behind_its_checkpoint_is_taken_away(tmp_path: Path) -> None:
    checkpoint = tmp_path / "interpreter.safetensors"
    log = LearningLog(print, 9, checkpoint=checkpoint)
    for step in (2, 4, 6):
        log.measured(step, {"exact": step / 10})
    log.close()
    path = checkpoint.with_suffix(".jsonl")
    path.write_bytes(path.read_bytes() + b'{"step":7,"ex')
    log = LearningLog(print, 9, 4, checkpoint)
    log.measured(6, {"exact": 0.7})
    log.close()
    assert [(row["step"], row["exact"]) for row in rows(checkpoint)] == [
        (2, 0.2), (4, 0.4), (6, 0.7)
    ]  # fmt: skip


def test_lines_say_how_much_time_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning_log, "SHOWN_EVERY", -1.0)
    now = iter([0.0, 6.0, 6.0, 6.0, 612.0, 612.0, 612.0, 613.0, 613.0, 613.0])
    monkeypatch.setattr(learning_log.time, "monotonic", lambda: next(now))
    lines: list[str] = []
    log = LearningLog(lines.append, 1_000, 990)
    log.add(991, 2.0, 0.1)
    log.add(992, 1.0, 0.1)
    log.add(1_000, 1.0, 0.1)
    assert lines == [
        "step 991 of 1000: loss 2.000, 6.00 s/step, 1 min left",
        "step 992 of 1000: loss 1.000, 606.00 s/step, 81 min left",
        "step 1000 of 1000: loss 1.000, 0.12 s/step, less than a minute left",
    ]
