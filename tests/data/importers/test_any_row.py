"""Whatever stands in a row: it is reported in one line, or gives an utterance that can be kept."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mondegreen.data.importers.importer import read
from mondegreen.data.manifest import wrong
from mondegreen.data.utterance import Utterance
from mondegreen.errors import DataError, GrammarError
from mondegreen.jobs.problems import Problems

SLOT = {"name": "title", "value": "Blue", "start": 5, "end": 9}
SUPERVISION = {"id": "s", "recording_id": "r", "start": 0.5, "duration": 1.0, "channel": 0,
               "text": "play Blue", "language": "en", "speaker": "x",
               "custom": {"intent": "PlayMusic", "slots": [SLOT]}}  # fmt: skip
RECORDING = {"id": "r", "sources": [{"type": "file", "channels": [0], "source": "1.wav"}],
             "sampling_rate": 16000, "num_samples": 64000, "duration": 4.0}  # fmt: skip
CUT = {"id": "c", "start": 0.0, "duration": 2.0, "channel": 0, "supervisions": [SUPERVISION],
       "recording": RECORDING, "custom": {"intent": "a"}, "type": "MonoCut"}  # fmt: skip
ROWS: dict[str, tuple[str, str, Any]] = {
    "massive": ("massive", "en-US.jsonl", {
        "id": "0", "locale": "en-US", "partition": "test", "scenario": "alarm",
        "intent": "alarm_set", "utt": "wake me at five", "annot_utt": "wake me at [time : five]"}),
    "nlu-evaluation": ("nlu-evaluation", "train.jsonl",
                       {"text": "play Blue", "intent": "play_music", "slots": [SLOT]}),
    "rhino": ("rhino", "labels.jsonl",
              {"id": "a", "audio": "1.wav", "intent": "Play", "slots": {"title": "Blue"},
               "text": "play Blue", "speaker": "x", "split": "train"}),
    "snips-nlu": ("snips-nlu", "train_PlayMusic_full.json", {"PlayMusic": [
        {"data": [{"text": "play "}, {"text": "Blue", "entity": "title"}]}]}),
    "lhotse": ("lhotse", "cuts.jsonl", CUT),
    "lhotse mix": ("lhotse", "cuts.jsonl", {"id": "m", "tracks": [{"cut": CUT, "offset": 0.0}],
                                            "type": "MixedCut"}),
    "huggingface": ("huggingface", "metadata.jsonl",
                    {"id": "a", "file_name": "1.wav", "text": "play Blue", "intent": "Play",
                     "slots": [SLOT], "speaker": "x", "split": "train", "lang": "en",
                     "duration": 1.5, "more": {"a": [1]}}),
    "huggingface audio": ("huggingface", "train.json", [
        {"audio": {"path": "1.wav", "bytes": None}, "text": "play Blue", "slots": {"a": "Blue"}}]),
    "rasa": ("rasa", "nlu.yml", {"nlu": [
        {"intent": "a", "examples": "- play [Blue](title)\n"},
        {"intent": "b", "examples": [{"text": "c", "metadata": {"d": 1}}]},
        {"synonym": "e", "examples": "- f\n"}], "intents": ["a", "b"], "language": "en"}),
    "hassil": ("hassil", "a.yaml", {"intents": {"A": {"data": [
        {"sentences": ["turn on {name}"], "slots": {"domain": "light"}}]}},
        "lists": {"name": {"values": ["lamp", {"in": "fan", "out": 3}]}}}),
}  # fmt: skip
"""Format, file, and what stands in it where nothing is wrong (JSON is YAML too)."""
JUNK = st.sampled_from(
    [None, True, 0, -1, 1e308, 7.5, "", " ", "x", "[", "\ud83d\ude00", [], [None], {}, {"a": None},
     [[]], "../1.wav", "[a](b){", "{", [{"text": 1}]]
)  # fmt: skip


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if not isinstance(node, dict | list):
        return
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        yield from places(value, (*path, key))


def changed(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The same with one value in another's place; a whole dict can lose a key too."""
    if not path:
        return value
    result = copy.deepcopy(node)
    inner = result
    for key in path[:-1]:
        inner = inner[key]
    if value == "remove" and isinstance(inner, dict):
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return result


def imported(kind: str, content: Any) -> tuple[list[Utterance], Problems]:
    """The utterances of a file with this content, through the importer."""
    name, file, _ = ROWS[kind]
    problems = Problems(skip=True)
    with TemporaryDirectory() as folder:
        (Path(folder) / "1.wav").touch()
        (Path(folder) / file).write_text(json.dumps(content) + "\n", encoding="utf-8")
        return list(read(name, Path(folder), problems, partial=True)), problems


@pytest.mark.parametrize("kind", ROWS)
def test_a_good_row_is_read(kind: str) -> None:
    utterances, problems = imported(kind, ROWS[kind][2])
    assert utterances
    assert not problems.rows


@pytest.mark.parametrize("kind", ROWS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_spoiled_row_is_reported_or_kept_whole(kind: str, data: st.DataObject) -> None:
    content = ROWS[kind][2]
    path = data.draw(st.sampled_from(list(places(content))))
    spoiled = changed(content, path, data.draw(JUNK | st.just("remove")))
    try:
        utterances, problems = imported(kind, spoiled)
    except (DataError, GrammarError) as error:
        message = str(error)
        utterances, problems = [], Problems(skip=True)
        problems.report(kind, message)
    assert all("\n" not in str(problem) for problem in problems.rows)
    assert utterances or problems.rows
    for utterance in utterances:
        assert wrong(utterance) is None
        plain = json.loads(msgspec.json.encode(utterance))
        assert msgspec.convert(plain, Utterance) == utterance
