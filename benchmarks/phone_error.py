"""Phone error of the phone reader that ships, on sentences and a voice it was not trained on.

    python benchmarks/phone_error.py --data DIR [--clips 400] [--as-spoken]

Speech is made afresh: held-out sentences of DIR's text sets, said by six of Kokoro's speakers, who
share a synthesiser with voices that were trained on, and by flite-slt, of another make. It is heard
clean and with DIR's held-out dish-washing noise, whose loudness is compared with the speech's in
two ways: by the loudest 2,048-sample frame of each, and by mean power (speech while it is active).

Phones are read as `mondegreen phones` does, which knows what may follow what in English, and by the
network alone: its likeliest label in each frame.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from mondegreen.evaluate.error_rates import edit_distance
from mondegreen.evaluate.intervals import bootstrap
from mondegreen.jobs.lock import alone
from mondegreen.phonetics.inventory import best_path
from mondegreen.speech.encoder import load_encoder
from mondegreen.speech.phone_folder import load_phonotactics
from mondegreen.speech.phone_reader import LogPosteriors, PhoneReader
from mondegreen.speech.phone_reading import likeliest_phones
from mondegreen.training.phones import clips as corpus
from mondegreen.training.phones import phone_error, texts


def main() -> None:
    """Speak, read, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=400)
    parser.add_argument("--voice", help="this voice instead of those never trained on")
    parser.add_argument(
        "--as-spoken", action="store_true", help="tempo and vocal tract as the voices have them"
    )
    parser.add_argument("--skip", type=int, default=0, help="held-out sentences left out first")
    parser.add_argument("--seed", type=int, default=2)
    options = parser.parse_args()
    reader, phonotactics = PhoneReader.load(), load_phonotactics()
    ways: dict[str, Callable[[LogPosteriors], Sequence[int]]] = {
        "by sound alone": lambda posteriors: likeliest_phones(posteriors, phonotactics),
        "network alone": best_path,
    }
    voices: Sequence[corpus.Unseen] = corpus.UNSEEN
    if options.voice:
        voices = (corpus.Unseen(options.voice, "voice", corpus.Always(options.voice), 0),)
    with tempfile.TemporaryDirectory() as work, alone(Path(work), folder=True) as lock:
        sentences = texts.held_out(options.data)[options.skip :][: options.clips]
        for unseen in voices:
            folder = Path(work, unseen.folder)
            corpus.build(
                sentences, folder, lock, seed=options.seed, workers=2, draw=unseen.draw,
                varied=not options.as_spoken,
            )  # fmt: skip
        for test in phone_error.tests(
            Path(work), options.data, load_encoder(reader.encoder), None, voices
        ):
            for how, read in ways.items():
                rows = []
                for frames, phones in zip(test.frames, test.phones, strict=True):
                    phones_read = read(reader.log_posteriors(frames))
                    rows.append((edit_distance(phones, phones_read), len(phones)))
                rate = bootstrap(np.array(rows))
                print(
                    f"{test.name}, {how}: PER {rate.value:.1%} [{rate.low:.1%}, {rate.high:.1%}], "
                    f"n={rate.n} clips, {sum(r[1] for r in rows)} phones",
                    flush=True,
                )


if __name__ == "__main__":
    main()
