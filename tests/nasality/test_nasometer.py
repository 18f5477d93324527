from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from mondegreen.audio.samples import RATE, Samples, resample
from mondegreen.audio.worse import noises
from mondegreen.errors import AudioError, GrammarError
from mondegreen.evaluate.intervals import Interval
from mondegreen.nasality.nasometer import Nasometer, check_fit
from mondegreen.nasality.prompts import STOPS, ZOO
from mondegreen.nasality.quality import Gauge

Say = Callable[..., Samples]
ORAL = "The baby ape held a red ball. Kids gave the goat a leaf of cabbage."


def at_8_khz(samples: Samples) -> Samples:
    """The sound as a telephone's rate leaves it."""
    return resample(resample(samples, RATE, 8_000), 8_000)[: len(samples)]


def index_of(nasometer: Nasometer, samples: Samples, text: str | None = ORAL) -> Interval:
    index = nasometer.listen(samples, text).index
    assert index is not None
    return index


def test_typical_speech_without_nasals_lies_near_zero(nasometer: Nasometer, say: Say) -> None:
    result = nasometer.listen(say(ORAL), ORAL)
    assert result.index is not None
    assert abs(result.index.value) < 0.3
    assert result.index.low < result.index.value < result.index.high
    assert result.beside_nasals == 0


def test_typical_stops_are_heard_as_stops_and_sounds_as_what_they_are(
    nasometer: Nasometer, say: Say
) -> None:
    """Over several sentences: of one alone, a stop or a vowel lies at the edge."""
    nasals, stops, precise, sounds = 0, 0, 0, 0
    for text in (ORAL, *STOPS.sentences):
        result = nasometer.listen(say(text), text)
        assert result.stops_as_nasals is not None
        assert result.precise is not None
        nasals, stops = nasals + result.stops_as_nasals[0], stops + result.stops_as_nasals[1]
        precise, sounds = precise + result.precise[0], sounds + result.precise[1]
    assert nasals <= 1
    assert stops >= 60
    assert precise / sounds > 0.9


def test_stops_said_as_nasals_are_heard_as_many_as_they_are(
    nasometer: Nasometer, say_nasally: Callable[[str, float], Samples]
) -> None:
    shares = (0.0, 0.25, 0.5, 1.0)
    means = []
    for text in (*STOPS.sentences[:4], "The birds above us pecked at bread."):
        results = [nasometer.take([say_nasally(text, share)], text) for share in shares]
        ratios = [float(np.mean(r.stop_ratios)) for r in results]
        assert ratios == sorted(ratios)
        means.append(ratios)
    ranks = np.argsort(np.argsort(np.ravel(means)))
    truth = np.argsort(np.argsort(np.tile(shares, len(means)), kind="stable"))
    assert np.corrcoef(ranks, truth)[0, 1] > 0.9
    result = nasometer.listen(say_nasally(ORAL, 1.0), ORAL)
    assert result.stops_as_nasals is not None
    assert result.stops_as_nasals[0] > 0.6 * result.stops_as_nasals[1]
    assert result.index is not None
    assert result.index.value > 0.5


def test_nasals_said_as_stops_are_hyponasal(nasometer: Nasometer) -> None:
    from mondegreen.audio.samples import resample
    from mondegreen.voices.hibari import HibariVoice

    text = "Many men make money. Nina named nine."
    voice = HibariVoice()
    phonemes = voice.phonemes(text)
    typical, rate = voice.speak_phonemes(phonemes, seed=1)
    cold, _ = voice.speak_phonemes(phonemes.translate(str.maketrans("mnŋ", "bdɡ")), seed=1)
    results = [nasometer.listen(resample(sound, rate), text) for sound in (typical, cold)]
    open_nose, closed = (result.hyponasality for result in results)
    assert open_nose is not None
    assert closed is not None
    assert open_nose < 0.3
    assert closed > 0.6
    assert results[0].index is None  # every vowel stands beside a nasal


def test_the_level_changes_nothing(nasometer: Nasometer, say: Say) -> None:
    loud = index_of(nasometer, say(ORAL)).value
    soft = index_of(nasometer, say(ORAL) * np.float32(0.05)).value
    assert soft == pytest.approx(loud, abs=0.1)


def test_without_a_text_the_result_says_so(nasometer: Nasometer, say: Say) -> None:
    result = nasometer.listen(say(ORAL))
    assert not result.text_known
    assert "no-text" in {doubt.name for doubt in result.doubts}
    assert result.precise is None
    assert result.stops_as_nasals is None
    assert result.index is not None
    assert abs(result.index.value) < 0.4


def test_a_nasogram_has_a_point_for_each_frame_of_the_vowels(
    nasometer: Nasometer, say: Say
) -> None:
    samples = say(ORAL)
    points = nasometer.listen(samples, ORAL).nasogram
    times = [point.time for point in points]
    assert times == sorted(times)
    assert 0.0 <= times[0] < times[-1] < len(samples) / RATE
    assert {point.word for point in points} >= {"baby", "goat", "cabbage"}
    close = np.diff([p.time for p in points if p.word == "goat"])
    assert close == pytest.approx(0.024, abs=0.002)


