"""Settings that make no sense are our errors, where they are given."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.engines.grammar.search import SearchSettings
from mondegreen.errors import AudioError, GrammarError, SettingsError

NO_NUMBERS: list[Any] = [float("nan"), float("inf"), "2", None, True, [1], 1j]


@pytest.mark.parametrize("value", [*NO_NUMBERS, 0, -1.0])
def test_a_beam_is_a_number_above_nothing(value: Any) -> None:
    with pytest.raises(SettingsError, match=r"beam is .*; expected a finite number above 0"):
        SearchSettings(beam=value)


@pytest.mark.parametrize("name", ["prior_scale", "blank_penalty"])
@pytest.mark.parametrize("value", NO_NUMBERS)
def test_scales_are_numbers(name: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=f"{name} is"):
        SearchSettings(**{name: value})


@pytest.mark.parametrize("value", [0, -1, 1.5, "4", None, True, 10**9])
def test_a_limit_of_states_is_a_count(value: Any) -> None:
    with pytest.raises(SettingsError, match="max_states is"):
        dataclasses.replace(SearchSettings(), max_states=value)


@pytest.mark.parametrize("value", [0, -1, 1.5, "2", None, True, 10**6])
def test_threads_are_counted_before_anything_is_loaded(value: Any) -> None:
    with pytest.raises(SettingsError, match="threads is"):
        GrammarEngine.load("no such grammar.yaml", threads=value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lexicon", 5), ("lexicon", {}), ("settings", {}), ("settings", 3), ("refuse_below", "1"),
        ("refuse_below", float("nan")), ("refuse_below", 2.0), ("refuse_below", True),
    ],
)  # fmt: skip
def test_what_an_engine_is_made_of_has_its_type(
    starter: GrammarEngine, name: str, value: Any
) -> None:
    with pytest.raises(SettingsError, match=f"{name} (is|are) "):
        GrammarEngine.load(ear=starter.ear, **{name: value})


@pytest.mark.parametrize("value", [0, -1, 1.5, "2", None, True, 10**6])
def test_readings_are_counted(starter: GrammarEngine, value: Any) -> None:
    with pytest.raises(SettingsError, match="n_best is"):
        starter.understand(np.zeros(1600, np.float32), n_best=value)
    with pytest.raises(SettingsError, match="n_best is"):
        starter.stream(n_best=value)


@pytest.mark.parametrize("values", [None, 5, "kitchen", [None], [5], {"a": None}, {"a": [5]}])
def test_slot_values_are_texts(starter: GrammarEngine, values: Any) -> None:
    name = next(iter(starter.grammar.slot_types))
    with pytest.raises(GrammarError, match=r"slot values? (are|is) "):
        starter.set_slot(name, values)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.uint16, np.int64])
def test_memory_of_other_samples_is_not_heard_as_16_bit_noise(
    starter: GrammarEngine, dtype: Any
) -> None:
    with starter.stream() as stream, pytest.raises(AudioError, match="memoryview of format"):
        stream.feed(memoryview(np.zeros(1600, dtype)))


def test_memory_of_16_bit_samples_and_of_bytes_is_heard(starter: GrammarEngine) -> None:
    samples = np.zeros(1600, "<i2")
    with starter.stream() as stream:
        assert stream.feed(memoryview(samples)) == stream.feed(memoryview(samples.tobytes())) == []


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int64, np.complex64, bool, "U1", object])
def test_samples_have_a_type_of_sound(starter: GrammarEngine, dtype: Any) -> None:
    samples = np.zeros(1600).astype(dtype)
    with pytest.raises(AudioError, match="found samples of type"):
        starter.understand(samples)
    with starter.stream() as stream, pytest.raises(AudioError, match="found samples of type"):
        stream.feed(samples)
