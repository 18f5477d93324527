"""An engine that somebody else wrote fits wherever ours does, and nothing was changed for it.

It takes the sentence that sounds most like what the phone reader heard.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mondegreen
from mondegreen import Engine, Final, Understanding
from mondegreen.assistant import Assistant
from mondegreen.assistant.session import Session
from mondegreen.audio.read import read_audio
from mondegreen.audio.samples import RATE, Samples
from mondegreen.audio.write import write_audio
from mondegreen.data.manifest import write_manifest
from mondegreen.data.utterance import SlotLabel, Utterance

CODE = '''
from difflib import SequenceMatcher
from pathlib import Path

from mondegreen import (
    Alternative,
    Ear,
    Engine,
    Hearing,
    Meaning,
    Pronouncer,
    Schema,
    Slot,
    Turn,
    Understanding,
)

SENTENCES = {
    "open the window": Meaning("Open", (Slot("what", "window", "the window"),)),
    "close the garage door": Meaning("Close", (Slot("what", "garage", "the garage door"),)),
    "good night": Meaning("Sleep"),
}


class Nearest(Engine):
    """Understands a few sentences: the one whose phones are most like those that were heard."""

    kind = "nearest"
    schema = Schema(
        {"Open": {"what": "thing"}, "Close": {"what": "thing"}, "Sleep": {}},
        replies={"Open": "Opening the {what}."},
    )

    def __init__(self, source: str | None = None, *, sure: float = 0.6) -> None:
        self.ear, self.sure = Ear.load(), sure
        texts = Path(source).read_text().splitlines() if source else list(SENTENCES)
        self.sounds = {text: Pronouncer().phrase(text) for text in texts}

    @property
    def model(self) -> str:
        return f"{len(self.sounds)} sentences"

    def begin(self) -> Turn:
        return NearestTurn(self)


class NearestTurn(Turn):
    def __init__(self, engine: Nearest) -> None:
        self.engine = engine

    def hear(self, hearing: Hearing) -> None:
        self.phones = hearing.free_phones()

    def conclude(self, n_best: int = 1) -> Understanding:
        readings = [
            Alternative(SENTENCES[text].intent, SENTENCES[text].slots, text, likeness)
            for likeness, text in sorted(map(self.liken, self.engine.sounds), reverse=True)
        ]
        best, others = readings[0], tuple(readings[1:n_best])
        if best.confidence < self.engine.sure:
            return Understanding("not_understood", alternatives=(best, *others))
        return Understanding(
            "understood", best.intent, best.slots, best.confidence, best.transcript, others
        )

    def liken(self, text: str) -> tuple[float, str]:
        ways = self.engine.sounds[text]
        return max(SequenceMatcher(None, self.phones, way).ratio() for way in ways), text
'''
COMMAND = [sys.executable, "-c", "from mondegreen.cli.main import run; run()"]


@pytest.fixture
def nearest(
    install: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Engine:
    """The engine, out of a package that brings it."""
    install("strangers", CODE, "mondegreen.engines", "nearest = strangers:Nearest")
    # Commands are processes of their own, and find the package as any other.
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'packages-strangers'}:{':'.join(sys.path)}")
    return mondegreen.load(engine="nearest")


@pytest.fixture
def commands(say: Callable[..., Samples], tmp_path: Path) -> Path:
    """Recordings of what the engine knows, and of what it does not."""
    for name, text in (
        ("window", "open the window"), ("garage", "close the garage door"), ("night", "good night"),
        ("other", "seven yellow elephants whistle"),
    ):  # fmt: skip
        write_audio(tmp_path / f"{name}.flac", say(text), RATE)
    return tmp_path


def command(*arguments: str | Path, code: int = 0) -> str:
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == code, done.stderr
    return done.stdout


def timeless(result: Understanding) -> Understanding:
    return replace(result, compute_ms=0.0)


def test_it_is_the_engine_of_the_docs() -> None:
    page = Path(__file__).parents[2] / "docs" / "python-api.md"
    assert CODE in page.read_text("utf-8")


def test_it_needs_nothing_but_the_public_face() -> None:
    assert re.findall(r"^(?:from|import) mondegreen\S*", CODE, re.M) == ["from mondegreen"]
    named = re.search(r"from mondegreen import \(([^)]*)\)", CODE)
    assert named is not None
    assert {name.strip() for name in named[1].split(",")} - {""} <= set(mondegreen.__all__)


def test_understanding(nearest: Engine, commands: Path) -> None:
    result = nearest.understand(commands / "window.flac", n_best=2)
    assert (result.status, result.intent) == ("understood", "Open")
    assert result.values() == {"what": "window"}
    assert (result.engine, result.model) == ("nearest", "3 sentences")
    assert result.audio_seconds > 0.5
    assert len(result.alternatives) == 1
    assert nearest.understand(commands / "other.flac").status == "not_understood"
    assert nearest.understand(np.zeros(RATE, np.float32)).status == "no_speech"


@pytest.mark.usefixtures("nearest")
def test_settings_and_a_source_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "few.txt").write_text("good night\n")
    few = mondegreen.load(tmp_path / "few.txt", engine="nearest", sure=0.9)
    assert few.model == "1 sentences"
    with pytest.raises(mondegreen.SettingsError, match="slots of nearest engines"):
        few.set_slot("what", ["door"])


def test_a_stream_ends_with_what_the_recording_gives(
    nearest: Engine, commands: Path, say: Callable[..., Samples]
) -> None:
    gap = np.zeros(RATE, np.float32)
    spoken = np.concatenate([gap, say("open the window"), gap, say("good night"), gap])
    write_audio(commands / "both.flac", spoken, RATE)
    sound = read_audio(commands / "both.flac").samples  # in 16 bits
    with nearest.stream(n_best=2) as stream:
        events = [
            e for at in range(0, len(sound), 1600) for e in stream.feed(sound[at : at + 1600])
        ]
        events += stream.finish()
    finals = [timeless(event.result) for event in events if isinstance(event, Final)]
    assert [final.intent for final in finals] == ["Open", "Sleep"]
    session = Session(nearest, n_best=2)
    assert [timeless(u.result) for u in session.file(commands / "both.flac")] == finals


def test_a_session_answers(nearest: Engine, commands: Path, tmp_path: Path) -> None:
    assistant = Assistant.load(nearest.schema, store=tmp_path / "store.sqlite")
    session = Session(nearest, assistant)
    replies = [u.result.reply for name in ("window", "garage")
               for u in session.file(commands / f"{name}.flac")]  # fmt: skip
    assert replies == ["Opening the window.", "Close: what garage."]


@pytest.mark.usefixtures("nearest")
def test_hear(commands: Path) -> None:
    out = command("hear", commands / "window.flac", "--engine", "nearest", "--json", "--no-act")
    row = json.loads(out)
    assert (row["intent"], row["engine"]) == ("Open", "nearest")


@pytest.mark.usefixtures("nearest")
def test_evaluate(commands: Path) -> None:
    things = (SlotLabel("what", "window"),), (SlotLabel("what", "garage"),), ()
    rows: list[Any] = [
        Utterance(name, audio=f"{name}.flac", intent=intent, slots=slots)
        for (name, intent), slots in zip(
            (("window", "Open"), ("garage", "Close"), ("night", "Sleep")), things, strict=True
        )
    ]
    rows.append(Utterance("other", audio="other.flac"))
    write_manifest(commands / "m.jsonl", rows)
    report = json.loads(command("evaluate", commands / "m.jsonl", "--engine", "nearest",
                                "--against", "starter", "--workers", "2", "--json"))  # fmt: skip
    scores = report["engine"]["scores"]
    assert report["engine"]["kind"] == "nearest"
    assert (scores["exact_match"]["value"], scores["exact_match"]["n"]) == (1.0, 3)
    assert scores["false_accepts"]["value"] == 0.0
    assert report["against"]["kind"] == "grammar"
    assert report["comparison"]["exact_match"]["difference"]["value"] == 1.0
