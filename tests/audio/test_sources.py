"""Sound out of files, folders and pipes, each asked first what it is."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from mondegreen.audio import byte_source
from mondegreen.audio.read import HEAD, open_piped, read_audio
from mondegreen.audio.sources import expand, find_audio, sound
from mondegreen.errors import AudioError

posix = pytest.mark.skipif(sys.platform == "win32", reason="no named pipes of this kind on Windows")
TONE = (0.3 * np.sin(np.arange(16_000) * 0.17)).astype(np.float32)


def encoded(kind: str) -> bytes:
    data = io.BytesIO()
    sf.write(data, TONE, 16_000, format=kind)
    return data.getvalue()


class Endless(io.RawIOBase):
    """A pipe that never ends, and how many bytes were read from it."""

    size_read = 0

    def read(self, size: int = -1) -> bytes:
        self.size_read += size
        return b"\1" * size


@contextmanager
def standard_input(monkeypatch: pytest.MonkeyPatch, *chunks: bytes) -> Iterator[None]:
    """Standard input as a pipe into which somebody writes these chunks."""
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb", buffering=0) as pipe:
            for chunk in chunks:
                pipe.write(chunk)

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(reading, "r") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield
    writer.join()


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3", "CAF", "NIST"])
def test_a_file_that_is_piped_in_sounds_like_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    data = encoded(kind)
    (tmp_path / "a.bin").write_bytes(data)
    with standard_input(monkeypatch, data[:3], data[3:]), sound(Path("-")) as source:
        piped = np.concatenate(list(source.blocks()))
    assert np.array_equal(piped, read_audio(tmp_path / "a.bin").samples)
    assert not source.truncated


def test_raw_sound_is_piped_in_from_its_first_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = (TONE * 32_767).astype("<i2")
    data = samples.tobytes()
    with standard_input(monkeypatch, data[:1], data[1:999], data[999:]):  # noqa: SIM117
        with sound(Path("-")) as source:
            piped = np.concatenate(list(source.blocks()))
    assert np.array_equal(piped, samples / np.float32(32_768))


def test_a_pipe_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(byte_source, "MOST_PIPED", 3 << 20)
    pipe = Endless()
    with pytest.raises(AudioError, match="-: found more than 3 MB in a pipe"):
        open_piped(pipe, encoded("WAV")[:HEAD], "-")  # type: ignore[arg-type]
    assert pipe.size_read <= 5 << 20


@pytest.mark.parametrize("head", [b"y\n" * 32, b"\0\0\0\x20ftypM4A " + bytes(52), bytes(64)])
def test_what_is_no_recording_is_refused_from_its_head(head: bytes) -> None:
    pipe = Endless()
    with pytest.raises(AudioError, match="found"):
        open_piped(pipe, head, "-")  # type: ignore[arg-type]
    assert pipe.size_read == 0


def test_a_long_piped_file_goes_to_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(byte_source, "_IN_MEMORY", 1_000)
    data = encoded("FLAC")
    source = open_piped(io.BytesIO(data[HEAD:]), data[:HEAD], "-")
    assert sum(map(len, source.blocks())) == 16_000
    source.close()


@posix
def test_a_folder_gives_files_and_names_the_rest(tmp_path: Path) -> None:
    for name in ("b.wav", "a.flac", "deep/c.m4a", ".hidden.wav", ".hidden/d.wav", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "gone.wav").symlink_to(tmp_path / "nowhere.wav")
    listing = find_audio(tmp_path)
    names = [path.relative_to(tmp_path).as_posix() for path in listing.recordings]
    assert names == ["a.flac", "b.wav", "deep/c.m4a", "gone.wav"]
    assert listing.left_out == [tmp_path / "pipe.wav"]
    assert len(listing.notes) == 1
    assert str(tmp_path / "pipe.wav") in listing.notes[0]
    both = expand([str(tmp_path), "-"])
    assert both.recordings == [*listing.recordings, Path("-")]
    assert both.left_out == listing.left_out


@posix
def test_a_folder_of_pipes_holds_no_audio(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(AudioError, match="no audio in this folder but 1 pipes or devices"):
        find_audio(tmp_path)


def test_a_file_called_like_standard_input_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert expand(["./-"]).recordings == [tmp_path / "-"]
