"""Lhotse manifests: `recordings_SPLIT.jsonl.gz` and `supervisions_SPLIT.jsonl.gz`.

Recordings stay where they are and are reached through the link `recordings`; they are named by
whole paths, for lhotse takes others as seen from where it runs.
"""

from __future__ import annotations

import gzip
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO, cast

from ..manifest import Manifest
from ..utterance import Utterance
from .exporter import Sound, further, json_line, rows, seconds, slot_row, sound, spoken

LINK = "recordings"
_CUSTOM = frozenset({"intent", "slots"})


def write(manifest: Manifest, folder: Path, final: Path) -> None:
    """Write `manifest` into `folder`, which will be `final`.

    `intent`, `slots`, `noise` and `meta` are custom fields. Raises DataError for rows that have
    only a text and for recordings that are missing.
    """
    (folder / LINK).symlink_to(manifest.root, target_is_directory=True)
    files: dict[str, TextIO] = {}
    written: set[tuple[str, str]] = set()
    with ExitStack() as stack:

        def add(kind: str, split: str | None, row: dict[str, Any]) -> None:
            name = f"{kind}_{split}.jsonl.gz" if split else f"{kind}.jsonl.gz"
            if name not in files:
                opened = gzip.open(folder / name, "wt", encoding="utf-8")  # noqa: SIM115
                files[name] = stack.enter_context(cast(TextIO, opened))
            files[name].write(json_line(row))

        for utterance in rows(manifest, "lhotse"):
            recording = sound(spoken(manifest, utterance))
            supervision = _supervision(utterance, recording)
            identity = str(utterance.audio)
            if (identity, utterance.split or "") not in written:
                written.add((identity, utterance.split or ""))
                source = (final / LINK / identity).as_posix()
                add("recordings", utterance.split, _recording(identity, source, recording))
            add("supervisions", utterance.split, supervision)


def _recording(identity: str, source: str, recording: Sound) -> dict[str, Any]:
    channels = list(range(recording.channels))
    return {
        "id": identity,
        "sources": [{"type": "file", "channels": channels, "source": source}],
        "sampling_rate": recording.rate,
        "num_samples": recording.frames,
        "duration": recording.frames / recording.rate,
        "channel_ids": channels,
    }


def _supervision(utterance: Utterance, recording: Sound) -> dict[str, Any]:
    channels: int | list[int] | None = utterance.channel
    if channels is None:
        channels = list(range(recording.channels)) if recording.channels > 1 else 0
    custom: dict[str, Any] = further(utterance, _CUSTOM)
    if utterance.intent is not None:
        custom["intent"] = utterance.intent
    if utterance.slots:
        custom["slots"] = [slot_row(slot) for slot in utterance.slots]
    row = {
        "id": utterance.id,
        "recording_id": utterance.audio,
        "start": utterance.start,
        "duration": seconds(utterance, recording),
        "channel": channels,
        "text": utterance.text,
        "language": utterance.lang,
        "speaker": utterance.speaker,
        "custom": custom,
    }
    return {key: value for key, value in row.items() if value is not None and value != {}}


__all__ = ["write"]
