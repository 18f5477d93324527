"""Phones without a grammar: the search against every path there is, and on real speech."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Callable
from importlib.resources import files
from itertools import groupby, product
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mondegreen.errors import ModelError
from mondegreen.phonetics.expected_words import ExpectedWords
from mondegreen.phonetics.inventory import BLANK, PHONES, Pronunciation, parse
from mondegreen.phonetics.pronouncer import Pronouncer
from mondegreen.speech.ear import Ear
from mondegreen.speech.phone_folder import PHONOTACTICS, load_phone_distance, load_phonotactics
from mondegreen.speech.phone_reading import (
    StringSettings,
    heard_phones,
    likeliest_phones,
    read_phones,
)

READER = Path(str(files("mondegreen"))) / "weights" / "phones"
LABELS = (BLANK, *parse("s t ɪ"))
Table = npt.NDArray[np.float32]


def table(weights: list[list[int]]) -> Table:
    """Log posteriors that give four labels all but nothing of each frame."""
    rows = np.full((len(weights), len(PHONES)), 1e-9)
    rows[:, LABELS] = weights
    return np.log(rows / rows.sum(axis=1, keepdims=True)).astype(np.float32)


def exhaustive(posteriors: Table, settings: StringSettings) -> dict[Pronunciation, float]:
    """The score of every phone string that some path over LABELS spells."""
    model = load_phonotactics()
    audio: defaultdict[Pronunciation, float] = defaultdict(lambda: -np.inf)
    for path in product(LABELS, repeat=len(posteriors)):
        phones = tuple(label for label, _ in groupby(path) if label != BLANK)
        path_score = float(sum(posteriors[t, label] for t, label in enumerate(path)))
        audio[phones] = float(np.logaddexp(audio[phones], path_score))
    return {
        phones: score
        + settings.language * model.log_probability(phones)
        + settings.bonus * len(phones)
        for phones, score in audio.items()
    }


@given(st.lists(st.lists(st.integers(1, 20), min_size=4, max_size=4), min_size=1, max_size=5))
@settings(max_examples=60)
def test_the_search_finds_the_best_of_all(weights: list[list[int]]) -> None:
    posteriors = table(weights)
    wide = StringSettings(beam=10_000, depth=12.0)
    scores = exhaustive(posteriors, wide)
    best = likeliest_phones(posteriors, load_phonotactics(), wide)
    assert scores[best] == pytest.approx(max(scores.values()), abs=1e-3)


def test_language_decides_where_the_sound_does_not() -> None:
    posteriors = table([[1, 40, 1, 1], [40, 1, 1, 1], [1, 1, 20, 20], [40, 1, 1, 1]])
    model = load_phonotactics()
    after = model.following(model.context(parse("s")))
    likelier = max(parse("t ɪ"), key=lambda phone: after[phone])
    only = StringSettings(language=1.0, bonus=0.0)
    scores = {phone: model.log_probability((*parse("s"), phone)) for phone in parse("t ɪ")}
    assert max(scores, key=lambda phone: scores[phone]) == likelier
    assert likeliest_phones(posteriors, model, only) == (*parse("s"), likelier)


def test_no_frames_no_phones() -> None:
    assert likeliest_phones(np.zeros((0, len(PHONES)), np.float32), load_phonotactics()) == ()


def test_real_speech_is_written_down_with_times(
    say: Callable[..., npt.NDArray[np.float32]],
) -> None:
    samples = say("please stop the music in the kitchen")
    hearing = Ear.load().listen(samples)
    spans = read_phones(hearing, load_phonotactics())
    phones = parse("p l i z s t ɑ p ð ə m j u z ɪ k ɪ n ð ə k ɪ tʃ ɪ n")
    read = parse(" ".join(span.text for span in spans))
    assert load_phone_distance().between(phones, read) < 1.5
    starts = [span.start for span in spans]
    assert starts == sorted(starts)
    assert 0 <= starts[0] < 0.5
    assert spans[-1].end <= len(samples) / 16_000
    assert all(0 <= span.score <= 1 for span in spans)


def test_expected_words_help_in_noise_and_mislead_little_in_the_clear(
    say: Callable[..., npt.NDArray[np.float32]],
) -> None:
    ear, language, pronouncer = Ear.load(), load_phonotactics(), Pronouncer()
    distance = load_phone_distance()

    def expecting(text: str) -> ExpectedWords:
        return ExpectedWords(language, [pronouncer.word(word) for word in text.split()])

    text, another = "remind me to call my sister", "what is the weather like tomorrow"
    spoken = tuple(phone for word in text.split() for phone in pronouncer.word(word)[0])
    clear = say(text)
    noise = np.random.default_rng(1).normal(0, 0.07, len(clear)).astype(np.float32)
    noisy = ear.listen(clear + noise).log_posteriors
    alone = distance.between(spoken, likeliest_phones(noisy, language))
    helped = distance.between(spoken, likeliest_phones(noisy, expecting(text)))
    assert helped < 0.8 * alone
    misled = likeliest_phones(ear.listen(clear).log_posteriors, expecting(another))
    assert distance.between(spoken, misled) < 2.0


def test_what_is_said_is_read_with_the_transcribers_words_in_mind(
    say: Callable[..., npt.NDArray[np.float32]],
) -> None:
    hearing = Ear.load().listen(say("please stop the music in the kitchen"))
    phones = parse("p l i z s t ɑ p ð ə m j u z ɪ k ɪ n ð ə k ɪ tʃ ɪ n")
    read = heard_phones(hearing, load_phonotactics(), Pronouncer())
    assert load_phone_distance().between(phones, read) < 1.5


def test_long_speech_is_written_down_in_parts(
    say: Callable[..., npt.NDArray[np.float32]],
) -> None:
    texts = ["play some jazz in the kitchen", "turn on the light", "what time is it"] * 4
    hearing = Ear.load().listen(np.concatenate([say(text) for text in texts]))
    assert hearing.transcript() is None
    words = hearing.long_transcript().lower()
    assert [words.count(word) for word in ("jazz", "light", "time")] == [4, 4, 4]


def test_a_reader_without_phonotactics_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "reader"
    shutil.copytree(READER, folder)
    description = json.loads((folder / "mondegreen.json").read_text(encoding="utf-8"))
    del description["files"][PHONOTACTICS]
    (folder / "mondegreen.json").write_text(json.dumps(description), encoding="utf-8")
    with pytest.raises(ModelError, match=f"has no {PHONOTACTICS}"):
        load_phonotactics(folder)


def test_damaged_phonotactics_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "reader"
    shutil.copytree(READER, folder)
    content = bytearray((folder / PHONOTACTICS).read_bytes())
    content[5_000] ^= 1
    (folder / PHONOTACTICS).write_bytes(content)
    with pytest.raises(ModelError, match="SHA-256"):
        load_phonotactics(folder)


def test_mere_noise_is_read_in_reasonable_time() -> None:
    """Flat posteriors are the worst there is: every label might be meant in every frame."""
    noise = np.random.default_rng(0).normal(size=(200, len(PHONES)))
    posteriors = noise - np.log(np.exp(noise).sum(axis=1, keepdims=True))
    model = load_phonotactics()
    assert len(likeliest_phones(posteriors.astype(np.float32), model)) < len(posteriors)
    # What the search asked of the model is what its time goes into.
    assert len(model._cache) < 200 * StringSettings().beam
