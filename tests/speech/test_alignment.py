from __future__ import annotations

from importlib.resources import files
from itertools import groupby, pairwise, product
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from mondegreen.errors import AudioError, GrammarError
from mondegreen.phonetics.inventory import BLANK, INDEX, PHONES, Pronunciation, parse
from mondegreen.phonetics.pronouncer import Pronouncer
from mondegreen.speech.alignment import SPIKE_DELAY, align, align_posteriors
from mondegreen.voices.voice import voice

FRAME = 0.024
READER = Path(str(files("mondegreen"))) / "weights" / "phones"
Table = npt.NDArray[np.float32]


class Lexicon:
    """Words whose pronunciations are given: three phones keep the exhaustive search small."""

    def __init__(self, **words: list[str]) -> None:
        self._words = {w: tuple(parse(s) for s in spelled) for w, spelled in words.items()}

    def word(self, word: str) -> tuple[Pronunciation, ...]:
        return self._words.get(word, ())


def table(labels: list[str]) -> Table:
    """Posteriors sure of one label a frame; "" is the blank."""
    rows = np.full((len(labels), len(PHONES)), np.log(1e-4), np.float32)
    for t, label in enumerate(labels):
        rows[t, INDEX[label] if label else BLANK] = np.log(0.95)
    return rows


def test_finds_spikes_and_halves_the_way_between_them() -> None:
    labels = ["", "", "s", "", "i", "i", "", "", "", "", "", "", "", "", "m", "", "i", ""]
    alignment = align_posteriors(
        table(labels), ["see", "me"], Lexicon(see=["s i"], me=["m i"]), FRAME
    )
    assert [p.text for p in alignment.phones] == ["s", "i", "m", "i"]
    assert [w.text for w in alignment.words] == ["see", "me"]
    see, me = alignment.words
    middle_of_s, middle_of_first_i = 2.5 * FRAME, 5.0 * FRAME
    halfway = (middle_of_s + middle_of_first_i) / 2 - SPIKE_DELAY
    assert alignment.phones[0].end == pytest.approx(halfway)
    assert alignment.phones[0].end == alignment.phones[1].start
    assert see.start < middle_of_s - SPIKE_DELAY < see.end
    assert see.end < me.start < 14.5 * FRAME - SPIKE_DELAY < me.end  # the pause is in neither
    assert all(w.score == pytest.approx(0.95, abs=1e-3) for w in alignment.words)


def test_takes_the_pronunciation_that_was_said() -> None:
    lexicon = Lexicon(tomato=["t ə m eɪ t oʊ", "t ə m ɑ t oʊ"])
    for vowel in ("eɪ", "ɑ"):
        labels = ["", "t", "ə", "m", "", vowel, "t", "oʊ", ""]
        alignment = align_posteriors(table(labels), ["tomato"], lexicon, FRAME)
        assert alignment.phones[3].text == vowel


def test_a_word_that_was_not_said_scores_low() -> None:
    lexicon = Lexicon(see=["s i"], me=["m i"], jazz=["dʒ æ z"])
    labels = ["", "s", "", "i", *[""] * 8, "m", "", "i", ""]
    right, wrong, _ = align_posteriors(table(labels), ["see", "jazz", "me"], lexicon, FRAME).words
    assert right.score > 0.9
    assert wrong.score < 0.01


