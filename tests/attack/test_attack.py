"""Thousands of damaged inputs: each is one of our errors, in one line, or works. `make attack`.

Each has a time and the whole process a limit of memory; any other error, and any input that takes
too long, fails with the seed that made it.
"""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import numpy as np
import pytest
import soundfile as sf

from mondegreen.assistant import Store
from mondegreen.audio.read import read_audio
from mondegreen.data.check.manifest_check import check as check_manifest
from mondegreen.data.manifest import Manifest
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.errors import MondegreenError, in_one_line
from mondegreen.grammar.load import load_grammar

pytestmark = pytest.mark.attack

ROOT = Path(__file__).parents[2]
SPEECH = ROOT / "examples" / "play-rhapsody-in-blue.wav"
LONGEST = 20
"""Seconds for one input: the slowest takes a tenth of one, and machines are busy."""
MOST_MEMORY = 1 << 30
"""Bytes that a run may grow by; the largest whole input has 200 kB."""
LANGUAGE = (
    "$pv.Number:n", "$x:x", "@m", "[a, b]", "(c)", "[", "]", "(", ")", ",", "|", "{x}", "<r>", "½",
    "-5", "☕", "\u0000", "9" * 50, "a" * 200, "$", "${", "word", "…", "&a", "*a", "!!python/x",
    "\t", "- ", ": ", "#", "'", '"', "%", "\ud7ff", "مرحبا", "0x1F", ".inf", "~", "<<:",
)  # fmt: skip


@contextmanager
def bounded(what: object) -> Iterator[None]:
    """Fails when the block takes too long."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"{what}: not done after {LONGEST} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LONGEST)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def survives(seed: object, do: Callable[[], object]) -> bool:
    """Whether `do` works; one of our errors, which fits a line, is the only other end."""
    with bounded(seed):
        try:
            do()
        except MondegreenError as error:
            line = in_one_line(error)
            assert line.strip(), seed
            assert line.isprintable() or "\ufffd" in line, seed
            return False
    return True


@contextmanager
def bounded_memory() -> Iterator[None]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < MOST_MEMORY, f"{grown >> 20} MB more"


def mutated(data: bytes, rng: Random) -> bytes:
    """Bytes changed, cut, doubled, removed or put in; a head more often than what follows it."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        reach = rng.choice((64, 512, len(out) or 1))
        at = rng.randrange(max(1, min(reach, len(out))))
        size = rng.choice((1, 2, 4, 100))
        kind = rng.randrange(6)
        if kind == 0:
            out[at : at + size] = rng.randbytes(size)
        elif kind == 1:
            out[at : at + size] = rng.choice((b"\x00", b"\xff", b"\x7f")) * size
        elif kind == 2:
            del out[at:]
        elif kind == 3:
            del out[at : at + size]
        elif kind == 4:
            out[at:at] = out[at : at + size]
        elif out:
            out[at % len(out)] ^= 1 << rng.randrange(8)
    return bytes(out)


@pytest.fixture(scope="module")
def recordings() -> dict[str, bytes]:
    """The same speech in every format that is written."""
    samples, rate = sf.read(SPEECH, dtype="float32")
    whole = {"wav": SPEECH.read_bytes()}
    for ending, subtype in (
        ("flac", "PCM_16"), ("ogg", "VORBIS"), ("mp3", "MPEG_LAYER_III"), ("aiff", "PCM_16"),
        ("au", "PCM_16"), ("caf", "PCM_16"), ("rf64", "PCM_16"), ("w64", "PCM_24"),
    ):  # fmt: skip
        buffer = io.BytesIO()
        sf.write(buffer, samples, rate, subtype, format=ending.upper())
        whole[ending] = buffer.getvalue()
    return whole


