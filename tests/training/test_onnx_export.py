"""Networks as ONNX: what is stored small is as it was, to half a step of its scale."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

from mondegreen.training.onnx_export import stored_small, write_onnx
from mondegreen.weights.onnx_session import Port, open_session


class _Network(nn.Module):
    """A table, a large matrix used twice and a small one, as an interpreter has them."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.table = nn.Embedding(500, 128)
        self.large = nn.Parameter(torch.randn(128, 128) * torch.logspace(-3, 0, 128))
        self.small = nn.Parameter(torch.randn(128, 7))

    def forward(self, ids: Tensor) -> Tensor:
        """`ids (1, T)` to numbers `(1, T, 7)`."""
        rows = self.table(ids)
        return ((rows @ self.large) @ self.large) @ self.small


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> tuple[_Network, Path, Path]:
    folder = tmp_path_factory.mktemp("networks")
    network = _Network()
    whole, small = folder / "whole.onnx", folder / "small.onnx"
    write_onnx(
        network, (torch.zeros(1, 3, dtype=torch.long),), whole, inputs=["ids"], outputs=["out"],
        axes={"ids": {1: "T"}, "out": {1: "T"}},
    )  # fmt: skip
    model = onnx.load(whole)
    stored_small(model)
    onnx.save(model, small)
    return network, whole, small


def test_tables_take_a_quarter_and_matrices_half(networks: tuple[_Network, Path, Path]) -> None:
    _, whole, small = networks
    assert small.stat().st_size < 0.36 * whole.stat().st_size
    kinds = {tensor.name: tensor.data_type for tensor in onnx.load(small).graph.initializer}
    assert list(kinds.values()).count(onnx.TensorProto.INT8) == 1
    assert list(kinds.values()).count(onnx.TensorProto.FLOAT16) == 1
    assert kinds["small"] == onnx.TensorProto.FLOAT


def test_it_computes_what_rounded_weights_compute(networks: tuple[_Network, Path, Path]) -> None:
    network, _, small = networks
    session = open_session(
        small, "make another", inputs=[Port("ids", (1, "T"), "int64")],
        outputs=[Port("out", (1, "T", 7))],
    )  # fmt: skip
    ids = np.array([[0, 3, 499, 77]])

    def rounded(table: Tensor) -> Tensor:
        scales = table.abs().amax(1, keepdim=True) / 127
        return (table / scales).round() * scales

    with torch.no_grad():
        expected = network(torch.from_numpy(ids)).numpy()
        network.table.weight.copy_(rounded(network.table.weight))
        network.large.copy_(network.large.half().float())
        same = network(torch.from_numpy(ids)).numpy()
    (out,) = session.run({"ids": ids})
    assert out == pytest.approx(same, rel=1e-4, abs=1e-4)
    assert np.linalg.norm(out - expected) < 0.02 * np.linalg.norm(expected)
    assert not np.allclose(out, expected, rtol=1e-6)
