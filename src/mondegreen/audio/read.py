"""Recordings in: any file libsndfile reads, arrays, and raw samples from a pipe, as 16 kHz mono."""

from __future__ import annotations

import io
import math
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import soundfile as sf

from ..errors import AudioError
from .formats import describe_unreadable
from .samples import RATE, Resampler, Samples, check_rate, resample, to_mono

_BLOCK_SAMPLES = 1 << 20
"""Samples (over all channels) decoded at a time: 4 MB, or 65 s of 16 kHz mono."""
_LOUDEST = 64.0
"""Float samples belong in [-1, 1]; mixes overshoot a little, 16-bit values by four digits."""


@dataclass(frozen=True)
class Recording:
    """A whole recording, ready to be understood."""

    samples: Samples
    """(N,) float32 mono at 16 kHz."""
    seconds: float
    source_rate: int
    """Samples per second before resampling."""
    channels: int
    """Channels before mixing down."""
    truncated: bool = False
    """The file breaks off early: these are the samples that could still be decoded."""


def read_audio(path: str | os.PathLike[str]) -> Recording:
    """The whole recording at `path`: 16 kHz mono, whatever its format, rate and channels.

    Three hours are 0.7 GB; use `read_blocks` to keep memory flat. Raises AudioError for what cannot
    be read: missing, a folder, empty, not audio, broken before its first sample, NaN or infinity.
    """
    with open_audio(path) as source:
        room = math.ceil(source.expected_seconds * RATE) + RATE
        samples = np.empty(room, np.float32)
        filled = 0
        for block in source.blocks():
            if filled + len(block) > len(samples):  # the header promised too little
                samples = np.concatenate([samples[:filled], np.empty(len(samples), np.float32)])
            samples[filled : filled + len(block)] = block
            filled += len(block)
        samples = samples[:filled]
        return Recording(
            samples, filled / RATE, source.rate, source.channels, truncated=source.truncated
        )


def read_blocks(path: str | os.PathLike[str]) -> Iterator[Samples]:
    """The recording at `path` as consecutive blocks of (N,) 16 kHz mono, about a minute or less.

    Memory stays flat however long the file is. Raises AudioError as `read_audio` does; a NaN late
    in the file is only found when its block is reached.
    """
    with open_audio(path) as source:
        yield from source.blocks()


def from_array(samples: Any, rate: int) -> Recording:
    """A recording from samples at `rate` Hz: (N,) or (N, C), float in [-1, 1], int16 or int32.

    Raises AudioError for anything else.
    """
    what = "audio array"
    if not isinstance(samples, np.ndarray):
        raise AudioError(
            f"found audio of type {type(samples).__name__}, expected a file name or a numpy array; "
            "wrap samples in numpy.asarray(samples, numpy.float32)"
        )
    if samples.ndim not in (1, 2):
        raise AudioError(f"{what}: found shape {samples.shape}, expected (N,) or (N, channels)")
    if samples.ndim == 2 and samples.shape[1] > max(samples.shape[0], 8):
        raise AudioError(
            f"{what}: found shape {samples.shape}, expected (N, channels); transpose it with .T"
        )
    if isinstance(rate, bool) or not isinstance(rate, int | np.integer):
        raise AudioError(f"{what}: found the rate {rate!r}, expected a whole number of Hz")
    check_rate(int(rate), what)
    if not samples.size:
        raise AudioError(f"{what}: found no samples at all")
    floats = _to_float(samples, what)
    check_samples(floats, what)
    frames = floats[:, None] if floats.ndim == 1 else floats
    mono = resample(to_mono(frames), int(rate))
    return Recording(mono, len(frames) / int(rate), int(rate), frames.shape[1])


def _to_float(samples: npt.NDArray[Any], what: str) -> npt.NDArray[np.float32]:
    if samples.dtype.kind in "iu":
        samples = samples.astype(samples.dtype.newbyteorder("="), copy=False)
    if samples.dtype == np.int16:
        return np.asarray(samples / np.float32(1 << 15), np.float32)
    if samples.dtype == np.int32:
        return np.asarray(samples / float(1 << 31), np.float32)
    if samples.dtype.kind == "f":
        with np.errstate(over="ignore"):  # a float64 too large for float32 is reported below
            return np.asarray(samples, np.float32)
    raise AudioError(
        f"{what}: found samples of type {samples.dtype}, expected floats in [-1, 1], int16 or int32"
    )


