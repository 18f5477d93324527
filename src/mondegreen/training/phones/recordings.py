"""People's speech for the phone reader: published recordings, with the phones that were most likely
said.

A set of recordings is a folder with `labels.jsonl` (see docs/formats.md). Its sentences are written
words; which of a word's pronunciations a speaker used is what a reader that exists already hears.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...audio.read import read_audio
from ...audio.samples import RATE, levelled
from ...errors import AudioError, DataError, GrammarError
from ...evaluate.error_rates import edit_distance
from ...jobs.job import Job, Result
from ...jobs.problems import Problems
from ...jobs.seeds import stable_seed
from ...jobs.shards import make_shards
from ...phonetics.inventory import PHONES
from ...phonetics.pronouncer import usual_pronouncer
from ...speech.alignment import align
from ...speech.ear import shipped_ear
from ...text.read_aloud import spoken_words
from .clips import digest_of

FOLDER = "people"
"""Of the training data: a folder for each set."""
MEASURED = "unseen-people"
"""Folder, among those that training makes, of the recordings it is measured with."""
VERSIONS = 2
"""Raise it when what becomes of a recording changes, for no run to mix two."""
UNHEARD_SETS = {"an4": 8}
"""Sets that are all for training, and one in how many of their speakers is kept for measuring."""

_LONGEST, _SHORTEST = 16.0, 0.25
"""Seconds of a recording: the memory that a batch needs grows with its longest."""
_MOST_WRONG = 0.85
"""Phones heard otherwise, per phone of the words, beyond which the words are taken for another
recording's. Of the recordings of each set 0 to 3 % are."""


@dataclass(frozen=True)
class Recording:
    """One recording and what is known of it."""

    name: str
    """Of the set."""
    path: Path
    text: str | None
    """What was said; None where nobody wrote it down."""
    speaker: str


def recordings(data: Path, *, measured: bool) -> list[Recording]:
    """The recordings to learn from, or those `measured` with, whose speakers are others.

    Raises DataError for a row that cannot be read.
    """
    rows = []
    for path in sorted((data / FOLDER).glob("*/labels.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                row = json.loads(line)
                audio, split = str(row["audio"]), row["split"]
            except (ValueError, KeyError, TypeError) as error:
                raise DataError(
                    f"{path}:{number}: expected an object with audio and split, found {line[:80]!r}"
                ) from error
            speaker = str(row.get("speaker", ""))
            few = UNHEARD_SETS.get(path.parent.name)
            is_measured = bool(few) and stable_seed("measured", speaker) % (few or 1) == 0
            if (split == "dev" or is_measured) == measured:
                rows.append(
                    Recording(path.parent.name, path.parent / audio, row.get("text"), speaker)
                )
    return rows


def plain_words(text: str) -> tuple[str, ...]:
    """The words of a published sentence as they are said; capitals throughout mean nothing."""
    return spoken_words(text.lower() if text.isupper() else text)


@dataclass(frozen=True)
class Label:
    """Listens to one recording and says which phones were said."""

    def __call__(self, recording: Recording) -> Result:
        samples = levelled(read_audio(recording.path).samples, 0.7)
        seconds = len(samples) / RATE
        if not _SHORTEST < seconds < _LONGEST:
            return Result({"left_out": f"{recording.path.name}: {seconds:.1f} s"})
        hearing = shipped_ear().listen(samples)
        text = recording.text if recording.text is not None else hearing.transcript()
        words = plain_words(text or "")
        try:
            aligned = align(hearing, words, usual_pronouncer())
        except (GrammarError, AudioError) as error:
            return Result({"left_out": f"{recording.path.name}: {error}"})
        phones = [PHONES.index(span.text) for span in aligned.phones]
        wrong = edit_distance(phones, hearing.free_phones()) / max(1, len(phones))
        if len(phones) < 2 or wrong > _MOST_WRONG:
            return Result({"left_out": f"{recording.path.name}: {wrong:.0%} sounds otherwise"})
        row = {"text": " ".join(words), "voice": recording.name, "phones": phones}
        return Result(row, np.round(samples * 32767).astype(np.int16).tobytes())


def build(data: Path, folder: Path, lock: Path, *, measured: bool, workers: int) -> None:
    """Label the recordings of `data` in `folder`; see `recordings`. What is there is kept.

    `lock` is the lock file of the working folder. Raises DataError when the folder holds others.
    """
    rows = recordings(data, measured=measured)
    about = {
        "made_by": f"mondegreen train phones, recordings {VERSIONS}",
        "recordings": digest_of(f"{row.name} {row.path.name} {row.text}" for row in rows),
        "reader": shipped_ear().reader.digest,
    }
    job = Job(folder, about, rows, len(rows), Label(), "recordings", keeps_data=True, part=64)
    make_shards(job, lock, workers=workers, problems=Problems())
