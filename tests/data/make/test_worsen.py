"""Worse copies of recordings: reproducible, labelled, and with times that still hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mondegreen.audio.read import read_audio
from mondegreen.audio.worse.conditions import Conditions
from mondegreen.audio.write import write_audio
from mondegreen.data.make.align import align_utterance
from mondegreen.data.make.derive import word_times
from mondegreen.data.make.synthesize import Manner, synthesize
from mondegreen.data.make.worsen import augment, check_conditions
from mondegreen.data.manifest import Manifest
from mondegreen.data.utterance import Utterance
from mondegreen.errors import DataError, SettingsError
from mondegreen.jobs.problems import Problems

TEXTS = ("turn on the kitchen light", "set a timer for five minutes", "play the next song")
QUIET = replace(Conditions(), noise=0, room=0, channel=0, clipping=0, tilt=0)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    rows = [Utterance(id=f"u{i}", text=text, split="train") for i, text in enumerate(TEXTS)]
    return synthesize(
        Manifest.of(rows), tmp_path_factory.mktemp("clean") / "a", Manner(("hibari",))
    )


def content(folder: Path) -> dict[str, bytes]:
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


def test_the_number_of_workers_changes_nothing(
    clean: Manifest, tmp_path: Path, say: Callable[..., np.ndarray]
) -> None:
    (tmp_path / "noise").mkdir()
    write_audio(tmp_path / "noise" / "n.flac", say("some noise"), 16_000)
    conditions = Conditions(codecs=("mp3", "gsm"), codec=0.5)
    for workers in (1, 2):
        out = tmp_path / str(workers)
        noise = [tmp_path / "noise"]
        augment(clean, out, conditions, noise=noise, versions=8, workers=workers)
    one = content(tmp_path / "1")
    assert one == content(tmp_path / "2")
    rows = list(Manifest.open(tmp_path / "1" / "manifest.jsonl"))
    assert len(rows) == 24
    assert any("recorded" in (u.noise or "") for u in rows)
    assert any("babble" in (u.noise or "") for u in rows)
    assert {e for u in rows for e in u.meta["effects"]} >= {"room", "gsm", "mp3", "channel"}
    assert {u.meta["clean"] for u in rows} == {"u0", "u1", "u2"}


def test_word_times_move_with_the_sound(clean: Manifest, tmp_path: Path) -> None:
    moved = replace(QUIET, padding=(0.3, 0.9), speed=(0.8, 1.25))
    worse = augment(clean, tmp_path / "a", moved, versions=3)
    shifts = set()
    for utterance in worse:
        again = align_utterance(worse.root, utterance).words
        kept = [w for w in word_times(utterance) if w.at]
        assert len(kept) == len(again)
        wrong = [abs(a.start - b.start) for a, b in zip(kept, again, strict=True)]
        assert np.median(wrong) < 0.04
        shifts.add(round(kept[0].start, 2))
    assert len(shifts) > 4


def test_babble_is_of_the_same_split(clean: Manifest, tmp_path: Path) -> None:
    """A test sentence may not be heard in the background of training."""
    alone = Utterance(id="alone", audio=clean[0].audio, split="test")
    both = Manifest.of([*clean, alone], clean.root)
    always = replace(QUIET, noise=1.0, recorded=0.0, babble=1.0, second_noise=0.0, padding=(0, 0))
    with_test = augment(both, tmp_path / "a", always)
    without = augment(clean, tmp_path / "b", always)
    for one, two in zip(with_test[:3], without, strict=True):
        assert one.noise == two.noise
        assert (one.noise or "").startswith("babble")
        sounds = [
            read_audio(m.audio_path(u)).samples for m, u in ((with_test, one), (without, two))
        ]
        assert np.array_equal(*sounds)


def test_a_part_of_a_recording_is_cut_out(clean: Manifest, tmp_path: Path) -> None:
    whole = clean[0]
    part = Utterance(id="p", audio=whole.audio, start=0.5, duration=0.5, text="part")
    (worse,) = augment(
        Manifest.of([part], clean.root), tmp_path / "a", replace(QUIET, padding=(0, 0))
    )
    assert (worse.start, worse.duration) == (0.0, 0.5)


def test_impossible_conditions() -> None:
    for change, message in (
        ({"room": 1.5}, "room: found 1.5"),
        ({"snr": (9.0, 3.0)}, "snr: found 9.0:3.0"),
        ({"speed": (0.0, 1.0)}, "speed: expected more than 0"),
        ({"codecs": ("mp4",)}, "unknown codec 'mp4'"),
    ):
        with pytest.raises(SettingsError, match=message):
            check_conditions(replace(Conditions(), **change))


def test_what_cannot_be_read_is_listed(clean: Manifest, tmp_path: Path) -> None:
    (tmp_path / "broken.flac").write_bytes(b"fLaC no more")
    rows = [
        Utterance(id="broken", audio="broken.flac"),
        Utterance(id="missing", audio="missing.flac"),
        Utterance(id="text", text="only text"),
    ]
    write_audio(tmp_path / "good.wav", read_audio(clean.audio_path(clean[0])).samples, 16_000)
    manifest = Manifest.of([*rows, Utterance(id="good", audio="good.wav")], tmp_path)
    problems = Problems(skip=True)
    worse = augment(manifest, tmp_path / "a", QUIET, problems=problems)
    assert [u.id for u in worse] == ["good"]
    assert {p.place for p in problems.rows} == {"broken", "missing", "text"}
    with pytest.raises(DataError, match="broken: "):
        augment(manifest, tmp_path / "b", QUIET)
    with pytest.raises(DataError, match="not a folder"):
        augment(manifest, tmp_path / "c", QUIET, noise=[tmp_path / "nowhere"])
