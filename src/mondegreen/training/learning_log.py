"""What a training says of itself: lines to read, lines of JSON, and curves for TensorBoard."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import numpy as np

from ..jobs.files import replacing

SHOWN_EVERY = 20.0
"""Seconds between lines of progress."""
CURVES = "tensorboard"
"""Folder beside the checkpoint, with one of curves for each fit."""


class LearningLog:
    """A line now and then: how far, how well, how fast. Close it when the training ends.

    Beside a checkpoint NAME.safetensors it also keeps NAME.jsonl, of the same figures, and curves
    in `tensorboard/NAME`. What a stopped run wrote behind its last checkpoint is taken away again.
    """

    def __init__(
        self, say: Callable[[str], None], steps: int, begun: int = 0, checkpoint: Path | None = None
    ) -> None:
        """`steps` there are in all, of which `begun` are taken."""
        self._say, self._steps = say, steps
        self._losses: list[float] = []
        self._since = time.monotonic()
        self._last, self._step, self._rate = begun, begun, 0.0
        self._file, self._curves = None, None
        if checkpoint is None:
            return
        from tensorboardX import SummaryWriter

        path = checkpoint.with_suffix(".jsonl")
        path.parent.mkdir(parents=True, exist_ok=True)
        _cut(path, begun)
        self._file = path.open("ab")
        folder = checkpoint.parent / CURVES / checkpoint.stem
        self._curves = SummaryWriter(str(folder), purge_step=begun + 1 if begun else None)

    def add(self, step: int, loss: float, rate: float) -> None:
        """A step was taken, at `rate`, the highest learning rate."""
        self._losses.append(loss)
        self._step, self._rate = step, rate
        if time.monotonic() - self._since > SHOWN_EVERY:
            mean, pace = self._note()
            left = _shown(pace * (self._steps - step))
            self._say(
                f"step {step} of {self._steps}: loss {mean:.3f}, {pace:.2f} s/step, {left} left"
            )

    def measured(self, step: int, figures: Mapping[str, float]) -> None:
        """Something was measured after a step."""
        if figures:
            self._write(step, figures)

    def close(self) -> None:
        """No more is written."""
        if self._losses:
            self._note()
        if self._file is not None:
            self._file.close()
        if self._curves is not None:
            self._curves.close()

    def _note(self) -> tuple[float, float]:
        """Write down the mean loss and the seconds of a step since it was last done."""
        pace = (time.monotonic() - self._since) / max(1, self._step - self._last)
        loss = float(np.nanmean(self._losses))
        self._write(self._step, {"loss": loss, "rate": self._rate, "seconds_per_step": pace})
        self._losses, self._since, self._last = [], time.monotonic(), self._step
        return loss, pace

    def _write(self, step: int, figures: Mapping[str, float]) -> None:
        if self._file is None or self._curves is None:
            return
        row = {"time": round(time.time(), 1), "step": step, "steps": self._steps, **figures}
        self._file.write(msgspec.json.encode(row) + b"\n")
        self._file.flush()
        for name, value in figures.items():
            self._curves.add_scalar(name, value, step)
        self._curves.flush()


def _shown(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _cut(path: Path, step: int) -> None:
    """Leave out what was written behind a step, and a line that was not finished."""
    if not path.exists():
        return
    kept = []
    for line in path.read_bytes().splitlines():
        try:
            row = msgspec.json.decode(line)
        except msgspec.DecodeError:
            continue
        if isinstance(row, dict) and row.get("step", step + 1) <= step:
            kept.append(line + b"\n")
    with replacing(path) as temporary:
        temporary.write_bytes(b"".join(kept))


__all__ = ["CURVES", "SHOWN_EVERY", "LearningLog"]
