"""The interpreter of a model folder, back in torch, so that it can learn on."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from ...engines.general.model_folder import CHAIN, NETWORK, InterpreterDescription
from ...errors import ModelError
from ...weights.arrays import Arrays
from ...weights.folder import Folder
from .fit_interpreter import Fit, Interpreter, begin
from .labelled_sentences import Names


def opened_interpreter(
    folder: Folder[InterpreterDescription], settings: Fit, seed: int
) -> Interpreter:
    """The interpreter in a folder. With a gate in `settings` and none in the folder it has one that
    adds nothing yet. Raises ModelError for another language model than that of `settings`."""
    about = folder.about
    if settings.language_model.partition(":")[0] != about.language_model:
        raise ModelError(
            f"{folder.place} was made of the language model {about.language_model!r}, and "
            f"{settings.language_model!r} is asked for"
        )
    settings = replace(settings, adapt="full")
    names = Names(about.intents, about.slots)
    network = begin(names, settings, 1, seed).network
    weights = _weights(onnx.load(folder.file(NETWORK)), network.state_dict())
    tags = 1 + 2 * len(about.slots)
    weights["chain.follow"] = torch.tensor(
        Arrays(folder.file(CHAIN), folder.remedy).take("follow", np.float32, (tags, tags))
    )
    missing, other = network.load_state_dict(weights, strict=False)
    fresh = {name for name in missing if name.startswith(("gate.", "language.network.pooler."))}
    if other or set(missing) - fresh:
        raise ModelError(f"{folder.place} holds another network ({[*other, *missing][0]})")
    return Interpreter(network.eval(), names)


def _weights(model: onnx.ModelProto, names: Collection[str]) -> dict[str, Tensor]:
    """By the names of InterpreterNetwork; what was stored small is widened."""
    stored = {t.name: torch.tensor(numpy_helper.to_array(t)) for t in model.graph.initializer}
    widened = {
        name.removesuffix(".bits"): bits.float() * stored[name.replace(".bits", ".scales")]
        for name, bits in stored.items()
        if name.endswith(".bits")
    }
    stored |= widened
    out = {n.removeprefix("network."): v for n, v in stored.items() if n.startswith("network.")}
    made_of = {node.output[0]: node.input for node in model.graph.node}
    for node in model.graph.node:
        layer = re.fullmatch(r"/(?:network/)?(.+)/MatMul", node.name)
        name = node.input[1] if node.op_type == "MatMul" else ""
        if name.endswith(".matrix"):
            name = made_of[name][0]
        if layer and name in stored:
            # A layer that is called past its module ("gate.text") is named without it.
            path = f"{layer[1].replace('/', '.')}.weight"
            whole = [full for full in names if f".{full}".endswith(f".{path}")]
            out[whole[0] if len(whole) == 1 else path] = stored[name].float().T
    return {n: v for n, v in out.items() if not n.endswith((".bits", ".scales", ".half"))}


__all__ = ["opened_interpreter"]
