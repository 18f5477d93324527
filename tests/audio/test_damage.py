"""Damaged files give samples or an AudioError: nothing else, no line of a decoder, no flood."""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
import tracemalloc
from contextlib import suppress

import numpy as np
import pytest
import soundfile as sf

from mondegreen.audio.read import open_audio, open_bytes, read_audio
from mondegreen.errors import AudioError

KINDS = ["WAV", "WAVEX", "RF64", "AIFF", "AU", "W64", "CAF", "SVX", "NIST", "FLAC", "OGG", "MP3"]
WORDS = [b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\xff" * 8, b"\0\0\0\1"]
"""What a size may be in a file that was never finished, or made to do harm."""


def damaged(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    way = rng.choice(["cut", "bytes", "word", "insert", "cut and bytes"])
    if "cut" in way:
        del changed[rng.randrange(1, len(changed)) :]
    if "bytes" in way:
        for _ in range(rng.choice([1, 2, 5, 20])):
            changed[rng.randrange(min(len(changed), rng.choice([64, 4_200])))] = rng.randrange(256)
    place = rng.randrange(min(len(changed), 200))
    if way == "word":
        word = rng.choice(WORDS)
        changed[place : place + len(word)] = word
    if way == "insert":
        changed[place:place] = rng.randbytes(rng.choice([1, 4, 100]))
    return bytes(changed)


@pytest.mark.parametrize("kind", KINDS)
def test_damage_gives_samples_or_our_error(
    tmp_path_factory: pytest.TempPathFactory, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    path = tmp_path_factory.mktemp("damage") / "a.bin"
    encoded = io.BytesIO()
    sound = np.random.default_rng(0).normal(0, 0.1, 60_000).astype(np.float32)
    sf.write(encoded, sound, 16_000, format=kind)
    rng = random.Random(kind)
    outcomes = set()
    for _ in range(40):
        data = damaged(encoded.getvalue(), rng)
        path.write_bytes(data)
        tracemalloc.start()
        try:
            recording = read_audio(path)
            assert np.isfinite(recording.samples).all()
            outcomes.add("truncated" if recording.truncated else "whole")
        except AudioError:
            outcomes.add("error")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        # One read of 4096 frames of all 1024 channels that a header may name is 17 MB.
        assert peak < 60e6
        with suppress(AudioError):
            list(open_bytes(data, "body").blocks())
    assert len(outcomes) > 1
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("content", [b"<html>not here</html>" * 9, b"\xff\xf3\x88\xc4" + bytes(40)])
def test_a_decoder_writes_no_lines_of_its_own(
    tmp_path_factory: pytest.TempPathFactory, capfd: pytest.CaptureFixture[str], content: bytes
) -> None:
    path = tmp_path_factory.mktemp("lines") / "a.mp3"
    path.write_bytes(content)
    with pytest.raises(AudioError, match="found"):
        read_audio(path)
    assert capfd.readouterr() == ("", "")


def test_lines_of_others_come_through(capfd: pytest.CaptureFixture[str]) -> None:
    from mondegreen.audio.decoder_lines import decoder_lines_dropped

    for _ in range(2):
        with decoder_lines_dropped():
            os.write(2, b"ours\nNote: Trying to resync...\n")
            os.write(2, b"[src/libmpg123/parse.c:1] error: x\nmore\n")
        assert capfd.readouterr().err == "ours\nmore\n"


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell closes it")
def test_a_closed_standard_error_is_no_hindrance(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("closed")
    sf.write(folder / "a.mp3", np.zeros(16_000, np.float32), 16_000)
    code = "from mondegreen.audio.read import read_audio; print(read_audio('a.mp3').seconds)"
    done = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -c "{code}" 2>&-'],
        cwd=folder, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "1.0"


def test_an_interrupt_in_the_middle_of_a_read_is_no_end_of_the_file() -> None:
    class Interrupted(io.BytesIO):
        """A file in whose last part somebody presses Ctrl-C."""

        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 100_000 and armed:
                raise KeyboardInterrupt
            return super().read(size)

    armed = False
    from mondegreen.audio.decode import AudioSource

    encoded = io.BytesIO()
    sf.write(encoded, np.zeros(160_000, np.float32), 16_000, format="WAV")
    data = encoded.getvalue()
    source = AudioSource(Interrupted(data), "body", data[:64])
    armed = True
    with pytest.raises(KeyboardInterrupt):
        list(source.blocks())


def test_sound_that_unfolds_without_end_is_refused(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("long") / "a.flac"
    sf.write(path, np.zeros(4_000_000, np.float32), 4_000, subtype="PCM_16")
    assert path.stat().st_size < 30_000
    with open_audio(path) as source, pytest.raises(AudioError, match="more than 0 hours of audio"):
        list(source.blocks(longest=60.0))
