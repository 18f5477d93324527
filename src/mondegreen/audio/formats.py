"""What a file is that libsndfile cannot open, told from its first bytes, and how to convert it."""

from __future__ import annotations

import shlex
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

READABLE_HEADS = (
    b"RIFF", b"RIFX", b"RF64", b"fLaC", b"OggS", b"FORM", b"ID3", b"caff", b".snd", b"dns.",
    b"riff", b"NIST_1A", b"Creative Voice File",
)  # fmt: skip
"""How a readable file begins."""
_SHORTEST_TEXT = 8
"""Bytes: four loud samples of one sign are no recording's beginning, but a word is a text's."""


def begins_file(head: bytes) -> bool:
    """Whether piped bytes are a file, readable or not, rather than raw samples.

    `head` is the first 64 bytes or more.
    """
    return (
        readable_head(head)
        or (_foreign_container(head) is not None and not _begins_adts(head))
        or (len(head) >= _SHORTEST_TEXT and _looks_like_text(head[:64]))
    )


def readable_head(head: bytes) -> bool:
    """Whether a file that begins so may be a recording that is read directly."""
    return head.startswith(READABLE_HEADS) or begins_mp3(head)


def begins_mp3(head: bytes) -> bool:
    """Whether an mp3 packet without tags begins here, and another where it ends.

    One packet's four bytes could be two samples by chance.
    """
    size = mp3_packet(head)
    return size > 0 and (len(head) < size + 4 or mp3_packet(head[size:]) > 0)


def mp3_packet(head: bytes) -> int:
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
        return (
            f"{name}: found {container}, which cannot be read directly; convert it: "
            f"{_conversion(name)}"
        )
    if name.lower().endswith((".raw", ".pcm")):
        return (
            f"{name}: found samples without a header; pipe them in with their rate: "
            f"mondegreen hear - --rate 16000 < {_quoted(name)}"
        )
    other = _other_content(head)
    if other is None and readable_head(head):
        return f"{name}: found audio that is damaged or breaks off in its header; copy it again"
    content = other or ("text" if _looks_like_text(head) else "data")
    return (
        f"{name}: found {content} that is not audio, expected wav, flac, ogg, mp3, aiff or similar"
    )


def _conversion(name: str) -> str:
    """The command that turns a file into one that can be read, under another name."""
    if name == "-":
        return "ffmpeg -i - -f wav -ac 1 -ar 16000 - | mondegreen hear -"
    path = Path(name)
    wav = path.with_suffix(".wav")
    if path.suffix.lower() == ".wav":
        wav = path.with_name(f"{path.stem}-converted.wav")
    return f"ffmpeg -i {_quoted(name)} -ac 1 -ar 16000 {_quoted(str(wav))}"


def _quoted(name: str) -> str:
    """The last part of a name as a shell takes it for one word and no option."""
    last = Path(name).name
    return shlex.quote(f"./{last}" if last.startswith("-") else last)


def _foreign_container(head: bytes) -> str | None:
    """The name of sound that has to be converted first."""
    if head[4:8] in (b"ftyp", b"moov", b"mdat"):
        return "an MP4 container (m4a, mp4)"
    for begin, what in _FOREIGN.items():
        if head.startswith(begin):
            return what
    return "AAC audio" if _begins_adts(head) else _foreign_codec(head)


def _foreign_codec(head: bytes) -> str | None:
    """The name of a codec that is not read, in a container of which other codecs are."""
    if head.startswith(b"OggS") and len(head) > 27:
        packet = head[27 + head[26] :]
        return next(
            (what for begin, what in _FOREIGN_OGG.items() if packet.startswith(begin)), None
        )
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "an AVI video"
    if head.startswith(b"RIFF") and head[12:16] == b"fmt " and len(head) >= 22:
        codec = int.from_bytes(head[20:22], "little")
        if codec not in _WAV_CODECS:
            return f"a WAV file with the codec {_OTHER_WAV_CODECS.get(codec, hex(codec))}"
    if head.startswith(b"caff") and head[28:32] in _OTHER_CAF_CODECS:
        return f"a CAF file with the codec {head[28:32].decode().strip().upper()}"
    return None


_FOREIGN = {
    b"\x1a\x45\xdf\xa3": "a Matroska container (webm, mka)",
    b"#!AMR": "AMR speech (a phone's voice memo)",
    b"\x30\x26\xb2\x75": "Windows Media audio",
    b"DSD ": "DSD audio",
    b"MAC ": "Monkey's Audio",
    b"wvpk": "WavPack audio",
    b"ajkg": "Shorten audio",
}
"""By their first bytes."""
_FOREIGN_OGG = {
    b"\x7fFLAC": "FLAC in an Ogg container",
    b"Speex   ": "Speex speech in an Ogg container",
    b"\x80theora": "a video in an Ogg container",
    b"fishead\0": "several streams in an Ogg container",
}
"""By the first bytes of an Ogg file's first packet; Vorbis and Opus are read."""


_WAV_CODECS = (0x01, 0x02, 0x03, 0x06, 0x07, 0x11, 0x31, 0x38, 0x40, 0x50, 0x55, 0xFFFE)
"""PCM, Microsoft's and IMA's ADPCM, float, A-law, mu-law, GSM, NMS ADPCM, G.721, MPEG, and the one
that says more further on."""
_OTHER_WAV_CODECS = {
    0x00FF: "AAC", 0x0160: "WMA", 0x0161: "WMA", 0x0162: "WMA", 0x0042: "G.723", 0x0083: "G.729",
    0x0045: "G.726", 0x0064: "G.726", 0x0022: "TrueSpeech", 0x704F: "Opus",
}  # fmt: skip
"""What telephone systems and screen recorders put into WAV files."""
_OTHER_CAF_CODECS = (b"aac ", b"opus", b"ima4", b".mp3", b"aacl", b"aach")
"""What iPhones put into CAF files."""


def _other_content(head: bytes) -> str | None:
    """The kind of a file that begins as recordings do but is none."""
    if head.startswith((b"RIFF", b"RIFX")) and head[8:12] != b"WAVE" and len(head) >= 12:
        return "a RIFF file"
    if head.startswith(b"FORM") and head[8:12] not in _AIFF_KINDS and len(head) >= 12:
        return "an IFF file"
    return None


_AIFF_KINDS = (b"AIFF", b"AIFC", b"8SVX", b"16SV")


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
