"""Checks that files have passed: not repeated, and not believed of a file that has changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mondegreen.jobs.cache import CHECKED, NETWORKS, VARIABLE, Cache
from mondegreen.speech.ear import Ear
from mondegreen.weights import onnx_session
from mondegreen.weights.onnx_session import Port, open_session
from mondegreen.weights.passed_files import has_passed, once, remember

STATE = (1, 1, 128)
SILERO = Path(onnx_session.__file__).with_name("silero") / "silero.onnx"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test alone."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A file that was not changed for a while."""
    path = tmp_path / "weights"
    path.write_bytes(b"12345")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    return path


@pytest.fixture
def runs() -> list[int]:
    """One entry for each time that the check runs."""
    return []


def test_a_check_is_run_once(weights: Path, runs: list[int]) -> None:
    for check in ("first", "first", "second", "first", "second"):
        once(weights, check, lambda: runs.append(1))
    assert len(runs) == 2
    assert has_passed(weights, "first")
    assert not has_passed(weights, "third")


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(b"123456"),
        lambda path: os.utime(path, (1_000_000_000, 1_000_000_001)),
        lambda path: (path.rename(path.with_name("old")), path.write_bytes(b"54321"),
                      os.utime(path, (1_000_000_000, 1_000_000_000))),
    ],
    ids=["size", "time", "another file"],
)  # fmt: skip
def test_a_file_that_changed_is_checked_again(
    change: Callable[[Path], object], weights: Path, runs: list[int]
) -> None:
    once(weights, "first", lambda: runs.append(1))
    change(weights)
    assert not has_passed(weights, "first")
    once(weights, "first", lambda: runs.append(1))
    assert len(runs) == 2


def test_a_file_that_has_just_been_written_is_not_known_yet(
    tmp_path: Path, runs: list[int]
) -> None:
    """It may be written again within a tick of the clock, with as many bytes."""
    fresh = tmp_path / "fresh"
    fresh.write_bytes(b"12345")
    for _ in range(2):
        once(fresh, "first", lambda: runs.append(1))
    assert len(runs) == 2


def test_a_check_that_fails_is_not_remembered(weights: Path) -> None:
    def fail() -> None:
        raise ValueError("wrong")

    for _ in range(2):
        with pytest.raises(ValueError, match="wrong"):
            once(weights, "first", fail)


@pytest.mark.parametrize("junk", [b"", b"{", b'["a", [1, 2], "x"]', b"\xff\xfe"])
def test_a_damaged_record_is_none(weights: Path, cache: Path, runs: list[int], junk: bytes) -> None:
    once(weights, "first", lambda: runs.append(1))
    (record,) = cache.iterdir()
    record.write_bytes(junk)
    once(weights, "first", lambda: runs.append(1))
    assert len(runs) == 2
    assert has_passed(weights, "first")


def test_a_record_of_another_file_is_none(weights: Path, tmp_path: Path, cache: Path) -> None:
    remember(weights, "first")
    other = tmp_path / "other"
    other.write_bytes(b"12345")
    os.utime(other, (1_000_000_000, 1_000_000_000))
    remember(other, "second")
    one, two = cache.iterdir()
    content = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(content)
    assert not has_passed(weights, "first")
    assert not has_passed(weights, "second")


def opened(path: Path) -> list[object]:
    """What Silero's network gives for a second of noise."""
    noise = np.random.default_rng(0).normal(0, 0.1, (31, 512)).astype(np.float32)
    state = np.zeros(STATE, np.float32)
    network = open_session(
        path, "buy another",
        inputs=(Port("frames", ("N", 512)), Port("hidden", STATE), Port("cell", STATE)),
        outputs=(Port("speech", ("N",)),),
    )  # fmt: skip
    return [a.tolist() for a in network.run({"frames": noise, "hidden": state, "cell": state})]


def test_a_large_network_is_kept_as_it_was_made_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_session, "_LARGE", 1_000)
    calls: list[Path] = []
    runtime_session = onnx_session._runtime_session

    def noted(model: Path, options: object) -> object:
        calls.append(model)
        return runtime_session(model, options)

    monkeypatch.setattr(onnx_session, "_runtime_session", noted)
    path = tmp_path / "silero.onnx"
    path.write_bytes(SILERO.read_bytes())
    first, second = opened(path), opened(path)
    assert first == second
    assert calls[0] == path
    assert calls[1].suffix == f".{NETWORKS}"
    calls[1].write_bytes(b"damaged")
    assert opened(path) == first
    assert calls[2:] == [path]
    calls[1].write_bytes(b"junk" * 100)
    remember(calls[1], onnx_session._WHOLE)  # even where it is believed to be whole
    assert opened(path) == first
    assert calls[3:] == [calls[1], path]
    assert opened(path) == first
    assert calls[5:] == [calls[1]]


def test_the_same_frames_from_a_network_that_was_kept() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 48_000).astype(np.float32)
    hearings = [Ear.load().listen(noise) for _ in range(2)]
    assert Cache(NETWORKS).size()[0] == 1
    assert Cache(CHECKED).size()[0] > 1
    np.testing.assert_array_equal(hearings[0].frames, hearings[1].frames)
    np.testing.assert_array_equal(hearings[0].log_posteriors, hearings[1].log_posteriors)


def test_nothing_fails_without_a_place(monkeypatch: pytest.MonkeyPatch, weights: Path) -> None:
    monkeypatch.setenv(VARIABLE, "/proc/nowhere")
    once(weights, "first", lambda: None)
    assert not has_passed(weights, "first")
    assert len(Ear.load().encode(np.zeros(16_000, np.float32))) > 30
