"""Recordings in: any file libsndfile reads, arrays, and raw samples from a pipe, as 16 kHz mono."""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
import numpy.typing as npt
import soundfile as sf

from ..errors import AudioError
from .decoder_lines import decoder_lines_dropped
from .formats import describe_unreadable, readable_head
from .samples import RATE, Resampler, Samples, check_rate, resample, to_mono
from .stored import Stored, from_pipe

_BLOCK_SAMPLES = 1 << 20
"""Samples (over all channels) decoded at a time: 4 MB, or 65 s of 16 kHz mono."""
LONGEST_WHOLE = 12 * 3_600.0
"""Seconds that are held in memory at once, 2.8 GB: a day of silence fits into 100 kB of FLAC."""
_MOST_PER_BYTE = 6_000
"""Frames a byte can stand for: FLAC packs 65,535 equal ones into 11 bytes, and nothing packs more.
A header that promises more is wrong."""
HEAD = 64
"""Bytes from which it is told what a file is."""
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

    Three hours are 0.7 GB; use `read_blocks` to keep memory flat. Memory grows with the sound that
    comes, whatever the header promises. Raises AudioError for what cannot be read: missing, a
    folder, empty, not audio, broken before its first sample, NaN or infinity, over 12 hours.
    """
    with open_audio(path) as source:
        samples = np.empty(RATE, np.float32)
        filled = 0
        for block in source.blocks(longest=LONGEST_WHOLE):
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
    """An open recording; made by `open_audio` or `open_bytes`."""

    def __init__(self, file: BinaryIO, name: str, head: bytes) -> None:
        self.name = name
        self._stored = Stored(file)
        self._file = self._opened(file, head)
        self.rate = int(self._file.samplerate)
        self.channels = int(self._file.channels)
        self._is_mp3 = "MPEG" in self._file.subtype
        self._chatters = self._is_mp3 or "ALAC" in self._file.subtype
        # libsndfile answers 2**63 - 1 frames when a stream does not say how long it is.
        self._promised = int(self._file.frames) if 0 < self._file.frames < 1 << 62 else 0
        possible = self._promised <= _MOST_PER_BYTE * self._stored.size
        self.expected_seconds = self._promised / self.rate if possible and self.rate else 0.0
        self.truncated = self._stored.claim.truncated
        check_rate(self.rate, name)

    def _opened(self, file: BinaryIO, head: bytes) -> Any:
        target: Any = self._stored
        # By number, libsndfile reads by itself. By name it would guess from the ending, and take
        # any *.mp3 for one. On Windows each library numbers its own files.
        by_number = isinstance(file, io.BufferedReader) and sys.platform != "win32"
        if by_number and not self._stored.needs_patching:
            target = file.fileno()
            os.lseek(target, 0, os.SEEK_SET)
        try:
            with decoder_lines_dropped():
                return _ForwardFile(target, closefd=False)
        except sf.LibsndfileError as error:
            self._stored.raise_failure(self.name)
            raise AudioError(describe_unreadable(self.name, head)) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        self._stored.close()

    def blocks(self, *, longest: float | None = None) -> Iterator[Samples]:
        """Consecutive (N,) blocks of 16 kHz mono.

        Raises AudioError when nothing can be decoded, or more than `longest` seconds.
        """
        resampler = Resampler(self.rate)
        for frames in self.frames(longest=longest):
            block = resampler.feed(to_mono(frames))
            if len(block):
                yield block
        tail = resampler.feed(np.zeros(0, np.float32), last=True)
        if len(tail):
            yield tail

    def frames(self, *, longest: float | None = None) -> Iterator[npt.NDArray[np.float32]]:
        """Checked (N, C) blocks of decoded samples. Raises AudioError as `blocks` does."""
        size = max(1, _BLOCK_SAMPLES // self.channels)
        gathered: list[npt.NDArray[np.float32]] = []
        length = decoded = 0
        while len(frames := self._decode()):
            gathered.append(frames)
            length += len(frames)
            decoded += len(frames)
            if length >= size:
                yield self._checked(np.concatenate(gathered))
                gathered, length = [], 0
            if longest is not None and decoded > longest * self.rate:
                raise AudioError(
                    f"{self.name}: found more than {longest / 3600:.0f} hours of audio; split the "
                    "file, or read it block by block"
                )
        if gathered:
            yield self._checked(np.concatenate(gathered))
        if not decoded:
            what = (
                "that breaks off before its first sample" if self.truncated else "with no samples"
            )
            raise AudioError(f"{self.name}: found audio {what}; record or export it again")
        # An mp3 may be shorter than it says by the silence that its encoder added.
        whole = 0.99 if self._is_mp3 else 1.0
        self.truncated = self.truncated or decoded < whole * self._promised

    def _decode(self) -> npt.NDArray[np.float32]:
        """The next few frames (n, C); none at the end, or where a damaged file breaks off.

        A failing read loses all it was asked for, so few are asked for: a file cut short keeps all
        but its last quarter second.
        """
        quiet = decoder_lines_dropped() if self._chatters else nullcontext()
        try:
            with quiet:
                frames = self._file.read(4096, dtype="float32", always_2d=True)
        except sf.LibsndfileError:
            self.truncated = True
            frames = np.zeros((0, self.channels), np.float32)
        self._stored.raise_failure(self.name)
        return np.asarray(frames, np.float32)

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


@contextmanager
def open_audio(path: str | os.PathLike[str]) -> Iterator[AudioSource]:
    """Open the recording at `path` for block-wise reading. Raises AudioError, see `read_audio`."""
    with closing(_open(Path(path))) as source:
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
    return _source(from_pipe(stream, head, name), name, head)


def _source(file: BinaryIO, name: str, head: bytes) -> AudioSource:
    """The recording in `file`, which is closed when it is none."""
    try:
        if not head:
            raise AudioError(
                f"{name}: found an empty file (0 bytes), expected audio; record it again"
            )
        return AudioSource(file, name, head)
    except BaseException:
        file.close()
        raise


def seconds_of(path: str | os.PathLike[str]) -> float:
    """Seconds of the recording at `path`: from its header, or counted when that does not say.

    Raises AudioError as `read_audio` does.
    """
    with open_audio(path) as source:
        if source.expected_seconds:
            return source.expected_seconds
        return sum(len(frames) for frames in source.frames()) / source.rate


def _open(path: Path) -> AudioSource:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise AudioError(f"{path}: found a folder, expected an audio file; name a file in it")
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
            raise AudioError(f"{path}: found a device, expected an audio file")
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
