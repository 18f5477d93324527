"""The conversion of Silero VAD: a ggml file in, an ONNX graph that computes the same out."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest

pytest.importorskip("onnx", reason="needs mondegreen[train]")

from mondegreen.errors import ModelError
from mondegreen.training.conversions.silero import graph, tensors

SHAPES = {
    "_model.encoder.0.reparam_conv.weight": (128, 129, 3),
    "_model.encoder.0.reparam_conv.bias": (128,),
    "_model.encoder.1.reparam_conv.weight": (64, 128, 3),
    "_model.encoder.1.reparam_conv.bias": (64,),
    "_model.encoder.2.reparam_conv.weight": (64, 64, 3),
    "_model.encoder.2.reparam_conv.bias": (64,),
    "_model.encoder.3.reparam_conv.weight": (128, 64, 3),
    "_model.encoder.3.reparam_conv.bias": (128,),
    "_model.decoder.rnn.weight_ih": (512, 128),
    "_model.decoder.rnn.weight_hh": (512, 128),
    "_model.decoder.rnn.bias_ih": (512,),
    "_model.decoder.rnn.bias_hh": (512,),
    "_model.decoder.decoder.2.weight": (128,),
    "_model.decoder.decoder.2.bias": (),
    "_model.stft.forward_basis_buffer": (258, 1, 256),
}
Weights = dict[str, Any]


def made_up() -> Weights:
    """Random weights of the right shapes, every second one in half precision."""
    rng = np.random.default_rng(0)
    return {
        name: rng.normal(0, 0.08, shape).astype((np.float16, np.float32)[i % 2])
        for i, (name, shape) in enumerate(SHAPES.items())
    }


def ggml(weights: Weights, frame: int = 512) -> bytes:
    """The file whisper.cpp writes for them."""
    sizes = [
        6,
        2,
        0,
        frame,
        64,
        4,
        129,
        128,
        3,
        128,
        64,
        3,
        64,
        64,
        3,
        64,
        128,
        3,
        128,
        128,
        128,
        1,
    ]
    out = [struct.pack("<ii", 0x67676D6C, 10), b"silero-16k", struct.pack("<22i", *sizes)]
    for name, value in weights.items():
        dims = value.shape[::-1]
        kind = int(value.dtype == np.float16)
        out.append(struct.pack(f"<{3 + len(dims)}i", len(dims), len(name), kind, *dims))
        out += [name.encode(), value.tobytes()]
    return b"".join(out)


def by_hand(weights: Weights, frames: np.ndarray) -> np.ndarray:
    """The network step by step, in double precision."""
    w = {name: value.astype(np.float64) for name, value in weights.items()}
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    hidden = cell = np.zeros(128)
    speech = []
    for frame in frames:
        padded = np.pad(frame, 64, mode="reflect")
        parts = [w["_model.stft.forward_basis_buffer"][:, 0] @ padded[i : i + 256]
                 for i in range(0, 512, 128)]  # fmt: skip
        x = np.array([np.hypot(p[:129], p[129:]) for p in parts])
        for i, stride in enumerate((1, 2, 2, 1)):
            kernel = w[f"_model.encoder.{i}.reparam_conv.weight"]
            bias = w[f"_model.encoder.{i}.reparam_conv.bias"]
            wide = np.pad(x, ((1, 1), (0, 0)))
            x = np.array([np.maximum(0, np.einsum("oik,ki->o", kernel, wide[t : t + 3]) + bias)
                          for t in range(0, len(x), stride)])  # fmt: skip
        gates = (w["_model.decoder.rnn.weight_ih"] @ x[0] + w["_model.decoder.rnn.bias_ih"]
                 + w["_model.decoder.rnn.weight_hh"] @ hidden
                 + w["_model.decoder.rnn.bias_hh"])  # fmt: skip
        take, keep, new, show = np.split(gates, 4)
        cell = sigmoid(keep) * cell + sigmoid(take) * np.tanh(new)
        hidden = sigmoid(show) * np.tanh(cell)
        logit = w["_model.decoder.decoder.2.weight"] @ np.maximum(0, hidden)
        speech.append(sigmoid(logit + w["_model.decoder.decoder.2.bias"]))
    return np.array(speech)


def test_the_graph_computes_the_network_and_carries_its_state_on() -> None:
    weights = made_up()
    model = graph(tensors(ggml(weights))).SerializeToString()
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    frames = np.random.default_rng(1).normal(0, 0.3, (7, 512)).astype(np.float32)
    state = np.zeros((1, 1, 128), np.float32)
    feed = {"frames": frames[:3], "hidden": state, "cell": state}
    first, hidden, cell = session.run(None, feed)
    feed = {"frames": frames[3:], "hidden": hidden, "cell": cell}
    second = session.run(None, feed)[0]
    expected = by_hand(weights, frames)
    assert np.ptp(expected) > 1e-3  # weights so small that nothing moves would prove nothing
    assert np.concatenate([first, second]) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a ggml file"),
        (b"RIFF0000WAVE", "not a ggml file"),
        (ggml({}, frame=256), "of another shape"),
    ],
)
def test_other_files_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        tensors(data)
