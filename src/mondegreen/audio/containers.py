"""What a recording's header says of its size, held against the bytes that are there.

A header is written before the sound: of a pipe it was never corrected, of a file that was cut it
promises too much, and of a recorder that was killed it still says zero. libsndfile believes some of
these, refuses others and mends some without a word.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_UNKNOWN_32 = 0x7F00_0000
"""Sizes from here on are what programs write into 32 bits that did not know the length when they
began: 2 GB (sox), 4 GB (ffmpeg), 2.1 GB (sox's AIFF)."""
_UNKNOWN_64 = 1 << 62
"""The same in 64 bits; negative numbers as well, as CAF prescribes."""
_MOST_CHUNKS = 1_000
"""A recording has a dozen chunks; a gigabyte of zeros would be a hundred million empty ones."""


@dataclass(frozen=True)
class Claim:
    """What a header says of its recording, once it has been checked."""

    truncated: bool = False
    """The header promises more than there is, or was never finished."""
    patches: tuple[tuple[int, bytes], ...] = ()
    """Bytes that make the header true, and where they belong."""
    front: bytes = b""
    """Bytes that are to stand in the place of the file's first `begin`."""
    begin: int = 0
    links: tuple[int, ...] = ()
    """Where further files of the same kind begin in this one."""
    sound_end: int | None = None
    """Where the sound ends, when something lies behind it."""
    open_ended: bool = False
    """The number of samples that its reader will see in it is only an upper bound."""

    @property
    def as_written(self) -> bool:
        """Whether the file is to be read as it is."""
        return not (self.patches or self.front or self.links)


@dataclass(frozen=True)
class _Chunk:
    kind: bytes
    size_at: int
    """Where its size stands in the file."""
    start: int
    """Where its content begins."""
    size: int
    """Bytes of content, as its header says."""


@dataclass(frozen=True)
class _Layout:
    """How a container writes its chunks."""

    first: int
    """Where the first chunk begins."""
    size: struct.Struct
    sound: bytes
    """How the kind of the chunk with the sound begins."""
    before: int = 0
    """Bytes in that chunk before the first sample."""
    kind_bytes: int = 4
    align: int = 2
    counts_header: bool = False
    """Whether a chunk's size includes its header."""

    @property
    def header(self) -> int:
        """Bytes before the content of a chunk."""
        return self.kind_bytes + self.size.size

    @property
    def unknown(self) -> int:
        """The least size that stands for an unknown one."""
        return _UNKNOWN_32 if self.size.size == 4 else _UNKNOWN_64

    def chunks(self, file: BinaryIO, start: int, end: int) -> Iterator[_Chunk]:
        """The chunks whose headers lie between two places."""
        for _ in range(_MOST_CHUNKS):
            header = bytes_at(file, start, self.header)
            if len(header) < self.header or start + self.header > end:
                return
            (size,) = self.size.unpack_from(header, self.kind_bytes)
            if self.counts_header and size >= 0:
                size = max(0, size - self.header)
            content = start + self.header
            yield _Chunk(header[: self.kind_bytes], start + self.kind_bytes, content, size)
            if size < 0:
                return
            start = content + -(-size // self.align) * self.align


_RIFF = _Layout(12, struct.Struct("<I"), b"data")
_RIFX = _Layout(12, struct.Struct(">I"), b"data")
_AIFF = _Layout(12, struct.Struct(">I"), b"SSND", before=8)
_SVX = _Layout(12, struct.Struct(">I"), b"BODY")
_CAF = _Layout(8, struct.Struct(">q"), b"data", before=4, align=1)
_W64 = _Layout(
    40, struct.Struct("<q"), b"data", kind_bytes=16, align=8, counts_header=True
)  # its chunks are named by 16 bytes


def check_header(file: BinaryIO, size: int, head: bytes) -> Claim:
    """What the header of `file`, which has `size` bytes and begins with `head`, says of its length.

    A header that makes no sense at all is left to its reader.
    """
    if head.startswith(b"NIST_1A"):
        return Claim(truncated=_nist_bytes(bytes_at(file, 0, 1024)) > size)
    if head.startswith((b".snd", b"dns.")):
        return _check_au(head, size)
    if head.startswith(b"RF64"):
        return _check_rf64(file, size)
    layout = _layout(head)
    return Claim() if layout is None else _check_chunks(file, size, layout)


def _layout(head: bytes) -> _Layout | None:
    if head.startswith(b"FORM"):
        return _SVX if head[8:11] == b"8SV" or head[8:11] == b"16S" else _AIFF
    layouts = {b"RIFF": _RIFF, b"RIFX": _RIFX, b"caff": _CAF, b"riff": _W64}
    return layouts.get(head[:4])


def _check_chunks(file: BinaryIO, size: int, layout: _Layout) -> Claim:
    for chunk in layout.chunks(file, layout.first, size):
        if chunk.kind.startswith(layout.sound):
            break
    else:
        return Claim()
    there = size - chunk.start
    unknown = chunk.size < 0 or chunk.size >= layout.unknown
    unfinished = 0 <= chunk.size <= layout.before < there and not _only_chunks(
        file, chunk.start + chunk.size, size, layout
    )
    if not (unfinished or unknown or chunk.size > there):
        return Claim(sound_end=chunk.start + chunk.size)
    true_size = there + (layout.header if layout.counts_header else 0)
    patches = _patch(chunk.size_at, true_size, layout.size)
    return Claim(truncated=not unknown, patches=patches)


def _check_rf64(file: BinaryIO, size: int) -> Claim:
    """RF64 is RIFF with the size of the sound in a chunk of its own, in 64 bits."""
    field = struct.Struct("<Q")
    claimed_at = None
    for chunk in _RIFF.chunks(file, _RIFF.first, size):
        if chunk.kind == b"ds64":
            claimed_at = chunk.start + field.size
        if chunk.kind == b"data" and claimed_at is not None:
            (claimed,) = field.unpack(bytes_at(file, claimed_at, field.size))
            there = size - chunk.start
            unfinished = claimed == 0 < there and not _only_chunks(file, chunk.start, size, _RIFF)
            if not unfinished and claimed <= there:
                return Claim(sound_end=chunk.start + claimed)
            patches = _patch(claimed_at, there, field)
            return Claim(truncated=claimed < _UNKNOWN_64, patches=patches)
    return Claim()


def _check_au(head: bytes, size: int) -> Claim:
    field = struct.Struct(">I" if head.startswith(b".snd") else "<I")
    if len(head) < 12:
        return Claim()
    (start,), (claimed,) = field.unpack_from(head, 4), field.unpack_from(head, 8)
    there = size - start
    if there <= 0 or 0 < claimed <= there:
        return Claim()
    return Claim(truncated=claimed < _UNKNOWN_32, patches=_patch(8, there, field))


def _patch(at: int, value: int, field: struct.Struct) -> tuple[tuple[int, bytes], ...]:
    """The patch, unless the value does not fit: what libsndfile takes for unknown then stays."""
    return () if field.size == 4 and value >> 32 else ((at, field.pack(value)),)


def _only_chunks(file: BinaryIO, start: int, end: int, layout: _Layout) -> bool:
    """Whether nothing but whole chunks lies between two places: no samples that lack a header."""
    if start >= end:
        return True
    chunk = None
    for chunk in layout.chunks(file, start, end):
        if not all(0x20 <= byte < 0x7F for byte in chunk.kind[:4]):
            return False
    return chunk is not None and abs(chunk.start + chunk.size - end) < layout.align


def _nist_bytes(head: bytes) -> int:
    """Bytes that the text header of a NIST file promises."""
    size = re.match(rb"NIST_1A\s+(\d{1,9})\s", head)
    total = int(size[1]) if size else 0
    numbers = [
        re.search(rb"\n" + name + rb" -i (\d{1,12})\s", head)
        for name in (b"sample_count", b"sample_n_bytes", b"channel_count")
    ]
    counts = [int(number[1]) for number in numbers if number]
    return total + counts[0] * counts[1] * counts[2] if len(counts) == 3 else 0


def bytes_at(file: BinaryIO, offset: int, count: int) -> bytes:
    """Up to `count` bytes of a file from a place in it."""
    file.seek(offset)
    return file.read(count)
