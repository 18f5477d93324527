"""Lhotse manifests: recordings with supervisions, or cuts, as JSON Lines; lhotse is not needed.

`recordings.jsonl.gz` names the files, `supervisions.jsonl.gz` says what is said where in them, and
`cuts.jsonl.gz` has both in one. Which file is which is seen from its first line; the rest of the
name is the split ("libri_cuts_train-clean-5.jsonl.gz").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...errors import DataError
from ...jobs.files import regular_files
from ...jobs.problems import Problems
from ..utterance import Utterance
from .importer import Importer
from .reading.fields import inside, label, read_slots, words
from .reading.text_rows import json_lines

_ENDINGS = (".jsonl", ".jsonl.gz")
_SPLIT = re.compile(r"(?:^|.*[_.-])(?:cuts?|supervisions?|recordings?)[_.-](?P<split>.+)")
_SAME_TIMES = ("Resample", "Volume", "LoudnessNormalization")
"""Changes to a recording after which its words are still where they were."""
_LANGUAGES = {"": "en", "english": "en"}
_DECIMALS = 8
"""Lhotse itself rounds times so: 0.1 + 0.2 is no time."""


def read(folder: Path, problems: Problems) -> Iterator[Utterance]:
    """An utterance per supervision, and per cut that has none; ids are theirs.

    `intent` and `slots` are taken from the supervision's custom fields, else from the cut's; other
    fields lie in `meta`. Where there are cuts, recordings and supervisions beside them are not
    read. Raises DataError for a folder without manifests.
    """
    root = folder if folder.is_dir() else folder.parent
    kinds = _kinds(folder, root, problems)
    if kinds["cut"]:
        for name in kinds["cut"]:
            for place, row in json_lines(root, name, problems):
                yield from _of_cut(root, place, row, _split(name), problems)
        return
    if not kinds["recording"] or not kinds["supervision"]:
        raise DataError(f"{folder}: found no {_absent_kinds(kinds)}, expected {IMPORTER.about}")
    recordings = {
        row["id"]: row for name in kinds["recording"] for _, row in json_lines(root, name, problems)
        if isinstance(row.get("id"), str)
    }  # fmt: skip
    for name in kinds["supervision"]:
        for place, row in json_lines(root, name, problems):
            recording = recordings.get(str(row.get("recording_id")))
            if recording is None:
                problems.report(
                    place, f"its recording {row.get('recording_id')!r} is in no recordings file"
                )
                continue
            try:
                yield _utterance(root, row, recording, 0.0, {}, _split(name))
            except ValueError as error:
                problems.report(place, str(error))


def _absent_kinds(kinds: Mapping[str, list[str]]) -> str:
    return " and no ".join(f"{kind}s" for kind in ("recording", "supervision") if not kinds[kind])


def _kinds(folder: Path, root: Path, problems: Problems) -> dict[str, list[str]]:
    """The manifests by what they hold."""
    kinds: dict[str, list[str]] = {"cut": [], "recording": [], "supervision": []}
    paths = regular_files(folder) if folder.is_dir() else [folder]
    for path in paths:
        if not path.name.endswith(_ENDINGS):
            continue
        name = path.relative_to(root).as_posix()
        _, first = next(iter(json_lines(root, name, problems)), ("", {}))
        if "tracks" in first or first.get("type") in ("MonoCut", "MultiCut", "PaddingCut"):
            kinds["cut"].append(name)
        elif "sources" in first:
            kinds["recording"].append(name)
        elif "recording_id" in first and "storage_key" not in first:  # those are features
            kinds["supervision"].append(name)
    return kinds


def _split(name: str) -> str | None:
    """What a manifest's name says beside what it holds; None where it says nothing."""
    stem = Path(name).name.partition(".jsonl")[0]
    match = _SPLIT.fullmatch(stem)
    return match["split"] if match else None


def _of_cut(
    root: Path, place: str, cut: dict[str, Any], split: str | None, problems: Problems
) -> Iterator[Utterance]:
    try:
        cut = _single(cut)
        start = _seconds(cut, "start")
        recording = _mapping(cut.get("recording"), "a recording and not only features of it")
        custom = _mapping(cut.get("custom") or {}, "custom fields")
        supervisions = _list(cut.get("supervisions"), "supervisions") or [_whole_cut(cut)]
    except ValueError as error:
        problems.report(place, str(error))
        return
    for supervision in supervisions:
        try:
            yield _utterance(root, supervision, recording, start, custom, split)
        except ValueError as error:
            problems.report(place, str(error))


