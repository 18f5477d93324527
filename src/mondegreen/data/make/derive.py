"""A manifest made out of another one: its folder, its recordings, and what its rows tell."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from ...audio.samples import RATE, Samples
from ...audio.write import write_audio
from ...errors import DataError
from ...jobs.job import Job, Work, clear, finished, run
from ...jobs.lock import alone
from ...jobs.problems import Problems
from ..manifest import Manifest, write_manifest
from ..utterance import Utterance
from .align import Timed

MANIFEST = "manifest.jsonl"
SKIPPED = "skipped.jsonl"
"""Utterances that could not be used, with the reason; only there when there are some."""

Version = tuple[Utterance, int]
"""An utterance of the source, and which of its versions is to be made."""


def derive(
    manifest: Manifest,
    folder: Path,
    recipe: Mapping[str, Any],
    work: Callable[[], Work[Version]],
    *,
    versions: int,
    what: str,
    workers: int,
    problems: Problems,
) -> Manifest:
    """Make `versions` of every utterance of a manifest in `folder`; the manifest of what was made.

    `recipe` is everything (JSON) that the result depends on beside the source; `work`, which is
    asked for when there is something to do, gives what makes a version; `what` the progress bar
    says. A run that was stopped goes on where it was. Raises Busy when another process works in the
    folder, DataError when it holds something made otherwise, or nothing could be made.
    """
    whole = {**recipe, "manifest": manifest.digest(), "versions": versions}
    with alone(folder, folder=True) as lock:
        if not finished(folder, whole, MANIFEST):
            items = ((utterance, v) for utterance in manifest for v in range(versions))
            job = Job(folder, whole, items, len(manifest) * versions, work(), what)
            rows = run(job, lock, workers=workers, problems=problems)
            utterances = (msgspec.convert(row, Utterance) for row in rows)
            if not write_manifest(folder / MANIFEST, utterances):
                (folder / MANIFEST).unlink()
                raise DataError(f"{folder}: none of the {job.total} utterances could be used")
            if problems.rows:
                problems.write(folder / SKIPPED)
            clear(folder)
    return Manifest.open(folder / MANIFEST)


def identity_of(utterance: Utterance, version: int, versions: int) -> str:
    """The id of a version: that of the source where there is only one."""
    return utterance.id if versions == 1 else f"{utterance.id}-{version}"


def write_recording(folder: Path, identity: str, samples: Samples) -> str:
    """Write `samples (N,)` at 16 kHz as a FLAC file below `folder`; its path in the manifest."""
    audio = Path("audio", file_name(identity))
    place = folder / audio
    place.parent.mkdir(parents=True, exist_ok=True)
    # One of thousands, of which the job's journal does not wait for the disk either.
    write_audio(place, samples, RATE, lasting=False)
    return audio.as_posix()


def file_name(identity: str) -> str:
    """A file for an utterance, whatever is in its id, in one of 256 folders."""
    digest = hashlib.blake2b(identity.encode(), digest_size=6).hexdigest()
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", identity)[:80].lstrip(".-")
    stem = plain if plain == identity else f"{plain or 'utterance'}-{digest}"
    return f"{digest[:2]}/{stem}.flac"


def word_times(utterance: Utterance) -> tuple[Timed, ...]:
    """The word times that synthesis left with an utterance; none for other utterances."""
    return msgspec.convert(utterance.meta.get("words", ()), tuple[Timed, ...])


__all__ = [
    "MANIFEST", "SKIPPED", "Version", "derive", "file_name", "identity_of", "word_times",
    "write_recording",
]  # fmt: skip
