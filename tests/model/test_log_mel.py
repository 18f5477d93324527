"""The spectrum that is exported with an encoder is the one that transformers makes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
import transformers

from mondegreen.audio.samples import Samples
from mondegreen.model.log_mel import LogMel


@pytest.mark.parametrize("mels", [80, 128])
def test_it_is_that_of_transformers(say: Callable[..., Samples], mels: int) -> None:
    extractor = transformers.WhisperFeatureExtractor(feature_size=mels)
    spectrum = LogMel(extractor.mel_filters, extractor.n_fft, extractor.hop_length)
    samples = say("turn off the lights in the living room")
    theirs = extractor(samples, sampling_rate=16_000, return_tensors="np").input_features[0]
    padded = np.pad(samples, (0, 480_000 - len(samples)))
    with torch.no_grad():
        ours = spectrum(torch.from_numpy(padded)[None])[0].numpy()
    assert ours.shape == theirs.shape == (mels, 3000)
    np.testing.assert_allclose(ours, theirs, atol=1e-3)
    # As much as there is, and no more: the same, but for the last windows.
    with torch.no_grad():
        short = spectrum(torch.from_numpy(samples)[None])[0].numpy()
    assert short.shape[1] == len(samples) // 160
    np.testing.assert_allclose(short[:, :-3], ours[:, : short.shape[1] - 3], atol=1e-3)
