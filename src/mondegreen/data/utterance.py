"""One utterance of spoken-language data: what a line of a manifest holds."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

import msgspec


class SlotLabel(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A slot as a person labelled it."""

    name: str
    value: Any
    """What the slot means (JSON); mostly the words themselves."""
    start: int | None = None
    """Where the words begin in the utterance's text, in characters."""
    end: int | None = None
    """One past their last character."""

    def words(self, text: str) -> str:
        """The words of `text` that carry the slot; the value itself where no place is known."""
        if self.start is None or self.end is None:
            return str(self.value)
        return text[self.start : self.end]


class Utterance(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A recording, or a part of one, or only a text, with what it says and means.

    What a format knows beyond these fields goes into `meta`. A struct and not a dataclass: a
    million of them are read in seconds, and a field that is misspelt or of the wrong type is named.
    """

    id: str
    """Unique in its manifest."""
    audio: str | None = None
    """Path of the recording, relative to the manifest's folder; None where only text is known."""
    start: float = 0.0
    """Seconds into the recording at which the utterance begins."""
    duration: float | None = None
    """Seconds; None is to the recording's end."""
    text: str = ""
    intent: str | None = None
    slots: tuple[SlotLabel, ...] = ()
    speaker: str | None = None
    split: str | None = None
    lang: str = "en"
    noise: str | None = None
    """What was mixed in, for those that were made noisy on purpose."""
    channel: int | None = None
    """Which channel of the recording it is, from 0; None is all of them, mixed."""
    meta: dict[str, Any] = msgspec.field(default_factory=dict)


_DEFAULTS: dict[str, Any] = {
    name: () if name == "slots" else {} if name == "meta" else default
    for name, default in zip(
        Utterance.__struct_fields__[1:], Utterance.__struct_defaults__, strict=True
    )
}


def trains(split: str | None) -> bool:
    """Whether a split of that name is training data: `train`, `train-real`, `train_synthetic`."""
    return split is not None and split.startswith("train")


def source_of(utterance: Utterance, ids: Set[str] = frozenset()) -> str:
    """The id of the utterance that this one is a version of; its own where it is none.

    `data synthesize` and `data augment` note the id in `meta`, and begin the new one with it.
    People write there what they like, such as where a recording is from: that counts only where it
    is one of the `ids` beside this one.
    """
    for key in ("source", "clean"):
        name = utterance.meta.get(key)
        if isinstance(name, str) and name:
            rest = utterance.id.removeprefix(name)
            # A version is "u1-2"; "u12" is no version of "u1".
            if name in ids or (rest != utterance.id and not rest[:1].isalnum()):
                return name
    return utterance.id


def to_row(utterance: Utterance) -> dict[str, Any]:
    """The utterance as JSON, fields at their defaults left out.

    msgspec leaves out what *is* the default object; an "en" that came through a file or another
    process is an equal one, and the same utterance would be written in two ways.
    """
    row: dict[str, Any] = msgspec.to_builtins(utterance)
    return {k: v for k, v in row.items() if k == "id" or v != _DEFAULTS[k]}


__all__ = ["SlotLabel", "Utterance", "source_of", "to_row", "trains"]
