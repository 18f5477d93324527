"""Recordings made worse on purpose: noise, babble, rooms, lines, codecs and levels, on disk.

What a clip becomes follows from the seed, the utterance's id and the version alone. Training that
worsens speech on the fly calls the same `audio.conditions.worsened`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ...audio.samples import RATE, Samples
from ...audio.worse.codecs import CODECS
from ...audio.worse.conditions import Applied, Conditions, worsened
from ...audio.worse.noises import NoiseBank
from ...errors import DataError, SettingsError
from ...jobs.job import Result
from ...jobs.problems import Problems
from ...jobs.seeds import stable_seed
from ...version import __version__
from ..manifest import Manifest
from ..recording import utterance_samples
from ..utterance import Utterance, to_row
from .derive import Version, derive, identity_of, word_times, write_recording

BABBLERS = 200
"""Utterances of each split that talk in the background."""


@dataclass(frozen=True)
class Worsener:
    """Writes one worse version of one utterance as a FLAC file."""

    root: str
    folder: str
    conditions: Conditions
    noise: tuple[str, ...]
    """Folders of recorded noise."""
    babblers: Mapping[str | None, tuple[Utterance, ...]]
    """Other speech by split: a test sentence in the background of training would be a leak."""
    versions: int
    seed: int

    def __call__(self, item: Version) -> Result:
        utterance, version = item
        rng = np.random.default_rng(stable_seed("augment", self.seed, utterance.id, version))
        speech = utterance_samples(Path(self.root), utterance)
        bank = _bank(self.noise) if self.noise else None
        samples, applied = worsened(
            speech, rng, self.conditions, bank, lambda rng: self._others(utterance, rng)
        )
        identity = identity_of(utterance, version, self.versions)
        audio = write_recording(Path(self.folder), identity, samples)
        worse = msgspec.structs.replace(
            utterance,
            id=identity,
            audio=audio,
            start=0.0,
            duration=len(samples) / RATE,
            noise=applied.noise,
            meta={**utterance.meta, "clean": utterance.id, **_meta(utterance, applied)},
        )
        return Result(to_row(worse))

    def _others(self, utterance: Utterance, rng: np.random.Generator) -> Sequence[Samples]:
        """Some of the split's other utterances; none where there are not enough to babble."""
        pool = [u for u in self.babblers.get(utterance.split, ()) if u.id != utterance.id]
        if not pool:
            return ()
        places = rng.integers(len(pool), size=min(8, len(pool)))
        return [utterance_samples(Path(self.root), pool[int(i)]) for i in places]


@lru_cache(maxsize=1)
def _bank(folders: tuple[str, ...]) -> NoiseBank:
    return NoiseBank([Path(folder) for folder in folders])


def _meta(utterance: Utterance, applied: Applied) -> dict[str, Any]:
    meta: dict[str, Any] = {"effects": applied.effects}
    if applied.speed != 1.0:
        meta["tape_speed"] = round(applied.speed, 4)
    words = [
        msgspec.structs.replace(
            word,
            start=round(word.start / applied.speed + applied.offset, 4),
            end=round(word.end / applied.speed + applied.offset, 4),
        )
        for word in word_times(utterance)
    ]
    if words:
        meta["words"] = msgspec.to_builtins(words)
    return meta


def check_conditions(conditions: Conditions) -> None:
    """Raise SettingsError for a share outside 0 to 1, a range upside down or an unknown codec."""
    for name, value in asdict(conditions).items():
        if isinstance(value, float) and not 0 <= value <= 1:
            raise SettingsError(f"{name}: found {value}, expected a share from 0 to 1")
        if name != "codecs" and isinstance(value, tuple) and not value[0] <= value[1]:
            raise SettingsError(f"{name}: found {value[0]}:{value[1]}, expected LOW:HIGH")
    for name in ("speed", "peak"):
        if getattr(conditions, name)[0] <= 0:
            raise SettingsError(f"{name}: expected more than 0")
    for codec in conditions.codecs:
        if codec not in CODECS:
            raise SettingsError(f"unknown codec {codec!r}; known codecs: {', '.join(CODECS)}")


def augment(
    manifest: Manifest,
    folder: Path,
    conditions: Conditions,
    *,
    noise: Sequence[Path] = (),
    versions: int = 1,
    seed: int = 1,
    workers: int = 1,
    problems: Problems | None = None,
) -> Manifest:
    """Write `versions` worse copies of every recording of a manifest into `folder`; its manifest.

    A run that was stopped goes on where it was. Recordings that cannot be read go to `problems`.
    Raises SettingsError for impossible conditions, DataError for a folder without noise, for a
    `folder` that holds something else, or when nothing could be read, Busy when another process
    works there.
    """
    check_conditions(conditions)
    recipe = {
        "made_by": f"mondegreen {__version__} data augment",
        "conditions": asdict(conditions),
        "noise": sorted(path.name for path in NoiseBank(noise).paths),
        "seed": seed,
    }

    def work() -> Worsener:
        return Worsener(
            str(manifest.root),
            str(folder),
            conditions,
            tuple(map(str, noise)),
            _babblers(manifest, seed),
            versions,
            seed,
        )

    return derive(
        manifest,
        folder,
        recipe,
        work,
        versions=versions,
        what="worsening",
        workers=workers,
        problems=Problems() if problems is None else problems,
    )


def _babblers(manifest: Manifest, seed: int) -> dict[str | None, tuple[Utterance, ...]]:
    """A few readable utterances of each split, without what babble does not need."""
    out: dict[str | None, tuple[Utterance, ...]] = {}
    for split in sorted(set(manifest.column("split")), key=str):
        good: list[Utterance] = []
        for utterance in manifest.where(split=split).shuffled(seed):
            if len(good) == BABBLERS:
                break
            try:
                utterance_samples(manifest.root, utterance)
            except DataError:
                continue  # reported when its own turn comes
            good.append(
                Utterance(
                    id=utterance.id,
                    audio=utterance.audio,
                    start=utterance.start,
                    duration=utterance.duration,
                    channel=utterance.channel,
                )
            )
        out[split] = tuple(good)
    return out


__all__ = ["Worsener", "augment", "check_conditions"]
