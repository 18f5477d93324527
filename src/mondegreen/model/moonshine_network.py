"""Moonshine tiny's encoder in PyTorch, with the weights that install with mondegreen.

The package ships it quantised, for running. Here its matrices are widened to float32 again, so that
the encoder can be tuned together with the phone reader.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..speech.moonshine import ENCODER, published
from ..weights.onnx_session import ort_graph

SIZE, HEADS, LAYERS, INNER = 288, 8, 6, 1152
_ROTATED = 32
"""Of the 36 numbers of a head, those that the rotary position turns (nine tenths, made even)."""
_STRIDES = ((127, 64), (7, 3), (3, 2))
"""Width and stride of the three convolutions over the samples."""


def frame_counts(samples: Tensor) -> Tensor:
    """How many frames the convolutions make of `samples (B,)` samples."""
    for width, stride in _STRIDES:
        samples = torch.div(samples - width, stride, rounding_mode="floor") + 1
    return samples


class _Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.input_layernorm = nn.LayerNorm(SIZE, bias=False)
        self.post_attention_layernorm = nn.LayerNorm(SIZE, bias=False)
        self.q_proj, self.k_proj = (
            nn.Linear(SIZE, SIZE, bias=False),
            nn.Linear(SIZE, SIZE, bias=False),
        )
        self.v_proj, self.o_proj = (
            nn.Linear(SIZE, SIZE, bias=False),
            nn.Linear(SIZE, SIZE, bias=False),
        )
        self.fc1, self.fc2 = nn.Linear(SIZE, INNER), nn.Linear(INNER, SIZE)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor], mask: Tensor | None) -> Tensor:
        """`x (B, T, 288)` to the same shape.

        `turn` is the cosine and sine of the positions; `mask (B, 1, 1, T)` is true where a frame is
        no padding, None where none is padding.
        """
        batch, time, _ = x.shape
        normed = self.input_layernorm(x)

        def heads(projection: nn.Module) -> Tensor:
            out: Tensor = projection(normed)
            return out.view(batch, time, HEADS, SIZE // HEADS).transpose(1, 2)

        query, key = rotate(heads(self.q_proj), turn), rotate(heads(self.k_proj), turn)
        mixed = functional.scaled_dot_product_attention(query, key, heads(self.v_proj), mask)
        x = x + self.o_proj(mixed.transpose(1, 2).reshape(batch, time, SIZE))
        inner = functional.gelu(self.fc1(self.post_attention_layernorm(x)))
        out: Tensor = x + self.fc2(inner)
        return out


def rotate(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Rotary positions (Su et al. 2021) on pairs of neighbouring numbers."""
    cos, sin = turn
    part, rest = x[..., :_ROTATED], x[..., _ROTATED:]
    even, odd = part[..., 0::2], part[..., 1::2]
    swapped = torch.stack((-odd, even), dim=-1).flatten(-2)
    return torch.cat([part * cos + swapped * sin, rest], dim=-1).to(x.dtype)


class Positions(nn.Module):
    """Rotary positions by number."""

    def __init__(self) -> None:
        super().__init__()
        self.frequencies: Tensor
        frequencies = 10_000.0 ** -(torch.arange(0, _ROTATED, 2) / _ROTATED)
        self.register_buffer("frequencies", frequencies, persistent=False)

    def forward(self, places: Tensor) -> tuple[Tensor, Tensor]:
        """Cosine and sine `(n, 32)` of places `(n,)`, for `rotate`."""
        angles = places[:, None] * self.frequencies
        angles = torch.stack((angles, angles), dim=-1).flatten(-2)
        return angles.cos(), angles.sin()