def check_samples(samples: npt.NDArray[np.float32], what: str) -> None:
    """Raise AudioError when float samples (any shape) hold NaN, infinity or absurd levels."""
    if not np.isfinite(samples).all():
        bad = int(np.count_nonzero(~np.isfinite(samples)))
        raise AudioError(_not_finite(what, bad, samples.size))
    peak = float(np.abs(samples).max(initial=0.0))
    if peak > _LOUDEST:
        raise AudioError(
            f"{what}: found float samples up to {peak:.4g}, expected -1 to 1; scale them "
            "(16-bit values: divide by 32768)"
        )


def _not_finite(what: str, bad: int, total: int) -> str:
    return (
        f"{what}: found {bad} of {total} samples that are NaN or infinite, expected numbers in "
        "[-1, 1]; export the recording again"
    )


class _ForwardFile(sf.SoundFile):  # type: ignore[misc, unused-ignore]
    """A file that is read from its beginning to its end and nowhere else.

    soundfile seeks after every read of a file that can seek, and a seek makes the mp3 decoder
    forget the packets that the next one builds on: each block would begin with damaged sound.
    """

    def seekable(self) -> bool:
        """Whether soundfile may seek: never."""
        return False


class AudioSource:
    """An open recording; made by `open_audio`."""

    def __init__(self, file: Any, name: str) -> None:
        self._file = file
        self.name = name
        self.rate = int(file.samplerate)
        self.channels = int(file.channels)
        # libsndfile answers 2**63 - 1 frames when a stream does not say how long it is.
        frames = int(file.frames) if file.frames < 1 << 48 else 0
        self.expected_seconds = max(0, frames) / self.rate
        self.truncated = _wav_cut_short(file)

    def blocks(self) -> Iterator[Samples]:
        """Consecutive (N,) blocks of 16 kHz mono. Raises AudioError when nothing can be decoded."""
        resampler = Resampler(self.rate)
        heard = 0
        for frames in self.frames():
            heard += len(frames)
            block = resampler.feed(to_mono(frames))
            if len(block):
                yield block
        if not heard:
            raise AudioError(
                f"{self.name}: found audio with no samples in it; record or export it again"
            )
        tail = resampler.feed(np.zeros(0, np.float32), last=True)
        if len(tail):
            yield tail
        self.truncated = self.truncated or heard < self.expected_seconds * self.rate * 0.99

    def frames(self) -> Iterator[npt.NDArray[np.float32]]:
        """Checked (N, C) blocks of decoded samples."""
        size = max(1, _BLOCK_SAMPLES // self.channels)
        gathered: list[npt.NDArray[np.float32]] = []
        length = 0
        while len(frames := self._decode()):
            gathered.append(frames)
            length += len(frames)
            if length >= size:
                yield self._checked(np.concatenate(gathered))
                gathered, length = [], 0
        if gathered:
            yield self._checked(np.concatenate(gathered))

    def _decode(self) -> npt.NDArray[np.float32]:
        """The next few frames (n, C); none at the end, or where a damaged file breaks off.

        A failing read loses all it was asked for, so few are asked for: a file cut short keeps all
        but its last quarter second.
        """
        try:
            return np.asarray(self._file.read(4096, dtype="float32", always_2d=True), np.float32)
        except sf.LibsndfileError:
            self.truncated = True
            return np.zeros((0, self.channels), np.float32)

    def _checked(self, frames: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        if np.isfinite(frames).all():
            check_samples(frames, self.name)
            return frames
        bad = total = 0
        while len(frames):  # the rest of the file counts as well
            bad += int(np.count_nonzero(~np.isfinite(frames)))
            total += frames.size
            frames = self._decode()
        before = self._file.tell() * self.channels - total
        raise AudioError(_not_finite(self.name, bad, before + total))


def _wav_cut_short(file: Any) -> bool:
    """Whether a WAV header promises more bytes than the file has.

    libsndfile quietly corrects the length and only notes it. Sizes of 2 GB and more are what
    programs write that did not know the length when they began.
    """
    if file.format not in ("WAV", "WAVEX"):
        return False
    sizes = re.search(r"data : (\d+) \(should be (\d+)\)", file.extra_info)
    return sizes is not None and int(sizes[2]) < int(sizes[1]) < 0x7FFF0000


@contextmanager
def open_audio(path: str | os.PathLike[str]) -> Iterator[AudioSource]:
    """Open the recording at `path` for block-wise reading. Raises AudioError, see `read_audio`."""
    file = _open(Path(path))
    try:
        source = AudioSource(file, str(path))
        check_rate(source.rate, source.name)
        yield source
    finally:
        file.close()


def open_bytes(data: bytes, name: str) -> AudioSource:
    """A recording held in memory (a request body, a piped file); `name` is for error messages."""
    if not data:
        raise AudioError(f"{name}: found an empty file, expected audio")
    try:
        source = AudioSource(_ForwardFile(io.BytesIO(data)), name)
    except sf.LibsndfileError as error:
        raise AudioError(describe_unreadable(name, data[:64])) from error
    check_rate(source.rate, name)
    return source


def _open(path: Path) -> Any:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise AudioError(f"{path}: found a folder, expected an audio file; name a file in it")
        if stat.S_ISFIFO(mode):  # a shell's <(…): libsndfile has to seek, a pipe cannot
            return open_bytes(path.read_bytes(), str(path))._file
        if not stat.S_ISREG(mode):
            raise AudioError(f"{path}: found a device, expected an audio file")
        with path.open("rb") as file:
            head = file.read(64)
    except FileNotFoundError as error:
        raise AudioError(_missing(path)) from error
    except OSError as error:
        reason = error.strerror or error
        raise AudioError(f"{path}: could not be read ({reason}); check its permissions") from error
    except ValueError as error:  # a NUL in the name
        raise AudioError(f"{str(path)!r}: not a possible file name") from error
    if not head:
        raise AudioError(f"{path}: found an empty file (0 bytes), expected audio; record it again")
    try:
        return _ForwardFile(str(path) if sys.platform == "win32" else os.fsencode(path))
    except (sf.LibsndfileError, TypeError) as error:
        # TypeError: soundfile takes *.raw for samples without a header and asks for their rate.
        raise AudioError(describe_unreadable(str(path), head)) from error


def _missing(path: Path) -> str:
    """The message for a file that is not there, with the nearest name in its folder."""
    message = f"{path}: no such file"
    if not path.parent.is_dir():
        return f"{message}: the folder {path.parent} does not exist"
    same_stem = sorted(p.name for p in path.parent.glob("*") if p.stem == path.stem)
    return f"{message}; did you mean {same_stem[0]}?" if same_stem else message


def read_pcm(
    stream: BinaryIO, *, rate: int = RATE, channels: int = 1, seconds: float = 0.1
) -> Iterator[Samples]:
    """Raw signed 16-bit little-endian samples from a pipe, as (N,) blocks of 16 kHz mono.

    Blocks come as soon as `seconds` of sound have arrived, so a live source can be followed. A
    frame cut in half at the end is dropped. Raises AudioError for an impossible rate or number of
    channels, or when nothing comes.
    """
    check_rate(rate, "standard input")
    if not 1 <= channels <= 64:
        raise AudioError(f"standard input: found {channels} channels, expected 1 to 64")
    resampler = Resampler(rate)
    frame_bytes = 2 * channels
    size = max(1, round(rate * seconds)) * frame_bytes
    left = b""
    heard = 0
    while data := stream.read(size):
        left += data
        whole = len(left) // frame_bytes * frame_bytes
        frames = np.frombuffer(left[:whole], "<i2").reshape(-1, channels)
        left = left[whole:]
        heard += len(frames)
        block = resampler.feed(to_mono(frames.astype(np.float32) / np.float32(1 << 15)))
        if len(block):
            yield block
    if not heard:
        raise AudioError(
            "standard input: found no samples, expected raw 16-bit audio or a file piped in"
        )
    tail = resampler.feed(np.zeros(0, np.float32), last=True)
    if len(tail):
        yield tail
