"""Encoder frames of a manifest, computed once: training reads them instead of encoding again.

A cache has a folder for each encoder, named by the hash of its weights, and in it one folder for
each run that found new recordings, `0000/` and on, with float16 frames in files that are mapped
into memory. Entries are found by a hash of the whole recording's bytes and the place in it, never
by a name or a date: a recording that changed has no frames yet, and never old ones.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ...audio.samples import levelled
from ...errors import DataError
from ...jobs.job import RECIPE, Job, Result
from ...jobs.lock import alone
from ...jobs.problems import Problems
from ...jobs.shards import INDEX, Mapped, Place, make_shards, read_index
from ...speech.ear import Ear
from ...speech.encoder import SpeechEncoder, load_encoder
from ..batching import padded, plan
from ..manifest import Manifest
from ..recording import utterance_samples
from ..utterance import Utterance

EAR = "ear"
"""Name for the encoder that the shipped phone reader listens through."""
_SHARD = 64
"""Utterances a file: 5 MB of frames."""

Frames = npt.NDArray[np.float16]


class Batch(NamedTuple):
    """Utterances side by side."""

    ids: list[str]
    frames: npt.NDArray[np.float32]
    """(B, T, size), zeros past each utterance's end."""
    lengths: npt.NDArray[np.int64]
    """(B,) frames of each."""


@lru_cache(maxsize=1)
def frames_encoder(name: str) -> SpeechEncoder:
    """The encoder of that name; EAR is the one the shipped ear uses."""
    return Ear.load().encoder if name == EAR else load_encoder(name)


@dataclass(frozen=True)
class Encode:
    """Encodes one utterance, brought to the level that encoders were trained at."""

    root: str
    encoder: str

    def __call__(self, item: tuple[str, Utterance]) -> Result:
        key, utterance = item
        samples = utterance_samples(Path(self.root), utterance)
        frames = frames_encoder(self.encoder).encode(levelled(samples)).astype(np.float16)
        return Result({"key": key, "frames": len(frames)}, frames.tobytes())


def keys(manifest: Manifest, problems: Problems) -> Iterator[tuple[str, Utterance]]:
    """Every utterance with a recording, and the hash its frames are found by."""
    hashes: dict[str, str] = {}
    for utterance in manifest:
        audio = utterance.audio
        if audio is None or not (manifest.root / audio).is_file():
            reason = "has no audio, only text" if audio is None else f"{audio} is missing"
            problems.report(utterance.id, reason)
            continue
        if audio not in hashes:
            with (manifest.root / audio).open("rb") as file:
                hashes[audio] = _digest(file)
        place = f"{hashes[audio]} {utterance.start!r} {utterance.duration!r}"
        if utterance.channel is not None:
            place += f" channel {utterance.channel}"
        yield hashlib.blake2b(place.encode(), digest_size=16).hexdigest(), utterance


def _digest(file: Any) -> str:
    total = hashlib.blake2b(digest_size=16)
    while block := file.read(1 << 20):
        total.update(block)
    return total.hexdigest()


def build(
    manifest: Manifest,
    folder: Path,
    *,
    name: str = EAR,
    workers: int = 1,
    problems: Problems | None = None,
) -> int:
    """Encode what the cache in `folder` does not hold yet; the number of utterances encoded.

    A run that was stopped goes on where it was. Recordings that cannot be read go to `problems`.
    Raises SettingsError for an unknown encoder, DataError for a recording that cannot be used, Busy
    when another process encodes into this cache.
    """
    problems = Problems() if problems is None else problems
    place = _place(folder, frames_encoder(name))
    utterances = dict(keys(manifest, problems))
    with alone(place, folder=True) as lock:
        encode = _Encoding(utterances, str(manifest.root), name, lock, workers, problems)
        encoded = _resume(place, encode)
        cached = {key for key, _ in _entries(place)}
        uncached = [key for key in utterances if key not in cached]
        if uncached:
            encoded += encode(place / f"{len(list(place.glob('[0-9]*'))):04d}", uncached)
    return encoded


def _place(folder: Path, ear: SpeechEncoder) -> Path:
    return folder / f"{ear.name}-{ear.digest[:16]}"


def _resume(place: Path, encode: _Encoding) -> int:
    """Finish a run that was stopped; one whose recordings are no longer there is thrown away."""
    for path in sorted(place.glob(f"[0-9]*/{RECIPE}")):
        if (path.parent / INDEX).exists():
            continue
        begun = json.loads(path.read_text(encoding="utf-8"))["keys"]
        if all(key in encode.utterances for key in begun):
            return encode(path.parent, begun)
        shutil.rmtree(path.parent)
    return 0


@dataclass(frozen=True)
class _Encoding:
    """How a run encodes, whatever is left to encode."""

    utterances: Mapping[str, Utterance]
    root: str
    encoder: str
    lock: Path
    workers: int
    problems: Problems

    def __call__(self, folder: Path, todo: Sequence[str]) -> int:
        """Encode the utterances of the keys `todo` into `folder`; how many could be."""
        items = ((key, self.utterances[key]) for key in todo)
        recipe = {"encoder": frames_encoder(self.encoder).digest, "keys": list(todo)}
        work = Encode(self.root, self.encoder)
        job = Job(folder, recipe, items, len(todo), work, "encoding", keeps_data=True, part=_SHARD)
        return make_shards(job, self.lock, workers=self.workers, problems=self.problems)


def _entries(place: Path) -> Iterator[tuple[str, Place]]:
    """Key and place of all that is encoded."""
    for index in sorted(place.glob(f"[0-9]*/{INDEX}")):
        for row, where in read_index(index.parent):
            yield row["key"], where


class FrameCache(Mapping[str, Frames]):
    """The frames `(T, size)` float16 of each utterance of a manifest, by its id, still on disk."""

    def __init__(self, entries: Mapping[str, Place], size: int) -> None:
        """Use `open`."""
        self._entries = entries
        self.size = size
        """Length of one frame's vector."""
        self._files = Mapped()

    @classmethod
    def open(cls, folder: Path, manifest: Manifest, *, name: str = EAR) -> FrameCache:
        """The cache in `folder`, for the utterances of `manifest` as their recordings are now.

        Raises DataError when some of them have no frames by this encoder.
        """
        ear = frames_encoder(name)
        encoded = dict(_entries(_place(folder, ear)))
        entries: dict[str, Place] = {}
        missing = 0
        for key, utterance in keys(manifest, Problems()):
            if key in encoded:
                entries[utterance.id] = encoded[key]
            else:
                missing += 1
        if missing:
            raise DataError(
                f"{folder}: {missing} of {len(manifest)} utterances have no frames by {ear.name} "
                f"here; run: mondegreen data frames {manifest.name} -o {folder}"
            )
        return cls(entries, ear.size)

    def __getitem__(self, identity: str) -> Frames:
        frames: Frames = self._files[self._entries[identity]].view(np.float16)
        return frames.reshape(-1, self.size)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def batches(self, *, frames: int, seed: int) -> Iterator[Batch]:
        """Every utterance once, in batches of similar length and at most `frames` padded frames.

        Another `seed` is another order: give each epoch its own.
        """
        ids = list(self._entries)
        lengths = [entry.size // (2 * self.size) for entry in self._entries.values()]
        for members in plan(lengths, frames=frames, seed=seed):
            batch_ids = [ids[i] for i in members]
            yield Batch(batch_ids, *padded([self[identity] for identity in batch_ids]))


__all__ = ["EAR", "Batch", "FrameCache", "build", "frames_encoder"]