class MoonshineNetwork(nn.Module):
    """Samples `(B, N)` at 16 kHz to frames `(B, T, 288)`."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(1, SIZE, 127, stride=64, bias=False)
        self.groupnorm = nn.GroupNorm(1, SIZE)
        self.conv2 = nn.Conv1d(SIZE, 2 * SIZE, 7, stride=3)
        self.conv3 = nn.Conv1d(2 * SIZE, SIZE, 3, stride=2)
        self.layers = nn.ModuleList(_Layer() for _ in range(LAYERS))
        self.layer_norm = nn.LayerNorm(SIZE, bias=False)
        self.positions = Positions()

    def hold(self, layers: int) -> None:
        """Learn nothing in the first `layers` and in the convolutions, unless `layers` is 0."""
        lower = [self.conv1, self.groupnorm, self.conv2, self.conv3] if layers else []
        for part in [*lower, *self.layers[:layers]]:
            part.requires_grad_(False)

    def forward(self, samples: Tensor, counts: Tensor | None = None) -> Tensor:
        """Frames of `samples (B, N)`; `counts (B,)` says how many of the N are not padding."""
        lengths = None if counts is None else frame_counts(counts)
        return self.attend(self.sounds(samples, counts), lengths)

    def sounds(self, samples: Tensor, counts: Tensor | None = None) -> Tensor:
        """What the convolutions make of `samples (B, N)`, `(B, T, 288)`; `counts` as above."""
        x = torch.tanh(self.conv1(samples[:, None]))
        if counts is None:
            x = self.groupnorm(x)
        else:
            x = self._normed(x, torch.div(counts - 127, 64, rounding_mode="floor") + 1)
        return functional.gelu(self.conv3(functional.gelu(self.conv2(x)))).transpose(1, 2)

    def attend(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Frames of the sounds `x (B, T, 288)`, of which `lengths (B,)` are no padding."""
        steps, mask = torch.arange(x.shape[1], device=x.device), None
        if lengths is not None:
            mask = (steps[None, :] < lengths[:, None])[:, None, None, :]
        turn = self.positions(steps)
        for layer in self.layers:
            x = layer(x, turn, mask)
        out: Tensor = self.layer_norm(x)
        return out

    def _normed(self, x: Tensor, lengths: Tensor) -> Tensor:
        """The group norm of each row over its own `lengths (B,)` columns, padding left out."""
        x = x.float()
        steps = torch.arange(x.shape[2], device=x.device)
        real = (steps < lengths[:, None])[:, None, :]
        count = (lengths * SIZE).view(-1, 1, 1)
        mean = (x * real).sum((1, 2), keepdim=True) / count
        spread = ((x - mean).square() * real).sum((1, 2), keepdim=True) / count
        scaled = (x - mean) * torch.rsqrt(spread + self.groupnorm.eps)
        return scaled * self.groupnorm.weight[:, None] + self.groupnorm.bias[:, None]


def pretrained() -> MoonshineNetwork:
    """The encoder as published. Raises ModelError when its file is missing or damaged."""
    network = MoonshineNetwork()
    network.load_state_dict({k: torch.from_numpy(v) for k, v in _weights().items()})
    return network


def stored_array(tensor: Any) -> npt.NDArray[Any]:
    """The numbers of a tensor in an ORT file."""
    kinds = {1: np.float32, 2: np.uint8, 7: np.int64}  # ONNX's TensorProto.DataType
    raw = tensor.RawDataAsNumpy()
    shape = [tensor.Dims(i) for i in range(tensor.DimsLength())]
    return np.frombuffer(raw.tobytes(), kinds[tensor.DataType()]).reshape(shape)


def widened(stored: Mapping[str, npt.NDArray[Any]], name: str) -> npt.NDArray[np.float32]:
    """The matrix of that name in float32, from its 8 bits, zero point and scale among `stored`."""
    whole = stored[f"{name}_quantized"].astype(np.float32)
    return np.asarray((whole - stored[f"{name}_zero_point"]) * stored[f"{name}_scale"], np.float32)


def _weights() -> dict[str, npt.NDArray[np.float32]]:
    """Names of MoonshineNetwork to arrays, read from the graph that ONNX Runtime runs."""
    graph = ort_graph(published().file(ENCODER).read_bytes())
    stored = {}
    for i in range(graph.InitializersLength()):
        tensor = graph.Initializers(i)
        stored[tensor.Name().decode()] = stored_array(tensor)
    weights: dict[str, npt.NDArray[np.float32]] = {}
    for name, values in stored.items():
        if re.fullmatch(r"(layers\.\d\..*|conv\d|layer_norm)\.(weight|bias)(_add_tensor)?", name):
            weights[name.removesuffix("_add_tensor").replace(".mlp.", ".")] = values
        elif name.startswith("onnx::Mul_"):
            weights["groupnorm.weight"] = values[:, 0]
        elif name.startswith("onnx::Add_"):
            weights["groupnorm.bias"] = values[:, 0]
    for i in range(graph.NodesLength()):
        node = graph.Nodes(i)
        place = re.match(r"/layers\.(\d)/\w+/(\w+)/", node.Outputs(0).decode())
        inputs = [node.Inputs(j).decode() for j in range(node.InputsLength())]
        matrix = next((x.removesuffix("_quantized") for x in inputs if x in stored
                       and x.endswith("_quantized")), None)  # fmt: skip
        if place and matrix:
            transposed = widened(stored, matrix).T
            weights[f"layers.{place[1]}.{place[2]}.weight"] = np.ascontiguousarray(transposed)
    return {k: np.array(v, np.float32) for k, v in weights.items()}
