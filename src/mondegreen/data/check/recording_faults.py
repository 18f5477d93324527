"""What is wrong with recordings: length, level, clipping, silence, no speech in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...audio.read import LONGEST_WHOLE, open_audio
from ...audio.samples import RATE, Resampler, Samples, to_mono
from ...audio.voice_activity import has_speech
from ...errors import AudioError
from ..recording import LONGEST, SHORTEST

SHORT = 0.2
"""Seconds: "yes" lasts 0.25 s."""
MUCH_CLIPPED = 0.001
"""Share of clipped samples that is worth a warning: one peak that touches the limit is none."""
SILENT, QUIET = 0.001, 0.01
"""Peaks. Under 0.01 the voice activity network loses speech, at 16 bits 0.001 is 33 steps."""
MUCH_OFFSET = 0.02
ROUNDING = 0.1
"""Seconds by which lengths may differ: headers and resampling round, and so do manifests."""

Remark = tuple[str, int | None, str]
"""Kind, line, detail; see findings."""


class RowPart(NamedTuple):
    """One row's share of a recording."""

    line: int
    start: float
    duration: float | None
    expects_speech: bool
    """Whether somebody should be heard: a text or an intent is given."""
    channel: int | None = None
    """The channel that it is; None is all of them, mixed."""


class UsedRecording(NamedTuple):
    """A file and all the rows that use it."""

    path: Path
    name: str
    """The path as the manifest has it."""
    parts: tuple[RowPart, ...]


class Sound(NamedTuple):
    """A channel of a recording, or all of them mixed."""

    samples: Samples
    """(N,) at 16 kHz."""
    clipped: npt.NDArray[np.float64]
    """Seconds at which the file's own samples are clipped."""


@dataclass
class Inspection:
    """What listening to one recording showed."""

    lines: tuple[int, ...]
    """The rows it belongs to."""
    remarks: list[Remark] = field(default_factory=list)
    sound: int = 0
    """A hash of the decoded samples, whatever the format of the file; 0 when it is unreadable."""
    seconds: float = 0.0
    rate: int = 0
    channels: int = 0


def listen_to_all(recordings: Sequence[UsedRecording]) -> list[Inspection]:
    """Listen to several recordings: what is handed to a process at a time."""
    return [listen(recording) for recording in recordings]


def listen(recording: UsedRecording) -> Inspection:
    """Read a recording and look at every part of it that is an utterance."""
    inspection = Inspection(tuple(part.line for part in recording.parts))
    try:
        sounds = _decode(recording, inspection)
    except AudioError as error:
        inspection.remarks += [
            ("unreadable", line, _relative(error, recording)) for line in inspection.lines
        ]
        return inspection
    whole = len(recording.parts) == 1
    for part in recording.parts:
        inspection.remarks += [
            (kind, part.line, f"{recording.name}: {detail}")
            for kind, detail in _part(part, sounds, inspection.rate, whole)
        ]
    return inspection


def _relative(error: AudioError, recording: UsedRecording) -> str:
    return str(error).replace(str(recording.path), recording.name)


def _decode(recording: UsedRecording, inspection: Inspection) -> dict[int | None, Sound]:
    """The sound of the recording as its parts need it: each channel from 0, and the mix as None."""
    with open_audio(recording.path, pipes=False) as source:
        inspection.rate, inspection.channels = source.rate, source.channels
        several = source.channels > 1
        listeners = {
            channel: _Listener(source.rate, channel)
            for channel in (None, *(range(source.channels) if several else ()))
        }
        digest = blake2b(str(source.rate).encode(), digest_size=8)
        count = 0
        for frames in source.frames(longest=LONGEST_WHOLE):
            digest.update(np.ascontiguousarray(frames).data)
            for listener in listeners.values():
                listener.feed(frames)
            count += len(frames)
        inspection.sound = int.from_bytes(digest.digest(), "little", signed=True)
        inspection.seconds = count / source.rate
        if source.truncated:
            detail = f"{recording.name}: only {inspection.seconds:.2f} s can be read"
            inspection.remarks.append(("cut-off", inspection.lines[0], detail))
    sounds = {channel: listener.sound() for channel, listener in listeners.items()}
    # The only channel of a recording is its mix.
    return sounds if several else {**sounds, 0: sounds[None]}


