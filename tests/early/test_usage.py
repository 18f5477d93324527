"""Counts of sentences: who goes on, and what is no count."""

from __future__ import annotations

from pathlib import Path

import pytest

import mondegreen
from mondegreen.early.usage import Usage
from mondegreen.errors import DataError


def test_counts_tell_who_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "usage.tsv"
    path.write_text("90\tturn on the light\n10\tturn on the light in the kitchen\n", "utf-8")
    usage = Usage.read(path)
    assert usage.going_on(["turn", "on", "the", "light"], 0.5) == pytest.approx(11 / 102)
    assert usage.going_on(["turn", "on"], 0.5) == pytest.approx(101 / 102)
    assert usage.going_on(["turn", "off"], 0.5) == 0.5


@pytest.mark.parametrize("text", ["", "\n", "turn on the light", "x\tlight", "-1\tlight", "3\t "])
def test_what_is_no_usage_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "usage.tsv"
    path.write_text(text, "utf-8")
    with pytest.raises(DataError, match="a count, a tab and a sentence"):
        Usage.read(path)


def test_an_engine_with_other_counts_is_another_to_a_calibration(tmp_path: Path) -> None:
    path = tmp_path / "usage.tsv"
    path.write_text("3\tstop\n", "utf-8")
    plain, counted = mondegreen.load("starter"), mondegreen.load("starter", usage=path)
    assert plain.model == counted.model == plain.state
    assert counted.state.startswith(f"{plain.state}+usage:")
