"""Recordings in: any file libsndfile reads, arrays, and raw samples from a pipe, as 16 kHz mono."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import numpy as np
import numpy.typing as npt

from ..errors import AudioError
from .formats import describe_unreadable, readable_head
from .samples import RATE, Resampler, Samples, check_rate, check_samples, resample, to_mono

if TYPE_CHECKING:
    from .decode import AudioSource

LONGEST_WHOLE = 12 * 3_600.0
"""Seconds that are held in memory at once, 2.8 GB: a day of silence fits into 100 kB of FLAC."""
HEAD = 64
"""Bytes from which it is told what a file is."""


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


def read_audio(
    path: str | os.PathLike[str], *, pipes: bool = True, channel: int | None = None
) -> Recording:
    """The whole recording at `path`: 16 kHz mono, whatever its format, rate and channels.

    `channel` (from 0) is the only one heard; by default all are, mixed.
    `pipes` says whether a pipe of that name is read as well: where a list names the recordings,
    nobody stands at its other end. Three hours are 0.7 GB; use `read_blocks` to keep memory flat.
    Memory grows with the sound that comes, whatever the header promises. Raises AudioError for what
    cannot be read: missing, a folder, empty, not audio, broken before its first sample, NaN or
    infinity, over 12 hours.
    """
    with open_audio(path, pipes=pipes) as source:
        samples = np.empty(RATE, np.float32)
        filled = 0
        for block in source.blocks(longest=LONGEST_WHOLE, channel=channel):
            if filled + len(block) > len(samples):
                # A quarter more each time, in place where the system can: joining would need twice.
                samples.resize(max(len(samples) * 5 // 4, filled + len(block)), refcheck=False)
            samples[filled : filled + len(block)] = block
            filled += len(block)
        samples.resize(filled, refcheck=False)
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


@contextmanager
def open_audio(path: str | os.PathLike[str], *, pipes: bool = True) -> Iterator[AudioSource]:
    """Open the recording at `path` for block-wise reading. Raises AudioError, see `read_audio`."""
    with closing(_open(Path(path), pipes)) as source:
        yield source


def open_bytes(data: bytes, name: str) -> AudioSource:
    """A recording held in memory (a request body); `name` is for error messages."""
    return _source(io.BytesIO(data), name, data[:HEAD])


def open_piped(stream: BinaryIO, head: bytes, name: str) -> AudioSource:
    """A recording that comes through a pipe, of which `head` (HEAD bytes) has been read already.

    Raises AudioError, before more is read, when its head is not that of a recording, and when more
    comes than a recording would have (`stored.MOST_PIPED`).
    """
    if not head:
        raise AudioError(f"{name}: found nothing in the pipe, expected audio")
    if not readable_head(head):
        raise AudioError(describe_unreadable(name, head))
    from .byte_source import from_pipe

    return _source(from_pipe(stream, head, name), name, head)


def _source(file: BinaryIO, name: str, head: bytes) -> AudioSource:
    """The recording in `file`, which is closed when it is none."""
    from .decode import AudioSource  # and libsndfile: arrays and streams need neither

    try:
        if not head:
            raise AudioError(
                f"{name}: found an empty file (0 bytes), expected audio; record it again"
            )
        return AudioSource(file, name, head)
    except BaseException:
        file.close()
        raise


def seconds_of(path: str | os.PathLike[str], *, pipes: bool = True) -> float:
    """Seconds of the recording at `path`: from its header, or counted when that does not say.

    Raises AudioError as `read_audio` does.
    """
    with open_audio(path, pipes=pipes) as source:
        if source.expected_seconds:
            return source.expected_seconds
        return sum(len(frames) for frames in source.frames()) / source.rate


def _open(path: Path, pipes: bool) -> AudioSource:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise AudioError(f"{path}: found a folder, expected an audio file; name a file in it")
        if not (stat.S_ISREG(mode) or (stat.S_ISFIFO(mode) and pipes)):
            what = "pipe" if stat.S_ISFIFO(mode) else "device"
            raise AudioError(f"{path}: found a {what}, expected an audio file")
        file = path.open("rb")
        head = file.read(HEAD)
        if stat.S_ISFIFO(mode):  # a shell's <(…)
            with file:
                return open_piped(file, head, str(path))
        return _source(file, str(path), head)
    except FileNotFoundError as error:
        raise AudioError(_missing(path)) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:  # for what came through a pipe; the disk is to be named
            raise
        reason = error.strerror or error
        raise AudioError(f"{path}: could not be read ({reason}); check its permissions") from error
    except ValueError as error:  # a NUL in the name
        raise AudioError(f"{str(path)!r}: not a possible file name") from error


def _missing(path: Path) -> str:
    """The message for a file that is not there, with the nearest name in its folder."""
    if path.is_symlink():
        return f"{path}: a link to {path.readlink()}, which is not there; name a file that is"
    message = f"{path}: no such file"
    if not path.parent.is_dir():
        return f"{message}: the folder {path.parent} does not exist"
    same_stem = sorted(p.name for p in path.parent.glob("*") if p.stem == path.stem)
    return f"{message}; did you mean {same_stem[0]}?" if same_stem else message


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes more; none at its end."""
        ...


def read_pcm(
    stream: Readable, *, rate: int = RATE, channels: int = 1, seconds: float = 0.1
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
    frame_count = 0
    while data := stream.read(size):
        left += data
        whole = len(left) // frame_bytes * frame_bytes
        frames = np.frombuffer(left[:whole], "<i2").reshape(-1, channels)
        left = left[whole:]
        frame_count += len(frames)
        block = resampler.feed(to_mono(frames.astype(np.float32) / np.float32(1 << 15)))
        if len(block):
            yield block
    if not frame_count:
        raise AudioError(
            "standard input: found no samples, expected raw 16-bit audio or a file piped in"
        )
    tail = resampler.feed(np.zeros(0, np.float32), last=True)
    if len(tail):
        yield tail
