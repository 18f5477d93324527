"""What tests share: speech made by voices that install with the project, and loaded engines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import settings

import mondegreen
from mondegreen.audio.samples import Samples, resample
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.jobs.cache import VARIABLE
from mondegreen.voices.voice import voice

# A busy machine is no reason to fail; speed is watched by benchmarks.
settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")


@lru_cache(maxsize=256)
def _speech(text: str, name: str) -> Samples:
    samples, rate = voice(name).speak(text, seed=1)
    return resample(samples, rate)


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What is compiled goes into a folder of this run; processes that tests start share it."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(folder))
        yield folder


@pytest.fixture(scope="session")
def say() -> Callable[..., Samples]:
    """`say(text)` gives 16 kHz mono samples of the built-in voice."""

    def speak(text: str, name: str = "hibari") -> Samples:
        return _speech(text, name)

    return speak


@pytest.fixture(scope="session")
def starter() -> GrammarEngine:
    """The starter grammar, loaded once. Tests that change an engine load their own."""
    return mondegreen.load("starter")


@pytest.fixture
def calls() -> Callable[[Callable[[], object], int], int]:
    """`calls(do, most)` is how many functions `do()` calls: its work, the same on any machine.

    It fails as soon as there are more than `most`. What `do()` raises goes through.
    """

    def count(do: Callable[[], object], most: int) -> int:
        total = 0

        def note(frame: object, event: str, argument: object) -> None:
            nonlocal total
            del frame, argument
            total += event in ("call", "c_call")
            if total > most:
                sys.setprofile(None)
                pytest.fail(f"more than {most:,} calls")

        before = sys.getprofile()
        sys.setprofile(note)
        try:
            do()
        finally:
            sys.setprofile(before)
        return total

    return count


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`install(name, code, group, points)` puts a package with entry points on the path.

    Its one module has the package's name; `points` holds lines such as "two = package:Two".
    """

    def add(name: str, code: str, group: str, *points: str) -> None:
        folder = tmp_path / f"packages-{name}"
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (folder / f"{name}.py").write_text(code, encoding="utf-8")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *points]) + "\n")
        monkeypatch.syspath_prepend(folder)
        monkeypatch.delitem(sys.modules, name, raising=False)

    return add
