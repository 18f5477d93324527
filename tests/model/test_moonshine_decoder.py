"""The decoder in PyTorch is the one that ONNX Runtime runs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from mondegreen.audio.samples import Samples
from mondegreen.model.moonshine_decoder import HEAD, MoonshineDecoder, pretrained_decoder
from mondegreen.speech.encoder import Frames
from mondegreen.speech.transcriber import Transcriber
from mondegreen.speech.word_pieces import START, likely_tokens


@pytest.fixture(scope="module")
def decoder() -> MoonshineDecoder:
    return pretrained_decoder().eval()


@pytest.fixture(scope="module")
def transcriber() -> Transcriber:
    return Transcriber.load()


@pytest.fixture(scope="module")
def frames(transcriber: Transcriber, say: Callable[..., Samples]) -> Frames:
    return transcriber.attend(say("turn off the lights in the living room"))


def _states(decoder: MoonshineDecoder, frames: Frames, tokens: list[int]) -> torch.Tensor:
    everywhere = torch.ones(1, len(frames), dtype=torch.bool)
    with torch.no_grad():
        states: torch.Tensor = decoder(
            torch.tensor([[START, *tokens]]), torch.from_numpy(frames)[None], everywhere
        )
    return states


def test_it_writes_what_the_published_decoder_writes(
    decoder: MoonshineDecoder, transcriber: Transcriber, frames: Frames
) -> None:
    tokens = transcriber.tokens(frames)
    with torch.no_grad():
        scores = decoder.scores(_states(decoder, frames, tokens))[0]
    assert scores.argmax(-1).tolist()[: len(tokens)] == tokens
    # 8-bit sums are 0.1 nats off here and there.
    text = "Turn off the lights in the living room"
    spelled = likely_tokens(text)
    with torch.no_grad():
        nats = decoder.scores(_states(decoder, frames, spelled))[0].log_softmax(-1)
    forced = float(nats[torch.arange(len(spelled)), torch.tensor(spelled)].sum())
    theirs = transcriber.forced(frames).likelihood(text)
    assert forced == pytest.approx(theirs, abs=1.0)


def test_a_step_behind_others_is_all_of_them_at_once(
    decoder: MoonshineDecoder, frames: Frames
) -> None:
    tokens = likely_tokens("turn off the lights")
    whole = _states(decoder, frames, tokens)[0]
    with torch.no_grad():
        memory = decoder.memory(torch.from_numpy(frames)[None])
        past = torch.zeros(len(memory), 1, 8, 0, HEAD)
        for place, token in enumerate([START, *tokens]):
            state, past = decoder.step(torch.tensor([[token]]), past, memory)
            np.testing.assert_allclose(state[0, 0], whole[place], atol=1e-3)


def test_padding_changes_nothing(decoder: MoonshineDecoder, frames: Frames) -> None:
    tokens = likely_tokens("turn off the lights")
    padded = torch.zeros(1, len(frames) + 30, frames.shape[1])
    padded[0, : len(frames)] = torch.from_numpy(frames)
    real = torch.arange(padded.shape[1])[None] < len(frames)
    with torch.no_grad():
        states = decoder(torch.tensor([[START, *tokens]]), padded, real)
    np.testing.assert_allclose(states, _states(decoder, frames, tokens), atol=1e-3)
