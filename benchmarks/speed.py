"""Latency, memory and size of the run-time on this machine.

    python benchmarks/speed.py [--repeat N]

Every figure is the median of N runs on one thread, after one run to warm up; loading is measured in
a fresh process each time. Speech is made by the built-in voice, cut or filled with silence to 3 s.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

os.environ.setdefault("OMP_NUM_THREADS", "1")

import mondegreen
from mondegreen.audio.samples import Samples, resample
from mondegreen.engines.grammar.confidence import EVIDENCE, Logistic
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.types import Final
from mondegreen.voices import voice

LOAD = """
import time; began = time.perf_counter()
import mondegreen; engine = mondegreen.load("starter")
took = time.perf_counter() - began
import json, pathlib, re, numpy as np
def peak():
    # Not getrusage: its peak is carried over from the process that started this one.
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) / 1024
speech = np.load({path!r})
engine.understand(speech)
once = peak()
engine.ear.write_down(engine.ear.attend(speech))
print(json.dumps([took, once, peak()]))
"""


def three_seconds(text: str) -> Samples:
    """Speech in exactly 3 s of audio."""
    samples, rate = voice("hibari").speak(text, seed=0)
    speech = resample(samples, rate)[:48_000]
    return np.pad(speech, (0, 48_000 - len(speech)))


def median_ms(work: Callable[[], object], repeat: int) -> tuple[float, float]:
    """Median and worst milliseconds of `work`."""
    work()
    times = []
    for _ in range(repeat):
        began = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times), max(times)


def stream_tail(engine: GrammarEngine, speech: Samples) -> float:
    """Compute time in ms from the chunk that ends the speech to the final result."""
    audio = np.concatenate([np.zeros(16_000, np.float32), speech, np.zeros(24_000, np.float32)])
    with engine.stream() as stream:
        for start in range(0, len(audio), 1600):
            began = time.perf_counter()
            events = stream.feed(audio[start : start + 1600])
            if any(isinstance(e, Final) for e in events):
                return 1000 * (time.perf_counter() - began)
    raise SystemExit("the stream gave no final result")


def always_in_doubt(engine: GrammarEngine) -> GrammarEngine:
    """The engine, made to ask for a second opinion on every reading."""
    undecided = Logistic((0.0,) * len(EVIDENCE), 0.0)
    return replace(engine, calibration=replace(engine.calibration, alone=undecided))


def fresh_load(speech: Samples) -> tuple[float, float, float]:
    """Seconds to import and load in a fresh process, and its peak memory in MB.

    Memory after one clear utterance, and after the transcriber was needed as well.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "speech.npy"))
        np.save(path, speech, allow_pickle=False)
        command = [sys.executable, "-c", LOAD.format(path=path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    took, clear, doubtful = json.loads(done.stdout)
    return float(took), float(clear), float(doubtful)


def installed_megabytes() -> float:
    """Size of what `pip install mondegreen` brings, this package included, without extras.

    In millions of bytes of files; `du -sm` counts blocks in units of 1,048,576.
    """
    source = Path(mondegreen.__file__).resolve().parent
    todo = ["mondegreen"]
    total = sum(p.stat().st_size for p in source.rglob("*") if p.is_file())
    seen: set[str] = set()
    while todo:
        name = todo.pop().lower().replace("_", "-")
        if name in seen:
            continue
        seen.add(name)
        try:
            package = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        for file in package.files or ():
            path = Path(str(package.locate_file(file))).resolve()
            if path.is_file() and not path.is_relative_to(source):
                total += path.stat().st_size
        for need in package.requires or ():
            if "extra ==" not in need:
                todo.append(re.split(r"[^A-Za-z0-9._-]", need, maxsplit=1)[0])
    return total / 1e6


def main() -> None:
    """Measure and print one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=20)
    options = parser.parse_args()
    speech = three_seconds("turn on the lights in the living room please")
    engine = GrammarEngine.load("starter")
    middle, worst = median_ms(lambda: engine.understand(speech), options.repeat)
    print(f"understand, 3 s, starter: median {middle:.0f} ms, worst {worst:.0f} ms")
    wary = always_in_doubt(engine)
    middle, worst = median_ms(lambda: wary.understand(speech), options.repeat)
    print(f"the same, in doubt: median {middle:.0f} ms, worst {worst:.0f} ms")
    tails = [stream_tail(engine, speech) for _ in range(options.repeat)]
    middle, worst = statistics.median(tails), max(tails)
    print(f"stream, end of speech to result: median {middle:.0f} ms, worst {worst:.0f} ms")
    loads = [fresh_load(speech) for _ in range(5)]
    print(f"import + load: median {statistics.median(x[0] for x in loads):.2f} s")
    print(f"peak memory after one utterance: {max(x[1] for x in loads):.0f} MB")
    print(f"  and after one in doubt: {max(x[2] for x in loads):.0f} MB")
    print(f"installed: {installed_megabytes():.0f} MB")


if __name__ == "__main__":
    main()
