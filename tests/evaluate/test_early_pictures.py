"""A timeline can be read whatever was heard, in the format that its file's name asks for."""

from __future__ import annotations

import warnings
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.data.utterance import Utterance
from mondegreen.early.policy import Policy
from mondegreen.errors import SettingsError
from mondegreen.evaluate.early_figures import Timed
from mondegreen.evaluate.early_pictures import picture_format, timeline
from mondegreen.evaluate.traces import Look, Trace
from mondegreen.types import INTENT, Outlook, Prospect, Understanding

NAMED = {"a.png": "png", "a.SVG": "svg", "b.c.pdf": "pdf"}
OUTLOOK = Outlook((Prospect(INTENT, "Stop", 0.99),), False, 0.5, 0.0, 0.3)
HEARD = Trace(
    Utterance("one"), (Look(0.5, OUTLOOK),), Understanding("understood", "Stop"), 1.5, 2.3
)
SILENCE = Trace(Utterance("two"), (), None, None, None)
REFUSED = Trace(Utterance("three"), (), Understanding("not_understood"), 1.0, 1.8)


def drawn(trace: Trace, form: str) -> bytes:
    return timeline(Timed(trace, (), (), {}), [], Policy(), form)


@pytest.mark.parametrize("trace", [HEARD, SILENCE, REFUSED], ids=["heard", "silence", "refused"])
@pytest.mark.parametrize(
    ("form", "head"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")]
)
def test_nothing_is_warned_of(trace: Trace, form: str, head: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert drawn(trace, form).startswith(head)


def test_marks_lie_beside_their_lines_and_decisions_are_explained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import matplotlib as mpl

    monkeypatch.setitem(mpl.rcParams, "svg.fonttype", "none")
    texts = {
        (node.text or "").strip(): node.get("style", "")
        for node in ElementTree.fromstring(drawn(HEARD, "svg")).iter(
            "{http://www.w3.org/2000/svg}text"
        )
    }
    assert {"decided", "intent"} <= texts.keys()
    assert "text-anchor: end" in texts["speech ends"]
    assert "text-anchor: end" not in texts["result"]


@pytest.mark.parametrize(("name", "form"), NAMED.items())
def test_the_ending_names_the_format(name: str, form: str) -> None:
    assert picture_format(Path(name)) == form


@given(st.from_regex(r"[a-z]{0,5}", fullmatch=True))
def test_other_endings_are_refused(ending: str) -> None:
    if ending not in ("png", "svg", "pdf"):
        with pytest.raises(SettingsError, match=r"ends in \.png, \.svg or \.pdf"):
            picture_format(Path(f"timeline.{ending}"))
