"""Nasality: dose and response on a synthesiser's velum, drift, people, and older measures beside.

    python benchmarks/nasality.py --data DIR [--vtl PYTHON] [--people 600]

DIR/vocaltractlab holds speech with a known velum. Where it is missing or unfinished, `--vtl` names
a Python that has VocalTractLab, and benchmarks/nasality_synthesis.py makes it there: an hour of one
core. Speakers and sentences of the synthesiser are held out together. DIR/people is learned from as
`mondegreen train nasality` does; DIR/barista-dev and single words are measured on.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import numpy.typing as npt

from mondegreen.audio.read import read_audio
from mondegreen.audio.samples import RATE, resample
from mondegreen.complexity.study.relation import spearman
from mondegreen.errors import AudioError
from mondegreen.evaluate.intervals import Interval, bootstrap_statistic, wilson
from mondegreen.evaluate.ranking import auroc
from mondegreen.jobs.seeds import stable_seed
from mondegreen.nasality.acoustics import NAMES
from mondegreen.nasality.evidence import POSTERIORS, gather
from mondegreen.nasality.nasometer import Nasometer
from mondegreen.nasality.placed_sounds import alone
from mondegreen.nasality.prompts import STOPS, ZOO
from mondegreen.nasality.scales import SHARES, index_of
from mondegreen.nasality.sound_classes import FIRST_FORMANT
from mondegreen.speech.ear import Ear
from mondegreen.training.nasality.examples import (
    SYNTHESISED,
    Example,
    Speech,
    example,
    synthesised,
)
from mondegreen.training.nasality.fit_scales import Settings
from mondegreen.training.nasality.held_out import Cell, Scored, cells, scored, spread
from mondegreen.training.nasality.train_nasality import listened
from mondegreen.training.phones.recordings import recordings
from mondegreen.voices.hibari import HibariVoice
from nasality_conditions import CONDITIONS, KINDS

Floats = npt.NDArray[np.float64]
MEASURES: dict[str, Callable[[Floats], Floats]] = {
    "index": index_of, "dose": itemgetter(0), "vowel probe": itemgetter(1),
    "consonant probe": itemgetter(2),
}  # fmt: skip
OLDER = {"A1-P0": ("A1-P0", -1.0), "A1-P1": ("A1-P1", -1.0), "VLHR": ("VLHR", 1.0),
         "1/3 octave at 1 kHz": ("third octave 7", 1.0)}  # fmt: skip
COGNATES = str.maketrans("pbtdkɡ", "mmnnŋŋ")
DRIFT_AREAS = (0.0, 0.05, 0.2)
ABOVE = 0.3
"""Steps."""
OPEN = 550.0
"""Hz of the first formant from which on a vowel is open."""


def correlation(x: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Spearman's rank correlation; NaN where either is constant."""
    rho = spearman(np.asarray(x, np.float64), np.asarray(y, np.float64))
    return float("nan") if rho is None else rho


@dataclass(frozen=True)
class Row:
    """One utterance with the value that one measure gives it."""

    speaker: str
    sentence: str
    area: float
    value: float


def rows_of(utterances: Sequence[Scored], measure: Callable[[Floats], Floats]) -> list[Row]:
    """Of the recordings as they are."""
    return [
        Row(
            s.example.speaker,
            s.example.sentence,
            s.example.area,
            float(measure(s.values)),
        )
        for s in utterances
        if s.example.version == 0
    ]


def older(examples: Sequence[Example], name: str, sign: float, size: int) -> list[Row]:
    """What one of the phoneticians' measures says of the open vowels of the same recordings.

    In others the first formant lies on the nasal peak, and A1-P0 says nothing (Chen 1997).
    """
    column = size + POSTERIORS + NAMES.index(name)
    rows = []
    for e in examples:
        phones = [e.evidence.placed[i].phone for i in e.evidence.members["sonorants"]]
        opened = np.array([FIRST_FORMANT.get(phone, 0.0) >= OPEN for phone in phones])
        chosen = opened & e.evidence.free
        if e.version == 0 and chosen.any():
            value = sign * float(e.evidence.numbers["sonorants"][chosen, column].mean())
            rows.append(Row(e.speaker, e.sentence, e.area, value))
    return rows


