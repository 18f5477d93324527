"""A PyTorch network as ONNX, the way all of them are exported here."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn
from torch.jit._trace import TracerWarning
from torch.onnx import symbolic_helper

from ..weights.onnx_session import in_eight_bits

Bits = Literal[8, 32]
"""Of the numbers in a network's matrices."""
Array = npt.NDArray[np.float32]

_OPSET, _REPEAT = 17, "aten::repeat_interleave"
_LARGE = 10_000
"""Numbers of a matrix from which 8 bits save anything."""


def write_onnx(
    module: nn.Module,
    examples: tuple[Tensor, ...],
    path: Path,
    *,
    inputs: Sequence[str],
    outputs: Sequence[str],
    axes: Mapping[str, Mapping[int, str]],
) -> None:
    """Write the network to `path`; `axes` names the sizes that vary, by input or output."""
    with warnings.catch_warnings(), _repeats():
        # The newer exporter needs another package and keeps none of the weights' names.
        warnings.simplefilter("ignore", DeprecationWarning)
        # torch compares shapes while it traces; their other numbers do not depend on time.
        warnings.simplefilter("ignore", TracerWarning)
        # Indices here are never negative.
        warnings.filterwarnings("ignore", message="Exporting aten::index", category=UserWarning)
        # A padding is not worked out in advance, which saves nothing.
        warnings.filterwarnings("ignore", message="Constant folding", category=UserWarning)
        torch.onnx.export(
            module.eval(), examples, path, input_names=list(inputs), output_names=list(outputs),
            dynamic_axes={name: dict(sizes) for name, sizes in axes.items()}, opset_version=_OPSET,
            dynamo=False,
        )  # fmt: skip


@contextmanager
def _repeats() -> Iterator[None]:
    """Numbers repeated along the last axis, as rotary positions of transformers have them: what
    torch makes of that has no known rank, and cannot be exported itself."""

    exporter: Any = torch.onnx
    inside: Any = symbolic_helper

    def repeated(graph: Any, x: Any, repeats: Any, dim: Any, size: Any = None) -> Any:
        del size
        rank, times = inside._get_tensor_rank(x), inside._get_const(repeats, "i", "repeats")
        if inside._get_const(dim, "i", "dim") not in (-1, rank - 1):
            raise ValueError("only repeats along the last axis are exported")

        def constant(*numbers: int) -> Any:
            return graph.op("Constant", value_t=torch.tensor(numbers))

        apart = graph.op("Unsqueeze", x, constant(rank))
        beside = graph.op("Tile", apart, constant(*[1] * rank, times))
        return graph.op("Reshape", beside, constant(*[0] * (rank - 1), -1))

    exporter.register_custom_op_symbolic(_REPEAT, repeated, _OPSET)
    try:
        yield
    finally:
        exporter.unregister_custom_op_symbolic(_REPEAT, _OPSET)


def onnx_bytes(
    module: nn.Module,
    examples: tuple[Tensor, ...],
    *,
    inputs: Sequence[str],
    outputs: Sequence[str],
    axes: Mapping[str, Mapping[int, str]],
    bits: Bits,
) -> bytes:
    """The network as ONNX, its matrices in so many bits; see `in_eight_bits`."""
    with tempfile.TemporaryDirectory() as folder:
        whole, small = Path(folder, "whole.onnx"), Path(folder, "small.onnx")
        write_onnx(module, examples, whole, inputs=inputs, outputs=outputs, axes=axes)
        if bits == 32:
            return whole.read_bytes()
        in_eight_bits(whole, small)
        return small.read_bytes()


def stored_small(model: onnx.ModelProto) -> None:
    """Store the matrices of `model` in 16 bits and its tables in 8, which are widened before they
    are used.

    A table has a scale for each row. ONNX Runtime widens matrices once, when it opens the network;
    of a table the rows that are looked up. What goes in and out of a matrix stays in 32 bits. Of an
    interpreter's meanings 99.9 % are then those of the whole network (n = 1,261), with matrices in
    8 bits, a scale for each column, 99.2 %, and 95.4 % where they are multiplied in 8 bits too.
    """
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    nodes = []
    for node in graph.node:
        place = {"MatMul": 1, "Gather": 0}.get(node.op_type)
        name = "" if place is None else node.input[place]
        if name in constants and len(constants[name].dims) == 2 and _large(constants[name]):
            is_table = node.op_type == "Gather"
            weights = numpy_helper.to_array(constants[name])
            small = (_rows if is_table else _half)(name, weights)
            there = {tensor.name for tensor in graph.initializer}
            graph.initializer.extend(tensor for tensor in small if tensor.name not in there)
            nodes.extend((_widened_rows if is_table else _widened_matrix)(node, name))
        else:
            nodes.append(node)
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(kept)
    onnx.checker.check_model(model)


def _large(tensor: onnx.TensorProto) -> bool:
    return bool(prod(tensor.dims) >= _LARGE)


def _rows(name: str, weights: Array) -> list[onnx.TensorProto]:
    scales = np.maximum(np.abs(weights).max(axis=1, keepdims=True) / 127, 1e-12)
    bits = np.rint(weights / scales).astype(np.int8)
    return [
        numpy_helper.from_array(bits, f"{name}.bits"),
        numpy_helper.from_array(scales.astype(np.float32), f"{name}.scales"),
    ]


def _half(name: str, weights: Array) -> list[onnx.TensorProto]:
    return [numpy_helper.from_array(weights.astype(np.float16), f"{name}.half")]


def _widened_matrix(node: onnx.NodeProto, name: str) -> list[onnx.NodeProto]:
    whole = f"{node.output[0]}.matrix"
    node.input[1] = whole
    return [helper.make_node("Cast", [f"{name}.half"], [whole], to=onnx.TensorProto.FLOAT), node]


def _widened_rows(node: onnx.NodeProto, name: str) -> list[onnx.NodeProto]:
    rows, out = node.input[1], node.output[0]
    return [
        helper.make_node("Gather", [f"{name}.bits", rows], [f"{out}.bits"], axis=0),
        helper.make_node("Gather", [f"{name}.scales", rows], [f"{out}.scales"], axis=0),
        helper.make_node("Cast", [f"{out}.bits"], [f"{out}.wide"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Mul", [f"{out}.wide", f"{out}.scales"], [out]),
    ]


__all__ = ["Bits", "onnx_bytes", "stored_small", "write_onnx"]