def _single(cut: dict[str, Any]) -> dict[str, Any]:
    """The one cut of a mix that mixes nothing (padding aside). Raises ValueError for a real mix."""
    if cut.get("type") == "PaddingCut":
        raise ValueError("a padding cut holds silence and no recording")
    if "tracks" not in cut:
        return cut
    tracks = [_mapping(track, "tracks") for track in _list(cut["tracks"], "tracks")]
    cuts = [_mapping(track.get("cut"), "a cut in every track") for track in tracks]
    cuts = [inner for inner in cuts if inner.get("type") != "PaddingCut"]
    if len(cuts) != 1:
        raise ValueError(
            f"this cut mixes {len(cuts)} tracks, which lhotse does while loading; write the mix "
            "to files with CutSet.save_audios first"
        )
    return {**cuts[0], "id": cut.get("id")}


def _mapping(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"expected {what}, found {str(value)[:40]!r}")
    return value


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list | None):
        raise ValueError(f"expected a list of {what}, found {str(value)[:40]!r}")
    return value or []


def _whole_cut(cut: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": cut.get("id"), "start": 0.0, "duration": cut.get("duration"),
            "channel": cut.get("channel")}  # fmt: skip


def _seconds(row: Mapping[str, Any], key: str) -> float:
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"expected seconds as {key!r}, found {value!r}")
    return float(value)


def _utterance(
    root: Path, row: Any, recording: Mapping[str, Any], offset: float,
    custom: Mapping[str, Any], split: str | None,
) -> Utterance:  # fmt: skip
    """One supervision; `offset` is where its cut begins. Raises ValueError."""
    row = _mapping(row, "a supervision")
    identity = label(row.get("id"), "id")
    if identity is None:
        raise ValueError("it has no id")
    # A supervision may begin before its cut does, and by rounding even before its recording.
    start = max(0.0, round(offset + _seconds(row, "start"), _DECIMALS))
    duration = _seconds(row, "duration")
    if duration <= 0:
        raise ValueError(f"found the duration {duration}, expected more than 0 seconds")
    extra = {**custom, **_mapping(row.get("custom") or {}, "custom fields")}
    text = words(row.get("text"), "text")
    intent = label(extra.pop("intent", None), "intent")
    slots = read_slots(extra.pop("slots", None), text)
    language = words(row.get("language"), "language")
    channel = row.get("channel", 0)
    audio, place = _source(root, recording, channel)
    meta = {key: row[key] for key in ("gender", "alignment") if row.get(key)}
    return Utterance(
        identity,
        audio=audio,
        start=start,
        duration=round(duration, _DECIMALS),
        text=text,
        intent=intent,
        slots=slots,
        speaker=label(row.get("speaker"), "speaker"),
        split=split,
        lang=_LANGUAGES.get(language.lower(), language),
        channel=place,
        meta=meta | extra,
    )


def _source(root: Path, recording: Mapping[str, Any], channel: Any) -> tuple[str, int | None]:
    """The file with a channel of a recording, and its place there; None where it is the whole file.

    Of several channels that are not all of a file's (a part of an array) the first is taken.
    Raises ValueError for recordings that are not a file as it lies here.
    """
    changes = [
        str(_mapping(transform, "a transform").get("name"))
        for transform in _list(recording.get("transforms"), "transforms")
    ]
    if any(change not in _SAME_TIMES for change in changes):
        raise ValueError(
            f"lhotse changes this recording while loading it ({', '.join(changes)}); write it to "
            "files with CutSet.save_audios first"
        )
    cut_channels = channel if isinstance(channel, list) else [channel]
    for item in _list(recording.get("sources"), "sources"):
        source = _mapping(item, "a source")
        channels = _list(source.get("channels"), "channels") or [0]
        if not any(number in channels for number in cut_channels):
            continue
        if source.get("type") != "file":
            raise ValueError(
                f"its recording is {source.get('type')!r} {str(source.get('source'))[:60]!r}, "
                "expected a file"
            )
        audio = inside(root, str(source.get("source")))
        if audio is None:
            raise ValueError(f"its recording {source.get('source')} is not in this folder")
        if all(number in cut_channels for number in channels):
            return audio, None
        return audio, next(i for i, number in enumerate(channels) if number in cut_channels)
    raise ValueError(f"recording {recording.get('id')!r} has no file with channel {channel}")


IMPORTER = Importer(
    "lhotse",
    "Lhotse manifests: recordings.jsonl(.gz) with supervisions.jsonl(.gz), or cuts.jsonl(.gz)",
    read,
)
