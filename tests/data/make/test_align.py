"""Word times: near the truth, in files that Praat and we can read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mondegreen.audio.write import write_audio
from mondegreen.data.make.align import (
    AlignedUtterance,
    Timed,
    align_manifest,
    align_utterance,
    ear_digest,
    read_alignments,
)
from mondegreen.data.make.textgrid import write_textgrid, write_textgrids
from mondegreen.data.manifest import Manifest
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError
from mondegreen.jobs.problems import Problems

Say = Callable[..., np.ndarray]
TEXT = "wake me at 5:30 tomorrow"


@pytest.fixture
def spoken(tmp_path: Path, say: Say) -> Manifest:
    """A sentence twice in one recording, the second time after a second of silence."""
    speech = say("wake me at five thirty tomorrow")
    both = np.concatenate([speech, np.zeros(16_000, np.float32), speech])
    write_audio(tmp_path / "a.wav", both, 16_000)
    slots = (SlotLabel("time", "5:30", 11, 15),)
    seconds = len(speech) / 16_000
    return Manifest.of(
        [
            Utterance(id="x/1", audio="a.wav", duration=seconds, text=TEXT, slots=slots),
            Utterance(id="x/2", audio="a.wav", start=seconds + 1, text=TEXT, slots=slots),
        ],
        tmp_path,
    )


def test_times_count_from_the_utterance(spoken: Manifest) -> None:
    first, second = (align_utterance(spoken.root, u) for u in spoken)
    assert [w.text for w in first.words] == ["wake", "me", "at", "five", "thirty", "tomorrow"]
    for one, two in zip(first.words, second.words, strict=True):
        assert one.start == pytest.approx(two.start, abs=0.03)
    (slot,) = first.slots
    five, thirty = first.words[3:5]
    assert (slot.text, slot.start, slot.end) == ("time", five.start, thirty.end)
    assert slot.at == five.at == thirty.at == (11, 15)
    ends = [0.0, *(t for w in first.words for t in (w.start, w.end)), first.duration]
    assert ends == sorted(ends)
    assert first.score > 0.6


def test_a_wrong_text_scores_low(spoken: Manifest, say: Say, tmp_path: Path) -> None:
    write_audio(tmp_path / "b.wav", say("the weather in paris is lovely"), 16_000)
    wrong = align_utterance(tmp_path, Utterance(id="w", audio="b.wav", text=TEXT))
    right = align_utterance(tmp_path, spoken[0])
    assert wrong.score < 0.3 < right.score


def test_files_are_read_again(spoken: Manifest, tmp_path: Path) -> None:
    out = tmp_path / "times.jsonl"
    assert align_manifest(spoken, out) == 2
    again = list(read_alignments(out))
    assert again == [align_utterance(spoken.root, u) for u in spoken]
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]
    out.write_text('{"id":"x"}\n')
    with pytest.raises(DataError, match=r"times\.jsonl:1"):
        list(read_alignments(out))


def test_what_cannot_be_aligned_is_named(spoken: Manifest, tmp_path: Path) -> None:
    bad = Manifest.of(
        [
            spoken[0],
            Utterance(id="russian", audio="a.wav", text="привет"),
            Utterance(id="mute", audio="a.wav", text="…"),
            Utterance(id="short", audio="a.wav", duration=0.1, text=TEXT),
            Utterance(id="tiny", audio="a.wav", duration=0.01, text="a"),
            Utterance(id="gone", audio="b.wav", text="a"),
            Utterance(id="late", audio="a.wav", start=99.0, text="a"),
            Utterance(id="text", text="a"),
        ],
        tmp_path,
    )
    problems = Problems(skip=True)
    assert align_manifest(bad, tmp_path / "t.jsonl", problems=problems) == 1
    reasons = {p.place: p.reason for p in problems.rows}
    assert set(reasons) == {u.id for u in bad[1:]}
    assert "Cyrillic" in reasons["russian"]
    assert "no word" in reasons["mute"]
    assert "too few" in reasons["short"]
    assert "less than a frame" in reasons["tiny"]
    assert "no such file" in reasons["gone"]
    assert "past the end" in reasons["late"]
    assert "only text" in reasons["text"]
    with pytest.raises(DataError, match="russian: "):
        align_manifest(bad[1:2], tmp_path / "u.jsonl")


def intervals(textgrid: str, tier: str) -> list[tuple[float, float, str]]:
    """The intervals of one tier of a TextGrid, read by their labels as Praat reads them."""
    block = textgrid.split(f'name = "{tier}"')[1].split("item [", maxsplit=1)[0]
    rows = []
    for part in block.split("intervals [")[1:]:
        values = [line.split(" = ", 1)[1] for line in part.splitlines() if " = " in line]
        rows.append((float(values[0]), float(values[1]), values[2][1:-1].replace('""', '"')))
    return rows


def test_textgrids_have_no_gaps_and_keep_quotes(tmp_path: Path) -> None:
    words = (Timed('say "hi"', 0.5, 0.7), Timed("you", 0.7, 1.9))
    write_textgrid(tmp_path / "a.TextGrid", AlignedUtterance("a", 2.0, 1.0, words))
    text = (tmp_path / "a.TextGrid").read_text(encoding="utf-8")
    assert text.startswith('File type = "ooTextFile"\nObject class = "TextGrid"\n')
    intervals_there = intervals(text, "words")
    assert intervals_there == [
        (0, 0.5, ""),
        (0.5, 0.7, 'say "hi"'),
        (0.7, 1.9, "you"),
        (1.9, 2.0, ""),
    ]
    assert intervals(text, "phones") == [(0.0, 2.0, "")]


def test_a_textgrid_for_each_utterance(spoken: Manifest, tmp_path: Path) -> None:
    write_textgrids(tmp_path / "grids", (align_utterance(spoken.root, u) for u in spoken))
    files = sorted((tmp_path / "grids").iterdir())
    assert len(files) == 2
    assert [w for _, _, w in intervals(files[0].read_text(), "words") if w][3] == "five"


def test_a_manifest_that_changed_meanwhile_is_told_in_words(
    spoken: Manifest, tmp_path: Path
) -> None:
    out = tmp_path / "t.jsonl"
    work = tmp_path / ".t.jsonl.work"
    work.mkdir()
    earlier = {"manifest": "0" * 32, "ear": ear_digest()}
    (work / "recipe.json").write_text(json.dumps(earlier), encoding="utf-8")
    with pytest.raises(DataError, match="the manifest has changed since this was begun"):
        align_manifest(spoken, out)
