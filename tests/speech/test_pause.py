"""Pauses: by phones and voice detector together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.speech.hearing import LAG
from mondegreen.speech.listener import Listener

Say = Callable[..., np.ndarray]


def test_a_pause_is_what_phones_and_voice_detector_both_take_for_one(
    starter: GrammarEngine, say: Say
) -> None:
    speech = say("turn on the kitchen lights")
    hearing = starter.ear.listen(np.concatenate([speech, np.zeros(8_000, np.float32)]))
    quiet = hearing.quiet()
    assert 0.5 <= quiet < 0.5 + 0.6  # the voice has some silence of its own
    assert hearing.pause() == quiet  # nobody was asked
    assert replace(hearing, silent=0.0).pause() == 0.0
    assert replace(hearing, silent=0.2).pause() == pytest.approx(0.2 + LAG)
    assert replace(hearing, silent=9.0).pause() == quiet


def test_who_has_not_spoken_is_silent_from_the_start(starter: GrammarEngine) -> None:
    hearing = Listener(starter.ear).listen(np.zeros(16_000, np.float32), 0.5)
    assert hearing.quiet() == pytest.approx(1.0, abs=0.05)
    assert hearing.pause() == pytest.approx(0.5 + LAG)