def test_json_holds_all_and_says_what_it_is_not(nasometer: Nasometer, say: Say) -> None:
    row = nasometer.listen(say(ORAL), ORAL).to_json()
    assert json.loads(json.dumps(row, allow_nan=False)) == row
    assert "not a medical device" in row["note"]
    assert row["hypernasality"]["low"] <= row["hypernasality"]["value"]


def test_what_is_no_speech_is_refused(nasometer: Nasometer) -> None:
    rng = np.random.default_rng(1)
    for sound in (
        np.zeros(5 * RATE, np.float32),
        rng.normal(0, 0.1, 5 * RATE).astype(np.float32),
        noises.music(8 * RATE, rng),
        noises.clatter(8 * RATE, rng),
        noises.hum(5 * RATE, rng),
    ):
        for text in (ORAL, None):
            with pytest.raises(AudioError, match=r"found .*expected"):
                nasometer.listen(sound, text)


def test_another_text_is_refused(nasometer: Nasometer, say: Say) -> None:
    with pytest.raises(AudioError, match="something else said than the text"):
        nasometer.listen(say(ORAL), "The tiger took a quick look at the food. We bought cups.")


def test_a_text_that_cannot_be_pronounced_is_refused(nasometer: Nasometer, say: Say) -> None:
    with pytest.raises((GrammarError, AudioError)):
        nasometer.listen(say(ORAL), "???")


def test_clipped_speech_is_refused_and_slightly_clipped_is_doubtful(
    nasometer: Nasometer, say: Say
) -> None:
    samples = say(ORAL)
    peak = float(np.abs(samples).max())
    with pytest.raises(AudioError, match="cut off"):
        nasometer.listen(np.clip(samples, -0.2 * peak, 0.2 * peak), ORAL)
    result = nasometer.listen(np.clip(samples, -0.55 * peak, 0.55 * peak), ORAL)
    assert "clipped" in {doubt.name for doubt in result.doubts}


def test_a_word_is_too_little(nasometer: Nasometer, say: Say) -> None:
    with pytest.raises(AudioError, match="vowels"):
        nasometer.listen(say("book"), "book")


def test_few_vowels_noise_and_nasal_texts_are_doubts(nasometer: Nasometer, say: Say) -> None:
    rng = np.random.default_rng(2)
    samples = say(ORAL)
    noisy = samples + rng.normal(0, 0.02, len(samples)).astype(np.float32)
    doubts = {doubt.name for doubt in nasometer.listen(noisy, ORAL).doubts}
    assert {"few-vowels", "noise"} <= doubts
    text = "Tell me when the next train leaves. Turn the lamp on in the living room."
    assert "nasal-text" in {doubt.name for doubt in nasometer.listen(say(text), text).doubts}


def test_a_long_recording_narrows_the_interval(nasometer: Nasometer, say: Say) -> None:
    short = index_of(nasometer, say(ORAL))
    whole = nasometer.listen(say(ZOO.text), ZOO.text)
    assert whole.index is not None
    assert whole.index.high - whole.index.low < short.high - short.low
    assert whole.vowels >= 40
    assert not whole.doubts


def test_what_was_once_at_8_khz_is_doubtful_and_what_was_not_is_not(
    nasometer: Nasometer, say: Say
) -> None:
    samples = say(ORAL)
    wide = nasometer.listen(samples, ORAL)
    assert "band" not in {doubt.name for doubt in wide.doubts}
    for narrow in (at_8_khz(samples), np.round(at_8_khz(samples) * 32_767) / 32_768):
        result = nasometer.listen(narrow.astype(np.float32), ORAL)
        (doubt,) = [doubt for doubt in result.doubts if doubt.name == "band"]
        assert "4000 Hz only" in doubt.message
        assert "record at 16 kHz" in doubt.message
        assert result.index is not None
        assert wide.index is not None
        assert result.index.value > wide.index.value + 0.05


def test_the_band_is_that_of_the_sharpest_sounds_in_blocks_or_whole() -> None:
    rng = np.random.default_rng(3)
    hiss = at_8_khz(rng.normal(0, 0.1, 4 * RATE).astype(np.float32))
    burst = hiss.copy()
    burst[RATE : RATE + RATE // 10] = rng.normal(0, 0.01, RATE // 10)
    for samples, wide in ((hiss, False), (burst, True)):
        for size in (len(samples), 5_000):
            gauge = Gauge()
            for start in range(0, len(samples), size):
                gauge.feed(samples[start : start + size])
            assert gauge.quality().wide == wide


def test_samples_of_another_shape_or_of_no_numbers_are_refused(
    nasometer: Nasometer, say: Say
) -> None:
    samples = say(ORAL)
    with pytest.raises(AudioError, match=r"found shape \(\d+, 2\), expected \(N,\)"):
        nasometer.listen(np.stack([samples, samples], axis=1), ORAL)
    with pytest.raises(AudioError, match="NaN or infinite"):
        nasometer.listen(np.full_like(samples, np.nan))


def test_a_fit_is_cut_and_not_rounded() -> None:
    with pytest.raises(AudioError, match=r"fit 0\.49, expected 0\.50 or more"):
        check_fit(0.4996, "a text")
    check_fit(0.5, "a text")


def test_a_text_far_longer_than_the_speech_is_called_that(nasometer: Nasometer, say: Say) -> None:
    with pytest.raises(AudioError, match="the text is far longer than the speech"):
        nasometer.listen(say("book"), ZOO.text)
