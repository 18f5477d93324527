from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mondegreen.audio.samples import RATE, resample
from mondegreen.audio.write import write_audio
from mondegreen.data.manifest import write_manifest
from mondegreen.data.utterance import Utterance
from mondegreen.errors import DataError, ModelError
from mondegreen.nasality.nasometer import Nasometer
from mondegreen.speech.ear import shipped_ear
from mondegreen.training.nasality.examples import SYNTHESISED
from mondegreen.training.nasality.fit_scales import Settings
from mondegreen.training.nasality.linear import logistic, ridge
from mondegreen.training.nasality.train_nasality import train
from mondegreen.voices.hibari import HibariVoice

COGNATES = str.maketrans("pbtdkɡ", "mmnnŋŋ")
TEXTS = ("The baby ape held a red ball.", "Kids gave the goat a leaf of cabbage.")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the synthesiser leaves it, by a voice whose stops are nasals where it is open."""
    place = tmp_path_factory.mktemp("data")
    folder = place / SYNTHESISED
    folder.mkdir()
    voice, rows = HibariVoice(), []
    for number, text in enumerate(TEXTS):
        for pitch in (0.9, 1.1):
            for area in (0.0, 0.2):
                phonemes = voice.phonemes(text)
                spoken = phonemes.translate(COGNATES) if area else phonemes
                samples, rate = voice.speak_phonemes(spoken, seed=1)
                name = f"{number}-{pitch}-{area}"
                write_audio(folder / f"{name}.wav", resample(samples, round(rate * pitch)), RATE)
                meta = {"area": area, "sentence": str(number)}
                rows.append(
                    Utterance(name, f"{name}.wav", text=text, speaker=str(pitch), meta=meta)
                )
    write_manifest(folder / "manifest.jsonl", rows)
    return place


def test_scales_are_made_from_a_folder_and_judge_what_they_were_made_for(
    data: Path, tmp_path: Path
) -> None:
    settings = Settings(voices=("hibari",), people=0, versions=0)
    measured = train(data, tmp_path / "scales", settings, lambda _: None)
    assert all(value > 0 for value in measured.values())
    size = sum(path.stat().st_size for path in (tmp_path / "scales").iterdir())
    assert size < 100_000
    nasometer = Nasometer.load(tmp_path / "scales")
    voice, text = HibariVoice(), "A big black bear sat beside the gate."
    values = []
    for phonemes in (voice.phonemes(text), voice.phonemes(text).translate(COGNATES)):
        samples, rate = voice.speak_phonemes(phonemes, seed=2)
        index = nasometer.listen(resample(samples, rate), text).index
        assert index is not None
        values.append(index.value)
    assert values[1] > values[0] + 0.4


def test_a_recording_without_an_area_is_named(tmp_path: Path) -> None:
    folder = tmp_path / SYNTHESISED
    folder.mkdir()
    write_audio(folder / "a.wav", np.zeros(RATE, np.float32), RATE)
    write_manifest(folder / "manifest.jsonl", [Utterance("a", "a.wav", text="book")])
    with pytest.raises(DataError, match=r"manifest\.jsonl:1: expected meta\.area"):
        train(tmp_path, tmp_path / "out", Settings(people=0), lambda _: None)
    assert not (tmp_path / "out").exists()


def test_the_shipped_scales_belong_to_the_shipped_reader() -> None:
    scales = Nasometer.load().scales
    assert scales.about.reader == shipped_ear().reader.digest
    assert scales.about.encoder == shipped_ear().encoder.digest


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    from mondegreen.weights.folder import shipped

    for path in shipped("nasality").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    data = bytearray((tmp_path / "scales.npz").read_bytes())
    data[100] ^= 1
    (tmp_path / "scales.npz").write_bytes(data)
    with pytest.raises(ModelError, match="damaged"):
        Nasometer.load(tmp_path)


def test_ridge_finds_a_line_and_shrinks_it() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(3.0, 2.0, (500, 4))
    y = x @ np.array([1.0, -2.0, 0.0, 0.5]) + 7.0
    exact, shrunk = ridge(x, y, 1e-6), ridge(x, y, 500.0)
    assert exact(x) == pytest.approx(y, abs=1e-4)
    assert np.abs(shrunk.weights).sum() < np.abs(exact.weights).sum()
    assert shrunk(x).mean() == pytest.approx(y.mean())


def test_the_logistic_fit_gives_the_odds_of_a_balanced_sample() -> None:
    rng = np.random.default_rng(2)
    positive = rng.random(4_000) < 0.1
    x = rng.normal(0.0, 1.0, (4_000, 1)) + 2.0 * positive[:, None]
    line = logistic(x, positive, 1e-6)
    # Two normals of one deviation, two apart: the log-odds are 2 (x - 1).
    assert line.weights[0] == pytest.approx(2.0, abs=0.2)
    assert line.bias == pytest.approx(-2.0, abs=0.25)
