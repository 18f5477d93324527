"""Files piped in are told from raw samples by their first bytes."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile as sf

from mondegreen.audio.formats import begins_file, describe_unreadable


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3", "AIFF", "AU", "CAF"])
@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_format_is_a_file(kind: str, rate: int, channels: int) -> None:
    data = io.BytesIO()
    noise = np.random.default_rng(0).normal(0, 0.1, (rate, channels))
    sf.write(data, noise, rate, format=kind)
    for head in (64, 4096):
        assert begins_file(data.getvalue()[:head])


@pytest.mark.parametrize(
    "head",
    [b"hello world\n", b'{"audio": "a.wav"}' * 9, b"\0\0\0\x20ftypM4A ", b"\x1a\x45\xdf\xa3" * 9],
)
def test_what_is_surely_not_sound_is_a_file_too(head: bytes) -> None:
    assert begins_file(head)  # so that its reader says what it is


def test_raw_samples_are_not_a_file() -> None:
    rng = np.random.default_rng(1)
    for level in (0.0, 1.0, 30.0, 3_000.0):
        for _ in range(500):
            samples = np.clip(rng.normal(0, level, 2_048), -32_768, 32_767).astype("<i2")
            assert not begins_file(samples.tobytes())
    assert not begins_file(b"")
    assert not begins_file(b"x")


def ogg(packet: bytes) -> bytes:
    return b"OggS\0\2" + bytes(20) + bytes([1, len(packet)]) + packet


@pytest.mark.parametrize(
    ("head", "part"),
    [
        (ogg(b"\x7fFLAC\1\0\0\1fLaC" + bytes(20)), "FLAC in an Ogg container"),
        (ogg(b"Speex   1.2.0" + bytes(20)), "Speex speech in an Ogg container"),
        (ogg(b"\x80theora" + bytes(20)), "a video in an Ogg container"),
        (b"RIFF\0\0\1\0AVI LIST", "an AVI video"),
        (b"RIFF\0\0\1\0WEBPVP8 ", "a RIFF file that is not audio"),
        (b"\0\0\0\x08moov" + bytes(56), "an MP4 container"),
        (b"RIFF\0\0\1\0WAVEfmt ", "damaged"),
        (b"RIFF\0\0\1\0WAVEfmt \x10\0\0\0\1\0\1\0", "damaged"),
        (b"RIFF\0\0\1\0WAVEfmt \x12\0\0\0\x61\1\1\0", "a WAV file with the codec WMA"),
        (b"RIFF\0\0\1\0WAVEfmt \x12\0\0\0\x34\x12\1\0", "with the codec 0x1234"),
        (b"caff\0\1\0\0desc" + bytes(16) + b"opus", "a CAF file with the codec OPUS"),
    ],
)
def test_what_cannot_be_read_is_named(head: bytes, part: str) -> None:
    assert part in describe_unreadable("a.ogg", head)


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("some/memo.m4a", "ffmpeg -i memo.m4a -ac 1 -ar 16000 memo.wav"),
        ("memo.wav", "ffmpeg -i memo.wav -ac 1 -ar 16000 memo-converted.wav"),
        ("my memo.m4a", "ffmpeg -i 'my memo.m4a' -ac 1 -ar 16000 'my memo.wav'"),
        ("it's.m4a", """ffmpeg -i 'it'"'"'s.m4a' -ac 1 -ar 16000 'it'"'"'s.wav'"""),
        ("-i.m4a", "ffmpeg -i ./-i.m4a -ac 1 -ar 16000 ./-i.wav"),
        ("-", "ffmpeg -i - -f wav -ac 1 -ar 16000 - | mondegreen hear -"),
    ],
)
def test_advice_can_be_pasted_and_spares_the_recording(name: str, command: str) -> None:
    message = describe_unreadable(name, b"\0\0\0\x20ftypM4A " + bytes(52))
    assert message.endswith(f"convert it: {command}")
