"""Speech from text: the same for any number of workers, held-out voices held out, words timed."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.audio.read import read_audio
from mondegreen.data.make.derive import MANIFEST, SKIPPED, file_name, word_times
from mondegreen.data.make.synthesize import Manner, choose_voices, synthesize
from mondegreen.data.manifest import Manifest
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.errors import DataError, SettingsError
from mondegreen.jobs.problems import Problems
from mondegreen.voices import usable_voices

needs_flite = pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed")
TEXTS = ("turn on the kitchen light", "set a timer for 5 minutes", "pause", "what time is it")
HIBARI = Manner(("hibari",))


def texts(split: str | None = None) -> Manifest:
    return Manifest.of(
        [Utterance(id=f"u{i}", text=text, split=split) for i, text in enumerate(TEXTS)]
    )


def content(folder: Path) -> dict[str, bytes]:
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


def test_what_is_made_is_understood(tmp_path: Path, starter: GrammarEngine) -> None:
    plain = Manner(("hibari",), speed=(1, 1), shift=(1, 1), pauses=0, fillers=0)
    speech = synthesize(texts("train"), tmp_path / "a", plain)
    assert [u.id for u in speech] == ["u0", "u1", "u2", "u3"]
    for utterance in speech:
        path = speech.audio_path(utterance)
        assert sf.info(path).samplerate == 16_000
        assert utterance.duration == pytest.approx(sf.info(path).duration)
        assert utterance.split == "train"
        assert utterance.speaker == "hibari"
        transcript = starter.understand(path).transcript.replace("five", "5")
        assert transcript == utterance.text


def test_the_number_of_workers_changes_nothing(tmp_path: Path) -> None:
    manner = Manner(("hibari",), pauses=0.5, fillers=0.5)
    for workers in (1, 2):
        synthesize(texts(), tmp_path / str(workers), manner, versions=10, workers=workers)
    one, two = content(tmp_path / "1"), content(tmp_path / "2")
    assert one == two
    assert len(one) == 42


def test_seeds_and_versions_differ(tmp_path: Path) -> None:
    first = synthesize(texts(), tmp_path / "a", HIBARI, versions=3)
    other = synthesize(texts(), tmp_path / "b", Manner(("hibari",), seed=2), versions=3)
    assert first[0].id == "u0-0"
    assert first[0].meta["source"] == "u0"
    lengths = [u.duration for u in [*first[:3], *other[:3]]]
    assert len(set(lengths)) == 6


def test_pauses_and_fillers_are_said_but_not_written(tmp_path: Path) -> None:
    halting = Manner(("hibari",), speed=(1, 1), shift=(1, 1), pauses=1.0, fillers=1.0)
    fluent = Manner(("hibari",), speed=(1, 1), shift=(1, 1), pauses=0.0, fillers=0.0)
    slow = synthesize(texts(), tmp_path / "a", halting)[0]
    fast = synthesize(texts(), tmp_path / "b", fluent)[0]
    assert slow.text == fast.text == TEXTS[0]
    assert slow.meta["spoken"].count(",") == 5
    words = word_times(slow)
    assert len(words) == 6
    assert [w.text for w in words if w.at] == TEXTS[0].split()
    gap = sum(b.start - a.end for a, b in pairwise(words))
    assert gap > 0.8
    assert (slow.duration or 0) > (fast.duration or 0) + 0.5


def test_word_times_lie_where_the_sound_is(tmp_path: Path) -> None:
    speech = synthesize(texts(), tmp_path / "a", HIBARI)
    for utterance in speech:
        words = word_times(utterance)
        samples = read_audio(speech.audio_path(utterance)).samples
        loud = np.flatnonzero(np.abs(samples) > 0.05) / 16_000
        assert words[0].start == pytest.approx(loud[0], abs=0.12)
        assert words[-1].end == pytest.approx(loud[-1], abs=0.2)
    without = synthesize(texts(), tmp_path / "b", HIBARI, timed=False)
    assert not word_times(without[0])


@needs_flite
def test_heldout_voices_never_train(tmp_path: Path) -> None:
    chosen, kept, notes = choose_voices(["hibari", "flite-rms"], ["flite-slt"])
    assert (chosen, kept, notes) == (("hibari", "flite-rms"), ("flite-slt",), [])
    manner = Manner(chosen, kept)
    rows = [Utterance(id=f"u{i}", text="pause", split=s) for i, s in
            enumerate(["train", "test", "dev", None] * 5)]  # fmt: skip
    speech = synthesize(Manifest.of(rows), tmp_path / "a", manner, timed=False)
    speakers: dict[str | None, set[str | None]] = {}
    for u in speech:
        speakers.setdefault(u.split, set()).add(u.speaker)
    assert speakers["test"] == speakers["dev"] == {"flite-slt"}
    assert speakers["train"] | speakers[None] == {"hibari", "flite-rms"}


@pytest.mark.parametrize("split", ["train", "train-real", "train_synthetic", None])
def test_held_out_voices_speak_no_training_split_of_any_name(split: str | None) -> None:
    manner = Manner(("hibari",), ("flite-slt",))
    assert manner.voice_of(split, np.random.default_rng(0)) == "hibari"
    assert manner.voice_of("test-real", np.random.default_rng(0)) == "flite-slt"


@needs_flite
def test_a_mix_of_all_leaves_heldout_voices_out() -> None:
    chosen, kept, _ = choose_voices([], ["flite-slt"])
    assert kept == ("flite-slt",)
    assert "hibari" in chosen
    assert "flite-slt" not in chosen
    with pytest.raises(SettingsError, match="only be one"):
        choose_voices(["hibari", "flite-slt"], ["flite-slt"])


def test_a_held_out_speaker_is_in_no_mixture_that_trains() -> None:
    with pytest.raises(SettingsError, match=r"kokoro-af_sky\+bm_george: held out"):
        choose_voices(["hibari", "kokoro-af_sky+bm_george"], ["kokoro-bm_george"])
    with pytest.raises(SettingsError, match="only be one"):
        choose_voices(["kokoro-af_sky+bm_george"], ["kokoro-bm_george+af_sky"])


def test_missing_programs_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    chosen, kept, notes = choose_voices([], [])
    assert chosen == ("hibari",)
    assert kept == ()
    assert any("apt install flite" in note for note in notes)
    with pytest.raises(SettingsError, match="no voice is left"):
        choose_voices(["flite-slt"], [])
    with pytest.raises(SettingsError, match="did you mean 'hibari'"):
        choose_voices(["hibarri"], [])
    assert {name.partition("-")[0] for name in usable_voices()} <= {"hibari", "kokoro"}


def test_what_cannot_be_said_is_listed(tmp_path: Path) -> None:
    rows = [
        Utterance(id="good", text="pause"),
        Utterance(id="empty"),
        Utterance(id="greek", text="άναψε το φως"),
        Utterance(id="novel", text="word " * 900),
    ]
    with pytest.raises(DataError, match="empty: there is no word"):
        synthesize(Manifest.of(rows), tmp_path / "a", HIBARI)
    assert not (tmp_path / "a" / MANIFEST).exists()
    speech = synthesize(Manifest.of(rows), tmp_path / "a", HIBARI, problems=Problems(skip=True))
    assert [u.id for u in speech] == ["good"]
    skipped = (tmp_path / "a" / SKIPPED).read_text()
    assert all(f'"{place}"' in skipped for place in ("empty", "greek", "novel"))
    with pytest.raises(DataError, match="none of the 3"):
        synthesize(Manifest.of(rows[1:]), tmp_path / "b", HIBARI, problems=Problems(skip=True))


def test_labels_survive(tmp_path: Path) -> None:
    slots = (SlotLabel("time", 300, 16, 25),)
    row = Utterance(
        id="ü/1", text=TEXTS[1], intent="timer", slots=slots, lang="en-GB", meta={"mine": 1}
    )
    (speech,) = synthesize(Manifest.of([row]), tmp_path / "a", HIBARI)
    assert (speech.id, speech.intent, speech.slots, speech.lang) == ("ü/1", "timer", slots, "en-GB")
    assert speech.meta["mine"] == 1


@given(st.text(min_size=1, max_size=200), st.text(min_size=1, max_size=200))
def test_file_names_are_possible_and_differ(one: str, two: str) -> None:
    first = file_name(one)
    assert Path(first).name.isascii()
    assert len(Path(first).name) < 120
    assert not Path(first).name.startswith(".")
    assert (first == file_name(two)) == (one == two)


def test_rows_in_another_language_are_not_read_out_in_english(tmp_path: Path) -> None:
    rows = [
        Utterance(id="a", text="stop", lang="en_US"),
        Utterance(id="b", text="licht aus", lang="de"),
    ]
    manner = Manner(("hibari",))
    with pytest.raises(DataError, match=r"^b: its lang is 'de'.*--skip-bad"):
        synthesize(Manifest.of(rows), tmp_path / "all", manner, timed=False)
    problems = Problems(skip=True)
    speech = synthesize(
        Manifest.of(rows), tmp_path / "some", manner, timed=False, problems=problems
    )
    assert [u.id for u in speech] == ["a"]
    assert [problem.place for problem in problems.rows] == ["b"]


def test_a_row_that_was_mended_meanwhile_is_told_in_words(tmp_path: Path) -> None:
    rows = [Utterance(id="a", text="stop"), Utterance(id="b", text="")]
    manner = Manner(("hibari",))
    with pytest.raises(DataError, match=r"^b: "):
        synthesize(Manifest.of(rows), tmp_path / "s", manner, timed=False)
    mended = Manifest.of([rows[0], Utterance(id="b", text="go")])
    with pytest.raises(DataError, match=r"the manifest has changed since.*choose another place"):
        synthesize(mended, tmp_path / "s", manner, timed=False)
    with pytest.raises(DataError, match="made with another recipe"):
        synthesize(mended, tmp_path / "s", Manner(("hibari",), seed=2), timed=False)
