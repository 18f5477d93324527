from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mondegreen.audio.samples import RATE, Samples, resample
from mondegreen.audio.write import write_audio
from mondegreen.data.manifest import write_manifest
from mondegreen.data.utterance import Utterance
from mondegreen.errors import DataError
from mondegreen.nasality.course import follow
from mondegreen.nasality.course_page import page, trend, verdict
from mondegreen.nasality.nasometer import Nasometer
from mondegreen.nasality.sessions import day_of, read_sessions

TEXTS = (
    "The baby ape held a red ball.",
    "Kids gave the goat a leaf of cabbage.",
    "A big black bear sat beside the gate.",
)
Nasally = Callable[[str, float], Samples]


def manifest_of(folder: Path, sessions: dict[str, list[Samples]]) -> Path:
    """A manifest as `record` writes it; more sounds than TEXTS are further takes."""
    rows = []
    for session, sounds in sessions.items():
        for number, samples in enumerate(sounds):
            name = f"{session}-{number}"
            write_audio(folder / f"{name}.wav", samples, RATE)
            text, take = TEXTS[number % len(TEXTS)], 1 + number // len(TEXTS)
            meta = {"session": session, "take": take}
            rows.append(Utterance(name, f"{name}.wav", text=text, speaker="ann", meta=meta))
    write_manifest(folder / "manifest.jsonl", rows)
    return folder


def test_a_change_of_the_velum_is_beyond_chance_and_none_is_within(
    tmp_path: Path, nasometer: Nasometer, say_nasally: Nasally
) -> None:
    oral = [say_nasally(text, 0.0) for text in TEXTS]
    nasal = [say_nasally(text, 1.0) for text in TEXTS]
    softer = [samples * np.float32(0.5) for samples in oral]
    folder = manifest_of(tmp_path, {"2026-10-01": oral, "2026-10-31": softer, "2026-11-30": nasal})
    course = follow(read_sessions(folder), nasometer)
    first, second, third = course.changes
    assert first.value.value == 0.0
    assert not second.beyond
    assert verdict(second) == "within chance"
    assert third.beyond
    assert verdict(third) == "more nasal"
    assert third.same_prompts
    assert third.value.low > second.value.high
    assert course.slope is not None
    assert course.per_month
    assert course.slope.value == pytest.approx(third.value.value / 2, rel=0.3)
    back = follow(read_sessions(folder), nasometer, baseline="2026-11-30")
    assert verdict(back.changes[0]) == "less nasal"
    html = page(course, "Ann <script>")
    assert "&lt;script&gt;" in html
    assert "more nasal" in html
    assert html.count("<circle") == 3
    assert trend(course) in html


def test_takes_said_again_give_a_test_and_a_retest(
    tmp_path: Path, nasometer: Nasometer, say_nasally: Nasally
) -> None:
    oral = [say_nasally(text, 0.0) for text in TEXTS]
    rng = np.random.default_rng(1)
    again = [s + rng.normal(0, 0.002, len(s)).astype(np.float32) for s in oral]
    folder = manifest_of(tmp_path, {"a": [*oral, *again], "b": oral})
    course = follow(read_sessions(folder), nasometer)
    assert course.repeats is not None
    assert course.repeats.pairs == 3
    assert 0.0 < course.repeats.sd < 0.3
    assert course.slope is None
    assert course.to_json()["test_retest"]["pairs"] == 3


def test_what_cannot_be_judged_is_left_out_and_named(
    tmp_path: Path, nasometer: Nasometer, say_nasally: Nasally
) -> None:
    oral = [say_nasally(text, 0.0) for text in TEXTS]
    silence = np.zeros(RATE, np.float32)
    folder = manifest_of(tmp_path, {"a": oral, "b": [*oral[:2], silence], "c": [silence]})
    lines: list[str] = []
    course = follow(read_sessions(folder), nasometer, say=lines.append)
    assert [judged.session.name for judged in course.sessions] == ["a", "b"]
    assert len(course.sessions[1].refused) == 1
    assert len(lines) == 2
    assert "found nobody speaking" in lines[0]
    folder = manifest_of(tmp_path, {"a": oral, "c": [silence]})
    with pytest.raises(DataError, match="expected two or more"):
        follow(read_sessions(folder), nasometer)


def test_two_speakers_are_no_course(tmp_path: Path) -> None:
    rows = [
        Utterance(str(i), "x.wav", text="x", speaker=who, meta={"session": str(i)})
        for i, who in enumerate(("ann", "bob"))
    ]
    write_manifest(tmp_path / "manifest.jsonl", rows)
    with pytest.raises(DataError, match=r"2 speakers \(ann, bob\), expected one"):
        read_sessions(tmp_path)


def test_an_unknown_baseline_and_a_missing_place_are_named(
    tmp_path: Path, nasometer: Nasometer, say_nasally: Nasally
) -> None:
    oral = [say_nasally(TEXTS[0], 0.0)]
    folder = manifest_of(tmp_path, {"a": oral, "b": oral})
    with pytest.raises(DataError, match="no session 'z'"):
        follow(read_sessions(folder), nasometer, baseline="z")
    with pytest.raises(DataError, match="no such folder or manifest"):
        read_sessions(tmp_path / "nowhere")


def test_dates_come_from_names() -> None:
    day = day_of("ann 2026-11-27 evening")
    assert day is not None
    assert day.isoformat() == "2026-11-27"
    assert day_of("first") is None
    assert day_of("2026-13-41") is None


def test_sessions_of_another_band_are_not_compared(
    tmp_path: Path, nasometer: Nasometer, say_nasally: Nasally
) -> None:
    oral = [say_nasally(text, 0.0) for text in TEXTS]
    nasal = [say_nasally(text, 1.0) for text in TEXTS]
    narrow = [resample(resample(samples, RATE, 8_000), 8_000) for samples in oral]
    sessions = {"2026-10-01": oral, "2026-10-31": narrow, "2026-11-30": nasal}
    course = follow(read_sessions(manifest_of(tmp_path, sessions)), nasometer)
    _, second, third = course.changes
    assert not second.same_band
    assert not second.beyond
    assert verdict(second) == "not comparable: another band"
    assert third.beyond
    assert course.slope is None
    assert course.to_json()["sessions"][1]["change"]["same_band"] is False
    assert "Record all of them alike" in page(course, "Ann")
    alike = {"2026-10-01": narrow, "2026-10-31": narrow, "2026-11-30": narrow}
    (tmp_path / "alike").mkdir()
    course = follow(read_sessions(manifest_of(tmp_path / "alike", alike)), nasometer)
    assert all(change.same_band for change in course.changes)
    assert course.slope is not None
    assert "band" in {doubt.name for doubt in course.sessions[0].result.doubts}
