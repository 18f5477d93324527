from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mondegreen.evaluate.groups import grouped

Make = Callable[..., Any]


@pytest.fixture
def of(trial: Make, answer: Make) -> Make:
    def make(*fields: dict[str, Any]) -> list[Any]:
        return [trial(f"{n}", ("On", {}), answer(None), **f) for n, f in enumerate(fields)]

    return make


def ids(groups: dict[str, list[Any]]) -> dict[str, str]:
    return {name: "".join(t.utterance.id for t in part) for name, part in groups.items()}


def test_by_split_and_speaker(of: Make) -> None:
    trials = of({"split": "test", "speaker": "b"}, {"split": "dev"}, {"split": "test"})
    assert ids(grouped(trials, "split")) == {"dev": "1", "test": "02"}
    assert ids(grouped(trials, "speaker")) == {"(none)": "12", "b": "0"}


def test_noise_with_its_level_from_either_place(of: Make) -> None:
    trials = of(
        {"noise": "cafe", "meta": {"snr_db": 12}}, {}, {"noise": "cafe", "meta": {"snr_db": 6}},
        {"noise": "babble+hum 12 dB"}, {"noise": "rain"}, {"noise": "cafe", "meta": {"snr_db": 6}},
    )  # fmt: skip
    assert list(ids(grouped(trials, "noise")).items()) == [
        ("no noise", "1"), ("babble+hum 12 dB", "3"), ("cafe 6 dB", "25"), ("cafe 12 dB", "0"),
        ("rain", "4"),
    ]  # fmt: skip


def test_many_levels_are_put_together(of: Make) -> None:
    trials = of(*({"noise": f"hum {level} dB"} for level in range(-2, 9)))
    assert ids(grouped(trials, "noise")) == {
        "hum -5 to 0 dB": "01", "hum 0 to 5 dB": "23456", "hum 5 to 10 dB": "78910",
    }  # fmt: skip
