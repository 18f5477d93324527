"""What a header says of its length is a claim: what is there is read, and a lack is noted."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from mondegreen.audio.formats import mp3_packet
from mondegreen.audio.read import open_bytes, read_audio, seconds_of
from mondegreen.data.recording import utterance_samples
from mondegreen.data.utterance import Utterance

RATE = 16_000
SECONDS = 8.0
COUNT = int(SECONDS * RATE)
KINDS = ["WAV", "WAVEX", "RF64", "AIFF", "AU", "W64", "CAF", "SVX", "NIST", "FLAC", "OGG", "MP3"]
SIZE_FIELDS = {
    "WAV": ("<I", lambda data: data.index(b"data") + 4),
    "RF64": ("<Q", lambda data: data.index(b"ds64") + 16),
    "AIFF": (">I", lambda data: data.index(b"SSND") + 4),
    "AU": (">I", lambda _: 8),
    "W64": ("<Q", lambda data: data.index(b"data") + 16),
    "CAF": (">Q", lambda data: data.index(b"data\0\0") + 4),
}
"""How and where each container writes the size of its sound."""


def encoded(kind: str, **options: str) -> bytes:
    rng = np.random.default_rng(0)
    samples = rng.normal(0, 0.1, COUNT).astype(np.float32)
    data = io.BytesIO()
    sf.write(data, samples, RATE, format=kind, **options)
    return data.getvalue()


def with_size(kind: str, size: int) -> bytes:
    layout, place = SIZE_FIELDS[kind]
    data = bytearray(encoded(kind))
    struct.pack_into(layout, data, place(bytes(data)), size)
    return bytes(data)


def with_flac_frames(count: int) -> bytes:
    """A FLAC file whose header promises this many samples: 36 bits, from the middle of byte 21."""
    data = bytearray(encoded("FLAC"))
    data[21] = data[21] & 0xF0 | count >> 32
    data[22:26] = struct.pack(">I", count & 0xFFFFFFFF)
    return bytes(data)


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_file_is_whole_and_one_cut_anywhere_is_not(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.bin"
    whole = encoded(kind)
    path.write_bytes(whole)
    recording = read_audio(path)
    assert recording.seconds == pytest.approx(SECONDS, abs=0.08)
    assert not recording.truncated
    for part in (0.4, 0.6, 0.9):
        path.write_bytes(whole[: int(len(whole) * part)])
        cut = read_audio(path)
        assert cut.truncated
        # An Ogg page, the least that can be read of one, is a second or so.
        assert cut.seconds == pytest.approx(SECONDS * part, abs=1.6)
        assert open_bytes(path.read_bytes(), "body").truncated or kind in ("FLAC", "MP3")


@pytest.mark.parametrize("kind", SIZE_FIELDS)
@pytest.mark.parametrize("unknown", ["0", "only what stands before the samples"])
def test_a_size_that_was_never_filled_in_is_noted(tmp_path: Path, kind: str, unknown: str) -> None:
    size = 0 if unknown == "0" else {"AIFF": 8, "CAF": 4, "W64": 24}.get(kind, 0)
    (tmp_path / "a.bin").write_bytes(with_size(kind, size))
    recording = read_audio(tmp_path / "a.bin")
    assert len(recording.samples) == pytest.approx(COUNT, abs=4)  # AIFF and CAF: a word before
    assert recording.truncated


@pytest.mark.parametrize(
    ("kind", "size"),
    [("WAV", 0xFFFFFFFF), ("WAV", 0x7FFFF000), ("AIFF", 0x7F000008), ("AU", 0xFFFFFFFF),
     ("RF64", 2**64 - 1), ("W64", 2**63 - 1), ("CAF", 2**64 - 1)],
)  # fmt: skip
def test_a_pipe_does_not_know_the_size_and_is_whole(tmp_path: Path, kind: str, size: int) -> None:
    (tmp_path / "a.bin").write_bytes(with_size(kind, size))
    recording = read_audio(tmp_path / "a.bin")
    assert len(recording.samples) == COUNT
    assert not recording.truncated


@pytest.mark.parametrize("kind", ["WAV", "AIFF"])
def test_an_empty_recording_with_notes_behind_it_stays_empty(kind: str) -> None:
    data = io.BytesIO()
    sf.write(data, np.zeros(0, np.float32), RATE, format=kind)
    order = "<" if kind == "WAV" else ">"
    notes = data.getvalue() + struct.pack(f"{order}4sI", b"note", 12) + b"nothing here"
    with pytest.raises(Exception, match="no samples"):
        list(open_bytes(notes, "body").blocks())


@pytest.mark.parametrize(("promised", "truncated"), [(0, False), (2**36 - 1, True)])
def test_flac_reads_what_comes_whatever_it_promises(
    tmp_path: Path, promised: int, truncated: bool
) -> None:
    path = tmp_path / "a.flac"
    path.write_bytes(with_flac_frames(promised))
    recording = read_audio(path)
    assert len(recording.samples) == COUNT
    assert recording.truncated is truncated
    assert seconds_of(path) == SECONDS
    assert len(utterance_samples(tmp_path, Utterance(id="a", audio="a.flac", text="x"))) == COUNT


def test_an_ogg_file_without_its_last_page_is_noted(tmp_path: Path) -> None:
    for subtype in ("VORBIS", "OPUS"):
        whole = encoded("OGG", subtype=subtype)
        (tmp_path / "a.ogg").write_bytes(whole)
        assert not read_audio(tmp_path / "a.ogg").truncated
        (tmp_path / "a.ogg").write_bytes(whole[: whole.rindex(b"OggS")])
        assert read_audio(tmp_path / "a.ogg").truncated


@pytest.mark.parametrize("kind", ["OGG", "MP3"])
def test_files_in_a_row_are_all_heard(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(encoded(kind) * 3)
    recording = read_audio(path)
    assert recording.seconds == pytest.approx(3 * SECONDS, abs=0.4)
    assert not recording.truncated
    assert seconds_of(path) == pytest.approx(recording.seconds, abs=0.01)
    path.write_bytes((encoded(kind) * 3)[:-3_000])
    assert read_audio(path).truncated


def test_another_ogg_file_behind_one_is_noted(tmp_path: Path) -> None:
    stereo = io.BytesIO()
    sf.write(stereo, np.zeros((RATE, 2), np.float32), RATE, format="OGG")
    (tmp_path / "a.ogg").write_bytes(encoded("OGG") + stereo.getvalue())
    recording = read_audio(tmp_path / "a.ogg")
    assert recording.seconds == SECONDS
    assert recording.truncated


@pytest.mark.parametrize("mode", ["VARIABLE", "CONSTANT"])
@pytest.mark.parametrize("channels", [1, 2])
def test_an_mp3_that_does_not_say_how_long_it_is_is_heard_to_its_end(
    tmp_path: Path, mode: str, channels: int
) -> None:
    path = tmp_path / "a.mp3"
    time = np.arange(COUNT) / RATE
    tone = 0.3 * np.sin(2 * np.pi * 440 * time) * (time > SECONDS / 2)  # its bit rate changes
    sf.write(path, np.stack([tone] * channels, axis=1), RATE, bitrate_mode=mode)
    audio = read_audio(path)
    packets = path.read_bytes()[mp3_packet(path.read_bytes()[:4]) :]
    for tag in (b"", b"ID3\3\0\0\0\0\0\x0a" + bytes(10)):
        path.write_bytes(tag + packets)
        unsaid = read_audio(path)
        assert not unsaid.truncated
        assert unsaid.seconds == pytest.approx(SECONDS, abs=0.1)
        for samples in (audio.samples, unsaid.samples):
            assert np.abs(samples[: COUNT // 2 - 2_000]).max() < 0.01
            assert np.abs(samples[COUNT // 2 + 2_000 : COUNT - 2_000]).max() > 0.25
    path.write_bytes(packets[:-10])
    assert read_audio(path).truncated


def test_what_stands_behind_the_sound_of_a_wav_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(encoded("WAV") * 2)
    recording = read_audio(tmp_path / "a.wav")
    assert recording.seconds == SECONDS
    assert recording.truncated  # there is more, and it was not read


@pytest.mark.parametrize(
    "damage",
    [lambda d: d + b"TAG" + bytes(125), lambda d: b"ID3\3\0\0\0\0\0\x0a" + bytes(10) + d],
    ids=["tag behind", "tag before"],
)
def test_tags_of_an_mp3_are_no_damage(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(damage(encoded("MP3")))
    assert not read_audio(path).truncated
