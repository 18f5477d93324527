"""Recordings of every kind come out as the same 16 kHz mono, and broken ones say what is wrong."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st

from mondegreen.audio.read import from_array, open_bytes, read_audio, read_blocks, read_pcm
from mondegreen.audio.samples import Samples
from mondegreen.errors import AudioError


def tone(rate: int, seconds: float = 1.0, level: float = 0.3) -> Samples:
    time = np.arange(round(rate * seconds)) / rate
    return (level * np.sin(2 * np.pi * 440 * time)).astype(np.float32)


def level(samples: Samples) -> float:
    inner = samples[len(samples) // 4 : -len(samples) // 4]
    return float(np.sqrt(2 * np.mean(inner**2)))


def pitch(samples: Samples) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax()) * 16_000 / len(samples)


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "mp3", "aiff", "au", "caf"])
def test_formats_and_rates_become_the_same_sound(tmp_path: Path, ending: str) -> None:
    for rate in (8_000, 16_000, 44_100) if ending != "caf" else (96_000,):
        path = tmp_path / f"{rate}.{ending}"
        sf.write(path, tone(rate), rate)
        recording = read_audio(path)
        assert recording.samples.dtype == np.float32
        assert recording.source_rate == rate
        assert recording.seconds == pytest.approx(1.0, abs=0.08)  # mp3 pads to whole packets
        assert not recording.truncated
        assert pitch(recording.samples) == pytest.approx(440, abs=2)
        assert level(recording.samples) == pytest.approx(0.3, rel=0.05)


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        ([1.0], 0.3),
        ([1.0, 1.0], 0.3),
        ([1.0, 0.0], 0.3),
        ([0.0, 1.0], 0.3),
        ([1.0, -1.0], 0.3),
        ([1.0, 0.5], 0.225),
        ([1.0] * 8, 0.3),
        ([0.0] * 7 + [1.0], 0.3),
    ],
)
def test_dead_and_reversed_channels_do_not_cost_level(
    tmp_path: Path, channels: list[float], expected: float
) -> None:
    path = tmp_path / "many.wav"
    sf.write(path, tone(16_000)[:, None] * np.array(channels, np.float32), 16_000)
    recording = read_audio(path)
    assert recording.channels == len(channels)
    assert level(recording.samples) == pytest.approx(expected, rel=0.01)


def test_blocks_of_a_long_file_join_without_seams(tmp_path: Path) -> None:
    path = tmp_path / "long.flac"
    sf.write(path, tone(44_100, seconds=70), 44_100)
    blocks = list(read_blocks(path))
    assert len(blocks) > 1
    joined = np.concatenate(blocks)
    assert np.array_equal(joined, read_audio(path).samples)
    steps = np.abs(np.diff(joined[8_000:-8_000]))
    assert steps.max() < 0.3 * 2 * np.pi * 440 / 16_000 * 1.05  # a seam would jump


@pytest.mark.parametrize("ending", ["wav", "flac", "mp3"])
@pytest.mark.filterwarnings("default")
def test_a_file_cut_short_keeps_what_is_there(tmp_path: Path, ending: str) -> None:
    whole = tmp_path / f"whole.{ending}"
    noise = np.random.default_rng(0).normal(0, 0.1, 160_000).astype(np.float32)
    sf.write(whole, noise, 16_000)
    cut = tmp_path / f"cut.{ending}"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    recording = read_audio(cut)
    assert 4.5 < recording.seconds < 5.2
    assert recording.truncated


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "mp3"])
def test_reading_in_blocks_decodes_what_reading_at_once_does(tmp_path: Path, ending: str) -> None:
    rng = np.random.default_rng(3)
    for rate in (8_000, 16_000, 44_100):
        # Harmonics of a voice in a little noise: mp3 packets of it lean on those before them.
        seconds = np.arange(4 * rate) / rate
        voiced = sum(np.sin(2 * np.pi * 140 * k * seconds + k) / k for k in range(1, 20))
        path = tmp_path / f"{rate}.{ending}"
        sf.write(path, 0.1 * voiced + rng.normal(0, 0.01, len(seconds)), rate)
        whole, _ = sf.read(path, dtype="float32")
        expected = from_array(whole, rate).samples
        for samples in (
            read_audio(path).samples,
            np.concatenate(list(open_bytes(path.read_bytes(), "body").blocks())),
        ):
            assert len(samples) == pytest.approx(len(expected), abs=1)
            least = min(len(samples), len(expected))
            assert np.abs(samples[:least] - expected[:least]).max() < 1e-3


def test_silence_and_clipping_are_sound(tmp_path: Path) -> None:
    for name, samples in (("quiet", np.zeros(1600)), ("loud", np.sign(tone(16_000)))):
        sf.write(tmp_path / f"{name}.wav", samples, 16_000)
        assert read_audio(tmp_path / f"{name}.wav").seconds > 0


def bad_files(folder: Path) -> dict[str, tuple[Path, str]]:
    contents = {
        name: folder / name for name in ("empty.wav", "text.wav", "noise.mp3", "x.raw", "m.m4a")
    }
    contents["empty.wav"].write_bytes(b"")
    contents["text.wav"].write_text("this is only text\n" * 9)
    contents["noise.mp3"].write_bytes(np.random.default_rng(1).bytes(20_000))
    contents["x.raw"].write_bytes(bytes(4_000))
    contents["m.m4a"].write_bytes(b"\0\0\0\x20ftypM4A \0\0\0\0" + bytes(400))
    sf.write(folder / "none.wav", np.zeros(0), 16_000)
    sf.write(folder / "low.wav", np.zeros(500), 1_000)
    (folder / "head.flac").write_bytes(b"fLaC\0\0\0\x22")
    says = {
        "empty.wav": "empty file",
        "text.wav": "text that is not audio",
        "noise.mp3": "not audio",
        "x.raw": "--rate 16000",
        "m.m4a": "ffmpeg -i m.m4a",
        "none.wav": "no samples",
        "low.wav": "1000 Hz",
        "head.flac": "breaks off",
        "missing.wav": "no such file",
        ".": "a folder",
    }
    return {name: (folder / name, part) for name, part in says.items()}


@pytest.mark.parametrize(
    "name",
    ["empty.wav", "text.wav", "noise.mp3", "x.raw", "m.m4a", "none.wav", "low.wav", "head.flac",
     "missing.wav", "."],
)  # fmt: skip
def test_what_cannot_be_read_says_why_in_one_line(tmp_path: Path, name: str) -> None:
    path, part = bad_files(tmp_path)[name]
    with pytest.raises(AudioError) as caught:
        read_audio(path)
    message = str(caught.value)
    assert part in message
    assert str(path) in message
    assert "\n" not in message


def test_a_wrong_ending_is_named(tmp_path: Path) -> None:
    sf.write(tmp_path / "order.flac", tone(16_000), 16_000)
    with pytest.raises(AudioError, match=r"did you mean order\.flac"):
        read_audio(tmp_path / "order.wav")


def test_a_link_to_nothing_says_what_it_leads_to(tmp_path: Path) -> None:
    link = tmp_path / "broken.wav"
    try:
        link.symlink_to("nowhere.wav")
    except OSError:  # Windows lets not everybody
        pytest.skip("no links here")
    with pytest.raises(AudioError, match=r"broken\.wav: a link to nowhere\.wav, which is not"):
        read_audio(link)


def test_nan_and_infinity_are_counted(tmp_path: Path) -> None:
    samples = np.tile(tone(16_000), 80)  # two blocks: the second is counted as well
    samples[[10, 20, 1_200_000]] = [np.nan, np.inf, np.nan]
    sf.write(tmp_path / "bad.wav", samples, 16_000, subtype="FLOAT")
    with pytest.raises(AudioError, match="3 of 1280000 samples that are NaN"):
        read_audio(tmp_path / "bad.wav")
    with pytest.raises(AudioError, match="3 of 1280000 samples that are NaN"):
        from_array(samples, 16_000)


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes of this kind on Windows")
def test_a_named_pipe_is_read(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", tone(16_000), 16_000)
    pipe = tmp_path / "pipe.wav"
    os.mkfifo(pipe)
    with subprocess.Popen(["sh", "-c", f"cat {tmp_path}/a.wav > {pipe}"]):
        assert read_audio(pipe).seconds == 1.0


def test_a_recording_in_memory() -> None:
    data = io.BytesIO()
    sf.write(data, tone(16_000), 16_000, format="WAV")
    assert sum(map(len, open_bytes(data.getvalue(), "body").blocks())) == 16_000
    for wrong in (b"", b"not audio at all", data.getvalue()[:20]):
        with pytest.raises(AudioError, match=r"^body: "):
            open_bytes(wrong, "body")


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16", "int32"])
@pytest.mark.parametrize("shape", ["mono", "stereo"])
def test_arrays_of_any_usual_kind(dtype: str, shape: str) -> None:
    samples = tone(48_000).astype(np.float64)
    if dtype.startswith("int"):
        samples = samples * np.iinfo(dtype).max
    array = samples.astype(dtype)
    recording = from_array(array if shape == "mono" else np.stack([array, array], axis=1), 48_000)
    assert len(recording.samples) == 16_000
    assert level(recording.samples) == pytest.approx(0.3, rel=0.01)


def test_the_order_of_bytes_does_not_matter() -> None:
    samples = (tone(16_000) * 32_767).astype("<i2")
    expected = from_array(samples, 16_000).samples
    assert np.array_equal(from_array(samples.astype(">i2"), 16_000).samples, expected)


@pytest.mark.parametrize(
    ("array", "rate", "part"),
    [
        ([0.0, 0.1], 16_000, "numpy.asarray"),
        (np.zeros(0, np.float32), 16_000, "no samples"),
        (np.zeros((2, 16_000), np.float32), 16_000, "transpose"),
        (np.zeros((2, 2, 2), np.float32), 16_000, "shape"),
        (np.full(100, 12_000.0), 16_000, "divide by 32768"),
        (np.zeros(100, np.uint8), 16_000, "uint8"),
        (np.zeros(100, np.complex64), 16_000, "complex64"),
        (np.zeros(100, np.float32), 0, "0 Hz"),
        (np.zeros(100, np.float32), "16000", "whole number"),
    ],
)
def test_arrays_that_are_not_audio(array: object, rate: int, part: str) -> None:
    with pytest.raises(AudioError, match=part):
        from_array(array, rate)


@settings(max_examples=40, deadline=None)
@given(
    data=st.binary(min_size=4, max_size=4_000),
    cut=st.integers(1, 500),
    channels=st.integers(1, 3),
)
def test_raw_samples_do_not_depend_on_how_they_arrive(data: bytes, cut: int, channels: int) -> None:
    class Trickle(io.RawIOBase):
        """A pipe that hands out at most `cut` bytes at a time."""

        def __init__(self) -> None:
            self._left = data

        def read(self, size: int = -1) -> bytes:
            given_now = self._left[: min(size, cut)]
            self._left = self._left[len(given_now) :]
            return given_now

    frames = len(data) // (2 * channels)
    if not frames:
        return
    # One channel of many that cancel is chosen block by block, so only one channel is comparable.
    blocks = list(read_pcm(Trickle(), channels=channels))  # type: ignore[arg-type]
    joined = np.concatenate(blocks)
    assert len(joined) == frames
    if channels == 1:
        expected = np.frombuffer(data[: 2 * frames], "<i2") / np.float32(32_768)
        assert np.array_equal(joined, expected)


def test_raw_samples_are_resampled_and_checked() -> None:
    pcm = (tone(48_000) * 32_767).astype("<i2")
    stereo = np.stack([pcm, pcm], axis=1).tobytes()
    resampled = np.concatenate(list(read_pcm(io.BytesIO(stereo), rate=48_000, channels=2)))
    assert len(resampled) == pytest.approx(16_000, abs=1)
    assert level(resampled) == pytest.approx(0.3, rel=0.01)
    for wrong in ({"rate": 100}, {"channels": 0}, {}):
        with pytest.raises(AudioError, match="standard input"):
            list(read_pcm(io.BytesIO(b""), **wrong))
