"""Which meaning several hypotheses have together."""

from __future__ import annotations

import numpy as np
import pytest

from mondegreen.engines.general.choice import Words, Written, choose, merged
from mondegreen.engines.general.interpreter import Reading
from mondegreen.engines.general.model_folder import Balance
from mondegreen.engines.general.tags import Span
from mondegreen.speech.doubts import Doubts


def read(words: Words, doubts: Doubts = ()) -> Reading:
    """An interpreter that is sure of what begins with "brighten", and of little else."""
    sure = words[0] == "brighten"
    intents = np.log([0.9, 0.1] if sure else [0.45, 0.55])
    against = 4.0 * sum(entropy for _, entropy in doubts)
    likely = np.log(0.9 if sure else 0.3)
    return Reading(words, intents, intents, (Span(0, 1, 2),), likely, weight=-against)


def test_what_means_something_wins_over_what_is_written_first() -> None:
    hypotheses = [
        Written(("dried", "lights"), -2.2),
        Written(("brighten", "lights"), -2.3),
        Written(("dry", "lights"), -3.3),
    ]
    best, *others = choose(hypotheses, read, Balance(0.5, 1.0))
    assert best.reading.words == ("brighten", "lights")
    assert best.share + sum(other.share for other in others) == pytest.approx(1.0)


def test_words_that_fit_the_sounds_win_over_what_is_written_first() -> None:
    hypotheses = [
        Written(("dried", "lights"), -2.2, sounds=-180.0),
        Written(("dry", "lamps"), -3.3, sounds=-172.0),
    ]
    for weight, first in ((0.0, "dried"), (0.1, "dried"), (0.2, "dry")):
        best = choose(hypotheses, read, Balance(1.0, 0.0, weight))[0]
        assert best.reading.words[0] == first
    # Of words that are written in two ways the sounds are the same, and they are kept.
    twice = [hypotheses[1], hypotheses[1]._replace(log_probability=-4.0)]
    assert merged(twice)[0].sounds == -172.0


def test_hypotheses_that_mean_the_same_count_together() -> None:
    hypotheses = [Written(("dried", "lamps"), -1.0), *(
        Written((word, "lights"), -1.5) for word in ("dry", "tried", "dried")
    )]  # fmt: skip
    best = choose(hypotheses, read, Balance(1.0, 0.0))[0]
    assert best.reading.words[1] == "lights"


def test_the_same_words_twice_are_one_hypothesis() -> None:
    written = Written(("brighten", "lights"), -1.0)
    (best,) = choose([written, written], read, Balance())
    assert (best.share, best.log_probability) == pytest.approx((1.0, -1.0 + np.log(2)))


def test_a_gate_may_speak_against_a_text() -> None:
    doubted = Written(("dry", "lights"), -1.0, ((-0.1, 0.5), (0.0, 0.0)))
    other = Written(("tried", "lamps"), -2.0)
    assert choose([doubted, other], read, Balance(1.0, 0.0))[0].reading.words == other.words
    certain = doubted._replace(doubts=())
    assert choose([certain, other], read, Balance(1.0, 0.0))[0].reading.words == doubted.words


def test_of_two_ways_to_write_the_same_words_the_likelier_one_has_its_doubts_known() -> None:
    sure, unsure = ((0.0, 0.0),), ((-0.5, 0.3),)
    rows = [Written(("lights",), -3.0, unsure), Written(("lights",), -1.0, sure)]
    for order in (rows, rows[::-1]):
        (one,) = merged(order)
        assert one.doubts == sure
        assert one.log_probability == pytest.approx(np.logaddexp(-3.0, -1.0))


def test_no_words_have_no_meaning() -> None:
    assert choose([], read, Balance()) == []
