"""Whether a live stream understands people as their recordings do: both, on the same sound.

    python benchmarks/streams.py --data DIR [--intents FILE]

The commands of people are held against a list of sentences, and against the starter those that it
has. `--intents` names the `data/en.json` of the package home-assistant-intents: what Home
Assistant's sentences have of them in a small home (home.yaml) is held against those as well.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

import mondegreen
from data_sets import HOME, assistant_texts, people_of
from mondegreen.audio.read import read_audio
from mondegreen.audio.samples import RATE, Samples
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.evaluate import Trial, score
from mondegreen.evaluate.trial import Answer
from mondegreen.types import Final, Understanding

CHUNK = RATE // 10
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


MISLABELLED = "BookFlight"
"""Stands for the words of somebody who says "book a flight from Seattle to New York on January
second, 2020": no list that has this name should understand it."""
STARTER: dict[str, tuple[str, dict[str, str]]] = {
    "open all of the windows": ("OpenCover", {"cover": "windows"}),
    "set kitchen lights to red": ("SetColor", {"room": "kitchen", "color": "red"}),
    "set office lights to blue": ("SetColor", {"room": "office", "color": "blue"}),
    "set the kitchen lights to blue": ("SetColor", {"room": "kitchen", "color": "blue"}),
    "turn off all lights in the office": ("LightOff", {"room": "office"}),
    "turn off basement light": ("LightOff", {"room": "basement"}),
    "turn off standing light": ("LightOff", {"lamp": "standing lamp"}),
    "turn off the office lights": ("LightOff", {"room": "office"}),
    "turn on basement light": ("LightOn", {"room": "basement"}),
    "turn on kitchen lights": ("LightOn", {"room": "kitchen"}),
    "turn on lights in the office": ("LightOn", {"room": "office"}),
    "turn on living room lamp": ("LightOn", {"room": "living room"}),
    "would you please turn on living room lamp": ("LightOn", {"room": "living room"}),
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


def answer_of(results: list[Understanding]) -> Answer:
    """The answer of a stream to one command; several meanings are another than any of them."""
    if not results:
        return Answer(None, "nothing was noticed")
    meanings = [result for result in results if result.status == "understood"]
    if len(meanings) < 2:
        return Answer((meanings or results)[0])
    intents = " and ".join(str(result.intent) for result in meanings)
    return Answer(replace(meanings[0], intent=intents))


def labelled(number: int, path: Path, text: str, intent: str, **slots: str) -> Utterance:
    """A recording with what it means."""
    labels = tuple(SlotLabel(name, value) for name, value in slots.items())
    return Utterance(f"{number:05}", audio=str(path), text=text, intent=intent, slots=labels)


def report(engine: mondegreen.Engine, utterances: list[Utterance], name: str) -> None:
    """Understand every recording as a file, and as a stream under each condition; print."""
    sounds = [read_audio(str(one.audio)).samples for one in utterances]
    file = [Answer(engine.understand(samples)) for samples in sounds]
    for condition, change in CONDITIONS.items():
        trials = [
            Trial(one, len(samples) / RATE, (answer, answer_of(streamed(engine, change(samples)))))
            for one, samples, answer in zip(utterances, sounds, file, strict=True)
        ]
        if condition == next(iter(CONDITIONS)):
            print(f"{name}, file: {line(trials, 0)}")
        other = sum(_key(trial.answers[0]) != _key(trial.answers[1]) for trial in trials)
        print(
            f"{name}, stream, {condition}: {line(trials, 1)}, another answer than the file {other}",
            flush=True,
        )


def _key(answer: Answer) -> object:
    return answer.meaning and answer.meaning.key


def line(trials: list[Trial], which: int) -> str:
    """The figures of one engine's answers."""
    scores = score(trials, which, rounds=1)  # shares of recordings need no resampling
    right, wrong = scores["exact_match"], scores["wrong_silently"]
    assert right is not None
    assert wrong is not None
    return (
        f"right {right.value:.1%} [{right.low:.1%}, {right.high:.1%}], accepted and wrong "
        f"{wrong.value:.1%} [{wrong.low:.1%}, {wrong.high:.1%}], n={right.n}"
    )


def main() -> None:
    """Commands in a list of sentences, then those that the starter has in the starter, and those
    that Home Assistant has in its sentences."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--others", type=int, default=300, help="sentences that nobody says")
    parser.add_argument("--intents", type=Path, help="en.json of home-assistant-intents")
    options = parser.parse_args()
    recordings = [
        (row.path, row.text)
        for row in people_of(options.data, "commands")
        if row.text and row.text != MISLABELLED
    ]
    texts = list(dict.fromkeys(text for _, text in recordings))
    foreign = assistant_texts(options.data)
    others = foreign[:: max(1, len(foreign) // options.others)]
    with tempfile.TemporaryDirectory() as place:
        engine = mondegreen.load(str(grammar_of(texts, others, Path(place))))
    listed = [
        labelled(number, path, text, f"s{texts.index(text)}")
        for number, (path, text) in enumerate(recordings)
    ]
    report(engine, listed, "in a list")
    at_home = [
        labelled(number, path, text, STARTER[text][0], **STARTER[text][1])
        for number, (path, text) in enumerate(recordings)
        if text in STARTER
    ]
    report(mondegreen.load("starter"), at_home, "starter")
    if options.intents is not None:
        engine = mondegreen.load(str(options.intents), home=HOME)
        meant = [(path, text, engine.read(text)) for path, text in recordings]
        in_a_home = [
            labelled(number, path, text, str(m.intent), **{s.name: s.value for s in m.slots})
            for number, (path, text, m) in enumerate(meant)
            if m.status == "understood"
        ]
        report(engine, in_a_home, "Home Assistant's sentences")


if __name__ == "__main__":
    main()
