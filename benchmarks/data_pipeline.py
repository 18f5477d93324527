"""How fast data is made and read: synthesis and encoding, batches from the cache, big manifests.

    python benchmarks/data_pipeline.py TEXTS.jsonl --work DIR [--utterances 10000] [--workers 2]

TEXTS holds a `text` (and, if it likes, an `intent`) on each line. Speech is by hibari alone.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from data_sets import rows_of
from mondegreen.data.make.frame_cache import FrameCache, build
from mondegreen.data.make.synthesize import Manner, synthesize
from mondegreen.data.manifest import Manifest, write_manifest
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.jobs.problems import Problems

ROWS = 1_000_000


def texts(path: Path, count: int) -> Manifest:
    """The first `count` texts, from the beginning again when there are fewer."""
    rows = rows_of(path)
    return Manifest.of(
        Utterance(
            id=f"u{i}", text=rows[i % len(rows)]["text"], intent=rows[i % len(rows)].get("intent")
        )
        for i in range(count)
    )


def speech(source: Manifest, work: Path, workers: int) -> Manifest:
    """Time synthesis and encoding end to end, with nothing of an earlier run in the way."""
    for name in ("speech", "frames"):
        shutil.rmtree(work / name, ignore_errors=True)
    problems = Problems(skip=True)
    began = time.monotonic()
    manifest = synthesize(
        source, work / "speech", Manner(("hibari",)), workers=workers, problems=problems
    )
    spoken = time.monotonic()
    build(manifest, work / "frames", workers=workers)
    ended = time.monotonic()
    seconds = sum(u.duration or 0.0 for u in manifest)
    print(
        f"{len(manifest)} utterances ({len(problems.rows)} skipped), {seconds:.0f} s of speech, "
        f"{workers} workers: synthesis with word times {spoken - began:.0f} s, encoding "
        f"{ended - spoken:.0f} s; {seconds / (ended - began):.0f}x real time end to end"
    )
    return manifest


def batches(manifest: Manifest, work: Path) -> None:
    """Time an epoch of batches, the files in the page cache, on one thread."""
    cache = FrameCache.open(work / "frames", manifest)
    seconds = sum(u.duration or 0.0 for u in manifest)
    for epoch in range(2):
        began = time.monotonic()
        count = sum(len(batch.ids) for batch in cache.batches(frames=8_192, seed=epoch))
        took = time.monotonic() - began
    print(f"batches of {count} utterances from the cache: {seconds / took:.0f}x real time")


def million(work: Path) -> None:
    """Time opening, filtering and reading a manifest of a million rows."""
    path = work / "million.jsonl"
    if not path.exists():
        write_manifest(path, _rows())
    began = time.monotonic()
    manifest = Manifest.open(path)
    chosen = manifest.where(intent="intent3")
    words = sum(len(utterance.text.split()) for utterance in manifest)
    took = time.monotonic() - began
    # Mapped pages of the file count here although the system may drop them at any time.
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"manifest of {len(manifest):,} rows ({path.stat().st_size / 1e6:.0f} MB): opened, "
        f"filtered by intent ({len(chosen)} left) and read ({words:,} words) in {took:.1f} s; "
        f"{memory:.0f} MB resident at most"
    )


def _rows() -> Iterator[Utterance]:
    slots = (SlotLabel("place", "living room", 18, 29), SlotLabel("colour", "red", 49, 52))
    for i in range(ROWS):
        yield Utterance(
            id=f"u{i:07d}",
            audio=f"audio/{i % 1000:03d}/u{i:07d}.flac",
            duration=2.5 + i % 7 * 0.1,
            text="turn the light in the living room to a warm shade of red please",
            intent=f"intent{i % 64}",
            slots=slots,
            speaker=f"s{i % 97}",
            split=("train", "dev", "test")[i % 3],
            meta={"template": "turn the light in the {place} to a warm shade of {colour} please"},
        )


def main() -> None:
    """Run all three and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("texts", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="folder for speech and frames")
    parser.add_argument("--utterances", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    million(options.work)  # first, while nothing else has filled this process
    manifest = speech(texts(options.texts, options.utterances), options.work, options.workers)
    batches(manifest, options.work)


if __name__ == "__main__":
    main()
