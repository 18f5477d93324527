"""Whether a live stream understands people as their recordings do: both, on the same sound."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import mondegreen
from mondegreen.audio.read import read_audio
from mondegreen.audio.samples import RATE, Samples
from mondegreen.evaluate.intervals import wilson
from mondegreen.types import Final, Understanding

CHUNK = RATE // 10
LEAD_INS = (0.0, 0.1, 0.2, 0.3, 0.5)
"""Seconds of silence put before each recording: none may change what is understood."""


def sentences_of(folder: Path) -> list[tuple[Path, str]]:
    """Recordings of `folder` and what is said in each."""
    rows = [json.loads(line) for line in (folder / "labels.jsonl").read_text("utf-8").splitlines()]
    return [(folder / row["audio"], row["text"]) for row in rows]


def grammar_of(texts: list[str], others: list[str], place: Path) -> Path:
    """A grammar in which every text is an intent of its own, beside other sentences."""
    listed = dict.fromkeys([*texts, *others])
    intents = {f"s{number}": [_sayable(text)] for number, text in enumerate(listed)}
    path = place / "commands.yaml"
    path.write_text(json.dumps({"context": {"expressions": intents}}), encoding="utf-8")
    return path


def _sayable(text: str) -> str:
    return "".join(c if c.isalnum() or c == "'" else " " for c in text)


def streamed(engine: mondegreen.Engine, samples: Samples) -> list[Understanding]:
    """The results of a stream of `samples` (N,) at 16 kHz, in chunks of a tenth of a second."""
    with engine.stream() as stream:
        events = []
        for start in range(0, len(samples), CHUNK):
            events += stream.feed(samples[start : start + CHUNK])
        events += stream.finish()
    return [event.result for event in events if isinstance(event, Final)]


def outcomes(
    engine: mondegreen.Engine, recordings: list[tuple[Path, str]], numbers: dict[str, str]
) -> Iterator[tuple[str | None, list[str | None], bool]]:
    """Meant, what was understood of the file and with each lead-in of the stream, right or not."""
    for path, text in recordings:
        samples = read_audio(path).samples
        meant = numbers[text]
        file = engine.understand(samples).intent
        streams: list[str | None] = []
        for lead_in in LEAD_INS:
            silence = np.zeros(round(lead_in * RATE), np.float32)
            results = streamed(engine, np.concatenate([silence, samples]))
            streams.append(results[0].intent if len(results) == 1 else None)
        yield file, streams, file == meant


def main() -> None:
    """Understand every recording as a file and as a stream."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--others", type=int, default=300, help="sentences that nobody says")
    options = parser.parse_args()
    recordings = sentences_of(options.data / "people" / "commands")
    texts = list(dict.fromkeys(text for _, text in recordings))
    lines = (options.data / "voice-assistant-nlu" / "train.jsonl").read_text("utf-8").splitlines()
    others = [json.loads(line)["text"] for line in lines[:: max(1, len(lines) // options.others)]]
    with tempfile.TemporaryDirectory() as place:
        engine = mondegreen.load(str(grammar_of(texts, others, Path(place))))
    numbers = {text: f"s{number}" for number, text in enumerate(texts)}
    rows = list(outcomes(engine, recordings, numbers))
    n = len(rows)
    print(f"file: right {wilson(sum(right for *_, right in rows), n)}, n={n}")
    meant = [numbers[text] for _, text in recordings]
    for number, lead_in in enumerate(LEAD_INS):
        answers = [streams[number] for _, streams, _ in rows]
        right = sum(a == m for a, m in zip(answers, meant, strict=True))
        silently = sum(a is not None and a != m for a, m in zip(answers, meant, strict=True))
        other = sum(a != file for a, (file, _, _) in zip(answers, rows, strict=True))
        print(
            f"stream, {lead_in:.1f} s of lead-in: right {wilson(right, n)}, wrong silently "
            f"{silently}, another answer than the file {other}, n={n}"
        )


if __name__ == "__main__":
    main()
