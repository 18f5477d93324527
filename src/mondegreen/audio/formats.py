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
"""How a readable file begins: what tells a piped file from raw samples."""


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
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "AAC audio"
    return None


def _looks_like_text(head: bytes) -> bool:
    """Whether the bytes are printable; a character cut in half at the end is forgiven."""
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:
            return False
        text = head[: error.start].decode("utf-8")
    return all(c.isprintable() or c.isspace() for c in text)
