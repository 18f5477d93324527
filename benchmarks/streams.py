"""Whether a live stream understands people as their recordings do: both, on the same sound."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

import mondegreen
from data_sets import assistant_texts, people_of
from mondegreen.audio.read import read_audio
from mondegreen.audio.samples import RATE, Samples
from mondegreen.evaluate.intervals import wilson
from mondegreen.types import Final, Meaning, Slot, Understanding

CHUNK = RATE // 10
Key = tuple[str, tuple[tuple[str, str], ...]]
"""A meaning; see Meaning.key."""
CONDITIONS: dict[str, Callable[[Samples], Samples]] = {
    "as it is": lambda samples: samples,
    **{
        f"{seconds} s of silence before": lambda samples, seconds=seconds: np.pad(  # type: ignore[misc]
            samples, (round(seconds * RATE), 0)
        )
        for seconds in (0.1, 0.2, 0.3, 0.5)
    },
    "a quarter of the level": lambda samples: np.asarray(samples / 4, np.float32),
}
"""None of which may change what is understood."""


def _meaning(intent: str, **slots: str) -> Key:
    return Meaning(intent, tuple(Slot(n, v, v) for n, v in slots.items())).key


STARTER: dict[str, Key] = {
    "open all of the windows": _meaning("OpenCover", cover="windows"),
    "set kitchen lights to red": _meaning("SetColor", room="kitchen", color="red"),
    "set office lights to blue": _meaning("SetColor", room="office", color="blue"),
    "set the kitchen lights to blue": _meaning("SetColor", room="kitchen", color="blue"),
    "turn off all lights in the office": _meaning("LightOff", room="office"),
    "turn off basement light": _meaning("LightOff", room="basement"),
    "turn off standing light": _meaning("LightOff", lamp="standing lamp"),
    "turn off the office lights": _meaning("LightOff", room="office"),
    "turn on basement light": _meaning("LightOn", room="basement"),
    "turn on kitchen lights": _meaning("LightOn", room="kitchen"),
    "turn on lights in the office": _meaning("LightOn", room="office"),
    "turn on living room lamp": _meaning("LightOn", room="living room"),
    "would you please turn on living room lamp": _meaning("LightOn", room="living room"),
}
"""What those of the commands mean that a starter for homes ought to have."""


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


def key_of(results: list[Understanding]) -> Key | None:
    """What was understood, by `Meaning.key`; None unless it is one meaning."""
    meanings = [result.meaning for result in results]
    return meanings[0].key if len(meanings) == 1 and meanings[0] is not None else None


def report(engine: mondegreen.Engine, commands: list[tuple[Path, Key]], name: str) -> None:
    """Understand every recording as a file, and as a stream under each condition; print."""
    sounds = [read_audio(path).samples for path, _ in commands]
    meant = [key for _, key in commands]
    file = [key_of([engine.understand(samples)]) for samples in sounds]
    show(f"{name}, file", file, meant, file)
    for condition, change in CONDITIONS.items():
        answers = [key_of(streamed(engine, change(samples))) for samples in sounds]
        show(f"{name}, stream, {condition}", answers, meant, file)


def show(name: str, answers: list[Key | None], meant: list[Key], file: list[Key | None]) -> None:
    """One line of figures."""
    n = len(meant)
    right = sum(a == m for a, m in zip(answers, meant, strict=True))
    silently = sum(a is not None and a != m for a, m in zip(answers, meant, strict=True))
    other = sum(a != f for a, f in zip(answers, file, strict=True))
    share = wilson(right, n)
    print(
        f"{name}: right {right} of {n}, {share.value:.1%} [{share.low:.1%}, {share.high:.1%}], "
        f"wrong silently {silently}, another answer than the file {other}",
        flush=True,
    )


def main() -> None:
    """Commands in a list of sentences, then those that the starter has in the starter."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--others", type=int, default=300, help="sentences that nobody says")
    options = parser.parse_args()
    recordings = [(row.path, row.text) for row in people_of(options.data, "commands") if row.text]
    texts = list(dict.fromkeys(text for _, text in recordings))
    foreign = assistant_texts(options.data)
    others = foreign[:: max(1, len(foreign) // options.others)]
    with tempfile.TemporaryDirectory() as place:
        engine = mondegreen.load(str(grammar_of(texts, others, Path(place))))
    numbers: dict[str, Key] = {text: (f"s{number}", ()) for number, text in enumerate(texts)}
    report(engine, [(path, numbers[text]) for path, text in recordings], "in a list")
    mine = [(path, STARTER[text]) for path, text in recordings if text in STARTER]
    report(mondegreen.load("starter"), mine, "starter")


if __name__ == "__main__":
    main()
