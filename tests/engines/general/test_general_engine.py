"""The general model that ships, over real audio."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mondegreen
from mondegreen.audio.samples import Samples
from mondegreen.audio.write import write_audio
from mondegreen.engines.engine import Engine
from mondegreen.engines.general.engine import GeneralEngine
from mondegreen.engines.general.interpreter import words_of
from mondegreen.engines.general.model_folder import SHIPPED, model_folder
from mondegreen.engines.general.turn import HYPOTHESES, meaning_of, slots_of
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.errors import ModelError, SettingsError
from mondegreen.types import Final

ALARM = "wake me up at seven am tomorrow"


@pytest.fixture(scope="module")
def general(starter: GrammarEngine) -> GeneralEngine:
    return GeneralEngine.load(ear=starter.ear)


def test_it_hears_an_intent_and_where_its_slots_were_said(
    general: Engine, say: Callable[..., Samples]
) -> None:
    samples = say(ALARM)
    result = general.understand(samples)
    assert (result.status, result.intent) == ("understood", "alarm_set")
    assert result.values() == {"time": "seven am", "date": "tomorrow"}
    assert result.transcript == ALARM
    time, date = result.slots
    assert time.start is not None
    assert time.end is not None
    assert date.start is not None
    assert date.end is not None
    assert 0.3 < time.start < time.end <= date.start + 0.05 < date.end <= len(samples) / 16_000
    assert result.decided_at == pytest.approx(date.end)
    assert (result.engine, result.model.split("@")[0]) == ("general", "general")


@pytest.mark.parametrize(
    ("text", "intent", "values"),
    [
        ("where is the nearest atm machine", "recommendation_locations",
         {"business_type": "atm machine"}),
        ("get news from bbc", "news_query", {"media_type": "bbc"}),
    ],
)  # fmt: skip
def test_a_meaning_has_the_slots_that_its_schema_has(
    general: GeneralEngine, text: str, intent: str, values: dict[str, str]
) -> None:
    """By its words alone each would have another slot, which no program with the intent expects."""
    reading = general.knowledge.interpreter.read(words_of(text))
    meaning = meaning_of(reading, general.knowledge.interpreter)
    assert (meaning.intent, {s.name: s.value for s in meaning.slots}) == (intent, values)
    # Of a beginning another intent may be expected than its words were read with.
    assert not slots_of(reading, general.knowledge.interpreter, "general_joke")
    assert "general_joke" in general.schema.intents


def test_each_text_is_compared_with_the_sounds(
    general: GeneralEngine, say: Callable[..., Samples]
) -> None:
    turn, text = general.begin(), "wake me up at seven in the morning"
    turn.hear(general.ear.listen(say(text)))
    written = {" ".join(one.words): one for one in turn.written()}
    assert 6 < len(written) <= HYPOTHESES
    assert all(one.sounds < 0.0 for one in written.values())
    # What was said fits them best, or as well as what sounds the same.
    assert written[text].sounds > max(one.sounds for one in written.values()) - 0.5
    assert min(one.sounds for one in written.values()) < written[text].sounds - 3.0


def test_one_text_of_long_speech_is_compared_with_nothing(
    general: GeneralEngine, say: Callable[..., Samples]
) -> None:
    turn = general.begin()
    turn.hear(general.ear.listen(np.tile(say(ALARM), 8)))
    (only,) = turn.written()
    assert only.sounds == 0.0


def test_it_reads_what_it_hears(general: Engine) -> None:
    result = general.read("Wake me up at 7 a.m. tomorrow")
    assert result.intent == "alarm_set"
    assert result.values() == {"time": "seven am", "date": "tomorrow"}
    assert general.read("…").status == "not_understood"


@pytest.mark.parametrize("text", ["asdf qwer", "lorem ipsum dolor sit amet"])
def test_typed_words_that_mean_nothing_are_refused_with_the_nearest(
    general: GeneralEngine, text: str
) -> None:
    result = general.read(text)
    assert (result.status, result.slots) == ("not_understood", ())
    (nearest,) = result.alternatives
    assert nearest.transcript == text
    assert nearest.confidence == pytest.approx(1.0 - result.confidence)
    sure = general.read("set an alarm for seven")
    assert 0.8 < sure.confidence < 1.0
    assert [slot.confidence for slot in sure.slots] == [sure.confidence]
    strict = GeneralEngine.load(ear=general.ear, refuse_below=1.0)
    assert strict.read("set an alarm for seven").status == "not_understood"


def test_a_value_that_no_sentence_had_is_copied(general: Engine) -> None:
    result = general.read("what is the weather like in wollongong")
    assert result.intent == "weather_query"
    assert "wollongong" in result.values().values()


def test_a_stream_ends_with_what_the_recording_gives(
    general: Engine, say: Callable[..., Samples]
) -> None:
    silence = np.zeros(16_000, np.float32)
    samples = np.concatenate([silence, say(ALARM), silence])
    with general.stream() as stream:
        events = [e for part in np.array_split(samples, 37) for e in stream.feed(part)]
        events += stream.finish()
    (final,) = [event for event in events if isinstance(event, Final)]
    whole = general.understand(samples)
    assert final.result.slots == whole.slots
    assert final.result.confidence == whole.confidence


def test_silence_and_noise_mean_nothing(general: Engine) -> None:
    noise = np.random.default_rng(1).normal(0, 0.05, 32_000).astype(np.float32)
    assert general.understand(np.zeros(16_000, np.float32)).status == "no_speech"
    assert general.understand(noise).status != "understood"


def test_what_is_not_sure_enough_is_refused_with_the_nearest(
    general: Engine, say: Callable[..., Samples]
) -> None:
    strict = GeneralEngine.load(ear=general.ear, refuse_below=1.0)
    result = strict.understand(say(ALARM))
    assert result.status == "not_understood"
    (nearest,) = result.alternatives
    assert (nearest.intent, nearest.transcript) == ("alarm_set", ALARM)
    assert nearest.confidence == general.understand(say(ALARM)).confidence


def test_several_readings_are_given_when_they_are_asked_for(
    general: Engine, say: Callable[..., Samples]
) -> None:
    result = general.understand(say(ALARM, "flite-slt"), n_best=4)
    shares = [other.confidence for other in result.alternatives]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares[:1]) <= 1.0 - result.confidence + 1e-6


def test_its_schema_has_the_slots_of_each_intent(general: Engine) -> None:
    assert "time" in general.schema.intents["alarm_set"]
    assert len(general.schema.intents) > 50


@pytest.mark.parametrize("change", ["lost", "damaged", "engine", "slots", "half"])
def test_a_damaged_folder_is_a_model_error(tmp_path: Path, change: str) -> None:
    shipped = model_folder(SHIPPED).place
    for path in shipped.iterdir():
        (tmp_path / path.name).symlink_to(path)
    described = tmp_path / "mondegreen.json"
    about = json.loads(described.read_text("utf-8"))
    if change == "lost":
        (tmp_path / "chain.npz").unlink()
    elif change == "damaged":
        subwords = tmp_path / "subwords.json"
        data = subwords.read_bytes()
        subwords.unlink()
        subwords.write_bytes(data[:-1])
    elif change == "engine":
        about["engine"] = "grammar"
    elif change == "slots":
        about["slots"] = about["slots"][1:]
        about["slots_of"] = {}
    else:
        del about["files"]["memory.onnx"]
    described.unlink()
    described.write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(ModelError):
        GeneralEngine.load(tmp_path)


def test_a_slot_that_the_model_does_not_list_is_refused(tmp_path: Path) -> None:
    about = json.loads((model_folder(SHIPPED).place / "mondegreen.json").read_text("utf-8"))
    intent = about["intents"][0]
    about["slots_of"][intent] = [intent]  # the name of an intent, and of no slot
    (tmp_path / "mondegreen.json").write_text(json.dumps(about), "utf-8")
    with pytest.raises(ModelError, match=f"slots_of names '{intent}'"):
        model_folder(tmp_path)


@pytest.mark.parametrize("name", ["home", "lists", "lexicon", "usage"])
def test_a_setting_of_grammars_is_refused_in_plain_words(name: str) -> None:
    with pytest.raises(SettingsError, match=rf"^only grammars take '{name}'.*'starter\+general'"):
        mondegreen.load("general", **{name: "some.yaml"})
    with pytest.raises(SettingsError, match="takes no 'speed'; general takes: name, "):
        mondegreen.load("general", speed=3)


def test_the_grammar_that_ships_is_no_general_model() -> None:
    with pytest.raises(SettingsError, match=r"'starter' is a grammar.*give 'general'"):
        mondegreen.load("starter", engine="general")


def test_hearing_needs_no_torch(tmp_path: Path, say: Callable[..., Samples]) -> None:
    recording = tmp_path / "alarm.wav"
    write_audio(recording, say(ALARM), 16_000)
    program = (
        "import sys, mondegreen\n"
        f"print(mondegreen.load('general').understand({str(recording)!r}).intent)\n"
        "print('torch' in sys.modules, 'transformers' in sys.modules, 'tokenizers' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["alarm_set", "False", "False", "False"]


@pytest.fixture
def listed(general: GeneralEngine) -> GeneralEngine:
    """An engine of its own, for lists; it refuses nothing, for of a name that it does not know it
    is less sure."""
    return GeneralEngine.load(ear=general.ear, refuse_below=0.0)


def test_a_users_values_are_told_by_their_sound(
    listed: GeneralEngine, say: Callable[..., Samples]
) -> None:
    samples = say("what is the weather in Wagga Wagga")
    before = listed.understand(samples)
    model = listed.model
    listed.set_slot("place_name", ["Wollongong", "Wagga Wagga", "Toowoomba", "Woy Woy"])
    after = listed.understand(samples)
    assert before.intent == after.intent == "weather_query"
    assert after.values()["place_name"] == "Wagga Wagga"
    (slot,) = [slot for slot in after.slots if slot.name == "place_name"]
    assert (slot.spoken, after.transcript) == ("wagga wagga", "what is the weather in wagga wagga")
    assert "wagga" not in before.transcript
    assert listed.model != model
    assert listed.schema.intents["weather_query"]["place_name"] == "place_name"
    listed.set_slot("place_name", [])
    assert (listed.model, listed.understand(samples).slots) == (model, before.slots)


@pytest.mark.parametrize(
    ("slot", "values", "text", "value"),
    [
        ("person", ["Harry", "Larry", "Terry"], "send an email to mary about the meeting", "mary"),
        ("place_name", ["Austin", "Houston"], "what is the weather in boston", "boston"),
        ("house_place", ["chicken", "hall"], "turn off the lights in the kitchen", "kitchen"),
    ],
)
def test_a_value_that_the_list_lacks_does_not_become_its_neighbour(
    listed: GeneralEngine, say: Callable[..., Samples], slot: str, values: list[str], text: str,
    value: str,
) -> None:  # fmt: skip
    samples = say(text)
    listed.set_slot(slot, values)
    assert listed.understand(samples).values()[slot] == value
    assert listed.read(text).values()[slot] == value
    listed.set_slot(slot, [*values, value.title()])
    assert listed.understand(samples).values()[slot] == value.title()
    assert listed.read(text).values()[slot] == value.title()


def test_what_sounds_like_no_value_stays_as_it_was_written(listed: GeneralEngine) -> None:
    listed.set_slot("place_name", {"Istanbul": ["constantinople", "istanbul"], "Oslo": ["oslo"]})
    (slot,) = listed.read("what is the weather in constantinople").slots
    assert (slot.name, slot.value, slot.spoken) == ("place_name", "Istanbul", "constantinople")
    assert listed.read("what is the weather in berlin").values() == {"place_name": "berlin"}


@pytest.mark.parametrize("values", ["Berlin", {"Berlin": 3}, [3], 5])
def test_values_that_are_no_text_are_refused(listed: GeneralEngine, values: Any) -> None:
    with pytest.raises(SettingsError, match="slot values are"):
        listed.set_slot("place_name", values)
    with pytest.raises(SettingsError, match="no slot 'planet' in this model; its slots are: "):
        listed.set_slot("planet", ["Mars"])


def test_what_cannot_be_read_aloud_is_known_by_its_letters_alone(listed: GeneralEngine) -> None:
    listed.set_slot("place_name", ["東京", "☃", "", "Ærøskøbing"])
    values = listed.knowledge.values["place_name"]
    assert set(values.values) == {"Ærøskøbing"}
    assert values.nearest(["東京"]) == "東京"
    listed.set_slot("place_name", ["☃", " "])
    assert "place_name" not in listed.knowledge.values


def test_unfinished_speech_has_the_users_values_too(
    listed: GeneralEngine, say: Callable[..., Samples]
) -> None:
    listed.set_slot("place_name", ["Wagga Wagga", "Woy Woy"])
    turn = listed.begin()
    turn.hear(listed.ear.listen(say("what is the weather in Wagga Wagga")))
    partial = turn.so_far()
    assert partial is not None
    assert [slot.value for slot in partial.slots if slot.name == "place_name"] == ["Wagga Wagga"]
