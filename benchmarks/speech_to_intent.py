"""A grammar on real recordings, clean and in noise: the public speech-to-intent protocol.

    python benchmarks/speech_to_intent.py --data DIR --noise FILE

DIR holds `labels.jsonl` (`audio`, `intent`, `slots`) and one grammar file. Noise is scaled so that
the energy of the loudest 2,048-sample frame of speech over that of noise is the SNR, the mixture is
scaled to half of full scale, and each recording gets its own seeded stretch of the noise, which is
the mixing rule of the open Picovoice speech-to-intent benchmark.

*Strict*: intent and exactly the labelled slots. *Lenient*: slots predicted beyond the labelled ones
are forgiven, as that benchmark's own scorer does.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

import mondegreen
from mondegreen.audio.read import read_audio
from mondegreen.audio.samples import Samples
from mondegreen.evaluate.intervals import wilson
from mondegreen.evaluate.ranking import calibration_error

FRAME = 2048


@dataclass(frozen=True)
class Outcome:
    """One recording at one noise level."""

    id: str
    snr: float | None
    status: str
    confidence: float
    strict: bool
    lenient: bool
    expected: dict[str, Any]
    got: dict[str, Any]
    compute_ms: float


def loudest_frame(samples: Samples) -> float:
    """Energy of the loudest frame of FRAME samples."""
    count = len(samples) // FRAME
    if count == 0:
        return float(np.sum(samples**2))
    return float((samples[: count * FRAME].reshape(count, FRAME) ** 2).sum(axis=1).max())


def mix(speech: Samples, noise: Samples, snr: float, rng: np.random.Generator) -> Samples:
    """Speech in noise at `snr` dB, at half of full scale."""
    if len(noise) <= len(speech):
        noise = np.tile(noise, len(speech) // len(noise) + 2)
    start = int(rng.integers(0, len(noise) - len(speech)))
    piece = noise[start : start + len(speech)]
    scale = np.sqrt(loudest_frame(piece) * 10 ** (snr / 10) / max(loudest_frame(speech), 1e-12))
    mixed = speech * scale + piece
    return np.asarray(mixed / np.abs(mixed).max() * 0.5, np.float32)


@lru_cache(maxsize=1)
def _engine(grammar: str, phones: str | None) -> Any:
    return mondegreen.load(grammar, phones=phones)


@lru_cache(maxsize=1)
def _noise(path: str) -> Samples:
    return read_audio(path).samples


def judge(
    row: dict[str, Any],
    folder: Path,
    grammar: str,
    noise: str | None,
    snr: float | None,
    seed: int,
    phones: str | None,
) -> Outcome:
    """Understand one recording and compare with its label."""
    samples = read_audio(folder / row["audio"]).samples
    if snr is not None and noise is not None:
        rng = np.random.default_rng([seed, *row["id"].encode(), round(snr * 10) + 1000])
        samples = mix(samples, _noise(noise), snr, rng)
    result = _engine(grammar, phones).understand(samples)
    got = result.values()
    same_intent = result.intent == row["intent"]
    lenient = same_intent and all(got.get(k) == v for k, v in row["slots"].items())
    return Outcome(
        id=row["id"],
        snr=snr,
        status=result.status,
        confidence=result.confidence,
        strict=lenient and got.keys() == row["slots"].keys(),
        lenient=lenient,
        expected={"intent": row["intent"], **row["slots"]},
        got={"intent": result.intent, **got},
        compute_ms=result.compute_ms,
    )


def report(outcomes: list[Outcome], snr: float | None) -> str:
    """One line of the table."""
    n = len(outcomes)
    cells = [f"{'clean' if snr is None else f'{snr:g} dB':>8}", f"{n:>5}"]
    for name in ("strict", "lenient"):
        right = sum(getattr(o, name) for o in outcomes)
        share = wilson(right, n)
        cells.append(f"{share.value:6.1%} [{100 * share.low:.1f}, {100 * share.high:.1f}]")
    refused = sum(o.status != "understood" for o in outcomes)
    cells += [f"{100 * refused / n:5.1f} %", f"{np.median([o.compute_ms for o in outcomes]):6.0f}"]
    return "  ".join(cells)


def calibration(understood: list[Outcome], seed: int, rounds: int = 1000) -> str:
    """Expected calibration error, its interval by drawing recordings anew with all their levels."""
    if not understood:
        return "confidence: nothing was understood"
    by_recording: dict[str, list[tuple[float, bool]]] = {}
    for o in understood:
        by_recording.setdefault(o.id, []).append((o.confidence, o.strict))
    clips = list(by_recording.values())
    rng = np.random.default_rng(seed)

    def error(chosen: list[list[tuple[float, bool]]]) -> float:
        sure, right = zip(*(pair for clip in chosen for pair in clip), strict=True)
        return calibration_error(np.array(sure), np.array(right))

    drawn = [error([clips[i] for i in rng.integers(len(clips), size=len(clips))])
             for _ in range(rounds)]  # fmt: skip
    low, high = np.quantile(drawn, [0.025, 0.975])
    return (
        f"confidence: expected calibration error {error(clips):.3f} [{low:.3f}, {high:.3f}] "
        f"(n={len(understood)}, {len(clips)} recordings)"
    )


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with labels.jsonl")
    parser.add_argument("--grammar", type=Path, help="default: the one YAML file in the folder")
    parser.add_argument("--phones", help="folder of another phone reader than the one that ships")
    parser.add_argument("--noise", type=Path, help="recording of noise")
    parser.add_argument("--snr", type=float, nargs="*", default=[24, 21, 18, 15, 12, 9, 6])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--errors", action="store_true", help="list what went wrong")
    parser.add_argument(
        "--json", type=Path, help="write every outcome here, one JSON object a line"
    )
    options = parser.parse_args()
    rows = [json.loads(x) for x in (options.data / "labels.jsonl").read_text("utf-8").splitlines()]
    grammars = [options.grammar] if options.grammar else sorted(options.data.glob("*.y*ml"))
    if len(grammars) != 1:
        sys.exit(f"{options.data}: found {len(grammars)} YAML files, expected one; use --grammar")
    grammar, noise = str(grammars[0]), str(options.noise) if options.noise else None
    levels: list[float | None] = [None, *(options.snr if noise else [])]
    everything: list[Outcome] = []
    print(f"{'':>8}  {'n':>5}  {'strict EM [95 %]':<22}  {'lenient':<22}  refused  median ms")
    with ProcessPoolExecutor(options.workers) as pool:
        for snr in levels:
            work = partial(
                judge,
                folder=options.data,
                grammar=grammar,
                noise=noise,
                snr=snr,
                seed=options.seed,
                phones=options.phones,
            )
            outcomes = list(pool.map(work, rows, chunksize=8))
            everything += outcomes
            print(report(outcomes, snr), flush=True)
            for o in outcomes if options.errors else ():
                if not o.strict:
                    print(f"    {o.id} {o.confidence:.2f} wanted {o.expected} got {o.got}")
    print(calibration([o for o in everything if o.status == "understood"], options.seed))
    if options.json:
        text = "".join(json.dumps(asdict(o)) + "\n" for o in everything)
        options.json.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
