"""How far the aligner's word times are from the true ones, on speech whose times are known.

Two sources of truth: flite, which says when it spoke each phone of running speech, and words that
hibari spoke one by one, joined at known places.

    python benchmarks/alignment.py TEXTS.jsonl [--sentences 150]
"""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from data_sets import texts_of
from mondegreen.audio.samples import RATE, Samples
from mondegreen.data.make.align import align_words
from mondegreen.evaluate.intervals import Interval, bootstrap_statistic
from mondegreen.jobs.seeds import stable_seed
from mondegreen.text.spoken_text import spoken_text
from mondegreen.training.phones.texts import is_held_out
from mondegreen.voices import voice
from mondegreen.voices.hibari import HibariVoice

FLITE_VOICES = ("slt", "rms", "awb")
"""The first of them was never trained on."""

Errors = npt.NDArray[np.float64]
Times = list[tuple[float, float]]


def flite_times(text: str, name: str) -> Times | None:
    """Start and end of every word, as flite says; None where its phones do not fall into words."""
    items = _flite(text, name, "-psdur").split()
    phones: list[tuple[str, float, float]] = []
    start = 0.0
    for item in items:
        phone, _, end = item.rpartition(":")
        phones.append((phone, start, float(end)))
        start = float(end)
    spoken = [p for p in phones if p[0] != "pau"]
    times: Times = []
    at = 0
    for word in text.split():
        alone = [p for p in _flite(word, name, "-ps").split() if p != "pau"]
        part = spoken[at : at + len(alone)]
        if [p[0] for p in part] != alone:
            return None
        times.append((part[0][1], part[-1][2]))
        at += len(alone)
    return times if at == len(spoken) else None


def _flite(text: str, name: str, what: str) -> str:
    command = ["flite", "-voice", name, "-t", text, what, "-o", "none"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def flite_speech(text: str, name: str) -> Samples:
    samples, rate = voice(f"flite-{name}").speak(text)
    return np.asarray(soxr.resample(samples, rate, RATE), np.float32)


def joined(words: Sequence[str], seed: int) -> tuple[Samples, Times]:
    """Words spoken one by one, without the silence around them, 0 to 0.15 s apart."""
    rng = np.random.default_rng(seed)
    parts = [np.zeros(int(0.3 * RATE), np.float32)]
    times: Times = []
    at = len(parts[0])
    for i, word in enumerate(words):
        samples, rate = HibariVoice().speak(word, seed=seed + i)
        sound = np.asarray(soxr.resample(samples, rate, RATE), np.float32)
        loud = np.flatnonzero(np.abs(sound) > 0.02 * np.abs(sound).max())
        sound = sound[loud[0] : loud[-1] + 1]
        times.append((at / RATE, (at + len(sound)) / RATE))
        gap = np.zeros(int(rng.uniform(0, 0.15) * RATE), np.float32)
        parts += [sound, gap]
        at += len(sound) + len(gap)
    return np.concatenate([*parts, np.zeros(int(0.3 * RATE), np.float32)]), times


def errors(samples: Samples, text: str, truth: Times) -> list[float]:
    """Distances in seconds of every word's start and end from the true ones."""
    aligned, _ = align_words(samples, spoken_text(text))
    return [
        abs(a - b)
        for word, (start, end) in zip(aligned, truth, strict=True)
        for a, b in ((word.start, start), (word.end, end))
    ]


def report(name: str, groups: list[list[float]], seed: int) -> None:
    """One line; the intervals resample sentences, whose words err together."""

    def of(statistic: Callable[[Errors], float]) -> Interval:
        return bootstrap_statistic(
            lambda drawn: statistic(np.concatenate([groups[i] for i in drawn])),
            len(groups),
            seed=seed,
        )

    median = of(lambda e: float(np.median(e)) * 1000)
    ninth = of(lambda e: float(np.quantile(e, 0.9)) * 1000)
    within = of(lambda e: float(np.mean(e <= 0.1)))
    print(
        f"| {name} | {len(groups)} | {sum(map(len, groups))} "
        f"| {median.value:.0f} ms [{median.low:.0f}, {median.high:.0f}] "
        f"| {ninth.value:.0f} ms [{ninth.low:.0f}, {ninth.high:.0f}] "
        f"| {within.value:.1%} [{within.low:.1%}, {within.high:.1%}] |",
        flush=True,
    )


def sentences(path: Path, most: int) -> list[str]:
    """Plain sentences that the phone reader was not trained on."""
    texts = sorted({text.lower() for text in texts_of(path)})
    plain = [t for t in texts if is_held_out(t) and t.replace(" ", "").isalpha()]
    plain = [t for t in plain if 3 <= len(t.split()) <= 15]
    return sorted(plain, key=lambda t: stable_seed("alignment", t))[:most]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("texts", type=Path, help="JSON Lines with a `text` each")
    parser.add_argument("--sentences", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    texts = sentences(options.texts, options.sentences)
    print("| speech | sentences | boundaries | median error | 90 % within | within 100 ms |")
    print("|---|---|---|---|---|---|")
    for name in FLITE_VOICES:
        timed = [(text, truth) for text in texts if (truth := flite_times(text, name))]
        groups = [errors(flite_speech(text, name), text, truth) for text, truth in timed]
        report(f"flite-{name}, running speech", groups, options.seed)
    groups = []
    for i, text in enumerate(texts):
        samples, truth = joined(text.split(), options.seed + 100 * i)
        groups.append(errors(samples, text, truth))
    report("hibari, words joined", groups, options.seed)


if __name__ == "__main__":
    main()
