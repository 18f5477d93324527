"""The fit of the confidence: it finds the model behind the data, and corrects it to the use."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from mondegreen.engines.grammar.confidence import EVIDENCE, load_calibration
from mondegreen.engines.grammar.second_opinion import OPINION, Balance
from mondegreen.errors import DataError
from mondegreen.grammar.analysis.membership import same_words
from mondegreen.phonetics.pronouncer import Pronouncer
from mondegreen.training.confidence.fit_confidence import (
    TrialReadings,
    fit_balance,
    fits_grammar,
    run_trials,
    to_use,
    train,
)
from mondegreen.training.confidence.trials import Plan, Settings, Trial, plan
from mondegreen.training.logistic_fit import fit
from mondegreen.training.phones.noisy_frames import NoiseRecipe


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


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


SMALL = Settings(trials=12, list_sizes=(4,), joined=(1,))


class Tried(NamedTuple):
    """A few trials that were run."""

    data: Path
    planned: Plan
    rows: list[TrialReadings | None]


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    if not (shutil.which("flite") and shutil.which("espeak-ng")):
        pytest.skip("flite and espeak-ng")
    data = tmp_path_factory.mktemp("data")
    corpus = data / "voice-assistant-nlu"
    corpus.mkdir()
    texts = [f"{verb} the {room} {thing}" for verb in ("open", "clean", "light", "count")
             for room in ("hall", "attic", "garage") for thing in ("door", "lamp")]  # fmt: skip
    rows = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    (corpus / "train.jsonl").write_text(rows, encoding="utf-8")
    planned = plan(data, SMALL)
    return Tried(data, planned, run_trials(planned, NoiseRecipe(data), data / "work", 1))


def test_trials_are_run_once_and_belong_to_their_plan(tried: Tried, tmp_path: Path) -> None:
    assert len(tried.rows) == 12
    read = [row for row in tried.rows if row is not None]
    assert all(row.numbers.shape == (len(row.right), 13) for row in read)
    assert len((*EVIDENCE, *OPINION)) == 13
    picked = [row.right[row.choose(Balance(0.3, 0.5, 0.5))[0]] for row in read]
    assert set(picked) == {True, False}
    work = shutil.copytree(tried.data / "work", tmp_path / "work")
    nothing = NoiseRecipe(tmp_path)  # nothing is spoken again
    again = run_trials(tried.planned, nothing, work, 1)
    assert [row is None for row in again] == [row is None for row in tried.rows]
    with pytest.raises(DataError, match="another recipe"):
        run_trials(replace(tried.planned, trials=tried.planned.trials[1:]), nothing, work, 1)


def test_the_written_folder_is_what_was_fitted(tried: Tried, tmp_path: Path) -> None:
    summary = train(tried.data, tried.data / "work", tmp_path / "out", SMALL, workers=1)
    loaded = load_calibration(tmp_path / "out")
    rows = [row for row in tried.rows if row is not None]
    fitted_on = [row for number, row in enumerate(rows) if number % 4]
    assert loaded.balance == fit_balance(fitted_on)
    chosen = [row.choose(loaded.balance) for row in fitted_on]
    evidence = np.array([numbers for _, numbers in chosen])
    right = [float(row.right[best]) for row, (best, _) in zip(fitted_on, chosen, strict=True)]
    assert set(right) == {0.0, 1.0}
    correction = to_use(fits_grammar(tried.planned.trials), SMALL.in_use)
    for model, count in ((loaded.alone, len(EVIDENCE)), (loaded.advised, 13)):
        weights, bias = fit(evidence[:, :count], right)
        assert model.weights == pytest.approx(weights, abs=1e-5)
        assert model.bias == pytest.approx(bias + correction, abs=1e-5)
    assert (loaded.threshold, loaded.tie) == (SMALL.refuse_below, SMALL.tie)
    assert summary["trials"] == 12
    assert "trials=12" in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")


def test_the_choice_is_found() -> None:
    rng = np.random.default_rng(3)
    truth = Balance(0.4, 0.8, 0.7)

    def drawn() -> TrialReadings:
        scores, likelihoods = rng.normal(-20, 4, 4), rng.normal(-9, 4, 4)
        numbers = np.zeros((4, 13))
        numbers[:, EVIDENCE.index("entropy")] = rng.uniform(0, 2)
        shares = truth.shares(scores, likelihoods, float(numbers[0, EVIDENCE.index("entropy")]))
        right = np.zeros(4, bool)
        right[rng.choice(4, p=shares)] = True
        return TrialReadings(scores, likelihoods, numbers, right)

    balance = fit_balance([drawn() for _ in range(3_000)])
    assert balance.phones == pytest.approx(truth.phones, rel=0.15)
    assert balance.words == pytest.approx(truth.words, rel=0.15)
    assert balance.blur == pytest.approx(truth.blur, rel=0.2)


def test_what_people_said_is_tried_against_words_that_sound_alike(tmp_path: Path) -> None:
    folder = tmp_path / "people" / "some"
    folder.mkdir(parents=True)
    texts = [
        f"turn the {thing} {way}" for thing in ("light", "lamp", "fan") for way in ("on", "off")
    ]
    rows = [{"audio": f"{n}.flac", "text": text, "split": "train"} for n, text in enumerate(texts)]
    (folder / "labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "voice-assistant-nlu").mkdir()
    (tmp_path / "voice-assistant-nlu" / "train.jsonl").write_text('{"text": "turn it up"}\n' * 2)
    planned = plan(tmp_path, Settings(trials=0, by_people=200, list_sizes=(3,)))
    assert len(planned.trials) == 200
    answerable = [trial for trial in planned.trials if trial.meaning is not None]
    assert 100 < len(answerable) < 160
    for trial in answerable:
        sentences = planned.grammars[trial.grammar]
        assert trial.meaning == (f"s{sentences.index(trial.text)}", ())
    lacking = [trial for trial in planned.trials if trial.meaning is None]
    assert all(trial.text not in planned.grammars[trial.grammar] for trial in lacking)
    changed = {s for g in planned.grammars.values() for s in g} - set(texts)
    assert changed  # one word of a sentence in each


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
