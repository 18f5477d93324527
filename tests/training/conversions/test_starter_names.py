"""Cleaning names of a corpus into catalogues."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.errors import DataError
from mondegreen.phonetics.pronouncer import READINGS
from mondegreen.training.conversions.starter_names import (
    build,
    clean,
    fold,
    main,
    merge,
    title_case,
)


@pytest.mark.parametrize(
    ("title", "clean_title"),
    [
        ("rhapsody in blue", "Rhapsody in Blue"),
        ("Rhapsody In Blue.", "Rhapsody in Blue"),
        ("MakSim", "MakSim"),
        ("CJ Snare", "CJ Snare"),
        ("AMerican Pie", "American Pie"),
        ("STAND BY ME", "Stand by Me"),
        ("Skin & Bone", "Skin and Bone"),
        ("I’ll Be There (Live)", "I'll Be There"),
        ("goldy mcjohn", "Goldy McJohn"),
        ("henry ii", "Henry II"),
        ("días felices", "Días Felices"),
        ("how", None),
        ("gn", None),
        ("every", None),
        ("9th Inning", None),
        ("M\ufffdsica", None),
        ("百万石", None),
        ("one two three four five six seven eight", None),
        ("", None),
    ],
)
def test_clean(title: str, clean_title: str | None) -> None:
    assert clean(title) == clean_title


@given(st.text(max_size=40))
def test_what_is_clean_stays_as_it_is(text: str) -> None:
    once = clean(text)
    if once is not None:
        assert clean(once) == once
        assert title_case(once) == once


def test_merge_keeps_one_spelling_of_a_name() -> None:
    merged = merge(["The Who", "Björk"], ["who", "Bjork", "Abba", "Disco"], without=["disco"])
    assert merged == ("Abba", "Björk", "The Who")
    assert fold("The  Beatles!") == "beatles"


def _corpus(folder: Path, intent: str, *slots: tuple[str, str]) -> None:
    data = [{"data": [{"text": "play "}, {"text": t, "entity": e}]} for e, t in slots]
    (folder / f"train_{intent}_full.json").write_text(json.dumps({intent: data}), "utf-8")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    tracks = [("track", t) for t in ("blue moon", "let it be", "Film Music")]
    artists = [("artist", "nina hagen"), ("artist", "jazz"), ("album", "Nina Hagen")]
    _corpus(tmp_path, "PlayMusic", *tracks, *artists)
    _corpus(tmp_path, "GetWeather", *[("country", text) for text in ("Peru", "Peru", "Chad")])
    lists = {
        "genres": "jazz\nfilm music\tfilm",
        "well_known_titles": "# mine\nLet It Be",
        "well_known_artists": "Queen",
        "well_known_places": "Oslo",
        "left_out": "# none",
    }
    for name, lines in lists.items():
        (tmp_path / f"{name}.txt").write_text(f"{lines}\n", "utf-8")
    return tmp_path


def test_build_sorts_names_into_catalogues(corpus: Path) -> None:
    assert build(corpus, corpus) == {
        "titles.txt": ("Blue Moon", "Let It Be"),
        "artists.txt": ("Nina Hagen", "Queen"),
        "places.txt": ("Oslo", "Peru"),
    }


def test_the_same_input_gives_the_same_bytes(corpus: Path) -> None:
    readings = corpus / "readings.tsv"
    shipped = READINGS.read_bytes()
    main([str(corpus), str(corpus), "--readings", str(readings)])
    first = (corpus / "titles.txt").read_bytes()
    main([str(corpus), str(corpus), "--readings", str(readings)])
    assert READINGS.read_bytes() == shipped
    assert (corpus / "titles.txt").read_bytes() == first == b"Blue Moon\nLet It Be\n"


def test_a_folder_without_the_corpus_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"train_PlayMusic_full\.json"):
        build(tmp_path, tmp_path)


def test_a_file_of_another_form_is_named(corpus: Path) -> None:
    (corpus / "train_PlayMusic_full.json").write_text('{"PlayMusic": [1]}', "utf-8")
    with pytest.raises(DataError, match=r"train_PlayMusic_full\.json is not a Snips intent file"):
        build(corpus, corpus)
