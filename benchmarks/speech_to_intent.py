"""A grammar on real recordings, clean and in noise: the public speech-to-intent protocol.

    python benchmarks/speech_to_intent.py --data DIR --noise FILE

DIR is what `mondegreen data import rhino` reads: a folder with `labels.jsonl`, or a copy of the
Picovoice speech-to-intent benchmark. Noise is scaled so that the energy of the loudest 2,048-sample
frame of speech over that of noise is the SNR, the mixture is scaled to half of full scale, and each
recording gets its own seeded stretch of the noise, which is the mixing rule of that benchmark.

*Strict*: intent and exactly the labelled slots. *Lenient*: slots predicted beyond the labelled ones
are forgiven, as that benchmark's own scorer does.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from mondegreen.audio.read import read_audio
from mondegreen.audio.samples import Samples, levelled
from mondegreen.audio.worse.effects import mix
from mondegreen.data.importers import rhino
from mondegreen.data.recording import utterance_samples
from mondegreen.data.utterance import Utterance
from mondegreen.evaluate.running import EngineChoice, EvaluationSet, run_trials
from mondegreen.evaluate.scores import score
from mondegreen.evaluate.trial import Trial
from mondegreen.evaluate.trials_file import TrialsFile
from mondegreen.jobs.problems import Problems


@lru_cache(maxsize=1)
def _noise(path: str) -> Samples:
    return read_audio(path).samples


@dataclass(frozen=True)
class InNoise:
    """The sound of recordings, and of those that `at_levels` derived from them."""

    root: Path
    noise: str
    seed: int

    def __call__(self, utterance: Utterance) -> Samples:
        speech = utterance_samples(self.root, utterance)
        if "clean" not in utterance.meta:
            return speech
        name, snr = utterance.meta["clean"], utterance.meta["snr_db"]
        rng = np.random.default_rng([self.seed, *name.encode(), round(snr * 10) + 1000])
        noise = _noise(self.noise)
        if len(noise) <= len(speech):
            noise = np.tile(noise, len(speech) // len(noise) + 2)
        start = int(rng.integers(0, len(noise) - len(speech)))
        piece = noise[start : start + len(speech)]
        return levelled(mix(speech, piece, snr, measure="loudest-frame"), 0.5)


def at_levels(
    recordings: Iterable[Utterance], noise: str, levels: Sequence[float]
) -> list[Utterance]:
    """The clean recordings, then all of them at each level of noise."""
    clean = [u for u in recordings if u.noise is None]
    return clean + [
        msgspec.structs.replace(
            u, id=f"{u.id}@{snr:g}", noise=noise, meta={**u.meta, "clean": u.id, "snr_db": snr}
        )
        for snr in levels
        for u in clean
    ]


def level(utterance: Utterance) -> str:
    """How loud the noise is, as the table calls it."""
    return "clean" if utterance.noise is None else f"{utterance.meta['snr_db']:g} dB"


def report(name: str, trials: Sequence[Trial]) -> str:
    """One line of the table."""
    scores = score(trials, rounds=1)  # shares of recordings need no resampling
    cells = [f"{name:>8}", f"{len(trials):>5}"]
    for figure in ("exact_match", "exact_match_lenient"):
        share = scores[figure]
        assert share is not None
        cells.append(f"{share.value:6.1%} [{100 * share.low:.1f}, {100 * share.high:.1f}]")
    refused = scores["refused"]
    assert refused is not None
    times = [t.answers[0].result.compute_ms for t in trials if t.answers[0].result is not None]
    cells += [f"{100 * refused.value:5.1f} %", f"{np.median(times):6.0f}"]
    return "  ".join(cells)


def mistake(trial: Trial) -> str:
    """One line about what went wrong."""

    def as_json(meaning: Any) -> dict[str, Any]:
        return {"intent": meaning.intent, **meaning.values()} if meaning is not None else {}

    answer, sure = as_json(trial.meaning()), trial.answers[0].confidence
    return f"    {trial.utterance.id} {sure:.2f} wanted {as_json(trial.reference)} got {answer}"


def calibration(trials: Sequence[Trial], seed: int) -> str:
    """Expected calibration error, its interval by drawing recordings anew with all their levels."""
    error = score(trials, seed=seed)["ece"]
    if error is None:
        return "confidence: nothing was understood"
    sources = {trial.source for trial in trials if trial.meaning() is not None}
    return (
        f"confidence: expected calibration error {error.value:.3f} [{error.low:.3f}, "
        f"{error.high:.3f}] (n={error.n}, {len(sources)} recordings)"
    )


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of labelled recordings")
    parser.add_argument("--grammar", type=Path, help="default: the one YAML file in the folder")
    parser.add_argument("--phones", help="folder of another phone reader than the one that ships")
    parser.add_argument("--noise", type=Path, help="recording of noise")
    parser.add_argument("--snr", type=float, nargs="*", default=[24, 21, 18, 15, 12, 9, 6])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--errors", action="store_true", help="list what went wrong")
    parser.add_argument("-o", "--output", type=Path, help="a line a recording; goes on if there")
    options = parser.parse_args()
    grammars = [options.grammar] if options.grammar else sorted(options.data.glob("*.y*ml"))
    if len(grammars) != 1:
        sys.exit(f"{options.data}: found {len(grammars)} YAML files, expected one; use --grammar")
    settings = {"phones": options.phones} if options.phones else {}
    choice = EngineChoice(str(grammars[0]), settings=settings)
    recordings = list(rhino.read(options.data, Problems()))
    if options.noise:
        recordings = at_levels(recordings, options.noise.stem, options.snr)
    sound = InNoise(options.data, str(options.noise), options.seed)
    tests = EvaluationSet(tuple(recordings), sound, str(options.data))
    sizes = Counter(map(level, tests.utterances))
    parts: dict[str, list[Trial]] = {name: [] for name in sizes}
    print(f"{'':>8}  {'n':>5}  {'strict EM [95 %]':<22}  {'lenient':<22}  refused  median ms")
    with ExitStack() as stack:
        trials = run_trials(tests, [choice], workers=options.workers)
        if options.output:
            file = TrialsFile(options.output, tests.utterances, [choice.load()])
            done = stack.enter_context(file).done.values()
            trials = file.keep(run_trials(tests, [choice], workers=options.workers, done=done))
        for trial in trials:
            name = level(trial.utterance)
            parts[name].append(trial)
            if len(parts[name]) == sizes[name]:
                print(report(name, parts[name]), flush=True)
                wrong = [t for t in parts[name] if options.errors and not t.right()]
                print("".join(f"{mistake(t)}\n" for t in wrong), end="")
    print(calibration([t for part in parts.values() for t in part], options.seed))


if __name__ == "__main__":
    main()
