"""An open recording, decoded block by block: what comes counts, not what its header promised."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import soundfile as sf

from ..errors import AudioError
from .byte_source import Stored
from .decoder_lines import decoder_lines_dropped
from .formats import describe_unreadable
from .samples import Resampler, Samples, check_rate, check_samples, not_finite, to_mono

_BLOCK_SAMPLES = 1 << 20
"""Samples (over all channels) decoded at a time: 4 MB, or 65 s of 16 kHz mono."""
_MOST_PER_BYTE = 6_000
"""Frames a byte can stand for: FLAC packs 65,535 equal ones into 11 bytes, and nothing packs more.
A header that promises more is wrong."""


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
        claim = self._stored.claim
        self.truncated = claim.truncated
        self._links = list(claim.links)
        """Where further files begin in this one."""
        self._promised = 0
        """Frames that headers have promised so far."""
        self._file = self._opened(file, head)
        self.rate = int(self._file.samplerate)
        self.channels = int(self._file.channels)
        self._is_mp3 = "MPEG" in self._file.subtype
        self._chatters = self._is_mp3 or "ALAC" in self._file.subtype
        possible = self._promised <= _MOST_PER_BYTE * self._stored.size and not self._links
        self.expected_seconds = self._promised / self.rate if possible and self.rate else 0.0
        check_rate(self.rate, name)

    def _opened(self, file: BinaryIO, head: bytes) -> Any:
        # By number, libsndfile reads by itself. By name it would guess from the ending, and take
        # any *.mp3 for one. On Windows each library numbers its own files.
        by_number = isinstance(file, io.BufferedReader) and sys.platform != "win32"
        if by_number and self._stored.claim.as_written:
            os.lseek(file.fileno(), 0, os.SEEK_SET)
            decoder = self._decoder(file.fileno())
        else:
            decoder = self._decoder(self._stored)
        end = self._stored.claim.sound_end
        if decoder is None and end is not None and end < self._stored.size:
            self._stored.show(0, end)  # without what disturbs it behind its sound
            decoder = self._decoder(self._stored)
            self.truncated = True
        if decoder is None:
            raise AudioError(describe_unreadable(self.name, head))
        return decoder

    def _decoder(self, target: Any) -> Any | None:
        """What decodes a file; None when it is none."""
        try:
            with decoder_lines_dropped():
                file = _ForwardFile(target, closefd=False)
        except sf.LibsndfileError:
            file = None
        self._stored.raise_failure(self.name)
        # libsndfile answers 2**63 - 1 frames when a stream does not say how long it is.
        if file is not None and file.frames < 1 << 62 and not self._stored.claim.open_ended:
            self._promised += max(0, int(file.frames))
        return file

    def _next_link(self) -> bool:
        """Go on to the next of several files in a row; whether there is one of the same kind."""
        if not self._links:
            return False
        begin, *self._links = self._links
        self._stored.show(begin, next(iter(self._links), self._stored.size))
        following = self._decoder(self._stored)
        if following is None or (following.samplerate, following.channels) != (
            self.rate, self.channels,
        ):  # fmt: skip
            self.truncated = True
            self._links = []
            return False
        self._file.close()
        self._file = following
        return True

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        self._stored.close()

    def blocks(
        self, *, longest: float | None = None, channel: int | None = None
    ) -> Iterator[Samples]:
        """Consecutive (N,) blocks of 16 kHz mono: one `channel` (from 0), or all of them mixed.

        Raises AudioError when nothing can be decoded, more than `longest` seconds, or no such
        channel is there.
        """
        if channel is not None and not 0 <= channel < self.channels:
            raise AudioError(
                f"{self.name}: found {self.channels} channels, expected one numbered {channel} "
                "(they count from 0)"
            )
        resampler = Resampler(self.rate)
        for frames in self.frames(longest=longest):
            mono = to_mono(frames) if channel is None else np.ascontiguousarray(frames[:, channel])
            block = resampler.feed(mono)
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
        while len(frames := self._decode()) or self._next_link():
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
        raise AudioError(not_finite(self.name, bad, before + total))
