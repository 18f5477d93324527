"""Latency, memory and size of the run-time on this machine.

    python benchmarks/speed.py [--repeat N] [--intents FILE] [--peer PYTHON --peer-model FOLDER]

Every figure is the median of N runs on one thread, after one run to warm up; loading is measured in
a fresh process each time. Speech is made by the built-in voice, cut or filled with silence to 3 s.

The start of `hear` is measured in CPU seconds (user and system) of whole processes, with an empty
cache folder and with a full one: of the starter and, where `--intents` names the `data/en.json` of
the package home-assistant-intents, of Home Assistant's sentences with the names of a small home.

`--peer` is the Python of an environment that has faster-whisper, `--peer-model` a model converted
for it (CTranslate2). It writes down the same sound in turns with ours, on one thread, int8, with
its usual settings; both are counted in CPU time, which a busy machine changes least.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

os.environ.setdefault("OMP_NUM_THREADS", "1")

import mondegreen
from data_sets import HOME
from mondegreen.audio.samples import Samples, resample
from mondegreen.audio.write import write_audio
from mondegreen.engines.grammar.confidence import EVIDENCE
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.engines.logistic import Logistic
from mondegreen.jobs.cache import VARIABLE
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


HEAR = "from mondegreen.cli.main import run; run()"


def start_cpu(text: str, options: list[str], repeat: int) -> tuple[float, float]:
    """CPU seconds of `mondegreen hear` on one recording of `text`: cache empty, and filled.

    The first is one run, the second the median of `repeat`.
    """
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder, "speech.wav")
        samples, rate = voice("hibari").speak(text, seed=0)
        write_audio(recording, samples, rate)
        command = [sys.executable, "-c", HEAR, "hear", str(recording), "--no-act", *options]
        environment = {**os.environ, VARIABLE: str(Path(folder, "cache"))}
        seconds = []
        for _ in range(1 + repeat):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
            if done.returncode not in (0, 1):  # 1: not understood, which takes as long
                raise SystemExit(f"{' '.join(command)} gave {done.returncode}")
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return seconds[0], statistics.median(seconds[1:])


def report_starts(intents: Path | None, repeat: int) -> None:
    """Print what the start of `hear` costs."""
    text = "turn on the kitchen lights"
    cold, warm = start_cpu(text, [], repeat)
    print(f"hear, starter, CPU: cache empty {cold:.2f} s, filled {warm:.2f} s (target 0.5)")
    if intents is None:
        return
    cold, warm = start_cpu(text, ["-g", str(intents), "--home", str(HOME)], repeat)
    print(f"hear, Home Assistant, CPU: cache empty {cold:.2f} s, filled {warm:.2f} s (target 0.7)")


def report_peer(
    works: Mapping[str, Callable[[], object]], speech: Samples, peer: Path, model: Path, repeat: int
) -> None:
    """Print what our works cost beside faster-whisper, in turns on the same sound."""
    times: dict[str, list[float]] = {name: [] for name in works}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "speech.npy")
        np.save(path, speech, allow_pickle=False)
        script = Path(__file__).with_name("faster_whisper_peer.py")
        with subprocess.Popen(
            [peer, script, model, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        ) as other:  # fmt: skip
            assert other.stdin is not None
            assert other.stdout is not None
            theirs = []
            for _ in range(1 + repeat):
                print(file=other.stdin, flush=True)
                theirs.append(float(other.stdout.readline()))
                for name, work in works.items():
                    began = time.process_time()
                    work()
                    times[name].append(1000 * (time.process_time() - began))
            other.stdin.close()
    base = statistics.median(theirs[1:])
    print(f"faster-whisper, transcription alone, 3 s: median {base:.0f} ms of CPU time")
    for name, ours in times.items():
        middle, worst = statistics.median(ours[1:]), max(ours[1:])
        print(
            f"  {name}: median {middle:.0f} ms, {middle / base:.3f} of it (target 0.12); "
            f"worst {worst:.0f} ms, {worst / base:.2f} (target 0.3)"
        )


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
    parser.add_argument("--intents", type=Path, help="en.json of home-assistant-intents")
    parser.add_argument("--peer", type=Path, help="Python of an environment with faster-whisper")
    parser.add_argument("--peer-model", type=Path, help="folder of its model")
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
    report_starts(options.intents, 5)
    if options.peer is not None and options.peer_model is not None:
        works = {
            "understand": lambda: engine.understand(speech),
            "understand, in doubt": lambda: wary.understand(speech),
        }
        report_peer(works, speech, options.peer, options.peer_model, options.repeat)


if __name__ == "__main__":
    main()
