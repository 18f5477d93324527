"""Several engines as one: each is asked where those before it refuse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import mondegreen
from mondegreen.audio.samples import Samples
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.errors import GrammarError, SettingsError


def test_the_grammar_is_asked_first_and_the_model_where_it_refuses(
    starter: GrammarEngine, say: Callable[..., Samples]
) -> None:
    both = mondegreen.load("starter+general")
    time = both.understand(say("what time is it"))
    assert time.intent == starter.understand(say("what time is it")).intent
    recipe = both.understand(say("book a train ticket to boston"))
    assert recipe.intent == "transport_ticket"
    assert (recipe.engine, recipe.model.count("+")) == ("several", 1)
    assert both.read("book a train ticket to boston").intent == "transport_ticket"
    assert {"GetTime", "transport_ticket"} <= both.schema.intents.keys()


@pytest.mark.parametrize("sources", ["starter+", "+general", "+"])
def test_fewer_than_two_engines_are_a_settings_error(sources: str) -> None:
    with pytest.raises(SettingsError, match="at least two engines"):
        mondegreen.load(sources)


def test_engines_with_a_plus_are_a_source_wherever_they_are_named() -> None:
    both = mondegreen.load(engine="starter+general")
    assert (both.kind, both.model.count("+")) == ("several", 1)


def test_several_engines_without_a_name_of_any_are_a_settings_error() -> None:
    with pytest.raises(SettingsError, match="at least two engines"):
        mondegreen.load(engine="several")


@pytest.mark.parametrize(("threshold", "status"), [(1.0, "not_understood"), (0.0, "understood")])
def test_what_is_refused_below_is_refused_by_all_of_several_engines(
    say: Callable[..., Samples], threshold: float, status: str
) -> None:
    both = mondegreen.load("starter+general", refuse_below=threshold)
    assert both.understand(say("book a train ticket to boston")).status == status


def test_of_several_engines_each_that_has_the_slot_takes_its_values() -> None:
    both = mondegreen.load("starter+general")
    both.set_slot("place_name", ["Istanbul"])
    assert both.read("will it rain in istambul on friday").values()["place_name"] == "Istanbul"
    both.set_slot("artist", ["Björk"])  # the grammar's alone
    with pytest.raises(GrammarError, match="no slot"):
        both.set_slot("planet", ["Mars"])
    with pytest.raises(SettingsError, match="slot values are"):
        both.set_slot("place_name", "Istanbul")


def test_what_a_grammar_knows_to_be_no_value_the_model_does_not_take_for_one(
    say: Callable[..., Samples],
) -> None:
    both, text = mondegreen.load("starter+general"), "set the volume to minus five percent"
    result = both.understand(say(text))
    assert (result.status, result.engine) == ("not_understood", "several")
    assert "is not a whole percentage from 0 to 100" in result.alternatives[0].outside[0]
    assert both.engines[1].understand(say(text)).intent == "audio_volume_down"
    # A sentence that the grammar only stretches to, with words for a value, is left to the model.
    samples = say("please make coffee according to my earlier preference")
    nearest = both.engines[0].understand(samples).alternatives[0]
    assert nearest.outside
    assert nearest.confidence < 0.1
    assert both.understand(samples).intent == "iot_coffee"


def test_what_was_counted_belongs_to_what_a_calibration_is_for(tmp_path: Path) -> None:
    counts = tmp_path / "usage.tsv"
    counts.write_text("120\tturn on the lights\n", "utf-8")
    plain, counted = (
        mondegreen.load("starter+general"),
        mondegreen.load("starter+general", usage=counts),
    )
    assert counted.model == plain.model
    assert counted.state != plain.state
    assert counted.state.startswith(counted.engines[0].state)


def test_typed_words_that_mean_nothing_are_refused_by_all() -> None:
    both = mondegreen.load("starter+general")
    result = both.read("xqz blorf")
    assert (result.status, result.engine) == ("not_understood", "several")
    assert result.confidence > 0.9
