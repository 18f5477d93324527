"""An AudioFolder of Hugging Face: `SPLIT/metadata.jsonl` and the recordings that it names.

An AudioFolder has a file for each utterance: a recording that is one is copied as it is, and what
is a part or a channel of one is cut out of it, at its own rate. Texts alone are `SPLIT.jsonl`.
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import soundfile as sf

from ...errors import DataError
from ...jobs.strict_json import to_json
from ..importers.huggingface import COLUMNS
from ..manifest import Manifest
from ..utterance import Utterance
from .exporter import further, json_line, rows, seconds, slot_row, sound, spoken

_NO_SPLIT = "train"
"""What `datasets` calls the only part of data that have none."""
_TAKEN = frozenset(name for names in COLUMNS.values() for name in names)
"""Names of columns that mean something to whoever reads the folder."""


def write(manifest: Manifest, folder: Path, final: Path) -> None:
    """Write `manifest` into `folder`. Slots are JSON text: values of several kinds fit no column.

    Raises DataError for recordings that are missing, and where some rows have one and some have
    only a text.
    """
    del final
    with ExitStack() as stack:
        files: dict[str, TextIO] = {}
        kind: bool | None = None
        for number, utterance in enumerate(rows(manifest, "huggingface"), 1):
            if kind is not None and kind != (utterance.audio is not None):
                raise DataError(
                    f"{utterance.id}: some utterances of {manifest.name} have audio and some only "
                    "text, which no AudioFolder holds; export them one after the other"
                )
            kind = utterance.audio is not None
            split = utterance.split or _NO_SPLIT
            row = _row(utterance)
            if utterance.audio is not None:
                (folder / split).mkdir(exist_ok=True)
                path = spoken(manifest, utterance)
                row = {"file_name": _copy(utterance, path, folder / split, number), **row}
            if split not in files:
                name = f"{split}/metadata.jsonl" if kind else f"{split}.jsonl"
                files[split] = stack.enter_context((folder / name).open("w", encoding="utf-8"))
            files[split].write(json_line(row))


def _row(utterance: Utterance) -> dict[str, Any]:
    row = {
        "id": utterance.id, "text": utterance.text, "intent": utterance.intent,
        "slots": to_json([slot_row(slot) for slot in utterance.slots]),
        "speaker": utterance.speaker, "split": utterance.split, "lang": utterance.lang,
    }  # fmt: skip
    return {k: v for k, v in row.items() if v is not None} | further(utterance, _TAKEN)


def _copy(utterance: Utterance, path: Path, folder: Path, number: int) -> str:
    """Put the utterance's sound into `folder`; returns the name of its file."""
    recording = sound(path)
    length = seconds(utterance, recording)
    begin, count = (round(s * recording.rate) for s in (utterance.start, length))
    one_channel = utterance.channel is None or recording.channels == 1
    if begin == 0 and count >= recording.frames and one_channel:
        name = f"{number:07d}{path.suffix.lower()}"
        shutil.copyfile(path, folder / name)
        return name
    name = f"{number:07d}.flac"
    samples, rate = sf.read(path, count, begin, dtype="int32", always_2d=True)
    if utterance.channel is not None:
        samples = samples[:, [utterance.channel]]
    # Flac has 24 bits at most; 16 where the sound has no more.
    subtype = "PCM_24" if np.any(samples & 0xFFFF) else "PCM_16"
    sf.write(folder / name, samples, rate, subtype)
    return name


__all__ = ["write"]
