"""From a fitted interpreter to the folder of a general model: ONNX, pieces, description, card."""

from __future__ import annotations

import io
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
import numpy as np
import onnx
import torch
from torch import Tensor, nn

from ...engines.general.model_folder import (
    BEGINNINGS,
    CHAIN,
    ENCODER,
    NETWORK,
    PIECES,
    SUBWORDS,
    Balance,
    Certainty,
    InterpreterDescription,
    Writer,
)
from ...errors import SettingsError
from ...language.subwords import described
from ...model.interpreter_network import InterpreterNetwork
from ...model.language_model import merge
from ...speech.beam import MEMORY, STEP
from ...speech.doubts import DOUBTS
from ...weights.folder import described_kind, write_folder
from ..onnx_export import Bits, stored_small, write_onnx
from .fit_interpreter import Interpreter, pieces_of
from .labelled_sentences import Sentence

TRANSCRIBER_FILES = (MEMORY, STEP, ENCODER, PIECES)
"""Files of a transcriber of its own in a model folder; Moonshine has the first two."""


class _Reading(nn.Module):
    """The network as it runs: one sentence without padding."""

    def __init__(self, network: InterpreterNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, ids: Tensor, spread: Tensor, doubts: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        """`ids (1, T)` and `spread (1, 1 + W, T)` to intents `(1, I)`, tags `(1, W, K)` and the
        vector of the sentence `(1, size)`; with `doubts (1, W, 290)` to what the gate says of the
        text `(1,)` as well."""
        pooled = self.network.pooled(ids, torch.ones_like(ids), spread, doubts)
        scores: tuple[Tensor, ...] = (*self.network.heads(pooled), pooled[:, 0])
        gate = self.network.gate
        return (*scores, gate.weight(doubts, spread)) if gate and doubts is not None else scores


def interpreter_onnx(interpreter: Interpreter, bits: Bits = 8) -> bytes:
    """The network as ONNX, small where 8 `bits` are asked for (see `stored_small`), else whole."""
    network = interpreter.network.eval()
    merge(network)
    ids, _, spread = pieces_of(network.language, [("what", "time", "is", "it", "in", "berlin")])
    gated = network.gate is not None
    doubts = (torch.rand(1, spread.shape[1] - 1, DOUBTS),) if gated else ()
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder, "whole.onnx")
        write_onnx(
            _Reading(network), (ids, spread, *doubts), whole,
            inputs=["ids", "spread", *["doubts"] * gated],
            outputs=["intents", "tags", "sentence", *["weight"] * gated],
            axes={
                "ids": {1: "T"}, "spread": {1: "rows", 2: "T"}, "tags": {1: "words"},
                **({"doubts": {1: "words"}} if gated else {}),
            },
        )  # fmt: skip
        model = onnx.load(whole)
    if bits == 8:
        stored_small(model)
    return bytes(model.SerializeToString())


def slots_of_intents(sentences: Iterable[Sentence]) -> dict[str, tuple[str, ...]]:
    """The slots that occur with each intent."""
    out: defaultdict[str, set[str]] = defaultdict(set)
    for sentence in sentences:
        out[sentence.intent].update(span.slot for span in sentence.spans)
    return {intent: tuple(sorted(slots)) for intent, slots in sorted(out.items())}


def check_free(place: Path) -> None:
    """Raise SettingsError where no model folder can be made: in place of a file, or beside files
    that are no model's. A model's README.md would take the place of another."""
    if place.exists() and not place.is_dir():
        raise SettingsError(f"{place} is a file; name a folder for the model")
    names = {path.name for path in place.iterdir()} if place.is_dir() else set()
    own = {NETWORK, SUBWORDS, CHAIN, BEGINNINGS, *TRANSCRIBER_FILES}
    kind = described_kind(place)
    if kind not in (None, InterpreterDescription.KIND):
        raise SettingsError(f"{place} holds {kind!r} and no model; name an empty or new folder")
    if kind is None and any(not n.startswith(".") for n in names - own):
        raise SettingsError(f"{place} holds other files; name an empty or new folder for the model")


def export(
    interpreter: Interpreter,
    place: Path,
    *,
    name: str,
    slots_of: Mapping[str, tuple[str, ...]],
    certainty: Certainty,
    balance: Balance,
    card: str,
    bits: Bits,
    transcriber: Mapping[str, bytes],
    beginnings: bytes | None = None,
    writer: Writer | msgspec.UnsetType = msgspec.UNSET,
) -> None:
    """Write the model folder; `transcriber` are the files of one of its own, if it has one.

    `beginnings` is what `fit_beginnings` found, if it was done; `writer` says what the transcriber
    is, where it is not Moonshine.

    With 8 `bits` the interpreter is stored small, with 32 whole. Raises ModelError when what was
    made cannot be loaded.
    """
    follow = interpreter.network.chain.transitions().detach().numpy().astype(np.float32)
    chain = io.BytesIO()
    np.savez_compressed(chain, follow=follow)
    language = interpreter.network.language
    files = {
        NETWORK: interpreter_onnx(interpreter, bits),
        SUBWORDS: described(language.tokenizer),
        CHAIN: chain.getvalue(),
        **({BEGINNINGS: beginnings} if beginnings else {}),
        **transcriber,
    }
    write_folder(
        place, InterpreterDescription, files, card, engine="general", name=name,
        intents=interpreter.names.intents, slots=interpreter.names.slots, slots_of=dict(slots_of),
        certainty=certainty, balance=balance, language_model=language.name,
        **({} if writer is msgspec.UNSET else {"transcriber": writer}),
        bridge="text" if interpreter.network.gate is None else "gate",
    )  # fmt: skip


__all__ = [
    "TRANSCRIBER_FILES", "Bits", "check_free", "export", "interpreter_onnx", "slots_of_intents",
]  # fmt: skip
