"""Phone error of the phone reader that ships, on sentences and a voice it was not trained on.

    python benchmarks/phone_error.py --data DIR [--clips 400]

Speech is made afresh (held-out sentences of DIR's text sets, voice flite-slt), clean and with
DIR's held-out dish-washing noise, whose loudness is compared with the speech's in two ways: by the
loudest 2,048-sample frame of each, and by mean power (speech while it is active).
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from mondegreen.evaluate.intervals import bootstrap
from mondegreen.speech.encoder import encoder
from mondegreen.speech.phones import PhoneReader
from mondegreen.training.phones import corpus, measure, texts


def main() -> None:
    """Speak, read, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=400)
    parser.add_argument("--voice", default=corpus.UNSEEN_VOICE)
    parser.add_argument("--seed", type=int, default=2)
    options = parser.parse_args()
    reader = PhoneReader.load()
    with tempfile.TemporaryDirectory() as folder:
        said = texts.held_out(options.data)[: options.clips]
        corpus.build(said, Path(folder), seed=options.seed, workers=2, voice=options.voice)
        for test in measure.tests(Path(folder), options.data, encoder(reader.encoder), None):
            rows = []
            for frames, phones in zip(test.frames, test.phones, strict=True):
                heard = measure.greedy(reader.log_posteriors(frames))
                rows.append((measure.distance(heard, phones), len(phones)))
            rate = bootstrap(np.array(rows))
            name = test.name.replace("unseen voice", options.voice)
            print(
                f"{name}: PER {rate.value:.1%} [{rate.low:.1%}, {rate.high:.1%}], "
                f"n={rate.n} clips, {sum(r[1] for r in rows)} phones"
            )


if __name__ == "__main__":
    main()
