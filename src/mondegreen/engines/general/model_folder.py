"""The folder of a general model: what its description says, and what lies beside the network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

import msgspec

from ...speech import beam
from ...speech.beam import MEMORY, STEP
from ...weights.folder import Description, Folder, open_folder, shipped

ENCODER, PIECES = "encoder.onnx", "pieces.json"
"""Of a transcriber that is not Moonshine: its encoder, and what each token spells, a character for
each byte."""
NETWORK = "interpreter.onnx"
SUBWORDS = "subwords.json"
"""The language model's pieces, as a tokenizer.json has them under `model`."""
CHAIN = "chain.npz"
"""`follow (K, K) float32`: score of tag j after tag i."""
BEGINNINGS = "beginnings.npz"
"""`weights (I, size + 1) float32` and `bias (I,) float32`: intents of what is not over yet, from
the vector of its words and the logarithm of how many there are, and one."""
SHIPPED = "general"
_REMEDY = "reinstall mondegreen, or make the model again with: mondegreen train interpreter"
_SLOTS = 500
_LABEL = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Certainty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How log-probabilities become a confidence: a logistic curve over evidence (Platt 1999)."""

    names: tuple[str, ...]
    """Of the evidence, in order; see `confidence.EVIDENCE`."""
    weights: tuple[float, ...]
    bias: float
    refuse_below: float
    """A meaning less likely than this is not understood."""

    def __post_init__(self) -> None:
        """Raise ValueError for numbers that no curve can have."""
        if len(self.names) != len(self.weights):
            raise ValueError(f"{len(self.names)} names of evidence for {len(self.weights)} weights")
        if not all(abs(number) < 1e3 for number in (*self.weights, self.bias)):
            raise ValueError("a weight of the confidence is out of all bounds")
        if not 0.0 <= self.refuse_below <= 1.0:
            raise ValueError(f"refuse_below is {self.refuse_below}; expected 0 to 1")


class Balance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much the transcriber's log-probability counts, the interpreter's, and the log-score of
    the words over the phones that were heard."""

    writer: Annotated[float, msgspec.Meta(ge=0, le=100)] = 0.5
    reader: Annotated[float, msgspec.Meta(ge=0, le=100)] = 1.0
    sounds: Annotated[float, msgspec.Meta(ge=0, le=100)] = 0.0


class Writer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A transcriber that is not Moonshine."""

    name: _LABEL
    start: tuple[int, ...]
    """Tokens that it is given before the first."""
    end: int


class InterpreterDescription(Description, frozen=True, kw_only=True, omit_defaults=True):
    """What `mondegreen.json` says of a general model; what is as usual is left out, so that a field
    more changes no model's digest."""

    FORMAT: ClassVar[int] = beam.FORMAT
    KIND: ClassVar[str] = beam.KIND
    NEEDED: ClassVar[tuple[str, ...]] = (NETWORK, SUBWORDS, CHAIN)

    engine: str
    """Which engine reads the folder: "general"."""
    name: _LABEL
    """What the model is called in results."""
    intents: tuple[_LABEL, ...]
    slots: tuple[_LABEL, ...]
    """In the order of the network's outputs."""
    slots_of: dict[str, tuple[str, ...]]
    """The slots that training met with each intent."""
    certainty: Certainty
    balance: Balance = Balance()
    language_model: str
    """What the interpreter was made of."""
    transcriber: Writer | msgspec.UnsetType = msgspec.UNSET
    """Unset for Moonshine, published or tuned."""
    bridge: Literal["text", "gate"] = "text"
    """What it is given: words alone, or the transcriber's doubts of them as well."""

    def __post_init__(self) -> None:
        """Raise ValueError for what no model can be."""
        if self.engine != "general":
            raise ValueError(f"it is for the engine {self.engine!r}")
        if not self.intents or len(set(self.intents)) != len(self.intents):
            raise ValueError("its intents are none, or one is named twice")
        if (MEMORY in self.files) != (STEP in self.files):
            raise ValueError(f"it has one of {MEMORY} and {STEP}; a transcriber has both")
        if self.transcriber is not msgspec.UNSET:
            for name in (ENCODER, PIECES, MEMORY):
                if name not in self.files:
                    raise ValueError(f"its transcriber {self.transcriber.name!r} has no {name}")
        if len(set(self.slots)) != len(self.slots) or len(self.slots) > _SLOTS:
            raise ValueError(f"a slot is named twice, or there are more than {_SLOTS}")
        unknown = set(self.slots_of) - set(self.intents)
        unknown |= {name for slots in self.slots_of.values() for name in slots} - set(self.slots)
        if unknown:
            raise ValueError(f"slots_of names {min(unknown)!r}, which it does not list")


def model_folder(source: str | Path) -> Folder[InterpreterDescription]:
    """The folder of a general model by path, or by the name of one that ships; checked.

    Raises ModelError when there is none, or it is of another kind or version.
    """
    place = shipped(SHIPPED) if str(source) == SHIPPED else Path(source)
    return open_folder(place, InterpreterDescription, _REMEDY)


__all__ = [
    "BEGINNINGS", "CHAIN", "ENCODER", "NETWORK", "PIECES", "SHIPPED", "SUBWORDS", "Balance",
    "Certainty", "InterpreterDescription", "Writer", "model_folder",
]  # fmt: skip
