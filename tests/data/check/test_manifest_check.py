"""Every kind of mistake is found in data that has it, and none in data that has not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.audio.samples import RATE
from mondegreen.data.check.findings import KINDS
from mondegreen.data.check.manifest_check import Report, check
from mondegreen.data.check.recording_faults import clipped_frames
from mondegreen.data.manifest import Manifest, to_line, write_manifest
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError

Say = Callable[..., np.ndarray]


def write(folder: Path, *rows: Utterance) -> Path:
    write_manifest(folder / "m.jsonl", rows)
    return folder / "m.jsonl"


def kinds(report: Report) -> dict[str, int]:
    return {finding.kind: finding.count for finding in report.findings}


def example(report: Report, kind: str) -> tuple[int | None, str]:
    (finding,) = [f for f in report.findings if f.kind == kind]
    return finding.examples[0]


def row(number: int, text: str = "", intent: str | None = "a", **fields: object) -> Utterance:
    text = text or f"sentence number {number}"
    return Utterance(id=f"u{number}", text=text, intent=intent, **fields)  # type: ignore[arg-type]


def test_good_texts_have_nothing_wrong(tmp_path: Path) -> None:
    rows = [row(n, split="train" if n < 8 else "test", speaker=f"s{n // 4}") for n in range(12)]
    report = check(write(tmp_path, *rows))
    assert report.findings == []
    assert (report.utterances, report.recordings) == (12, 0)


def test_rows_that_cannot_be_used_are_all_listed(tmp_path: Path) -> None:
    lines = [to_line(row(0)), b"{\n", b"\n", b'{"id": 3}\n', to_line(row(1)), to_line(row(0))]
    path = tmp_path / "m.jsonl"
    path.write_bytes(b"".join(lines))
    report = check(path)
    assert kinds(report) == {"row": 3}
    examples = report.findings[0].examples
    assert [place.line for place in examples] == [2, 4, 6]
    assert "not JSON" in examples[0].detail
    assert "id 'u0' is that of line 1" in examples[2].detail
    assert report.count("error") == 3


def test_what_is_no_manifest_raises(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such manifest"):
        check(tmp_path / "none.jsonl")


def test_texts(tmp_path: Path) -> None:
    rows = [
        Utterance("none", intent="a"),
        row(1, "включи свет"),
        row(2, "lights off", slots=(SlotLabel("what", "lamp", 0, 6),)),
        row(3, "red lamp", slots=(SlotLabel("x", "red lamp", 0, 8), SlotLabel("y", "lamp", 4, 8))),
        row(4, "Déjà vu", slots=(SlotLabel("title", "déjà vu", 0, 7),)),
    ]
    report = check(write(tmp_path, *rows))
    assert kinds(report) == {"empty": 1, "script": 1, "slots-overlap": 1, "slot-words": 1}
    assert example(report, "script")[1].startswith("Cyrillic")
    assert example(report, "slot-words") == (3, "what: 'lights' means 'lamp'")


def test_labels(tmp_path: Path) -> None:
    rows = [row(n, split="train") for n in range(40)]
    rows += [
        row(40, intent="b", split="train"),
        row(41, intent="c", split="test", slots=(SlotLabel("x", "1"),)),
        row(42, intent="c", split="test"),
        row(43, intent=None),
    ]
    report = check(write(tmp_path, *rows))
    assert kinds(report) == {
        "no-intent": 1, "no-split": 1, "single": 1, "untrained": 2, "unbalanced": 1,
    }  # fmt: skip
    assert example(report, "single") == (41, "b")
    untrained = next(f for f in report.findings if f.kind == "untrained")
    assert untrained.examples == [(42, "intent c"), (42, "slot x")]
    assert report.labels is not None
    assert (report.labels.largest, report.labels.smallest) == (40, 1)
    # -(40/43 ln 40/43 + 1/43 ln 1/43 + 2/43 ln 2/43) = 0.29742 nats
    assert report.labels.effective == pytest.approx(np.exp(0.29742), abs=1e-3)


def test_a_mixture_speaks_with_the_voices_in_it(tmp_path: Path) -> None:
    rows = [
        row(0, "stop", split="train", speaker="kokoro-af_sky"),
        row(1, "louder", split="test", speaker="kokoro-af_sky+bm_george"),
        row(2, "go on", split="dev", speaker="kokoro-am_adam"),
    ]
    assert kinds(check(write(tmp_path, *rows))) == {"speaker-leak": 1}


def test_the_same_sentence_and_speaker_in_two_splits(tmp_path: Path) -> None:
    rows = [
        row(0, "Play, some JAZZ!", split="train", speaker="ann"),
        row(1, "stop", split="train", speaker="ann"),
        row(2, "play some jazz", split="test", speaker="bob"),
        row(3, "stop", split="train", speaker="cem"),
        row(4, "louder", split="dev", speaker="ann"),
    ]
    report = check(write(tmp_path, *rows))
    assert kinds(report) == {"sentence-leak": 1, "speaker-leak": 1}
    assert example(report, "sentence-leak") == (
        1,
        "'Play, some JAZZ!' (train) and line 3 (test)",
    )
    assert example(report, "speaker-leak") == (1, "'ann' (train) and line 5 (dev)")


def test_a_division_by_unseen_value_that_training_knows(tmp_path: Path) -> None:
    def play(number: int, title: str, split: str, **meta: str) -> Utterance:
        slots = (SlotLabel("title", title, 5, 5 + len(title)),)
        return row(number, f"play {title}", slots=slots, split=split, meta=meta)

    good = [
        play(0, "africa", "train"),
        play(1, "kashmir", "test_unseen", unseen_pair="p"),
        row(2, "stop", split="train"),
    ]
    assert "unseen" in kinds(check(write(tmp_path, *good)))  # the pair has no seen half
    bad = [*good, row(3, "is kashmir good", split="train")]
    line, detail = example(check(write(tmp_path, *bad)), "unseen")
    assert line is None
    assert "u1" in detail


@pytest.fixture
def folder(tmp_path: Path, say: Say) -> Path:
    sf.write(tmp_path / "good.wav", say("play some jazz"), RATE)
    return tmp_path


def sound(folder: Path, samples: np.ndarray, rate: int = RATE, **fields: object) -> Report:
    sf.write(folder / "x.wav", samples, rate, subtype="PCM_16")
    return check(write(folder, Utterance("x", audio="x.wav", text="play", **fields)))  # type: ignore[arg-type]


def test_good_sound_has_nothing_wrong(folder: Path, say: Say) -> None:
    samples = say("play some jazz")
    report = sound(folder, samples, duration=round(len(samples) / RATE, 2))
    assert report.findings == []
    assert report.recordings == 1


def test_recordings_that_cannot_be_read(folder: Path) -> None:
    (folder / "empty.wav").write_bytes(b"")
    (folder / "text.wav").write_text("no sound at all")
    bad = np.zeros(RATE, np.float32)
    bad[100] = np.nan
    sf.write(folder / "nan.wav", bad, RATE, subtype="FLOAT")
    names = ["missing.wav", "empty.wav", "text.wav", "nan.wav"]
    rows = [Utterance(name, audio=name, text="play") for name in names]
    report = check(write(folder, *rows))
    assert kinds(report) == {"unreadable": 4}
    for (line, detail), name in zip(report.findings[0].examples, names, strict=True):
        assert detail.startswith(f"{name}: "), "the path as the manifest has it"
        assert line == names.index(name) + 1


def test_lengths(folder: Path, say: Say) -> None:
    seconds = len(say("play some jazz")) / RATE
    place = {"audio": "good.wav", "text": "play"}
    rows = [
        Utterance("ok", duration=seconds / 2, **place),  # type: ignore[arg-type]
        Utterance("past", duration=seconds + 0.2, **place),  # type: ignore[arg-type]
        Utterance("after", start=seconds + 1, **place),  # type: ignore[arg-type]
        Utterance("tiny", duration=0.02, **place),  # type: ignore[arg-type]
        Utterance("short", start=0.3, duration=0.15, **place),  # type: ignore[arg-type]
    ]
    kinds_there = kinds(check(write(folder, *rows)))
    kinds_there.pop("no-speech", None)  # nobody can tell in 0.15 s
    # All lie at the recording's beginning but the two that do not: one note for each but the first.
    assert kinds_there == {"past-end": 2, "too-short": 1, "short": 1, "same-sound": 3}
    alone = check(write(folder, rows[0]))
    assert kinds(alone) == {"duration": 1}
    assert example(alone, "duration")[1].startswith("good.wav: states ")


def test_an_hour_is_too_long(tmp_path: Path) -> None:
    sf.write(tmp_path / "x.flac", np.zeros(3_700 * 4_000, np.int16), 4_000)
    report = check(write(tmp_path, Utterance("x", audio="x.flac", text="play")))
    assert kinds(report) == {"too-long": 1, "format": 1}


def test_levels(folder: Path, say: Say) -> None:
    speech = say("play some jazz")
    assert kinds(sound(folder, speech * (0.005 / np.abs(speech).max()))) == {"quiet": 1}
    assert kinds(sound(folder, speech * (0.0005 / np.abs(speech).max()))) == {"silent": 1}
    assert kinds(sound(folder, speech * 0.5 + 0.03)) == {"offset": 1}
    hum = 0.3 * np.sin(2 * np.pi * 50 * np.arange(RATE) / RATE)
    assert kinds(sound(folder, hum)) == {"no-speech": 1}


def test_levels_are_those_of_the_channel(folder: Path, say: Say) -> None:
    speech = say("play some jazz")
    speech *= 0.5 / np.abs(speech).max()
    faint, hot = 0.01 * speech, 0.9 * np.clip(6 * speech, -1, 1)
    sf.write(folder / "call.wav", np.stack([speech, faint, hot], axis=1), RATE)
    rows = [Utterance(f"{n}", audio="call.wav", text="play some jazz", channel=n) for n in range(4)]
    assert kinds(check(write(folder, rows[0]))) == {"format": 1}
    assert kinds(check(write(folder, rows[1]))) == {"format": 1, "quiet": 1}
    assert kinds(check(write(folder, rows[2]))) == {"format": 1, "clipped": 1}
    report = check(write(folder, rows[3]))
    assert kinds(report) == {"format": 1, "channel": 1}
    assert example(report, "channel") == (1, "call.wav: channel 3 of 3, counted from 0")


def test_what_a_mix_hides_is_said(folder: Path, say: Say) -> None:
    speech = 0.5 * say("play some jazz")
    tracks = np.stack([speech + 0.05, speech - 0.05, np.zeros_like(speech)], axis=1)
    sf.write(folder / "array.wav", tracks, RATE)
    report = check(write(folder, Utterance("a", audio="array.wav", text="play some jazz")))
    assert kinds(report) == {"format": 1, "dead-channel": 1, "offset": 2}
    assert example(report, "dead-channel")[1].startswith("array.wav: channel 2: the peak is 0")


@pytest.mark.parametrize("rate", [16_000, 44_100])
@pytest.mark.parametrize("after", [1.0, 0.6])
def test_clipping_is_found_at_any_level_and_rate(
    folder: Path, say: Say, rate: int, after: float
) -> None:
    from mondegreen.audio.samples import resample

    speech = resample(say("play some jazz"), RATE, rate)
    speech = speech / np.abs(speech).max()
    assert "clipped" not in kinds(sound(folder, speech * after, rate))
    loud = np.clip(3 * speech, -1, 1) * after
    assert kinds(sound(folder, loud, rate))["clipped"] == 1


@given(st.integers(0, 40), st.integers(3, 9), st.booleans())
def test_clipped_frames_are_exactly_the_flat_ones(at: int, length: int, negative: bool) -> None:
    frames = np.random.default_rng(at).uniform(-0.5, 0.5, (50, 2)).astype(np.float32)
    frames[at : at + length, 1] = -0.7 if negative else 0.7
    assert clipped_frames(frames).tolist() == list(range(at, min(50, at + length)))


def test_other_formats_are_counted(folder: Path, say: Say) -> None:
    speech = say("play some jazz")
    sf.write(folder / "stereo.wav", np.stack([speech, speech], axis=1), RATE)
    rows = [Utterance(n, audio=n, text="play") for n in ("stereo.wav", "good.wav")]
    report = check(write(folder, *rows))
    assert kinds(report) == {"format": 1}
    assert example(report, "format") == (1, "1 of 16000 Hz and 2 channels")


def test_a_recording_that_breaks_off(folder: Path) -> None:
    whole = (folder / "good.wav").read_bytes()
    (folder / "x.wav").write_bytes(whole[: len(whole) // 2])
    report = check(write(folder, Utterance("x", audio="x.wav", text="play")))
    assert "cut-off" in kinds(report)


def test_the_same_sound_under_two_names(folder: Path, say: Say) -> None:
    samples = np.round(say("play some jazz") * 32_767).astype(np.int16)
    sf.write(folder / "a.wav", samples, RATE)
    sf.write(folder / "b.flac", samples, RATE)

    def rows(one: str | None, other: str | None) -> list[Utterance]:
        return [
            Utterance("a", audio="a.wav", text="play some jazz", split=one),
            Utterance("b", audio="b.flac", text="play jazz", split=other),
        ]

    leak = check(write(folder, *rows("train", "test")))
    assert kinds(leak) == {"recording-leak": 1}
    assert example(leak, "recording-leak") == (1, "a.wav (train) and line 2 (test)")
    assert kinds(check(write(folder, *rows("train", "train")))) == {"same-sound": 1}
    assert kinds(check(write(folder, *rows("train", "test")), audio=False)) == {}


def test_parts_of_a_recording_may_be_in_different_splits(folder: Path) -> None:
    def part(name: str, start: float, split: str) -> Utterance:
        return Utterance(name, audio="good.wav", start=start, duration=0.5, text=name, split=split)

    apart = check(write(folder, part("a", 0, "train"), part("b", 0.5, "test")), audio=False)
    assert apart.findings == []
    shared = check(write(folder, part("a", 0, "train"), part("b", 0.4, "test")), audio=False)
    assert kinds(shared) == {"recording-leak": 1}


def test_several_processes_find_the_same(folder: Path, say: Say) -> None:
    for n in range(40):
        sf.write(folder / f"{n}.wav", np.roll(say("play some jazz"), 100 * n), RATE)
    names = [f"{n}.wav" for n in range(42)]  # two are missing
    path = write(folder, *(Utterance(name, audio=name, text="play") for name in names))
    one, two = check(path, workers=1), check(path, workers=2)
    assert one == two
    assert kinds(one)["unreadable"] == 2


def test_only_so_many_examples_are_kept(tmp_path: Path) -> None:
    rows = [row(n, "same words", split="train" if n % 2 else "test") for n in range(300)]
    rows += [row(n, "привет", split="train") for n in range(300, 500)]
    report = check(write(tmp_path, *rows))
    script = next(f for f in report.findings if f.kind == "script")
    assert (script.count, len(script.examples)) == (200, 100)
    severities = [finding.severity for finding in report.findings]
    assert severities == sorted(severities, key=["error", "warning", "note"].index)
    assert set(kinds(report)) <= set(KINDS)


def test_a_hundred_thousand_rows_take_so_many_steps_each(
    tmp_path: Path, calls: Callable[..., int]
) -> None:
    rows = (row(n, f"sentence {n} of many", split="train") for n in range(100_000))
    path = write(tmp_path, *rows)
    reports: list[Report] = []
    calls(lambda: reports.append(check(path)), 100 * 100_000)
    (report,) = reports
    assert report.findings == []
    assert len(Manifest.open(path)) == report.utterances


def _two(path: Path, **second: object) -> dict[str, int]:
    rng = np.random.default_rng(1)
    sf.write(path / "call.wav", rng.normal(0, 0.1, (16_000, 2)), 16_000)
    first = row(1, audio="call.wav", channel=0, split="train")
    other = row(2, **{"audio": "call.wav", "channel": 0, "split": "train", **second})
    return kinds(check(write(path, first, other)))


def test_one_sound_with_two_texts_is_an_error_unless_it_is_declared(tmp_path: Path) -> None:
    assert _two(tmp_path)["two-texts"] == 1
    assert "two-texts" not in _two(tmp_path, meta={"overlap": True})
    assert _two(tmp_path, meta={"overlap": False})["two-texts"] == 1
    assert "two-texts" not in _two(tmp_path, start=0.5)
    assert "two-texts" not in _two(tmp_path, text="sentence number 1")


def test_two_channels_share_no_sound(tmp_path: Path) -> None:
    same, apart = _two(tmp_path, split="test"), _two(tmp_path, split="test", channel=1)
    assert same["recording-leak"] == 1
    assert not {"two-texts", "recording-leak"} & apart.keys()


@pytest.mark.parametrize(
    ("text", "words", "cut"),
    [
        ("turn on the lights", "light", True),
        ("set it to 150", "50", True),
        ("turn on the lights", "lights", False),
        ("anna's room", "anna", False),
        ("wake me at 5pm", "5", False),
        ("\u6253\u5f00\u5ba2\u5385\u7684\u706f", "\u5ba2\u5385", False),
    ],
)
def test_slots_that_cut_words_are_warned_of(
    tmp_path: Path, text: str, words: str, cut: bool
) -> None:
    start = text.index(words)
    slot = SlotLabel("thing", words, start, start + len(words))
    report = check(write(tmp_path, row(1, text, slots=(slot,)), row(2)))
    assert ("slot-cut" in kinds(report)) == cut
    if cut:
        assert example(report, "slot-cut") == (1, f"thing {words!r} in {text!r}")
