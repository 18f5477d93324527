"""The fit of the confidence: it finds the model behind the data, and corrects it to the use."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from mondegreen.engines.grammar.confidence import EVIDENCE, load_calibration
from mondegreen.engines.grammar.second_opinion import OPINION
from mondegreen.errors import DataError
from mondegreen.grammar.analysis.membership import same_words
from mondegreen.phonetics.pronouncer import Pronouncer
from mondegreen.training import calibration
from mondegreen.training.calibration import (
    Settings,
    Trial,
    fit,
    fits_grammar,
    plan,
    run_trials,
    to_use,
)
from mondegreen.training.phones.noisy_frames import NoiseRecipe


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def test_the_fit_finds_weights_and_bias() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal([3.0, -1.0], [1.0, 5.0], (20_000, 2))
    y = (rng.random(len(x)) < sigmoid(x @ [1.5, -0.4] - 4.0)).astype(float)
    weights, bias = fit(x, y)
    assert weights == pytest.approx([1.5, -0.4], rel=0.1)
    assert bias == pytest.approx(-4.0, rel=0.1)


def test_the_confidence_holds_for_the_share_in_use() -> None:
    # Evidence that lies 2 apart for right and wrong, learned on half and half, used at nine in ten.
    rng = np.random.default_rng(1)
    right = np.arange(20_000) % 2 == 0
    x = rng.normal(np.where(right, 1.0, -1.0))[:, None]
    weights, bias = fit(x, right.astype(float))
    in_use = Settings().in_use
    bias += to_use(right.tolist(), in_use)
    used = rng.random(20_000) < in_use
    sure = sigmoid(rng.normal(np.where(used, 1.0, -1.0)) * weights[0] + bias)
    for low, high in ((0.5, 0.8), (0.8, 0.95), (0.95, 1.0)):
        there = (sure >= low) & (sure < high)
        assert used[there].mean() == pytest.approx(sure[there].mean(), abs=0.03)


@pytest.mark.skipif(
    not (shutil.which("flite") and shutil.which("espeak-ng")), reason="flite and espeak-ng"
)
def test_trials_are_run_once_and_belong_to_their_plan(tmp_path: Path) -> None:
    corpus = tmp_path / "voice-assistant-nlu"
    corpus.mkdir()
    texts = [f"{verb} the {room} {thing}" for verb in ("open", "clean", "light", "count")
             for room in ("hall", "attic", "garage") for thing in ("door", "lamp")]  # fmt: skip
    rows = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    (corpus / "train.jsonl").write_text(rows, encoding="utf-8")
    settings = Settings(trials=12, list_sizes=(4,), joined=(1,))
    trials, grammars = plan(tmp_path, settings)
    first = run_trials(trials, grammars, NoiseRecipe(tmp_path), tmp_path / "work", 1)
    assert len(first) == 12
    read = [row for row in first if row is not None]
    assert all(len(evidence) == len((*EVIDENCE, *OPINION)) for evidence, _ in read)
    assert {right for _, right in read} == {True, False}
    (corpus / "train.jsonl").unlink()  # nothing is spoken again
    again = run_trials(trials, grammars, NoiseRecipe(tmp_path), tmp_path / "work", 1)
    assert again == first
    with pytest.raises(DataError, match="another recipe"):
        run_trials(trials[1:], grammars, NoiseRecipe(tmp_path), tmp_path / "work", 1)


def test_what_is_fitted_is_a_folder_that_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(2)
    right = rng.random(800) < 0.5
    numbers = rng.normal(np.where(right, 0.7, -0.7)[:, None], 1.0, (800, 10)).tolist()
    trials = [Trial("stop", "list-0", ("s0", ()) if known else None) for known in right]
    monkeypatch.setattr(calibration, "plan", lambda *_: (trials, {}))
    monkeypatch.setattr(
        calibration, "run_trials", lambda *_: list(zip(numbers, right.tolist(), strict=True))
    )
    summary = calibration.train(tmp_path, tmp_path, tmp_path / "out", Settings(), workers=1)
    assert summary["trials"] == 800
    loaded = load_calibration(tmp_path / "out")
    assert loaded.threshold == Settings().refuse_below
    high, low = (np.full(8, value) for value in (1.5, -1.5))
    assert loaded.probability(high, lambda: None) > 0.9
    assert loaded.probability(low, lambda: None) < 0.5
    assert "trials=4000" in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")


def test_another_assistants_sentence_that_the_grammar_has_counts_as_known() -> None:
    trials = [
        Trial("turn on the light", "starter", ("s0", ())),
        Trial("who wrote hamlet", "starter", None),
        Trial("feed the goldfish", "starter", None),
        Trial("who wrote hamlet", "list-0", None),
    ]
    assert fits_grammar(trials) == [True, True, False, False]
    assert to_use([True, False], 0.9) == pytest.approx(np.log(9.0))
    assert to_use([True, True, False], 0.9) < to_use([True, False], 0.9)


def test_the_very_words_make_a_reading_right() -> None:
    pronouncer = Pronouncer()
    assert same_words("play …", "play some jazz", pronouncer)
    assert not same_words("play jazz", "play some jazz", pronouncer)
    assert same_words("turn the tv to two", "Turn the TV to 2.", pronouncer)
    assert same_words("one oh five", "105", pronouncer)
