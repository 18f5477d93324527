"""Any speech encoder–decoder of transformers, as its training and its export take it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
import transformers

from mondegreen.audio.samples import Samples
from mondegreen.errors import ModelError, SettingsError
from mondegreen.model.transcribers import Pretrained, transcriber_of
from mondegreen.speech.spelling import Spelling

TEXT = "turn off the light, queen"


@pytest.fixture(scope="module")
def small(speech_folder: Path) -> Pretrained:
    return transcriber_of(f"transformers:{speech_folder}")


def _ids(small: Pretrained) -> torch.Tensor:
    return torch.tensor([[*small.start, *small.tokens_of(TEXT)]])


def _states(small: Pretrained, frames: torch.Tensor) -> torch.Tensor:
    everywhere = torch.ones(frames.shape[:2], dtype=torch.bool)
    with torch.no_grad():
        states: torch.Tensor = small.decoder(_ids(small), frames, everywhere)
    return states


def test_it_scores_as_transformers_does(small: Pretrained, speech_folder: Path) -> None:
    model = transformers.AutoModelForSpeechSeq2Seq.from_pretrained(speech_folder)
    frames = torch.randn(1, 30, small.decoder.size)
    with torch.no_grad():
        states = model.get_decoder()(input_ids=_ids(small), encoder_hidden_states=frames)
        theirs = model.get_output_embeddings()(states.last_hidden_state)[0]
        ours = small.decoder.scores(_states(small, frames))[0]
    written = [i for i, piece in enumerate(small.pieces) if piece or i == small.end]
    np.testing.assert_allclose(ours[:, written], theirs[:, written], atol=1e-4)
    assert set(small.start).isdisjoint(written)
    assert float(ours[:, list(small.start)].max()) < -1e8


def test_a_step_behind_others_is_all_of_them_at_once(small: Pretrained) -> None:
    frames, decoder = torch.randn(1, 30, small.decoder.size), small.decoder
    whole = _states(small, frames)[0]
    with torch.no_grad():
        memory = decoder.memory(frames)
        past = torch.zeros(decoder.parts, 1, decoder.heads, 0, decoder.head)
        for place, token in enumerate(_ids(small)[0]):
            state, past = decoder.step(token[None, None], past, memory)
            np.testing.assert_allclose(state[0, 0], whole[place], atol=1e-4)


def test_padding_changes_nothing(small: Pretrained) -> None:
    frames = torch.randn(1, 30, small.decoder.size)
    padded = torch.cat([frames, torch.randn(1, 20, small.decoder.size)], dim=1)
    real = torch.arange(50)[None] < 30
    with torch.no_grad():
        states = small.decoder(_ids(small), padded, real)
    np.testing.assert_allclose(states, _states(small, frames), atol=1e-4)


def test_frames_grow_with_the_sound(small: Pretrained, say: Callable[..., Samples]) -> None:
    samples = torch.from_numpy(say("turn off the light"))[None]
    assert small.encoder is not None
    with torch.no_grad():
        one, two = (small.encoder(part) for part in (samples, samples.repeat(1, 2)))
    assert one.shape[2] == small.decoder.size
    assert 20 < two.shape[1] - one.shape[1] < samples.shape[1] / 300


def test_a_text_is_spelled_and_read_back(small: Pretrained) -> None:
    tokens = small.tokens_of(TEXT)
    assert Spelling(small.start, small.end, small.pieces).text(tokens) == TEXT
    # The first word is spelled as any other is.
    assert small.tokens_of("light turn light")[-1] == small.tokens_of("light")[-1]


def test_what_is_no_transcriber_is_named(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ModelError, match=str(place)):
            transcriber_of(f"transformers:{place}")
    with pytest.raises(SettingsError, match="did you mean 'whisper-base'"):
        transcriber_of("whisper-bas")


def test_an_encoder_of_another_input_is_named(tmp_path: Path, speech_folder: Path) -> None:
    config = transformers.Speech2TextConfig(
        vocab_size=100, d_model=32, encoder_layers=1, decoder_layers=1, encoder_ffn_dim=32,
        decoder_ffn_dim=32, encoder_attention_heads=2, decoder_attention_heads=2,
    )  # fmt: skip
    transformers.Speech2TextForConditionalGeneration(config).save_pretrained(tmp_path)
    for path in speech_folder.iterdir():
        if "token" in path.name or "processor" in path.name:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ModelError, match=r"speech_to_text|Speech2Text"):
        transcriber_of(f"transformers:{tmp_path}")
