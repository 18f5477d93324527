"""From a checkpoint to the folder that ships: ONNX network, description, model card."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from ...errors import ModelError
from ...model.moonshine_network import MoonshineNetwork
from ...model.phone_network import PhoneNetwork
from ...phonetics.confusions import Confusions
from ...phonetics.inventory import PHONES
from ...phonetics.phonotactics import Phonotactics
from ...speech.encoder import Frames, SpeechEncoder
from ...speech.moonshine import TunedMoonshineEncoder
from ...speech.phone_folder import (
    CONFUSIONS,
    NETWORK,
    PHONOTACTICS,
    TUNED,
    ReadEncoder,
    ReaderDescription,
    reader_folder,
)
from ...speech.phone_reader import PhoneReader
from ...weights.folder import write_folder
from ..onnx_export import onnx_bytes, write_onnx
from . import phone_ngrams as phonotactics
from .noisy_frames import Example
from .phone_error import Read, Score

PRIOR_CLIPS = 1_000
"""Clips over which the label prior is averaged: 150,000 frames, an error below 2 % per phone."""
_SMALL = 1_000
"""Tensors with fewer numbers (norms, biases) stay float32: they cost nothing."""

_SIDES = ("widen", "narrow")
"""The linear layers of a block, in the order in which the exporter meets them."""


@dataclass(frozen=True)
class Facts:
    """What the model card says of how a reader was made."""

    encoder: str
    parameters: int
    steps: int
    tune_steps: int
    seed: int


class _Reading(nn.Module):
    """The network as it runs: one unpadded utterance in, log posteriors out, no middle reading."""

    def __init__(self, network: PhoneNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, frames: Tensor) -> Tensor:
        """`frames (1, T, size)` to log posteriors `(1, T, 42)`."""
        inner = self.network
        x = inner.enter(inner.norm_in(frames))
        everywhere = torch.ones(1, 1, 1)
        for block in inner.blocks:
            x = block(x, everywhere)
        return torch.log_softmax(inner.leave(inner.norm_out(x)), -1)


def log_prior(read: Read, frames: Iterable[Frames]) -> npt.NDArray[np.float64]:
    """(42,) natural log of the mean posterior over training frames, which decoding divides by.

    Searches over CTC posteriors divide by a label prior so that the blank does not win everywhere
    (Miao et al. 2015, EESEN).
    """
    total, count = np.zeros(len(PHONES)), 0
    for clip_frames in frames:
        posteriors = np.exp(read(np.asarray(clip_frames, np.float32)).astype(np.float64))
        total += posteriors.sum(axis=0)
        count += len(posteriors)
    return np.asarray(np.log(total / max(1, count)))


def frozen_frames(examples: Sequence[Example], seed: int) -> Iterator[Frames]:
    """Frames of PRIOR_CLIPS training clips drawn from the examples."""
    places = np.random.default_rng(seed).permutation(len(examples))[:PRIOR_CLIPS]
    for i in sorted(map(int, places)):
        yield np.asarray(examples[i].frames, np.float32)


def _halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with its large tensors stored in 16 bits and widened again when it is loaded."""
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < _SMALL:
            continue
        name = tensor.name
        narrow = numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(numpy_helper.from_array(narrow, f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return model


def encoder_onnx(network: MoonshineNetwork) -> bytes:
    """The encoder as ONNX: `samples (1, N) float32` to `frames (1, T, 288) float32`.

    Matrices are stored and multiplied in 8 bits, a scale for each column, as the published encoder
    does it: a quarter of the size, faster, and 4 % off in a number on average.
    """
    small = onnx_bytes(
        network, (torch.zeros(1, 16_000),), bits=8, inputs=["samples"], outputs=["frames"],
        axes={"samples": {1: "time"}, "frames": {1: "time"}},
    )  # fmt: skip
    return bytes(_halved(onnx.load_from_string(small)).SerializeToString())


def to_onnx(network: PhoneNetwork) -> bytes:
    """The network as ONNX: `frames (1, T, size) float32` to `log_posteriors (1, T, 42) float32`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, NETWORK)
        write_onnx(
            _Reading(network), (torch.zeros(1, 50, network.shape.frame),), path,
            inputs=["frames"], outputs=["log_posteriors"],
            axes={"frames": {1: "time"}, "log_posteriors": {1: "time"}},
        )  # fmt: skip
        return bytes(_halved(onnx.load(path)).SerializeToString())


def _frozen_stage(facts: Facts) -> str:
    if not facts.steps:
        return "The network began as an earlier reader (`--start`), on the encoder as published."
    return (
        f"{facts.steps:,} batches of 8,192 frames of people's speech and of synthetic speech\n"
        "(hibari; flite rms, awb and kal16; espeak-ng), in noise."
    )


def card(scores: Sequence[Score], facts: Facts) -> str:
    """The model card, in Markdown."""
    rows = "\n".join(
        f"| {s.name} | {s.error_rate:.1%} | {s.clips} | {s.phones:,} |" for s in scores
    )
    tuned = (
        f"\nThen encoder and reader were tuned together for {facts.tune_steps:,} batches of clips, "
        "people's speech and\nsynthetic speech (hibari; flite rms, awb and kal16; espeak-ng), each "
        "in new noise.\n"
        "The encoder is a tuned copy of Moonshine tiny's (Useful Sensors, MIT licence)."
        if facts.tune_steps
        else ""
    )
    return f"""# Phone reader

{facts.parameters / 1e6:.1f} M parameters over the frames of {facts.encoder}; CTC over 41 phones and
a blank.

**Made by** `mondegreen train phones DATA --set encoder={facts.encoder} --set seed={facts.seed}
--set fit.steps={facts.steps} --set tune.steps={facts.tune_steps}`:
{_frozen_stage(facts)}{tuned}
Beside it lies a model of which phones follow which (`phonotactics.npz`), counted on the same
speech.

**People** whose speech it learned from: Common Voice (Mozilla, CC0), LibriSpeech (Panayotov et al.
2015, CC BY 4.0), speechocean762 (Zhang et al. 2021, Apache-2.0), CREMA-D (Cao et al. 2014, ODbL
1.0), CMU AN4 (free for any purpose), Precise Community Data (Mycroft AI, public domain), Custom
Speech Commands (Shawn Hymel, CC BY 4.0), Speech Commands (Google, CC BY 4.0) and wake words
(Picovoice, Apache-2.0). Which of its pronunciations a word had was decided by an earlier reader.
Noise: ESC-10 (Piczak 2015, CC BY), MS-SNSD (Microsoft; CC0, DEMAND CC BY-SA 3.0), Speech Commands.
**Sentences** of the voices: the CC0 and CC BY sets named in `docs/formats.md`.
**Held out**: the recordings that those sets mark for measuring and their speakers, recordings of
dish washing and of 50 other noises, the voice flite-slt, all of Kokoro's speakers and 3 % of the
sentences.

**Phone error** of the network alone (greedy, unit cost):

| test | phone error | clips | phones |
|---|---|---|---|
{rows}

Decibels compare the mean power (rms) or the loudest 2,048-sample frames of speech and noise.
Sets of people are measured against the pronunciation that an earlier reader heard.

**Use**: English commands and questions read by a grammar search. The only children are those of
speechocean762, learners from China; pathological speech was neither trained on nor measured. Labels
of synthetic speech are what the synthesisers say they spoke.
"""


def export(
    network: PhoneNetwork,
    out: Path,
    ear: SpeechEncoder,
    prior: npt.NDArray[np.float64],
    about: str,
    sequences: Phonotactics,
    confusions: npt.NDArray[np.float64],
    tuned: MoonshineNetwork | None = None,
) -> None:
    """Write the folder that Ear.load reads. Raises ModelError for a `prior` that is none.

    `confusions` (42, 42) are counts of what each phone was heard as. `tuned` is the encoder to put
    beside the reader instead of `ear`, by name.
    """
    files = {
        NETWORK: to_onnx(network),
        PHONOTACTICS: phonotactics.to_bytes(sequences),
        CONFUSIONS: msgspec.json.encode(Confusions(tuple(map(tuple, confusions.tolist())))),
    }
    encoder = ReadEncoder(ear.name, ear.digest)
    if tuned is not None:
        files[TUNED] = encoder_onnx(tuned)
        digest = hashlib.sha256(files[TUNED]).hexdigest()
        encoder = ReadEncoder(TunedMoonshineEncoder.name, digest)
    write_folder(
        out, ReaderDescription, files, about, phones=PHONES, encoder=encoder,
        log_prior=tuple(round(float(value), 4) for value in prior),
    )  # fmt: skip


def weights_of(folder: Path) -> dict[str, Tensor]:
    """The weights of an exported reader, under PhoneNetwork's names but for the middle reading.

    Raises ModelError when `folder` holds no phone reader, or one of another architecture.
    """
    PhoneReader.load(folder)  # which says what is wrong with it
    path = reader_folder(folder).file(NETWORK)
    weights: dict[str, Tensor] = {}
    matrices: list[Tensor] = []
    try:
        for tensor in onnx.load(path).graph.initializer:
            values = torch.from_numpy(numpy_helper.to_array(tensor).astype(np.float32))
            if values.ndim == 2:  # the exporter transposes linear layers and drops their names
                matrices.append(values.T.contiguous())
            else:
                weights[tensor.name.removesuffix(".half").partition(".")[2]] = values
        layers = [f"blocks.{i}.{side}" for i in range(len(matrices) // 2 - 1) for side in _SIDES]
        for layer, matrix in zip(("enter", *layers, "leave"), matrices, strict=True):
            weights[f"{layer}.weight"] = matrix
    except Exception as error:  # of protobuf, numpy and torch, each its own
        raise ModelError(
            f"{path} is no network to start from ({error}); give a reader that this release trained"
        ) from error
    return weights
