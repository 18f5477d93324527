"""A PyTorch network as ONNX, the way all of them are exported here."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.jit._trace import TracerWarning

from ..weights.onnx_session import in_eight_bits


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
    with warnings.catch_warnings():
        # The newer exporter needs another package and keeps none of the weights' names.
        warnings.simplefilter("ignore", DeprecationWarning)
        # torch compares shapes while it traces; their other numbers do not depend on time.
        warnings.simplefilter("ignore", TracerWarning)
        # Indices here are never negative.
        warnings.filterwarnings("ignore", message="Exporting aten::index", category=UserWarning)
        torch.onnx.export(
            module.eval(), examples, path, input_names=list(inputs), output_names=list(outputs),
            dynamic_axes={name: dict(sizes) for name, sizes in axes.items()}, opset_version=17,
            dynamo=False,
        )  # fmt: skip


def eight_bit_onnx(
    module: nn.Module,
    examples: tuple[Tensor, ...],
    *,
    inputs: Sequence[str],
    outputs: Sequence[str],
    axes: Mapping[str, Mapping[int, str]],
    lookups: bool = False,
) -> bytes:
    """The network as ONNX with its matrices in 8 bits; see `in_eight_bits`."""
    with tempfile.TemporaryDirectory() as folder:
        whole, small = Path(folder, "whole.onnx"), Path(folder, "small.onnx")
        write_onnx(module, examples, whole, inputs=inputs, outputs=outputs, axes=axes)
        in_eight_bits(whole, small, lookups=lookups)
        return small.read_bytes()


__all__ = ["eight_bit_onnx", "write_onnx"]
