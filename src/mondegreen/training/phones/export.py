"""From a checkpoint to the folder that ships: ONNX network, description, model card."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from ...errors import ModelError
from ...phonetics.inventory import PHONES
from ...speech.encoder import SpeechEncoder
from ...speech.phones import DESCRIPTION, FORMAT, NETWORK
from . import frames as noisy
from .fit import reader
from .measure import BLANK_HANDICAP, Score
from .network import PhoneNetwork

PRIOR_CLIPS = 3_000
"""Clips over which the label prior is averaged: 300,000 frames, an error below 1 % per phone."""
_SMALL = 1_000
"""Tensors with fewer numbers (norms, biases) stay float32: they cost nothing."""

_SIDES = ("widen", "narrow")
"""The linear layers of a block, in the order in which the exporter meets them."""


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


def log_prior(
    network: PhoneNetwork, folder: Path, names: Sequence[str], seed: int
) -> npt.NDArray[np.float64]:
    """(42,) natural log of the mean posterior over training frames, which decoding divides by.

    Searches over CTC posteriors divide by a label prior so that the blank does not win everywhere
    (Miao et al. 2015, EESEN).
    """
    examples = noisy.read(folder, names)
    picked = np.random.default_rng(seed).permutation(len(examples))[:PRIOR_CLIPS]
    read = reader(network)
    total, count = np.zeros(len(PHONES)), 0
    for i in sorted(map(int, picked)):
        posteriors = np.exp(read(np.asarray(examples[i].frames, np.float32)).astype(np.float64))
        total += posteriors.sum(axis=0)
        count += len(posteriors)
    return np.asarray(np.log(total / count))


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


def to_onnx(network: PhoneNetwork) -> bytes:
    """The network as ONNX: `frames (1, T, size) float32` to `log_posteriors (1, T, 42) float32`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, NETWORK)
        torch.onnx.export(
            _Reading(network).eval(),
            (torch.zeros(1, 50, network.shape.frame),),
            path,
            input_names=["frames"],
            output_names=["log_posteriors"],
            dynamic_axes={"frames": {1: "time"}, "log_posteriors": {1: "time"}},
            opset_version=17,
            dynamo=False,
        )
        return bytes(_halved(onnx.load(path)).SerializeToString())


def card(scores: Sequence[Score], *, parameters: int, steps: int, hours: float, seed: int) -> str:
    """The model card, in Markdown."""
    rows = "\n".join(
        f"| {s.name} | {s.error_rate:.1%} | {s.clips} | {s.phones:,} |" for s in scores
    )
    return f"""# Phone reader

{parameters / 1e6:.1f} M parameters over Moonshine tiny's frozen frames; CTC over 41 phones and a
blank.

**Made by** `mondegreen train phones DATA --seed {seed} --steps {steps}`: {steps:,} batches of
8,192 frames from {hours:.0f} hours of noisy synthetic speech (hibari; flite rms, awb and kal16;
espeak-ng) and of single words said by people. Sentences: the CC0 and CC BY sets named in
`docs/how-it-works.md`. Recordings of dish washing, the voice flite-slt and 3 % of the sentences
were held out.

**Phone error** (greedy, unit cost, blank lowered by {BLANK_HANDICAP} nats):

| test | phone error | clips | phones |
|---|---|---|---|
{rows}

Decibels compare the loudest 2,048-sample frames of speech and noise.

**Use**: English commands and questions read by a grammar search. Children's voices, strong
accents and pathological speech were neither trained on nor measured. Labels are what the
synthesisers say they spoke.
"""


def export(
    network: PhoneNetwork,
    out: Path,
    ear: SpeechEncoder,
    prior: npt.NDArray[np.float64],
    about: str,
) -> None:
    """Write the folder that PhoneReader.load reads; each file under a temporary name first."""
    out.mkdir(parents=True, exist_ok=True)
    content = to_onnx(network)
    description = {
        "format": FORMAT,
        "phones": list(PHONES),
        "encoder": {"name": ear.name, "digest": ear.digest},
        "log_prior": [round(float(v), 4) for v in prior],
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    text = json.dumps(description, ensure_ascii=False) + "\n"
    files = {NETWORK: content, DESCRIPTION: text.encode(), "README.md": about.encode()}
    for name, data in files.items():
        temporary = out / f"{name}.tmp"
        temporary.write_bytes(data)
        temporary.replace(out / name)


def weights_of(folder: Path) -> dict[str, Tensor]:
    """The weights of an exported reader, under PhoneNetwork's names but for the middle reading.

    Raises ModelError when there is no network in `folder`.
    """
    path = folder / NETWORK
    if not path.is_file():
        raise ModelError(f"{path} is missing: give a folder with a phone reader to start from")
    found: dict[str, Tensor] = {}
    matrices: list[Tensor] = []
    for tensor in onnx.load(path).graph.initializer:
        values = torch.from_numpy(numpy_helper.to_array(tensor).astype(np.float32))
        if values.ndim == 2:  # the exporter transposes linear layers and drops their names
            matrices.append(values.T.contiguous())
        else:
            found[tensor.name.removesuffix(".half").partition(".")[2]] = values
    layers = [f"blocks.{i}.{side}" for i in range(len(matrices) // 2 - 1) for side in _SIDES]
    for layer, matrix in zip(("enter", *layers, "leave"), matrices, strict=True):
        found[f"{layer}.weight"] = matrix
    return found
