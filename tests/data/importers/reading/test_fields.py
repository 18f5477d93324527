"""Fields of a row as other tools write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mondegreen.data.importers.reading.fields import inside, label, read_slots, words
from mondegreen.data.utterance import SlotLabel

TEXT = "play art by the art party"


@pytest.mark.parametrize(
    "fields",
    [
        {"song": "art party"},
        [{"name": "song", "value": "art party"}],
        [{"slot": "song", "filler": "art party"}],
        [{"type": "song", "start": 16, "end": 25}],
        [{"entity": "song", "text": "art party", "start": 16, "end": 25}],
    ],
)
def test_the_forms_that_are_understood(fields: Any) -> None:
    assert read_slots(fields, TEXT) == (SlotLabel("song", "art party", 16, 25),)


def test_a_value_that_is_not_said_has_no_place() -> None:
    assert read_slots({"level": 50, "room": "attic"}, TEXT) == (
        SlotLabel("level", 50), SlotLabel("room", "attic")
    )  # fmt: skip
    assert read_slots(None, TEXT) == read_slots([], TEXT) == ()
    assert read_slots({"room": None}, TEXT) == ()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (3, "expected an object or a list"),
        ("song", "expected an object or a list"),
        ([3], "found the slot 3"),
        ([{"value": "art"}], "found the slot"),
        ([{"name": "song"}], "neither a value nor a place"),
        ([{"name": "song", "start": 4, "end": 2}], "lies at characters 4 to 2"),
        ([{"name": "song", "start": 4, "end": 99}], "lies at characters 4 to 99 of a text of 25"),
        ([{"name": "song", "start": "4", "end": 9}], "lies at characters 4 to 9"),
    ],
)
def test_what_is_no_slot(fields: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_slots(fields, TEXT)


def test_a_recording_is_found_wherever_its_folder_was_moved(tmp_path: Path) -> None:
    (tmp_path / "wav/a").mkdir(parents=True)
    (tmp_path / "wav/a/1.wav").touch()
    for written in ("wav/a/1.wav", "/old/home/wav/a/1.wav", "corpus/wav/a/1.wav", r"wav\a\1.wav"):
        assert inside(tmp_path, written) == "wav/a/1.wav"
    for written in ("wav/a/2.wav", "", "wav", "x/../wav/a/1.wav", "/etc/passwd", "wav/a"):
        assert inside(tmp_path, written) is None


def test_labels_and_words() -> None:
    assert [label(v, "speaker") for v in (None, "", "a", 7)] == [None, None, "a", "7"]
    assert [words(v, "text") for v in (None, "", "a b")] == ["", "", "a b"]
    for wrong in (True, 1.5, ["a"], {}):
        with pytest.raises(ValueError, match="expected a word as 'speaker'"):
            label(wrong, "speaker")
        with pytest.raises(ValueError, match="expected words as 'text'"):
            words(wrong, "text")
