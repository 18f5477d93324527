"""A transcriber as ONNX: its encoder, what is kept of the frames, and one step of writing."""

from __future__ import annotations

import msgspec
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from ...engines.general.model_folder import ENCODER, PIECES, Writer
from ...model.attention_decoder import AttentionDecoder
from ...model.language_model import merge
from ...model.transcribers import Pretrained
from ...speech.beam import CONSIDERED, MEMORY, STEP
from ..onnx_export import Bits, onnx_bytes


class _Memory(nn.Module):
    def __init__(self, decoder: AttentionDecoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, frames: Tensor) -> Tensor:
        """`frames (1, T, size)` to what is kept of them; see AttentionDecoder."""
        return self.decoder.memory(frames)


class _Step(nn.Module):
    def __init__(self, decoder: AttentionDecoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(
        self, ids: Tensor, past: Tensor, memory: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The likeliest tokens after the last of `ids (B, n)`, their log-probabilities, what is
        kept, and the state `(B, size)` that they were chosen from."""
        states, present = self.decoder.step(ids, past, memory)
        last = states[:, -1]
        scores = torch.log_softmax(self.decoder.scores(last), dim=-1)
        best = torch.topk(scores, CONSIDERED, dim=-1)
        return best.indices, best.values, present, last


def transcriber_onnx(decoder: AttentionDecoder, bits: Bits = 8) -> tuple[bytes, bytes]:
    """The networks that `speech.beam.BeamTranscriber` runs, their matrices in so many bits."""
    decoder = decoder.eval()
    merge(decoder)
    frames = torch.zeros(1, 50, decoder.size)
    with torch.inference_mode():
        memory = decoder.memory(frames)
    past = torch.zeros(decoder.parts, 2, decoder.heads, 3, decoder.head)
    kept = onnx_bytes(
        _Memory(decoder), (frames,), bits=bits, inputs=["frames"], outputs=["memory"],
        axes={"frames": {1: "T"}, "memory": {3: "T"}},
    )  # fmt: skip
    step = onnx_bytes(
        _Step(decoder), (torch.ones(2, 1, dtype=torch.long), past, memory.clone()), bits=bits,
        inputs=["ids", "past", "memory"],
        outputs=["tokens", "log_probabilities", "present", "states"],
        axes={
            "ids": {0: "B", 1: "n"}, "past": {1: "B", 3: "P"}, "memory": {3: "T"},
            "tokens": {0: "B"}, "log_probabilities": {0: "B"}, "present": {1: "B", 3: "Q"},
            "states": {0: "B"},
        },
    )  # fmt: skip
    if bits == 8 and decoder.tied:
        step = _with_one_table(onnx.load_from_string(step), *decoder.table().weight.shape)
    return kept, step


def encoder_onnx(encoder: nn.Module, bits: Bits = 8) -> bytes:
    """The network that `speech.exported_encoder.ExportedEncoder` runs."""
    return onnx_bytes(
        encoder.eval(), (torch.zeros(1, 16_000),), bits=bits, inputs=["samples"],
        outputs=["frames"], axes={"samples": {1: "N"}, "frames": {1: "T"}},
    )  # fmt: skip


def transcriber_files(
    pretrained: Pretrained, tuned: AttentionDecoder | None, bits: Bits = 8
) -> dict[str, bytes]:
    """The files of a transcriber in a model folder; none for Moonshine as it was published.

    `tuned` is its decoder after a training, if there was one.
    """
    if pretrained.encoder is None and tuned is None:
        return {}
    memory, step = transcriber_onnx(tuned or pretrained.decoder, bits)
    files = {MEMORY: memory, STEP: step}
    if pretrained.encoder is not None:
        pieces = [piece.decode("latin-1") for piece in pretrained.pieces]
        files[PIECES] = msgspec.json.encode(pieces)
        files[ENCODER] = encoder_onnx(pretrained.encoder, bits)
    return files


def writer_of(pretrained: Pretrained) -> Writer | msgspec.UnsetType:
    """What the description of a model folder says of its transcriber."""
    if pretrained.encoder is None:
        return msgspec.UNSET
    return Writer(pretrained.name, pretrained.start, pretrained.end)


def _with_one_table(model: onnx.ModelProto, tokens: int, size: int) -> bytes:
    """The model with its table of `tokens` vectors of `size` numbers stored once.

    It is looked up at the beginning and multiplied by at the end; the second is in 8 bits with a
    scale for each token, from which a row is as good as looked up. That takes 9 MB of 28 away.
    """
    graph = model.graph
    arrays = {tensor.name: tensor for tensor in graph.initializer}
    lookup = next(
        node for node in graph.node if node.op_type == "Gather" and node.input[0] in arrays
        and list(arrays[node.input[0]].dims) == [tokens, size]
    )  # fmt: skip
    (table,) = (name for name, t in arrays.items() if list(t.dims) == [size, tokens])
    scale = table.removesuffix("_quantized") + "_scale"
    float_table, ids = lookup.input
    nodes = [
        helper.make_node("Gather", [table, ids], ["token.columns"], axis=1),
        helper.make_node("Cast", ["token.columns"], ["token.whole"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["token.whole"], ["token.rows"], perm=[1, 2, 0]),
        helper.make_node("Gather", [scale, ids], ["token.scale"], axis=0),
        helper.make_node("Unsqueeze", ["token.scale", "token.last"], ["token.scales"]),
        helper.make_node("Mul", ["token.rows", "token.scales"], [lookup.output[0]]),
    ]
    last = numpy_helper.from_array(np.array([-1], np.int64), "token.last")
    place = list(graph.node).index(lookup)
    everything = [*list(graph.node)[:place], *nodes, *list(graph.node)[place + 1 :]]
    kept = [tensor for tensor in graph.initializer if tensor.name != float_table]
    del graph.node[:]
    del graph.initializer[:]
    graph.node.extend(everything)
    graph.initializer.extend([*kept, last])
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


__all__ = ["encoder_onnx", "transcriber_files", "transcriber_onnx", "writer_of"]
