"""Phone error on people never trained on, by set of recordings, clean and in noise.

    python benchmarks/people.py --data DIR [--clips 100] [--reader FOLDER]

The recordings are those that DIR's `people` folder marks for measuring. A word may be said in any
pronunciation that is known of it: the nearest to what was heard counts. Noise is drawn from the
recordings of DIR that training never hears, 6 dB below the speech by mean power.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from mondegreen.audio.read import read_audio
from mondegreen.audio.samples import Samples, levelled
from mondegreen.audio.worse import effects, noises
from mondegreen.evaluate.error_rates import pronounced_error_rate
from mondegreen.evaluate.intervals import bootstrap
from mondegreen.jobs.seeds import stable_seed
from mondegreen.phonetics.inventory import best_path
from mondegreen.phonetics.pronouncer import Pronouncer
from mondegreen.speech.ear import Ear
from mondegreen.speech.hearing import Hearing
from mondegreen.speech.phone_folder import load_phonotactics
from mondegreen.speech.phone_reading import heard_phones
from mondegreen.training.phones.noisy_frames import HELD_OUT_NOISE, NOISE_FOLDERS
from mondegreen.training.phones.recordings import Recording, plain_words, recordings

SNR_DB = 6.0


def held_out_noise(data: Path) -> list[Path]:
    """Recordings of noise that training never hears."""
    paths = (p for name in NOISE_FOLDERS for p in sorted((data / name).rglob("*.*")))
    return [p for p in paths if any(word in str(p) for word in HELD_OUT_NOISE)]


def in_noise(samples: Samples, recording: Recording, noise: Sequence[Path]) -> Samples:
    """The recording with one of the noises, which one depends on its name alone."""
    rng = np.random.default_rng(stable_seed("noise", recording.path.name))
    loud = read_audio(noise[int(rng.integers(len(noise)))]).samples
    return effects.mix(samples, noises.fitted(loud, len(samples), rng), SNR_DB, measure="rms")


def main() -> None:
    """Listen, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=100, help="of each set")
    parser.add_argument("--reader", type=Path, help="folder of a reader; else the one that ships")
    options = parser.parse_args()
    ear, phonotactics, pronouncer = (
        Ear.load(options.reader), load_phonotactics(options.reader), Pronouncer(),
    )  # fmt: skip
    ways: dict[str, Callable[[Hearing], Sequence[int]]] = {
        "as read": lambda hearing: heard_phones(hearing, phonotactics, pronouncer),
        "by sound alone": lambda hearing: heard_phones(hearing, phonotactics),
        "network alone": lambda hearing: best_path(hearing.log_posteriors),
    }
    noise = held_out_noise(options.data)
    everybody = [row for row in recordings(options.data, measured=True) if row.text]
    means: dict[str, list[float]] = {}
    for name in sorted({row.name for row in everybody}):
        rows = [row for row in everybody if row.name == name]
        step = max(1, len(rows) / options.clips)
        clips = [rows[int(i * step)] for i in range(min(options.clips, len(rows)))]
        for condition in ("clean", f"{SNR_DB:.0f} dB"):
            counts: dict[str, list[tuple[int, int]]] = {way: [] for way in ways}
            for row in clips:
                samples = levelled(read_audio(row.path).samples)
                if condition != "clean":
                    samples = levelled(in_noise(samples, row, noise))
                hearing = ear.listen(samples)
                words = [pronouncer.word(word) for word in plain_words(row.text or "")]
                for way, read in ways.items():
                    rate = pronounced_error_rate([words], [read(hearing)])
                    counts[way].append((rate.errors, rate.units))
            for way, pairs in counts.items():
                share = bootstrap(np.array(pairs))
                means.setdefault(f"{condition}, {way}", []).append(share.value)
                print(
                    f"{name}, {condition}, {way}: PER {share.value:.1%} [{share.low:.1%}, "
                    f"{share.high:.1%}], n={share.n} clips, {sum(n for _, n in pairs)} phones",
                    flush=True,
                )
    for condition, values in means.items():
        print(f"mean of the {len(values)} sets, {condition}: {np.mean(values):.1%}")


if __name__ == "__main__":
    main()
