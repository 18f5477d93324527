"""The frame cache: what is read is what the encoder says, never of an older recording."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mondegreen.audio.read import read_audio
from mondegreen.audio.samples import levelled
from mondegreen.audio.write import write_audio
from mondegreen.data.make.frame_cache import EAR, FrameCache, build, frames_encoder
from mondegreen.data.manifest import Manifest
from mondegreen.data.utterance import Utterance
from mondegreen.errors import DataError, SettingsError
from mondegreen.jobs.problems import Problems

Say = Callable[..., np.ndarray]


@pytest.fixture
def recordings(tmp_path: Path, say: Say) -> Manifest:
    folder = tmp_path / "speech"
    folder.mkdir()
    rows = []
    for i, text in enumerate(("pause", "turn on the light", "what is the weather like today")):
        write_audio(folder / f"{i}.flac", say(text), 16_000)
        rows.append(Utterance(id=f"u{i}", audio=f"{i}.flac", text=text))
    rows.append(Utterance(id="part", audio="2.flac", start=0.25, duration=0.5))
    return Manifest.of(rows, folder)


def test_frames_are_the_encoders(recordings: Manifest, tmp_path: Path) -> None:
    assert build(recordings, tmp_path / "cache") == 4
    cache = FrameCache.open(tmp_path / "cache", recordings)
    assert list(cache) == ["u0", "u1", "u2", "part"]
    for utterance in recordings[:3]:
        samples = read_audio(recordings.audio_path(utterance)).samples
        expected = frames_encoder(EAR).encode(levelled(samples))
        assert cache[utterance.id].dtype == np.float16
        assert np.array_equal(cache[utterance.id], expected.astype(np.float16))
    assert len(cache["part"]) < len(cache["u2"])


def test_only_what_is_new_is_encoded(recordings: Manifest, tmp_path: Path, say: Say) -> None:
    cache = tmp_path / "cache"
    assert build(recordings[:2], cache) == 2
    assert build(recordings, cache) == 2
    assert build(recordings, cache) == 0
    # The same sound under another name is known; another sound under the same name is not.
    shutil.copy(recordings.root / "0.flac", recordings.root / "copy.flac")
    more = Manifest.of([*recordings, Utterance(id="copy", audio="copy.flac")], recordings.root)
    assert build(more, cache) == 0
    old = np.array(FrameCache.open(cache, more)["u0"])
    write_audio(recordings.root / "0.flac", say("resume"), 16_000)
    with pytest.raises(DataError, match="1 of 5 utterances have no frames"):
        FrameCache.open(cache, more)
    assert build(more, cache) == 1
    new = FrameCache.open(cache, more)
    assert not np.array_equal(new["u0"], old)
    assert np.array_equal(new["copy"], old)


def test_encoders_do_not_mix(recordings: Manifest, tmp_path: Path) -> None:
    build(recordings[:1], tmp_path / "cache")
    with pytest.raises(DataError, match="no frames by moonshine-tiny here"):
        FrameCache.open(tmp_path / "cache", recordings[:1], name="moonshine-tiny")
    assert build(recordings[:1], tmp_path / "cache", name="moonshine-tiny") == 1
    ours = FrameCache.open(tmp_path / "cache", recordings[:1])["u0"]
    theirs = FrameCache.open(tmp_path / "cache", recordings[:1], name="moonshine-tiny")["u0"]
    assert not np.array_equal(ours, theirs)
    with pytest.raises(SettingsError, match="known encoders"):
        build(recordings, tmp_path / "cache", name="whisper")


def test_workers_make_the_same_files(recordings: Manifest, tmp_path: Path) -> None:
    contents = []
    for workers in (1, 2):
        build(recordings, tmp_path / str(workers), workers=workers)
        files = sorted(p for p in (tmp_path / str(workers)).rglob("*") if p.is_file())
        contents.append([(p.name, p.read_bytes()) for p in files])
    assert contents[0] == contents[1]


def test_batches_hold_everyone_once(recordings: Manifest, tmp_path: Path) -> None:
    build(recordings, tmp_path / "cache")
    cache = FrameCache.open(tmp_path / "cache", recordings)
    orders = []
    for seed in range(6):
        ids: list[str] = []
        for batch in cache.batches(frames=120, seed=seed):
            count, longest, size = batch.frames.shape
            assert size == cache.size
            assert count == 1 or count * longest <= 120
            for name, frames, length in zip(batch.ids, batch.frames, batch.lengths, strict=True):
                assert np.array_equal(frames[:length], cache[name].astype(np.float32))
                assert not frames[length:].any()
            ids += batch.ids
        assert sorted(ids) == sorted(cache)
        orders.append(tuple(ids))
    assert len(set(orders)) > 1
    assert [b.ids for b in cache.batches(frames=120, seed=1)] == [
        b.ids for b in cache.batches(frames=120, seed=1)
    ]


def test_bad_recordings_are_listed(recordings: Manifest, tmp_path: Path) -> None:
    (recordings.root / "bad.wav").write_bytes(b"RIFF")
    rows = [*recordings, Utterance(id="bad", audio="bad.wav"), Utterance(id="text", text="a")]
    manifest = Manifest.of(rows, recordings.root)
    with pytest.raises(DataError, match="text: has no audio"):
        build(manifest, tmp_path / "cache")
    with pytest.raises(DataError, match="bad: "):
        build(manifest[:5], tmp_path / "cache")
    problems = Problems(skip=True)
    assert build(manifest, tmp_path / "cache", problems=problems) == 4
    assert {p.place for p in problems.rows} == {"bad", "text"}
    assert len(FrameCache.open(tmp_path / "cache", recordings)) == 4
