"""What each checkpoint in a working folder depends on, so that no training goes on from another's.

A checkpoint holds numbers alone: with other sentences or another recipe it would be taken up as if
it were of them, and the model would stay what it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import shorten
from typing import Any

import msgspec

from ...data.utterance import Utterance
from ...jobs.files import digest
from .interpreter_recipe import Recipe

INTERPRETER, TRANSCRIBER = "interpreter.safetensors", "transcriber.safetensors"
JOINT, MASKED = "joint.safetensors", "masked.safetensors"
"""Checkpoints in the working folder."""
SENTENCES, PEOPLE = "sentences", "people"
"""What is learned from, as `Stage.data` calls it."""
_SHOWN = 3
"""Settings that a message names."""


class Stage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a checkpoint was made with."""

    settings: dict[str, Any]
    """By their names in the recipe."""
    data: dict[str, str]
    """A digest of what was learned from, by SENTENCES and PEOPLE; without one nobody noted it."""


def digest_of(utterances: Iterable[Utterance]) -> str:
    """A digest of all that a training takes from labelled texts or recordings, in their order."""
    rows = (
        (u.id, u.audio, u.start, u.duration, u.split, u.text, u.intent, u.slots) for u in utterances
    )
    return digest(b"\n".join(map(msgspec.json.encode, rows)))


def stages_of(recipe: Recipe, data: Mapping[str, str]) -> dict[str, Stage]:
    """What the checkpoints that a recipe makes depend on, by their names.

    What a training finds anew each time is not among it: the name, what is refused.
    """
    tunes = bool(recipe.tune.epochs)
    written = ("seed", "fit", "masked")
    decoder = ("seed", "transcriber", "tune", *(("speaking", "versions") if tunes else ()))
    fill_in = ("seed", "fit.language_model", "masked")
    parts: tuple[tuple[int, str, Sequence[str], bool], ...] = (
        (recipe.masked.epochs, MASKED, fill_in, False),
        (1, INTERPRETER, written, False),
        (recipe.tune.epochs, TRANSCRIBER, decoder, True),
        (recipe.joint.epochs, JOINT, (*written, *decoder, "speaking", "joint"), tunes),
    )
    return {
        checkpoint: Stage(
            dict(_flat(recipe, names)),
            {name: value for name, value in data.items() if name == SENTENCES or peopled},
        )
        for epochs, checkpoint, names, peopled in parts
        if epochs
    }


def differing(pairs: Iterable[tuple[Stage, Stage]]) -> str:
    """How stages of before differ from those of now, as what is said of them after "was made";
    "" where they do not."""
    settings, data = dict[str, str](), set[str]()
    for earlier, now in pairs:
        for name in earlier.settings.keys() & now.settings.keys():
            there, here = earlier.settings[name], now.settings[name]
            if there != here:
                settings[name] = f"{name}: {_shown(there)} there, {_shown(here)} now"
        data |= {n for n in earlier.data.keys() & now.data.keys() if earlier.data[n] != now.data[n]}
    parts = ["of other sentences"] if SENTENCES in data else []
    parts += ["with other recordings of people"] if PEOPLE in data else []
    if settings:
        lines = [settings[name] for name in sorted(settings)]
        more = [f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
        parts.append(f"with another recipe ({'; '.join([*lines[:_SHOWN], *more])})")
    return " and ".join(parts)


def _flat(recipe: Recipe, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Settings of a recipe by their whole names. Of a part that has no epochs the rest is nothing
    to go by."""
    row = msgspec.json.decode(msgspec.json.encode(recipe))  # as it comes back from a file
    for name in names:
        part, _, inner = name.partition(".")
        value = row[part]
        if not isinstance(value, dict):
            yield part, value
            continue
        for key, one in value.items():
            if inner in ("", key) and (value.get("epochs") != 0 or key == "epochs"):
                yield f"{part}.{key}", one


def _shown(value: Any) -> str:
    return shorten(json.dumps(value), 60)


__all__ = [
    "INTERPRETER", "JOINT", "MASKED", "PEOPLE", "SENTENCES", "TRANSCRIBER", "Stage", "differing",
    "digest_of", "stages_of",
]  # fmt: skip
