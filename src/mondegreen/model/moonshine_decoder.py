"""Moonshine tiny's decoder in PyTorch: the encoder's frames and the tokens so far to the next one.

As with the encoder, the published 8-bit weights are widened to float32, so that it can be tuned. It
takes a few tokens behind others that are remembered (writing down), or all of many sentences
(training).
"""

from __future__ import annotations

import re
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..speech.moonshine import DECODER, published
from ..weights.onnx_session import ort_graph
from .attention_decoder import AttentionDecoder
from .moonshine_network import HEADS, LAYERS, SIZE, Positions, rotate, stored_array, widened

VOCABULARY = 32_768
HEAD = SIZE // HEADS
_INNER = 1_152


class _Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.q_proj, self.k_proj = _linear(), _linear()
        self.v_proj, self.o_proj = _linear(), _linear()

    def remembered(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values `(B, 8, T, 36)` of `x (B, T, 288)`."""
        return _heads(self.k_proj(x)), _heads(self.v_proj(x))

    def attend(self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
        """What `query (B, 8, n, 36)` finds, `(B, n, 288)`; `mask` is true where it may look."""
        scores = query @ keys.transpose(2, 3) * HEAD**-0.5
        if mask is not None:
            scores = scores.masked_fill(~mask, -1e9)
        mixed = torch.softmax(scores, -1) @ values
        return cast(Tensor, self.o_proj(mixed.transpose(1, 2).flatten(2)))


def _linear() -> nn.Linear:
    return nn.Linear(SIZE, SIZE, bias=False)


def _heads(x: Tensor) -> Tensor:
    return x.view(x.shape[0], x.shape[1], HEADS, HEAD).transpose(1, 2)


class _Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.input_layernorm = nn.LayerNorm(SIZE, bias=False)
        self.self_attn = _Attention()
        self.post_attention_layernorm = nn.LayerNorm(SIZE, bias=False)
        self.encoder_attn = _Attention()
        self.final_layernorm = nn.LayerNorm(SIZE, bias=False)
        self.fc1, self.fc2 = nn.Linear(SIZE, 2 * _INNER), nn.Linear(_INNER, SIZE)

    def inner(self, x: Tensor) -> Tensor:
        """The gated layer at the end (Shazeer 2020, arXiv:2002.05202)."""
        values, gate = self.fc1(self.final_layernorm(x)).chunk(2, dim=-1)
        return cast(Tensor, x + self.fc2(functional.silu(gate) * values))


class MoonshineDecoder(AttentionDecoder):
    """Tokens and frames to the scores of the next tokens."""

    size, vocabulary = SIZE, VOCABULARY
    parts, heads, head = 2 * LAYERS, HEADS, HEAD
    learned = ("layers.", "norm.")

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(VOCABULARY, SIZE)
        self.layers = nn.ModuleList(_Layer() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(SIZE, bias=False)
        self.positions = Positions()

        self.embed.requires_grad_(False)

    def table(self) -> nn.Embedding:
        """See AttentionDecoder."""
        return self.embed

    def memory(self, frames: Tensor) -> Tensor:
        """What is kept of `frames (B, T, 288)`: keys and values, `(12, B, 8, T, 36)`."""
        kept = [cast(_Layer, layer).encoder_attn.remembered(frames) for layer in self.layers]
        return torch.stack([part for pair in kept for part in pair])

    def step(
        self, ids: Tensor, past: Tensor, memory: Tensor, real: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """States `(B, n, 288)` after each of `ids (B, n)`, and what is kept of all tokens so far.

        `past (12, B, 8, P, 36)` is kept of the tokens before; `memory (12, B or 1, 8, T, 36)` of
        the frames, of which those are no padding where `real (B, T)` is true.
        """
        before = past.shape[3]
        x = self.embed(ids)
        steps = torch.arange(ids.shape[1], device=ids.device)
        turn = self.positions(before + steps)
        places = torch.arange(before + ids.shape[1], device=ids.device)
        mask = places[None, :] <= (before + steps)[:, None]
        sounding = None if real is None else real[:, None, None, :]
        kept = []
        for number, module in enumerate(self.layers):
            layer = cast(_Layer, module)
            normed = layer.input_layernorm(x)
            key, value = layer.self_attn.remembered(normed)
            keys = torch.cat([past[2 * number], rotate(key, turn)], dim=2)
            values = torch.cat([past[2 * number + 1], value], dim=2)
            kept += [keys, values]
            query = rotate(_heads(layer.self_attn.q_proj(normed)), turn)
            x = x + layer.self_attn.attend(query, keys, values, mask)
            query = _heads(layer.encoder_attn.q_proj(layer.post_attention_layernorm(x)))
            pair = memory[2 * number], memory[2 * number + 1]
            x = x + layer.encoder_attn.attend(query, *pair, sounding)
            x = layer.inner(x)
        return cast(Tensor, self.norm(x)), torch.stack(kept)

    def scores(self, states: Tensor) -> Tensor:
        """Of every token `(…, 32,768)`, after states `(…, 288)`."""
        return states @ self.embed.weight.T


def pretrained_decoder() -> MoonshineDecoder:
    """The decoder as published. Raises ModelError when its file is missing or damaged."""
    network = MoonshineDecoder()
    network.load_state_dict({k: torch.from_numpy(v) for k, v in _weights().items()})
    return network


def _weights() -> dict[str, npt.NDArray[np.float32]]:
    """Names of MoonshineDecoder to arrays, read from the graph that ONNX Runtime runs."""
    graph = ort_graph(published().file(DECODER).read_bytes())
    stored: dict[str, npt.NDArray[Any]] = {}
    _store(graph, stored)
    weights: dict[str, npt.NDArray[np.float32]] = {}
    for name, values in stored.items():
        plain = re.fullmatch(r"model\.decoder\.(layers\..*|norm)\.(weight|bias)_merged_\d", name)
        if plain:
            weights[f"{plain[1].replace('.mlp', '')}.{plain[2]}"] = values
    weights["embed.weight"] = widened(stored, "model.decoder.embed_tokens.weight_merged_0")
    # Of the two branches the first sees the frames; the other has the rest of the same matrices.
    first = graph.Nodes(graph.NodesLength() - 1).Attributes(0).G()
    for i in range(first.NodesLength()):
        node = first.Nodes(i)
        place = re.match(
            r"/model/decoder/(layers\.\d)/(self_attn|encoder_attn|mlp)/(\w+)/(?:MatMul|Add)_",
            node.Outputs(0).decode(),
        )
        inputs = [node.Inputs(j).decode() for j in range(node.InputsLength())]
        quantized = (name for name in inputs if re.fullmatch(r"onnx::MatMul_.*_quantized", name))
        matrix = next(quantized, "").removesuffix("_quantized")
        if place and matrix:
            part = "" if place[2] == "mlp" else f".{place[2]}"
            weights[f"{place[1]}{part}.{place[3]}.weight"] = np.ascontiguousarray(
                widened(stored, matrix).T
            )
    return {k: np.array(v, np.float32) for k, v in weights.items()}


def _store(graph: Any, stored: dict[str, npt.NDArray[Any]]) -> None:
    """The arrays of a graph and of the branches in it, by name."""
    for i in range(graph.InitializersLength()):
        tensor = graph.Initializers(i)
        stored[tensor.Name().decode()] = stored_array(tensor)
    for i in range(graph.NodesLength()):
        node = graph.Nodes(i)
        for j in range(node.AttributesLength()):
            branch = node.Attributes(j).G()
            if branch is not None:
                _store(branch, stored)


__all__ = ["HEAD", "VOCABULARY", "MoonshineDecoder", "pretrained_decoder"]
