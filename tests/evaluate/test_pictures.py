from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mondegreen.errors import DataError, MissingExtra
from mondegreen.evaluate.pictures import NOTHING, check_plots, confusions, plot

Make = Callable[..., Any]


def test_pictures_of_many_intents(trial: Make, answer: Make, tmp_path: Path) -> None:
    trials = [
        trial(f"{n}", (f"Intent{n % 40}", {}), answer((f"Intent{n % 37}", {}), n / 120))
        for n in range(120)
    ]
    trials += [trial("x", None, answer(None)), trial("y", ("Intent0", {}), answer(None))]
    written = plot(trials, tmp_path / "deep" / "p", suffix="-b")
    assert [path.name for path in written] == ["intents-b.png", "confidence-b.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in written)
    again = plot(trials[::-1], tmp_path / "again")
    assert [a.read_bytes() for a in written] == [b.read_bytes() for b in again]


def test_every_utterance_is_in_the_confusions(trial: Make, answer: Make) -> None:
    trials = [trial("a", ("On", {}), answer(("Off", {}))), trial("b", ("On", {}), answer(None)),
              trial("c", None, answer(("On", {}))), trial("d", None, answer(None))]  # fmt: skip
    assert dict(confusions(trials)) == {
        ("On", "Off"): 1, ("On", NOTHING): 1, (NOTHING, "On"): 1, (NOTHING, NOTHING): 1,
    }  # fmt: skip


def test_nothing_accepted_is_no_picture_of_confidence(
    trial: Make, answer: Make, tmp_path: Path
) -> None:
    written = plot([trial("a", ("On", {}), answer(None))], tmp_path)
    assert [path.name for path in written] == ["intents.png"]


def test_a_file_is_no_folder(trial: Make, answer: Make, tmp_path: Path) -> None:
    (tmp_path / "p").touch()
    with pytest.raises(DataError, match="expected a folder"):
        plot([trial("a", ("On", {}), answer(None))], tmp_path / "p")


def test_without_matplotlib_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r"--plots needs .*mondegreen\[lab\]"):
        check_plots(tmp_path)