class _Listener:
    """Takes in a recording block by block: one channel of it, or the mix."""

    def __init__(self, rate: int, channel: int | None) -> None:
        self._rate, self._channel = rate, channel
        self._resampler = Resampler(rate)
        self._samples: list[Samples] = []
        self._clipped: list[npt.NDArray[np.float64]] = []
        self._count = 0

    def feed(self, frames: npt.NDArray[np.float32]) -> None:
        """Take in the next frames (N, C)."""
        own = frames if self._channel is None else frames[:, [self._channel]]
        self._clipped.append((self._count + clipped_frames(own)) / self._rate)
        self._samples.append(self._resampler.feed(to_mono(own)))
        self._count += len(frames)

    def sound(self) -> Sound:
        """All of it."""
        self._samples.append(self._resampler.feed(np.zeros(0, np.float32), last=True))
        return Sound(np.concatenate(self._samples), np.concatenate(self._clipped))


def clipped_frames(frames: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Indices of frames (N, C) in which a channel is clipped.

    Clipped are three samples or more in a row that all lie at full scale, or exactly at the
    highest or lowest level of the channel: what was cut off and turned down afterwards stays flat.
    """
    hit = np.zeros(len(frames), bool)
    for samples in frames.T:
        level = np.abs(samples)
        # Below a quarter of full scale, hum alone repeats its highest 16-bit value.
        loud = level >= 0.25
        for top in (samples == samples.max(), samples == samples.min(), level >= 0.999):
            flat = top & loud
            if np.count_nonzero(flat) >= 3:
                middle = flat[:-2] & flat[1:-1] & flat[2:]
                hit[:-2] |= middle
                hit[1:-1] |= middle
                hit[2:] |= middle
    return np.flatnonzero(hit)


def _part(
    part: RowPart, sounds: Mapping[int | None, Sound], rate: int, whole: bool
) -> Iterator[tuple[str, str]]:
    """Kind and detail of everything that is wrong with one utterance."""
    if part.channel not in sounds:
        yield "channel", f"channel {part.channel} of {max(1, len(sounds) - 1)}, counted from 0"
        return
    samples, clipped = sounds[part.channel]
    total = len(samples) / RATE
    end = total if part.duration is None else part.start + part.duration
    if part.start >= total or end > total + ROUNDING:
        yield "past-end", f"lies at {part.start:.2f} to {end:.2f} s of {total:.2f} s"
        return
    if whole and part.start == 0 and end < total - ROUNDING:
        yield "duration", f"states {end:.2f} s, lasts {total:.2f} s"
    cut = samples[round(part.start * RATE) : round(end * RATE)]
    seconds = len(cut) / RATE
    if seconds < SHORTEST:
        yield "too-short", f"{seconds * 1000:.0f} ms"
        return
    if seconds > LONGEST:
        yield "too-long", f"{seconds / 3600:.1f} hours"
        return
    if seconds < SHORT:
        yield "short", f"{seconds:.2f} s"
    first, last = np.searchsorted(clipped, [part.start, end])
    yield from _levels(cut, float(last - first) / rate / seconds, part.expects_speech)
    if part.channel is None and len(sounds) > 2:
        yield from _channels(sounds, slice(round(part.start * RATE), round(end * RATE)))


def _channels(sounds: Mapping[int | None, Sound], place: slice) -> Iterator[tuple[str, str]]:
    """What the mix hides: a channel without sound, or with an offset that the others even out."""
    cuts = {n: sound.samples[place] for n, sound in sounds.items() if n is not None}
    peaks = {n: float(np.abs(cut).max()) for n, cut in cuts.items()}
    dead = [n for n, peak in peaks.items() if peak < SILENT]
    if len(dead) < len(cuts):
        for n in dead:
            yield "dead-channel", f"channel {n}: the peak is {peaks[n]:.2g}"
    offset = float(sounds[None].samples[place].mean(dtype=np.float64))
    for n, cut in cuts.items():
        own = float(cut.mean(dtype=np.float64))
        if abs(own) >= MUCH_OFFSET > abs(offset):
            yield "offset", f"channel {n}: the mean is {own:+.3f}"


def _levels(cut: Samples, clipped: float, expects_speech: bool) -> Iterator[tuple[str, str]]:
    """Kind and detail of what is wrong with the level of a part, or with its speech.

    `clipped` is the share of clipped samples.
    """
    peak = float(np.abs(cut).max())
    if peak < SILENT:
        yield "silent", f"the peak is {peak:.2g}"
        return
    if clipped >= MUCH_CLIPPED:
        yield "clipped", f"{clipped:.1%} of its samples"
    if peak < QUIET:
        yield "quiet", f"the peak is {peak:.2g}"
    offset = float(cut.mean(dtype=np.float64))
    if abs(offset) >= MUCH_OFFSET:
        yield "offset", f"the mean is {offset:+.3f}"
    if expects_speech and not has_speech(cut):
        yield "no-speech", f"{len(cut) / RATE:.2f} s without a voice"


__all__ = [
    "Inspection", "Remark", "RowPart", "Sound", "UsedRecording", "clipped_frames", "listen",
    "listen_to_all",
]  # fmt: skip
