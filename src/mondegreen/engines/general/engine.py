"""The general engine: the transcriber writes words down, a language model says what they mean.

For tasks too complex for a grammar, and right about values that nobody listed. A grammar, where one
can be written, is faster and surer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from ...errors import SettingsError
from ...jobs.files import digest
from ...phonetics.pronouncer import usual_pronouncer
from ...settings import MOST_THREADS, check_count, check_share
from ...speech.beam import MEMORY, STEP, BeamTranscriber
from ...speech.ear import Ear
from ...speech.exported_encoder import ExportedEncoder
from ...speech.spelling import Spelling
from ...types import Alternative, Understanding
from ...weights.folder import Folder
from ..engine import Engine, Schema
from .certainty import probability, weigh_typed
from .interpreter import Interpreter, words_of
from .model_folder import (
    ENCODER,
    PIECES,
    SHIPPED,
    Certainty,
    InterpreterDescription,
    model_folder,
)
from .turn import GeneralTurn, Knowledge, meaning_of
from .user_values import TYPED, UserValues

FREE_KIND = "words"
"""Kind of every slot: whatever was said."""


@dataclass(repr=False)
class GeneralEngine(Engine):
    """Understands speech with a general model; `mondegreen.load` makes one."""

    described: Folder[InterpreterDescription]
    knowledge: Knowledge
    ear: Ear
    kind = "general"

    def __post_init__(self) -> None:
        """Say where the model lies."""
        self.folder = self.described.place

    @classmethod
    def load(
        cls,
        name: str | Path = SHIPPED,
        *,
        phones: str | Path | None = None,
        encoder: str | None = None,
        threads: int = 1,
        ear: Ear | None = None,
        refuse_below: float | None = None,
    ) -> GeneralEngine:
        """Open the general model in a folder, or the one that ships.

        `phones` is the folder of another phone reader and `encoder` where its encoder is found (see
        Ear.load), `threads` are those of one call; or share an `ear` that is open. Meanings less
        sure than `refuse_below` (0 to 1; by default the model's own word) are not understood.
        Raises ModelError and SettingsError.
        """
        check_count("threads", threads, MOST_THREADS)
        folder = model_folder(name)
        certainty = folder.about.certainty
        if refuse_below is not None:
            check_share("refuse_below", refuse_below)
            certainty = Certainty(certainty.names, certainty.weights, certainty.bias, refuse_below)
        knowledge = Knowledge(
            interpreter=Interpreter.load(folder, threads=threads),
            writer=_writer(folder, threads),
            balance=folder.about.balance,
            certainty=certainty,
            pronouncer=usual_pronouncer(),
        )
        return cls(folder, knowledge, ear or Ear.load(phones, encoder, threads=threads))

    @property
    def model(self) -> str:
        """The model's name and a digest of all its files and settings; `set_slot` changes it."""
        about = self.described.about
        lists = {name: values.digest for name, values in sorted(self.knowledge.values.items())}
        parts = msgspec.json.encode(about) + (repr(lists).encode() if lists else b"")
        return f"{about.name}@sha256:{digest(parts)[:12]}"

    @property
    def schema(self) -> Schema:
        """See Engine. A slot holds whatever was said, unless `set_slot` gave it values."""
        about, lists = self.described.about, self.knowledge.values
        return Schema(
            {
                intent: {
                    name: name if name in lists else FREE_KIND
                    for name in about.slots_of.get(intent, ())
                }
                for intent in about.intents
            },
            source=str(self.described.place),
        )

    def set_slot(self, name: str, values: Mapping[str, Iterable[str]] | Iterable[str]) -> None:
        """Give a slot values of your own: what is said for it is the one that fits the sounds.

        `values` are names, said as written, or a mapping from each value to the ways it is said. An
        empty list takes them away again. What fits none of them stays as it was written down.
        Utterances that are being spoken keep the values that they began with. Raises SettingsError
        for a slot that the model lacks and for values that are not text.
        """
        slots = self.described.about.slots
        if name not in slots:
            raise SettingsError(
                f"no slot {name!r} in this model; its slots are: {', '.join(slots)}"
            )
        new = UserValues.of(values, self.knowledge.pronouncer)
        lists = {key: value for key, value in self.knowledge.values.items() if key != name}
        if new.by_words:
            lists[name] = new
        self.knowledge = replace(self.knowledge, values=lists)

    def begin(self) -> GeneralTurn:
        """See Engine."""
        return GeneralTurn(self.knowledge)

    def read(self, text: str) -> Understanding:
        """See Engine. How sure it is follows from the words alone."""
        words = words_of(text)
        if not words:
            return Understanding("not_understood", confidence=1.0)
        reading = self.knowledge.read(words, apart=TYPED)
        meaning = meaning_of(reading, self.knowledge.interpreter)
        certainty = self.knowledge.certainty
        sure = round(probability(certainty, weigh_typed(reading)), 4)
        slots = tuple(replace(slot, confidence=sure) for slot in meaning.slots)
        if sure < certainty.refuse_below:
            nearest = Alternative(meaning.intent, slots, " ".join(words), sure)
            return Understanding(
                "not_understood", confidence=round(1.0 - sure, 4), alternatives=(nearest,),
                engine=self.kind, model=self.model,
            )  # fmt: skip
        return Understanding(
            "understood", meaning.intent, slots, sure, " ".join(words), engine=self.kind,
            model=self.model,
        )  # fmt: skip


def _writer(folder: Folder[InterpreterDescription], threads: int) -> BeamTranscriber | None:
    """The model's own transcriber, where it has one."""
    if MEMORY not in folder.about.files:
        return None
    memory, step, own = folder.file(MEMORY), folder.file(STEP), folder.about.transcriber
    if own is msgspec.UNSET:
        return BeamTranscriber.load(memory, step, folder.remedy, threads=threads)
    pieces = folder.read(PIECES, list[str])
    return BeamTranscriber.load(
        memory, step, folder.remedy, threads=threads,
        spelling=Spelling.of(own.start, own.end, pieces, str(folder.place / PIECES)),
        encoder=ExportedEncoder(folder.file(ENCODER), folder.remedy, threads=threads),
    )  # fmt: skip


__all__ = ["GeneralEngine"]
