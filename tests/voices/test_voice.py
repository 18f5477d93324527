"""Voices by name: which there are, what each needs, and that packages may add theirs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mondegreen.errors import DataError, MondegreenError, SettingsError
from mondegreen.voices import MissingProgram, PhonemeVoice, usable_voices, voice
from mondegreen.voices.hibari import LONGEST_BREATH, HibariVoice
from mondegreen.voices.voice import VOICES, people, speakers_of


def test_the_built_in_voice_speaks_what_it_says_it_speaks() -> None:
    speaker = voice("hibari")
    assert speaker == HibariVoice()
    assert isinstance(speaker, PhonemeVoice)
    samples, rate = speaker.speak("open the door", seed=1)
    again, _ = speaker.speak_phonemes(speaker.phonemes("open the door"), seed=1)
    assert rate == 24_000
    assert samples.dtype == np.float32
    assert 0.1 < np.abs(samples).max() <= 1
    np.testing.assert_array_equal(again, samples)


def test_a_sentence_too_long_for_one_breath_is_cut_between_words() -> None:
    sentence = "and another word " * 40
    assert len(sentence) > LONGEST_BREATH
    whole, rate = voice("hibari").speak(sentence)
    part, _ = voice("hibari").speak("and another word " * 10)
    assert len(whole) > 3 * len(part) > rate


def test_one_import_gives_the_function_whatever_was_imported_before() -> None:
    code = """
import mondegreen.voices.voice
from mondegreen.voices import voice
from mondegreen.voices.voice import voice as same
assert voice is same and callable(voice)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_importing_voices_is_light() -> None:
    code = "import sys, mondegreen.voices; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {"numpy", "soundfile", "hibari", "onnxruntime"} & set(done.stdout.split())


def test_unknown_voices_are_told_where_to_look() -> None:
    with pytest.raises(SettingsError, match=r"unknown voice 'hibarri'; did you mean 'hibari'\?"):
        voice("hibarri")
    with pytest.raises(SettingsError, match=r"did you mean 'flite-slt'\? .*--voices' lists them"):
        voice("slt")
    with pytest.raises(SettingsError, match=r"no such file nowhere\.onnx"):
        voice("piper:nowhere.onnx")


def test_without_its_program_a_voice_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name, program in (("flite-slt", "flite"), ("espeak-en-us+f3", "espeak-ng")):
        with pytest.raises(MissingProgram, match=f"apt install {program}"):
            voice(name)
        assert name in VOICES.names()
        assert name not in usable_voices()
    (tmp_path / "amy.onnx").touch()
    with pytest.raises(MissingProgram, match="pip install piper-tts"):
        voice(f"piper:{tmp_path / 'amy.onnx'}")


def test_a_program_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "flite"
    program.write_text("#!/bin/sh\necho no such voice >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "flite-rms" in usable_voices()
    with pytest.raises(DataError, match="flite could not say 'hello': no such voice"):
        voice("flite-rms").speak("hello")


def test_a_package_adds_a_voice(install: Callable[..., None]) -> None:
    code = """
from mondegreen.voices import MissingProgram
from mondegreen.voices.hibari import HibariVoice as Parrot

def shy(name):
    raise MissingProgram("asleep")
"""
    install("aviary", code, "mondegreen.voices", "parrot = aviary:Parrot", "owl = aviary:shy")
    assert voice("parrot").name == "parrot"
    assert "parrot" in usable_voices()
    assert "owl" not in usable_voices()
    install("cellar", "1 / 0", "mondegreen.voices", "rat = cellar:Rat")
    with pytest.raises(MondegreenError, match="voice 'rat' of the package 'cellar'"):
        usable_voices()


def test_who_speaks() -> None:
    assert speakers_of("hibari") == ("hibari",)
    assert speakers_of("kokoro-af_sky+bm_george") == ("kokoro-af_sky", "kokoro-bm_george")
    mixed = ["kokoro-b+c", "kokoro-a+b", "kokoro-d", "hibari"]
    assert people(mixed) == {
        "hibari": "hibari", "kokoro-d": "kokoro-d",
        "kokoro-a+b": "kokoro-a", "kokoro-b+c": "kokoro-a",
    }  # fmt: skip