def dose_response(name: str, rows: Sequence[Row]) -> str:
    """A line of the table: correlation with the area, and telling open from closed."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    speakers: dict[str, dict[float, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        groups[row.speaker, row.sentence].append(row)
        speakers[row.speaker][row.area].append(row.value)
    within = [
        correlation([r.area for r in group], [r.value for r in group])
        for group in groups.values()
        if len({r.area for r in group}) >= 4
    ]
    means = [
        correlation(list(by_area), [float(np.mean(v)) for v in by_area.values()])
        for by_area in speakers.values()
    ]
    area, value = np.array([r.area for r in rows]), np.array([r.value for r in rows])
    pooled = bootstrap_statistic(lambda i: correlation(area[i], value[i]), len(rows))
    parts = [
        f"{np.mean(within):.3f} / {np.min(within):.2f} (n={len(within)})",
        f"{np.mean(means):.3f} / {np.min(means):.2f}", short(pooled),
        *(short(detection(rows, opened)) for opened in (0.01, 0.02, 0.05, 0.2)),
    ]  # fmt: skip
    return f"| {name} | {' | '.join(parts)} |"


def detection(rows: Sequence[Row], opened: float) -> Interval | None:
    """The area under the curve of telling that area from a closed velum; None without any."""
    values = np.array([r.value for r in rows if r.area in (0.0, opened)])
    positive = np.array([r.area == opened for r in rows if r.area in (0.0, opened)])
    if positive.all() or not positive.any():
        return None

    def statistic(i: npt.NDArray[np.int64]) -> float:
        if positive[i].all() or not positive[i].any():
            return 1.0
        return auroc(values[i][positive[i]], values[i][~positive[i]])

    return bootstrap_statistic(statistic, len(values))


def short(interval: Interval | None) -> str:
    """An interval as a cell."""
    if interval is None:
        return "–"
    return f"{interval.value:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def drift(cell: Cell, speech: dict[tuple[str, str, float, str], Speech], ear: Ear) -> dict[
    str, list[tuple[float, Floats]]
]:  # fmt: skip
    """By condition: the area, and (2,) how far index and dose of a cell move."""
    moved: dict[str, list[tuple[float, Floats]]] = defaultdict(list)
    for one in cell.examples:
        if one.version or one.area not in DRIFT_AREAS:
            continue
        before = cell.scales.values(one)
        ours = speech[one.speaker, one.sentence, one.area, "oral"]
        for name, (change, _) in CONDITIONS.items():
            rng = np.random.default_rng(stable_seed(name, one.speaker, one.sentence, one.area))
            after = example(replace(ours, samples=change(ours.samples, rng)), ear)
            if after is not None and after.evidence.free.any():
                moved[name].append((one.area, shift(before, cell.scales.values(after))))
        for kind in KINDS:
            other = speech.get((one.speaker, one.sentence, one.area, kind))
            after = example(other, ear) if other else None
            if after is not None:
                moved[kind].append((one.area, shift(before, cell.scales.values(after))))
    return moved


def shift(before: Floats, after: Floats) -> Floats:
    """(2,) how far index and dose move from one (3,) of scales to another."""
    return np.array([index_of(after) - index_of(before), after[0] - before[0]])


def without_text(cell: Cell, speech: dict[tuple[str, str, float, str], Speech], ear: Ear) -> list[
    Scored
]:  # fmt: skip
    """The recordings of a cell as the phone reader alone has them; some have no vowel left."""
    out = []
    for one in cell.examples:
        if one.version:
            continue
        ours = speech[one.speaker, one.sentence, one.area, "oral"]
        for utterance in alone([ours.samples], ear):
            evidence = gather(utterance.hearing, utterance.placed)
            if evidence.free.any():
                judged = replace(one, evidence=evidence)
                out.append(Scored(judged, cell.scales.values(judged)))
                break
    return out


def people(data: Path, nasometer: Nasometer) -> None:
    """Typical adults whom the scales call nasal, and single words, which are refused."""
    print("\n| people | judged | above 0.3 steps | of all, refused or not | median, 5 to 95 % |")
    print("|---|---|---|---|---|")
    orders = sorted((data / "barista-dev" / "audio").glob("*.*"))
    wake_words = sorted((data / "wake-words").rglob("*.*"))
    sets: dict[str, list[tuple[Path, str | None]]] = {
        "coffee orders, no text": [(path, None) for path in orders],
        "wake words": [(p, p.parent.name) for p in wake_words[:: max(1, len(wake_words) // 80)]],
        "single words": [
            (row.path, row.text)
            for row in recordings(data, measured=True)
            if row.name == "speech-commands-more" and row.text
        ],
    }
    for name, clips in sets.items():
        judged, every = [], []
        for path, text in clips:
            try:
                take = nasometer.take([read_audio(path).samples], text)
            except AudioError:
                continue
            value = nasometer.scales.index(nasometer.scales.values(take.judged))
            every += [value] if not np.isnan(value) else []
            try:
                index = nasometer.together([take]).index
            except AudioError:
                continue
            judged += [value] if index is not None else []
        low, middle, high = np.quantile(every, (0.05, 0.5, 0.95))
        print(
            f"| {name}, n={len(clips)} | {len(judged)} | {above(judged)} | {above(every)} | "
            f"{middle:+.2f}, {low:+.2f} to {high:+.2f} |",
            flush=True,
        )


def above(values: Sequence[float]) -> str:
    """The share above ABOVE with its interval."""
    if not values:
        return "–"
    share = wilson(sum(value > ABOVE for value in values), len(values))
    return f"{share.value:.1%} [{share.low:.1%}, {share.high:.1%}]"


def cognates(nasometer: Nasometer) -> None:
    """Stops that a voice says as nasals: the share is known exactly."""
    voice, shares = HibariVoice(), (0.0, 0.1, 0.25, 0.5, 1.0)
    within: list[float] = []
    truth: list[float] = []
    ratios: list[float] = []
    for text in (*ZOO.sentences, *STOPS.sentences):
        phonemes = voice.phonemes(text)
        places = [i for i, sign in enumerate(phonemes) if sign in "pbtdkɡ"]
        order = np.random.default_rng(len(text)).permutation(places)
        for pitch in (0.9, 1.0, 1.12):
            line = []
            for share in shares:
                chosen = set(order[: round(share * len(places))].tolist())
                spoken = "".join(
                    sign.translate(COGNATES) if i in chosen else sign
                    for i, sign in enumerate(phonemes)
                )
                samples, rate = voice.speak_phonemes(spoken, seed=1)
                take = nasometer.take([resample(samples, round(rate * pitch))], text)
                line.append(float(np.mean(take.stop_ratios)))
            within.append(correlation(shares, line))
            truth += shares
            ratios += line
    a, b = np.array(truth), np.array(ratios)
    pooled = bootstrap_statistic(lambda i: correlation(a[i], b[i]), len(a))
    print(
        f"\nstops said as nasals, rho of their log-odds: within {np.mean(within):.3f} "
        f"(worst {np.min(within):.2f}, n={len(within)}), pooled {short(pooled)}, n={len(a)}"
    )


def speed(nasometer: Nasometer) -> None:
    """Times real time of the processor, on one thread."""
    samples, rate = HibariVoice().speak(ZOO.text, seed=1)
    sound = resample(samples, rate)
    for name, text in (("with text", ZOO.text), ("without", None)):
        nasometer.listen(sound, text)
        start = time.process_time()
        nasometer.listen(sound, text)
        seconds = time.process_time() - start
        print(f"speed {name}: {len(sound) / RATE / seconds:.0f} times real time")


def synthesise(data: Path, python: str | None) -> None:
    """Make what is missing of the synthesised set, when there is something to make it with."""
    folder = data / SYNTHESISED
    if python is not None:
        script = Path(__file__).with_name("nasality_synthesis.py")
        subprocess.run([python, str(script), str(folder)], check=True)


def velum(data: Path, settings: Settings, ear: Ear) -> None:
    """All that is told from the synthesised set."""
    examples = list(listened(data, settings, ear, print))
    every_cell = list(cells(examples, settings, ear.encoder.size))
    speech = {(s.speaker, s.sentence, s.area, s.kind): s for s in synthesised(data)}
    utterances = [row for cell in every_cell for row in scored(cell)]
    recorded = [e for cell in every_cell for e in cell.examples]
    heads = "measure | rho within speaker and sentence, mean / worst | speaker means | pooled"
    print(f"| {heads} | 0 / .01 | 0 / .02 | 0 / .05 | 0 / .2 |\n|---|---|---|---|---|---|---|---|")
    for name, measure in MEASURES.items():
        print(dose_response(name, rows_of(utterances, measure)), flush=True)
    for name, (column, sign) in OLDER.items():
        print(dose_response(name, older(recorded, column, sign, ear.encoder.size)), flush=True)
    free = [row for cell in every_cell for row in without_text(cell, speech, ear)]
    for name in ("index", "dose"):
        print(dose_response(f"{name}, no text", rows_of(free, MEASURES[name])), flush=True)
    by_area(utterances)
    strays(utterances)
    moved: dict[str, list[tuple[float, Floats]]] = defaultdict(list)
    for cell in every_cell:
        for name, steps in drift(cell, speech, ear).items():
            moved[name] += steps
    drifts(moved)


def by_area(utterances: Sequence[Scored]) -> None:
    """Means and deviations of each scale for each opening."""
    print(f"\n| cm² | {' | '.join(MEASURES)} |\n|---|{'---|' * len(MEASURES)}")
    for area in sorted({u.example.area for u in utterances}):
        ours = [u for u in utterances if u.example.area == area]
        columns = [[row.value for row in rows_of(ours, measure)] for measure in MEASURES.values()]
        line = " | ".join(f"{np.mean(column):.2f} ± {np.std(column):.2f}" for column in columns)
        print(f"| {area} (n={len(columns[0])}) | {line} |")


def strays(utterances: Sequence[Scored]) -> None:
    """How far a sentence strays, and the smallest real change of ten."""
    for name, shares in (("index", SHARES), ("dose", (1.0, 0.0, 0.0))):
        one = spread(utterances, shares)
        factor = 1.96 * np.sqrt(2) / np.sqrt(10)
        print(
            f"\n{name}: a sentence strays by {one.same_prompts:.3f} steps (same prompts) or "
            f"{one.other_prompts:.3f} (others); MDC95 of ten {factor * one.same_prompts:.3f}, "
            f"{factor * one.other_prompts:.3f}"
        )


def drifts(moved: Mapping[str, Sequence[tuple[float, Floats]]]) -> None:
    """How far the scales move in each condition."""
    print("\n| condition | n | index | closed velum | dose | target |\n|---|---|---|---|---|---|")
    for name, most in ({name: most for name, (_, most) in CONDITIONS.items()} | KINDS).items():
        steps = moved.get(name, ())
        if steps:
            both = np.array([move for _, move in steps])
            index, dose = both.mean(axis=0)
            closed = both[[area == 0.0 for area, _ in steps], 0].mean()
            print(
                f"| {name} | {len(steps)} | {index:+.3f} | {closed:+.3f} | {dose:+.3f} | {most} |"
            )


PARTS = ("velum", "people", "cognates", "speed")


def main() -> None:
    """Synthesise if asked, learn with speakers and sentences held out, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--vtl", help="a Python with vocaltractlab-cython, to make what is missing")
    parser.add_argument("--people", type=int, default=Settings().people, help="learned from")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    options = parser.parse_args()
    synthesise(options.data, options.vtl)
    nasometer = Nasometer.load()
    if "velum" in options.only:
        velum(options.data, Settings(people=options.people), nasometer.ear)
    if "people" in options.only:
        people(options.data, nasometer)
    if "cognates" in options.only:
        cognates(nasometer)
    if "speed" in options.only:
        speed(nasometer)


if __name__ == "__main__":
    main()
