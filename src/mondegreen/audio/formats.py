"""What a file is that libsndfile cannot open, told from its first bytes, and how to convert it."""

from __future__ import annotations

from pathlib import Path

SUFFIXES = frozenset(
    {".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au",
     ".snd", ".caf", ".w64", ".rf64"}
)  # fmt: skip
"""Endings of audio files that are read directly."""
FOREIGN_SUFFIXES = frozenset(
    {".m4a", ".mp4", ".m4b", ".mov", ".3gp", ".webm", ".mka", ".mkv", ".aac", ".wma", ".amr"}
)
"""Endings of recordings that have to be converted first."""

READABLE_HEADS = (b"RIFF", b"RF64", b"fLaC", b"OggS", b"FORM", b"ID3", b"caff", b".snd", b"riff")
"""How a readable file begins."""
_SHORTEST_TEXT = 8
"""Bytes: four loud samples of one sign are no recording's beginning, but a word is a text's."""


def begins_file(head: bytes) -> bool:
    """Whether piped bytes are a file, readable or not, rather than raw samples.

    `head` is the first 64 bytes or more.
    """
    return (
        head.startswith(READABLE_HEADS)
        or _begins_mp3(head)
        or (_foreign_container(head) is not None and not _begins_adts(head))
        or (len(head) >= _SHORTEST_TEXT and _looks_like_text(head[:64]))
    )


def _begins_mp3(head: bytes) -> bool:
    """Whether an mp3 packet without tags begins here, and another where it ends.

    One packet's four bytes could be two samples by chance.
    """
    size = _mp3_packet(head)
    return size > 0 and (len(head) < size + 4 or _mp3_packet(head[size:]) > 0)


def _mp3_packet(head: bytes) -> int:
    """Bytes of the MPEG layer III packet that begins here; 0 when none does."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, rate, bits = head[1] >> 3 & 3, head[2] >> 2 & 3, head[2] >> 4
    if version == 1 or rate == 3 or bits in (0, 15):
        return 0
    newest = version == 3
    speed = _MP3_KILOBITS[newest][bits - 1] * 1000
    hertz = (44_100, 48_000, 32_000)[rate] >> {3: 0, 2: 1, 0: 2}[version]
    return (144 if newest else 72) * speed // hertz + (head[2] >> 1 & 1)


_MP3_KILOBITS = {
    True: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""By bit rate index, for MPEG 1 (True) and MPEG 2 and 2.5."""


def describe_unreadable(name: str, head: bytes) -> str:
    """One line for a file that is not readable audio: what it is, and what to do.

    `head` is its first 64 bytes or so.
    """
    container = _foreign_container(head)
    if container is not None:
        wav = Path(name).with_suffix(".wav").name
        return (
            f"{name}: found {container}, which cannot be read directly; convert it: "
            f"ffmpeg -i {Path(name).name} -ac 1 -ar 16000 {wav}"
        )
    if name.lower().endswith((".raw", ".pcm")):
        return (
            f"{name}: found samples without a header; pipe them in with their rate: "
            f"mondegreen hear - --rate 16000 < {Path(name).name}"
        )
    if head.startswith(READABLE_HEADS):
        return f"{name}: found audio that is damaged or breaks off in its header; copy it again"
    seen = "text" if _looks_like_text(head) else "data"
    return f"{name}: found {seen} that is not audio, expected wav, flac, ogg, mp3, aiff or similar"


def _foreign_container(head: bytes) -> str | None:
    if head[4:8] == b"ftyp":
        return "an MP4 container (m4a, mp4)"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "a Matroska container (webm, mka)"
    if head.startswith(b"#!AMR"):
        return "AMR speech (a phone's voice memo)"
    if head.startswith(b"\x30\x26\xb2\x75"):
        return "Windows Media audio"
    return "AAC audio" if _begins_adts(head) else None


def _begins_adts(head: bytes) -> bool:
    return len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0


def _looks_like_text(head: bytes) -> bool:
    """Whether the bytes are printable; a character cut in half at the end is forgiven."""
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:
            return False
        text = head[: error.start].decode("utf-8")
    return all(c.isprintable() or c.isspace() for c in text)
