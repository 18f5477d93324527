"""Codecs: speech comes out as long and as late as it went in, and worse."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mondegreen.audio.worse.codecs import CODECS, coded
from mondegreen.errors import SettingsError


@pytest.mark.parametrize("name", CODECS)
def test_times_stay_and_sound_does_not(say: Callable[..., np.ndarray], name: str) -> None:
    speech = say("turn on the kitchen light")
    decoded = coded(speech, name)
    assert decoded.shape == speech.shape
    size = 1 << (2 * len(speech)).bit_length()
    product = np.fft.rfft(decoded, size) * np.conj(np.fft.rfft(speech, size))
    lag = int(np.argmax(np.fft.irfft(product, size)))
    assert min(lag, size - lag) <= 8  # half a millisecond
    noise = np.sum((decoded - speech) ** 2) / np.sum(speech**2)
    assert 1e-4 < noise < 0.1


def test_an_unknown_codec() -> None:
    with pytest.raises(SettingsError, match="known codecs: mp3"):
        coded(np.zeros(100, np.float32), "mp4")
