"""What Ogg and mp3 files say of their length: they are packets, one after the other, without end.

libsndfile reads the first of several Ogg files in a row, and of an mp3 that does not say how long
it is as much as it guesses from the first packet: of one with a changing bit rate about the half.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from .containers import Claim, bytes_at
from .formats import begins_mp3, mp3_packet

_LARGEST_OGG_PAGE = 27 + 255 + 255 * 255
_MOST_LINKS = 1_000
"""Ogg files in a row that are followed; a day of songs has some hundred."""
_LARGEST_MP3_PACKET = 1_441
_SMALLEST_MP3_PACKET = 24
_TAG_BEHIND = 128
"""Bytes of the tag at the end of old mp3 files."""


def check_ogg(file: BinaryIO, size: int) -> Claim:
    """Whether an Ogg file lacks its end, and where further ones begin in it."""
    return Claim(truncated=_lacks_last_page(file, size), links=tuple(_links(file, size)))


def _lacks_last_page(file: BinaryIO, size: int) -> bool:
    """Whether the file ends inside a page, or with one that is not marked as the last."""
    tail = bytes_at(file, max(0, size - _LARGEST_OGG_PAGE - 27), _LARGEST_OGG_PAGE + 27)
    at = tail.rfind(b"OggS\0")
    if at < 0:
        return True
    segments = tail[at + 26] if at + 26 < len(tail) else 255
    lengths = tail[at + 27 : at + 27 + segments]
    cut = len(lengths) < segments or at + 27 + segments + sum(lengths) > len(tail)
    return cut or not tail[at + 5] & 4


def _links(file: BinaryIO, size: int) -> list[int]:
    """Where a stream begins after another one has ended."""
    links: list[int] = []
    at, ended = 0, False
    while at < size and len(links) < _MOST_LINKS:
        page = bytes_at(file, at, 27 + 255)
        if len(page) < 27 or not page.startswith(b"OggS\0"):
            break
        if ended and page[5] & 2:
            links.append(at)
        ended = bool(page[5] & 4)
        at += 27 + page[26] + sum(page[27 : 27 + page[26]])
    return links


@dataclass(frozen=True)
class _Tag:
    """What the first packet of an mp3 says, in the place of sound."""

    frames_at: int | None
    """Where the number of packets stands in the file."""
    end: int
    """Where the file ends; 0 when that is not said."""


def check_mp3(file: BinaryIO, size: int) -> Claim:
    """What an mp3 says of its length, and what to tell libsndfile where it says too little."""
    start = after_id3(bytes_at(file, 0, 10))
    head = bytes_at(file, start, _LARGEST_MP3_PACKET + 4)
    if not begins_mp3(head):
        return Claim()
    most = size // _SMALLEST_MP3_PACKET + 1
    tag = _tag(head, start)
    if tag is None or tag.frames_at is None:
        front = _counting_packet(head, most)
        return Claim(truncated=_cut_packet(file, size), front=front, begin=start, open_ended=True)
    if tag.end and begins_mp3(_behind(file, tag.end)):
        patch = tag.frames_at, most.to_bytes(4, "big")
        return Claim(truncated=_cut_packet(file, size), patches=(patch,), open_ended=True)
    return Claim(truncated=tag.end > size + _LARGEST_MP3_PACKET)


def after_id3(head: bytes) -> int:
    """Where the file goes on after the ID3 tag at its beginning; 0 without one.

    `head` is its first 10 bytes or more.
    """
    if not head.startswith(b"ID3") or len(head) < 10:
        return 0
    size = sum((byte & 0x7F) << 7 * (3 - i) for i, byte in enumerate(head[6:10]))
    return 10 + size + (10 if head[5] & 0x10 else 0)


def _behind(file: BinaryIO, end: int) -> bytes:
    """The bytes after the place where an mp3 should end, a tag of a further one passed over."""
    return bytes_at(file, end + after_id3(bytes_at(file, end, 10)), _LARGEST_MP3_PACKET + 4)


def _side(head: bytes) -> int:
    """Bytes between a packet's header and its sound."""
    newest, mono = head[1] >> 3 & 3 == 3, head[3] >> 6 == 3
    return (17 if mono else 32) if newest else (9 if mono else 17)


def _tag(head: bytes, start: int) -> _Tag | None:
    """What a Xing or Info packet says; None for a packet with sound."""
    at = 4 + _side(head)
    tag = head[at:]
    if tag[:4] not in (b"Xing", b"Info") or len(tag) < 16:
        return None
    frames, size = tag[7] & 1, tag[7] & 2
    place = 12 if frames else 8
    end = start + int.from_bytes(tag[place : place + 4], "big") if size else 0
    return _Tag(start + at + 8 if frames else None, end)


def _counting_packet(head: bytes, frames: int) -> bytes:
    """A packet like that of `head`, which says how many follow and holds no sound."""
    # Without a checksum, at a bit rate in the middle, which leaves it room.
    header = bytes([0xFF, head[1] | 1, 9 << 4 | head[2] & 0x0C, head[3]])
    packet = header + bytes(_side(header)) + b"Xing\0\0\0\1" + frames.to_bytes(4, "big")
    return packet.ljust(mp3_packet(header), b"\0")


def _cut_packet(file: BinaryIO, size: int) -> bool:
    """Whether an mp3 ends inside a packet."""
    tail = bytes_at(file, max(0, size - 8 * _LARGEST_MP3_PACKET), 8 * _LARGEST_MP3_PACKET)
    if tail[-_TAG_BEHIND:].startswith(b"TAG"):
        tail = tail[:-_TAG_BEHIND]
    at = next((i for i in range(len(tail)) if _begins_row(tail, i)), len(tail))
    while length := mp3_packet(tail[at : at + 4]):
        if at + length > len(tail):
            return True
        at += length
    return 0 < len(tail) - at < 4 and tail[at] == 0xFF


def _begins_row(tail: bytes, at: int) -> bool:
    """Whether three packets in a row begin here: two could be samples by chance."""
    for _ in range(3):
        length = mp3_packet(tail[at : at + 4])
        if not length:
            return False
        at += length
    return True
