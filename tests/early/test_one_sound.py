"""What one sound tells apart is not decided before it, and who goes on is not cut short."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import mondegreen
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.speech.alignment import align
from mondegreen.types import ALL, Decided

Say = Callable[..., np.ndarray]
SILENCE = np.zeros(16_000, np.float32)
GRAMMAR = """
context:
  expressions:
    StartVacuum: ["start the vacuum"]
    StopVacuum: ["stop the vacuum"]
    Add: ["add a $thing:thing to it"]
  slots:
    thing: [coat, goat]
"""


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> GrammarEngine:
    place = tmp_path_factory.mktemp("pairs") / "pairs.yaml"
    place.write_text(GRAMMAR, "utf-8")
    return mondegreen.load(str(place))


def decisions(engine: GrammarEngine, sound: np.ndarray) -> list[Decided]:
    """With looks at each 0.1 s of sound."""
    with engine.stream() as stream:
        events = [
            event
            for start in range(0, len(sound), 1_600)
            for event in stream.feed(sound[start : start + 1_600])
        ]
    return [event for event in events if isinstance(event, Decided)]


@pytest.mark.parametrize(
    ("text", "part", "value", "word", "sound"),
    [
        ("start the vacuum", "intent", "StartVacuum", 0, 2),
        ("stop the vacuum", "intent", "StopVacuum", 0, 2),
        ("add a coat to it", "slot:thing", "coat", 2, 0),
        ("add a goat to it", "slot:thing", "goat", 2, 0),
    ],
)
def test_the_sound_that_tells_two_sentences_apart_is_waited_for(
    pairs: GrammarEngine, say: Say, text: str, part: str, value: str, word: int, sound: int
) -> None:
    samples = np.concatenate([SILENCE, say(text), SILENCE, SILENCE])
    alignment = align(pairs.ear.listen(samples), text.split(), pairs.pronouncer)
    span = alignment.words[word]
    inside = [phone for phone in alignment.phones if span.start <= phone.start < span.end]
    (decided,) = [one for one in decisions(pairs, samples) if one.part == part]
    assert getattr(decided.value, "value", decided.value) == value
    assert inside[sound].start < decided.time < len(samples) / 16_000 - 1.5


@pytest.mark.parametrize("more", ["whenever the neighbours are away", "said the old man"])
def test_who_goes_on_with_words_of_no_command_is_not_cut_short(
    starter: GrammarEngine, say: Say, more: str
) -> None:
    command = "turn off the lights in the kitchen"
    alone = decisions(starter, np.concatenate([SILENCE, say(command), SILENCE]))
    assert ALL in [one.part for one in alone]
    onward = decisions(starter, np.concatenate([SILENCE, say(f"{command} {more}"), SILENCE]))
    assert ALL not in [one.part for one in onward]