def collapse(labels: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(label for label, _ in groupby(labels) if label != BLANK)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 5), st.integers(0, 10**6), st.booleans())
def test_the_path_is_the_best_of_all(length: int, seed: int, with_prior: bool) -> None:
    """Against every label sequence of that length that spells one of the word sequences."""
    rng = np.random.default_rng(seed)
    few = [BLANK, INDEX["s"], INDEX["i"], INDEX["m"]]
    logs = np.full((length, len(PHONES)), -40.0, np.float32)
    logs[:, few] = np.log(rng.dirichlet(np.ones(4), length)).astype(np.float32)
    prior = rng.normal(size=len(PHONES)).astype(np.float32) if with_prior else None
    lexicon = Lexicon(a=["s i", "s"], b=["i", "m"])
    spellings = {first + second for first in lexicon.word("a") for second in lexicon.word("b")}
    scores = logs if prior is None else logs - 0.5 * prior
    best = max(
        (
            sum(scores[t, label] for t, label in enumerate(labels))
            for labels in product(few, repeat=length)
            if collapse(labels) in spellings
        ),
        default=None,
    )
    assert best is not None
    alignment = align_posteriors(logs, ["a", "b"], lexicon, FRAME, log_prior=prior, prior_scale=0.5)
    assert alignment.score * length == pytest.approx(best, rel=1e-4, abs=1e-4)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 10**6),
    st.lists(st.sampled_from(["play", "the", "blue", "sky"]), min_size=1, max_size=4),
)
def test_spans_are_in_order_and_inside_the_audio(seed: int, words: list[str]) -> None:
    rng = np.random.default_rng(seed)
    logs = np.log(rng.dirichlet(np.ones(len(PHONES)), 40)).astype(np.float32)
    alignment = align_posteriors(logs, words, Pronouncer(), FRAME)
    assert [w.text for w in alignment.words] == words
    for spans in (alignment.words, alignment.phones):
        for span in spans:
            assert 0.0 <= span.start < span.end <= 40 * FRAME + 1e-9
            assert 0.0 <= span.score <= 1.0
        for first, second in pairwise(spans):
            assert first.end <= second.start + 1e-9


def test_a_doubled_phone_needs_a_blank_between() -> None:
    lexicon = Lexicon(bus=["s"], stop=["s t"])
    alignment = align_posteriors(table(["s", "s", "", "s", "t"]), ["bus", "stop"], lexicon, FRAME)
    assert [p.text for p in alignment.phones] == ["s", "s", "t"]
    with pytest.raises(AudioError, match="too few"):
        align_posteriors(table(["s", "s"]), ["bus", "bus"], lexicon, FRAME)


def test_what_cannot_be_aligned_is_refused() -> None:
    lexicon = Lexicon(see=["s i"])
    with pytest.raises(AudioError, match="1 frames"):
        align_posteriors(table([""]), ["see"], lexicon, FRAME)
    with pytest.raises(AudioError):
        align_posteriors(np.zeros((0, len(PHONES)), np.float32), ["see"], lexicon, FRAME)
    with pytest.raises(GrammarError, match="'xyzzy'"):
        align_posteriors(table(["s", "i"]), ["xyzzy"], lexicon, FRAME)
    with pytest.raises(ValueError, match=r"\(4, 7\)"):
        align_posteriors(np.zeros((4, 7), np.float32), ["see"], lexicon, FRAME)
    assert align_posteriors(table([""]), [], lexicon, FRAME).words == ()


def trimmed(word: str) -> npt.NDArray[np.float32]:
    """The word as the built-in voice says it, without the silence around it, at 16 kHz."""
    samples, rate = voice("hibari").speak(word, seed=1)
    audio = np.asarray(soxr.resample(samples, rate, 16_000), np.float32)
    loudness = np.convolve(audio**2, np.ones(160) / 160, "same")
    loud = np.flatnonzero(loudness > 3e-4 * loudness.max())
    return audio[loud[0] : loud[-1] + 1]


@pytest.mark.skipif(not READER.is_dir(), reason="the phone reader's weights are not built yet")
def test_words_joined_at_known_places_are_found_there() -> None:
    from mondegreen.speech.ear import Ear

    words = ["play", "kitchen", "weather", "seven", "tomorrow", "lights", "banana", "garden"]
    rng = np.random.default_rng(0)
    parts = [np.zeros(4000, np.float32)]
    places = []
    for word in words:
        start = sum(map(len, parts)) / 16_000
        parts += [0.3 * trimmed(word), np.zeros(int(rng.integers(800, 4800)), np.float32)]
        places.append((start, start + len(parts[-2]) / 16_000))
    audio = np.concatenate(parts)
    audio += rng.normal(0, 3e-4, len(audio)).astype(np.float32)
    alignment = align(Ear.load().listen(audio), words, Pronouncer(), prior_scale=0.0)
    starts = [abs(w.start - start) for w, (start, _) in zip(alignment.words, places, strict=True)]
    ends = [abs(w.end - end) for w, (_, end) in zip(alignment.words, places, strict=True)]
    assert np.mean(starts) < 0.06
    assert np.mean(ends) < 0.06
    assert max(starts + ends) < 0.15
    assert min(w.score for w in alignment.words) > 0.2
