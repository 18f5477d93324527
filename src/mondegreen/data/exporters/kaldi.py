"""Kaldi data directories: `SPLIT/wav.scp`, `segments`, `text`, `utt2spk`, `spk2utt`, `utt2lang`.

Intent and slots lie in `utt2intent` and `utt2slots` (JSON), which Kaldi passes over. Its files are
sorted as the C locale does, and a speaker's name begins the names of what he says. Sound that is no
16-bit wav of one channel goes through `sox`, as Kaldi's own preparation scripts do it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from pathlib import Path

from ...errors import DataError
from ...jobs.strict_json import to_json
from ..manifest import Manifest
from ..utterance import Utterance
from .exporter import Sound, rows, seconds, slot_row, sound, spoken

_SPACE = re.compile(r"\s+")
Tables = dict[str, dict[str, str]]
"""Lines by file, and in each by the name that begins them."""


def write(manifest: Manifest, folder: Path, final: Path) -> None:
    """Write `manifest` into `folder`.

    Without splits there is one directory, `all`. Blanks in names become "_". Raises DataError for
    rows that have only a text, missing recordings, and two names that become one.
    """
    del final
    splits: dict[str, Tables] = {}
    for utterance in rows(manifest, "kaldi"):
        path = spoken(manifest, utterance)
        _add(splits.setdefault(utterance.split or "all", {}), utterance, path, sound(path))
    for split, tables in splits.items():
        (folder / split).mkdir()
        for name, lines in {**tables, "spk2utt": _of_speakers(tables["utt2spk"])}.items():
            text = "".join(f"{key} {lines[key]}\n" for key in _in_order(lines))
            (folder / split / name).write_text(text, encoding="utf-8", newline="\n")


def _in_order(names: Iterable[str]) -> list[str]:
    """Sorted by bytes, as Kaldi's tools want it (LC_ALL=C)."""
    return sorted(names, key=str.encode)


def _of_speakers(speakers: dict[str, str]) -> dict[str, str]:
    """The utterances of each speaker, from the speaker of each utterance."""
    spoken_by: dict[str, list[str]] = {}
    for name in _in_order(speakers):
        spoken_by.setdefault(speakers[name], []).append(name)
    return {speaker: " ".join(names) for speaker, names in spoken_by.items()}


def _add(tables: Tables, utterance: Utterance, path: Path, recording: Sound) -> None:
    name = _SPACE.sub("_", utterance.id)
    speaker = _SPACE.sub("_", utterance.speaker) if utterance.speaker else name
    if name != speaker and not name.startswith(f"{speaker}-"):
        name = f"{speaker}-{name}"
    if name in tables.get("text", {}):
        raise DataError(f"{utterance.id}: is {name} to Kaldi, as another utterance is; rename one")
    length = seconds(utterance, recording)
    sound_name, sound_line = _sound_line(utterance, path, recording)
    lines = {
        "segments": f"{sound_name} {utterance.start:.6f} {utterance.start + length:.6f}",
        "text": " ".join(utterance.text.split()),
        "utt2spk": speaker,
        "utt2lang": utterance.lang,
    }
    if utterance.intent is not None:
        lines["utt2intent"] = " ".join(utterance.intent.split())
    if utterance.slots:
        lines["utt2slots"] = to_json([slot_row(slot) for slot in utterance.slots])
    for file, line in lines.items():
        tables.setdefault(file, {})[name] = line
    if tables.setdefault("wav.scp", {}).setdefault(sound_name, sound_line) != sound_line:
        raise DataError(f"{utterance.audio}: is {sound_name} to Kaldi, as another is; rename one")


def _sound_line(utterance: Utterance, path: Path, recording: Sound) -> tuple[str, str]:
    """The name of a channel of a recording, and how Kaldi gets at its sound."""
    name = _SPACE.sub("_", str(utterance.audio)).replace("/", "-")
    if utterance.channel is not None and recording.channels > 1:
        name = f"{name}-{utterance.channel}"
    if recording.channels == 1 and recording.kind == "WAV PCM_16":
        return name, str(path)
    chosen = "-" if utterance.channel is None else str(utterance.channel + 1)
    return name, f"sox {shlex.quote(str(path))} -b 16 -e signed -t wav - remix {chosen} |"


__all__ = ["write"]
