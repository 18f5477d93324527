"""The importer of Lhotse manifests."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from mondegreen.data.importers.importer import read
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError
from mondegreen.jobs.problems import Problems


def recording(name: str = "rec", **changes: Any) -> dict[str, Any]:
    source = {"type": "file", "channels": [0], "source": f"/home/else/corpus/wav/{name}.wav"}
    return {"id": name, "sources": [source], "sampling_rate": 16000, "num_samples": 64000,
            "duration": 4.0, "channel_ids": [0], **changes}  # fmt: skip


def supervision(name: str = "sup", **changes: Any) -> dict[str, Any]:
    return {"id": name, "recording_id": "rec", "start": 0.1, "duration": 1.5, "channel": 0,
            "text": "play rhapsody in blue", "language": "English", "speaker": "1088",
            "gender": "F", **changes}  # fmt: skip


def cut(name: str = "cut", **changes: Any) -> dict[str, Any]:
    return {"id": name, "start": 0.2, "duration": 2.0, "channel": 0, "recording": recording(),
            "supervisions": [supervision()], "type": "MonoCut", **changes}  # fmt: skip


def write(folder: Path, name: str, *rows: Any) -> Path:
    path = folder / name
    text = "".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows)
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "wav").mkdir()
    sf.write(tmp_path / "wav/rec.wav", np.zeros(64_000, np.int16), 16_000)
    sf.write(tmp_path / "wav/two.wav", np.zeros((64_000, 2), np.int16), 16_000)
    return tmp_path


def load(place: Path, problems: Problems | None = None) -> list[Utterance]:
    return list(read("lhotse", place, Problems() if problems is None else problems))


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz"])
def test_recordings_with_supervisions(folder: Path, ending: str) -> None:
    custom = {"intent": "PlayMusic", "slots": {"title": "rhapsody in blue"}, "mood": "calm"}
    words = {"word": [["play", 0.1, 0.3], ["rhapsody", 0.4, 0.6]]}
    write(folder, f"libri_recordings_train-clean-5.{ending}", recording())
    write(
        folder, f"libri_supervisions_train-clean-5.{ending}",
        supervision(custom=custom, alignment=words), supervision("other", text="", speaker=None),
    )  # fmt: skip
    first, second = load(folder)
    assert first == Utterance(
        "sup", audio="wav/rec.wav", start=0.1, duration=1.5, text="play rhapsody in blue",
        intent="PlayMusic", slots=(SlotLabel("title", "rhapsody in blue", 5, 21),), speaker="1088",
        split="train-clean-5", meta={"gender": "F", "alignment": words, "mood": "calm"},
    )  # fmt: skip
    assert (second.text, second.speaker, second.intent) == ("", None, None)


def test_cuts_begin_where_they_lie_in_the_recording(folder: Path) -> None:
    write(folder, "recordings.jsonl", recording())
    write(folder, "supervisions.jsonl", supervision("not read"))
    write(
        folder, "cuts.jsonl.gz", cut(custom={"intent": "Pause"}),
        cut("bare", supervisions=[], start=1.0),
        cut("early", supervisions=[supervision("s", start=-1)]),
    )  # fmt: skip
    first, bare, early = load(folder)
    assert (first.id, first.start, first.duration, first.intent) == ("sup", 0.3, 1.5, "Pause")
    assert first.split is None
    assert (bare.id, bare.start, bare.duration, bare.text) == ("bare", 1.0, 2.0, "")
    assert early.start == 0.0


def test_features_beside_the_manifests_are_passed_over(folder: Path) -> None:
    write(folder, "features.jsonl", {"recording_id": "rec", "storage_key": "1"})
    write(folder, "cuts_dev.jsonl", cut())
    assert [u.split for u in load(folder)] == ["dev"]


def test_one_channel_of_several_is_told_from_the_others(folder: Path) -> None:
    both = {"type": "file", "channels": [0, 1], "source": "wav/two.wav"}
    alone = {"type": "file", "channels": [2], "source": "wav/rec.wav"}
    several = recording(sources=[both, alone])
    write(
        folder, "cuts.jsonl",
        cut(recording=several, supervisions=[supervision("b", channel=1)]),
        cut(recording=several, supervisions=[supervision("c", channel=2)]),
    )  # fmt: skip
    b, c = load(folder)
    assert (b.audio, b.channel) == ("wav/two.wav", 1)
    assert (c.audio, c.channel) == ("wav/rec.wav", None)


def test_a_mix_of_one_cut_and_silence_is_that_cut(folder: Path) -> None:
    silence = {"cut": {"id": "p", "duration": 1.0, "type": "PaddingCut"}, "offset": 2.0}
    write(
        folder, "cuts.jsonl", {"id": "m", "tracks": [{"cut": cut()}, silence], "type": "MixedCut"}
    )
    assert [u.id for u in load(folder)] == ["sup"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"id": "m", "tracks": [{"cut": cut()}, {"cut": cut(), "snr": 9}], "type": "MixedCut"},
         "this cut mixes 2 tracks"),
        ({"id": "p", "duration": 1.0, "type": "PaddingCut"}, "a padding cut"),
        (cut(recording=None), "not only features"),
        (cut(start="0"), "expected seconds as 'start'"),
        (cut(supervisions=[supervision(duration=0)]), "found the duration 0.0"),
        (cut(supervisions=[supervision(id=None)]), "it has no id"),
        (cut(supervisions=[supervision(text=3)]), "expected words as 'text'"),
        (cut(supervisions=[supervision(channel=3)]), "has no file with channel 3"),
        (cut(supervisions=[supervision(custom={"slots": 3})]), "found '3' as slots"),
        (cut(recording=recording("gone")), "wav/gone.wav is not in this folder"),
        (cut(recording=recording(sources=[{"type": "url", "channels": [0], "source": "s3://a"}])),
         "its recording is 'url' 's3://a', expected a file"),
        (cut(recording=recording(transforms=[{"name": "Speed", "kwargs": {"factor": 1.1}}])),
         "lhotse changes this recording while loading it (Speed)"),
        ("{", "JSON"),
    ],
)  # fmt: skip
def test_a_broken_row_is_named_and_can_be_skipped(folder: Path, row: Any, reason: str) -> None:
    write(folder, "cuts.jsonl", cut(supervisions=[supervision("good")]), row)
    with pytest.raises(DataError, match=r"cuts\.jsonl:2: ") as error:
        load(folder)
    assert reason in str(error.value)
    assert [u.id for u in load(folder, Problems(skip=True))] == ["good"]


def test_resampling_leaves_the_words_where_they_are(folder: Path) -> None:
    resampled = recording(
        transforms=[{"name": "Resample", "kwargs": {"source_sampling_rate": 8000}}]
    )
    write(folder, "cuts.jsonl", cut(recording=resampled))
    assert len(load(folder)) == 1


def test_a_supervision_without_its_recording(folder: Path) -> None:
    write(folder, "recordings.jsonl", recording())
    write(folder, "supervisions.jsonl", supervision(recording_id="none"), supervision())
    with pytest.raises(DataError, match=r"supervisions\.jsonl:1: its recording 'none'"):
        load(folder)
    assert [u.id for u in load(folder, Problems(skip=True))] == ["sup"]


def test_another_format_is_refused(folder: Path) -> None:
    with pytest.raises(DataError, match="found no recordings and no supervisions"):
        load(folder)
    write(folder, "recordings.jsonl", recording())
    with pytest.raises(DataError, match="found no supervisions, expected"):
        load(folder)
    write(folder, "supervisions.jsonl", supervision(), supervision())
    with pytest.raises(DataError, match="twice"):
        load(folder)


def test_two_people_on_two_channels_are_two_utterances(folder: Path) -> None:
    both = {"type": "file", "channels": [0, 1], "source": "wav/two.wav"}
    write(folder, "recordings.jsonl", recording(sources=[both], channel_ids=[0, 1]))
    write(
        folder, "supervisions.jsonl",
        supervision("a", channel=0), supervision("b", channel=1), supervision("c", channel=[0, 1]),
    )  # fmt: skip
    assert [(u.audio, u.channel) for u in load(folder)] == [
        ("wav/two.wav", 0), ("wav/two.wav", 1), ("wav/two.wav", None),
    ]  # fmt: skip


def test_of_an_array_s_channels_the_first_that_is_named_is_taken(folder: Path) -> None:
    array = {"type": "file", "channels": [4, 5, 6, 7], "source": "wav/two.wav"}
    write(folder, "recordings.jsonl", recording(sources=[array], channel_ids=[4, 5, 6, 7]))
    write(folder, "supervisions.jsonl", supervision("a", channel=[6, 7]))
    assert [u.channel for u in load(folder)] == [2]
