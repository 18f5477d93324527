"""One stream inside a worker: its sound resampled, followed, and its results answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..audio.samples import Resampler, Samples, to_mono
from ..early.policy import Policy
from ..engines.stream import CLOSELY
from ..types import Event, Final
from . import wire
from .acting import answered

if TYPE_CHECKING:
    from ..assistant.session import Session


class Follower:
    """Follows a stream of 16-bit sound.

    While others wait nobody looks at unfinished speech: `has_time` is asked each time. Looks cost
    three times what the result does. Raises SettingsError for a risk that the engine was not
    calibrated for, and ModelError for a damaged calibration.
    """

    def __init__(self, session: Session, task: wire.Open, has_time: Callable[[], bool]) -> None:
        look = has_time if task.partials else lambda: False
        self._session = session
        if task.risk is None:
            policy = None if task.doubt is None else Policy(risk=task.doubt)
            self._stream = session.stream(policy=policy, look=look)
        else:
            policy = session.engine.policy(task.risk)
            self._stream = session.stream(policy=policy, every=CLOSELY, look=look)
        self._resampler = Resampler(task.rate)
        self._frame = 2 * task.channels
        self._part = b""
        """Bytes of a sample of which the rest has not come yet."""

    def feed(self, pcm: bytes, *, last: bool = False) -> list[Event]:
        """What happened in more sound; `last` ends it, and what is being said counts."""
        samples = self._samples(pcm, last)
        events = self._stream.feed(samples) if len(samples) else []
        if last:
            events += self._stream.finish()
        return [
            replace(event, result=answered(self._session, event.result))
            if isinstance(event, Final)
            else event
            for event in events
        ]

    def _samples(self, pcm: bytes, last: bool) -> Samples:
        data = self._part + pcm
        whole = len(data) // self._frame * self._frame
        self._part = data[whole:]
        frames = np.frombuffer(data[:whole], "<i2").astype(np.float32) / np.float32(1 << 15)
        mono = to_mono(frames.reshape(-1, self._frame // 2))
        return self._resampler.feed(mono, last=last)
