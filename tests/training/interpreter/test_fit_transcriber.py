"""Any transcriber is tuned, exported and run without torch: here small ones, on real speech."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch

from mondegreen.audio.samples import Samples, levelled
from mondegreen.engines.general.engine import GeneralEngine
from mondegreen.engines.general.model_folder import ENCODER, MEMORY, PIECES, STEP
from mondegreen.model.attention_decoder import AttentionDecoder
from mondegreen.model.transcribers import Pretrained, transcriber_of
from mondegreen.speech.beam import BeamTranscriber
from mondegreen.speech.exported_encoder import ExportedEncoder
from mondegreen.speech.spelling import Spelling
from mondegreen.training.interpreter.export_transcriber import transcriber_files
from mondegreen.training.interpreter.fit_transcriber import Spoken, Tuning, decoder_in, tune

TEXTS = ("turn off the light", "play queen")
FAST = Tuning(epochs=100, batch_frames=400, rate=5e-3, smooth=0.0, hidden=0.0, average=0.5)


@pytest.fixture(scope="module")
def small(speech_folder: Path) -> Pretrained:
    return transcriber_of(f"transformers:{speech_folder}")


@pytest.fixture(scope="module")
def exported(small: Pretrained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the small transcriber as it was published."""
    place = tmp_path_factory.mktemp("exported")
    for name, data in transcriber_files(small, None).items():
        (place / name).write_bytes(data)
    return place


@pytest.fixture(scope="module")
def spoken(small: Pretrained, exported: Path, say: Callable[..., Samples]) -> list[Spoken]:
    encoder = ExportedEncoder(exported / ENCODER)
    return [
        Spoken(encoder.encode(levelled(say(text))).astype(np.float16), small.tokens_of(text))
        for text in TEXTS
    ]


def _beam(small: Pretrained, place: Path) -> BeamTranscriber:
    spelling = Spelling(small.start, small.end, small.pieces)
    encoder = ExportedEncoder(place / ENCODER)
    return BeamTranscriber.load(
        place / MEMORY, place / STEP, "again", spelling=spelling, encoder=encoder
    )


def _nats(small: Pretrained, decoder: AttentionDecoder, frames: np.ndarray, text: str) -> float:
    """Log-probability of a text and its end, in PyTorch."""
    tokens = [*small.tokens_of(text), small.end]
    ids = torch.tensor([[*small.start, *tokens[:-1]]])
    hears = torch.from_numpy(frames)[None]
    with torch.no_grad():
        states = decoder(ids, hears, torch.ones(hears.shape[:2], dtype=torch.bool))
        scores = decoder.scores(states)[0, len(small.start) - 1 :].log_softmax(-1)
    return float(scores[torch.arange(len(tokens)), torch.tensor(tokens)].sum())


def test_the_exported_encoder_hears_as_torch_does(
    small: Pretrained, exported: Path, say: Callable[..., Samples]
) -> None:
    samples, encoder = say("turn off the light"), ExportedEncoder(exported / ENCODER)
    assert small.encoder is not None
    with torch.no_grad():
        whole = small.encoder(torch.from_numpy(samples)[None])[0].numpy()
    frames = encoder.encode(samples)
    assert frames.shape == whole.shape
    assert float(np.abs(frames - whole).mean()) < 0.05 * float(np.abs(whole).mean())
    assert len(whole) * encoder.frame_seconds > len(samples) / 16_000 - 0.1
    assert encoder.size == small.decoder.size
    assert len(encoder.encode(np.zeros(0, np.float32))) > 0


@pytest.mark.parametrize("manner", ["full", "lora"])
def test_tuned_it_writes_what_it_learned_and_so_does_its_export(
    small: Pretrained,
    spoken: list[Spoken],
    exported: Path,
    tmp_path: Path,
    say: Callable[..., Samples],
    manner: str,
) -> None:
    settings = replace(FAST, adapt="lora" if manner == "lora" else "full")
    before = {name: value.clone() for name, value in small.decoder.state_dict().items()}
    checkpoint = tmp_path / "fit.safetensors"
    decoder = tune(spoken, small, settings, checkpoint=checkpoint)
    for name, value in small.decoder.state_dict().items():
        assert torch.equal(value, before[name]), name
    again = decoder_in(checkpoint, small, settings, 1)
    for text, example in zip(TEXTS, spoken, strict=True):
        frames = example.frames.astype(np.float32)
        learned = _nats(small, decoder, frames, text)
        assert learned > _nats(small, small.decoder, frames, text) + 5.0
        assert _nats(small, again, frames, text) == pytest.approx(learned, abs=1e-3)
    for name, data in transcriber_files(small, decoder).items():
        (tmp_path / name).write_bytes(data)
    assert (tmp_path / ENCODER).read_bytes() == (exported / ENCODER).read_bytes()
    if manner == "lora":  # what changes little of so small a decoder does not teach it the texts
        return
    beam = _beam(small, tmp_path)
    for text in TEXTS:
        assert beam.hypotheses(beam.attend(say(text)), 3)[0].text == text
    # In 32 bits it is as sure of them as torch is.
    for name, data in transcriber_files(small, decoder, bits=32).items():
        (tmp_path / name).write_bytes(data)
    beam = _beam(small, tmp_path)
    for text in TEXTS:
        frames = beam.attend(say(text))
        best = beam.hypotheses(frames, 3)[0]
        nats = _nats(small, decoder, frames, text)
        assert (best.text, best.log_probability) == (text, pytest.approx(nats, abs=0.01))


def test_a_model_folder_with_it_hears(
    small: Pretrained, exported: Path, tmp_path: Path, say: Callable[..., Samples]
) -> None:
    # The interpreter is the one that ships.
    from mondegreen.engines.general.model_folder import (
        SHIPPED,
        InterpreterDescription,
        model_folder,
    )
    from mondegreen.errors import ModelError
    from mondegreen.training.interpreter.export_transcriber import writer_of
    from mondegreen.weights.folder import write_folder

    shipped = model_folder(SHIPPED)
    about = shipped.about
    files = {name: shipped.file(name).read_bytes() for name in about.NEEDED}
    files |= {name: (exported / name).read_bytes() for name in (ENCODER, PIECES, MEMORY, STEP)}

    def write(place: Path, files: dict[str, bytes]) -> None:
        write_folder(
            place, InterpreterDescription, files, "# small\n", engine="general", name="small",
            intents=about.intents, slots=about.slots, slots_of=about.slots_of,
            certainty=about.certainty, language_model=about.language_model,
            transcriber=writer_of(small),
        )  # fmt: skip

    write(tmp_path / "model", files)
    engine = GeneralEngine.load(tmp_path / "model", refuse_below=0.0)
    assert engine.knowledge.writer is not None
    assert engine.knowledge.writer.encoder is not None
    samples = say("turn off the light")
    assert engine.understand(samples).status in ("understood", "not_understood")
    with engine.stream() as stream:
        events = [*stream.feed(samples), *stream.feed(np.zeros(16_000, np.float32))]
    assert events[-1].type == "final"
    del files[ENCODER]
    with pytest.raises(ModelError, match="has no encoder"):
        write(tmp_path / "second", files)
    files[ENCODER], files[PIECES] = files[MEMORY], b'["a"]'
    write(tmp_path / "third", files)
    with pytest.raises(ModelError, match="third"):
        GeneralEngine.load(tmp_path / "third")