@pytest.mark.parametrize(
    "ending", ["wav", "flac", "ogg", "mp3", "aiff", "au", "caf", "rf64", "w64"]
)
def test_audio(
    ending: str, recordings: dict[str, bytes], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"a.{ending}"
    with bounded_memory():
        for seed in range(230):
            path.write_bytes(mutated(recordings[ending], Random(f"{ending} {seed}")))
            survives((ending, seed), lambda: read_audio(path))
    assert capfd.readouterr() == ("", "")  # no library wrote of its own


def test_grammars(tmp_path: Path) -> None:
    rhino = (ROOT / "examples" / "coffee_maker.yaml").read_text(encoding="utf-8")
    hassil = json.dumps(
        {
            "language": "en",
            "intents": {"A": {"data": [{"sentences": ["turn [the] {x} (on|off)", "<r> {n}"]}]}},
            "lists": {
                "x": {"values": ["lamp", {"in": "fan", "out": 2}]},
                "n": {"range": {"from": 0, "to": 9, "step": 0.5}},
            },
            "expansion_rules": {"r": "(set|make) it"},
        }
    )
    works = 0
    path = tmp_path / "g.yaml"
    with bounded_memory():
        for seed in range(600):
            rng = Random(f"grammar {seed}")
            text = rng.choice((rhino, hassil))
            for _ in range(rng.choice((1, 1, 2, 4))):
                at = rng.randrange(len(text))
                text = text[:at] + rng.choice(LANGUAGE) + text[at + rng.randrange(4) :]
            path.write_text(text, encoding="utf-8", errors="surrogatepass")
            works += survives(seed, lambda: load_grammar(path))
    assert 0 < works < 600


def test_manifests(tmp_path: Path) -> None:
    row = {"id": "a", "audio": "a.wav", "start": 0.0, "duration": 1.0, "text": "hi", "intent": "b",
           "slots": [{"name": "s", "value": "hi", "start": 0, "end": 2}], "channel": 0}  # fmt: skip
    sf.write(tmp_path / "a.wav", np.zeros(16_000), 16_000)
    whole = "".join(json.dumps({**row, "id": str(n)}) + "\n" for n in range(3)).encode()
    path = tmp_path / "m.jsonl"
    works = 0
    with bounded_memory():
        for seed in range(500):
            path.write_bytes(mutated(whole, Random(f"manifest {seed}")))
            works += survives(seed, lambda: [*Manifest.open(path)])
            survives(seed, lambda: check_manifest(path, audio=False))
    assert 0 < works < 500


def test_stores(tmp_path: Path) -> None:
    path = tmp_path / "store"
    store = Store(path, patience=0.1)
    store.add_reminder("timer", "pasta", 9.0, 0.0)
    store.add_items("shopping", ["milk", "bread"])
    store.put("light", "kitchen", on=True)
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = DELETE")
    db.close()
    whole = path.read_bytes()
    works = 0
    for seed in range(500):
        for beside in tmp_path.iterdir():
            beside.unlink()
        path.write_bytes(mutated(whole, Random(f"store {seed}")))
        survives(seed, store.reminders)
        survives(seed, lambda: store.items("shopping"))
        survives(seed, lambda: store.get("light", "kitchen", "on"))
        works += survives(seed, lambda: store.add_items("shopping", ["jam"]))
    assert 0 < works < 500


def test_streams_however_they_are_cut(starter: GrammarEngine) -> None:
    samples, _ = sf.read(SPEECH, dtype="int16")
    sound = samples.tobytes()
    intents = set()
    for seed in range(40):
        rng = Random(f"stream {seed}")
        events = []
        with bounded(seed), starter.stream() as stream:
            at = 0
            while at < len(sound):
                size = rng.choice((0, 1, 2, 3, 160, 2_561, 9_999, len(sound)))
                events += stream.feed(sound[at : at + size])
                at += size
            events += stream.finish()
        intents |= {e.result.intent for e in events if hasattr(e, "result")}
    assert intents == {"PlayMusic"}


def test_the_command_ends_in_one_line_and_the_right_code(
    recordings: dict[str, bytes], tmp_path: Path
) -> None:
    """A few of the same through the command itself; most of its time is its start."""
    for seed in range(20):
        rng = Random(f"command {seed}")
        ending = rng.choice(sorted(recordings))
        path = tmp_path / f"a.{ending}"
        path.write_bytes(mutated(recordings[ending], rng)[: rng.choice((40, 400, 1 << 20))])
        done = subprocess.run(
            [sys.executable, "-c", "from mondegreen.cli.main import run; run()", "hear", str(path)],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, (seed, done.stderr)
        assert done.returncode in (0, 1, 2), (seed, done.stderr)
        if done.returncode == 2:
            assert done.stderr.startswith("error: "), seed
            assert done.stderr.count("\n") == 1, (seed, done.stderr)


def test_a_forked_process_understands(starter: GrammarEngine) -> None:
    samples, _ = sf.read(SPEECH, dtype="float32")
    expected = starter.understand(samples).intent
    child = os.fork()
    if not child:
        code = 3
        try:
            code = 0 if starter.understand(samples).intent == expected else 1
        finally:
            os._exit(code)
    with bounded("fork"):
        _, status = os.waitpid(child, 0)
    assert status == 0
