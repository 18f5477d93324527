"""The recipe of the phone reader on a handful of sentences: real voices, encoder and networks."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from mondegreen.audio.samples import resample
from mondegreen.audio.write import write_audio
from mondegreen.errors import DataError, ModelError
from mondegreen.jobs.lock import alone
from mondegreen.jobs.seeds import stable_seed
from mondegreen.model.moonshine_network import MoonshineNetwork, frame_counts, pretrained
from mondegreen.phonetics.inventory import parse
from mondegreen.settings import read_settings, to_toml
from mondegreen.speech.ear import Ear
from mondegreen.speech.moonshine import MoonshineEncoder
from mondegreen.speech.phone_folder import NETWORK, TUNED, load_phone_distance, load_phonotactics
from mondegreen.training.checkpoint import MOST_SPOILT, Rate, State
from mondegreen.training.phones import (
    clips,
    export_reader,
    fit_reader,
    recipe,
    recordings,
    texts,
    tune,
)
from mondegreen.training.phones import noisy_frames as frames
from mondegreen.training.phones import phone_ngrams as phonotactics
from mondegreen.voices.voice import voice
from mondegreen.weights.folder import DESCRIPTION, shipped

needs_voices = pytest.mark.skipif(
    not (shutil.which("flite") and shutil.which("espeak-ng")), reason="flite and espeak-ng"
)


@pytest.fixture(scope="module")
def network() -> MoonshineNetwork:
    return pretrained().eval()


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    samples, rate = voice("hibari").speak("turn on the light in the kitchen", seed=3)
    sound = resample(samples, rate)
    return np.asarray(0.5 * sound / np.abs(sound).max(), np.float32)


def test_the_network_hears_what_the_published_encoder_hears(
    network: MoonshineNetwork, speech: np.ndarray
) -> None:
    published = MoonshineEncoder().encode(speech)
    with torch.inference_mode():
        ours = network(torch.from_numpy(speech)[None])[0].numpy()
    assert ours.shape == published.shape
    assert len(ours) == int(frame_counts(torch.tensor(len(speech))))
    # The published one multiplies in 8 bits, which alone moves the numbers.
    assert np.corrcoef(ours.ravel(), published.ravel())[0, 1] > 0.995


def test_padding_changes_nothing(network: MoonshineNetwork, speech: np.ndarray) -> None:
    padded = torch.zeros(2, len(speech) + 9_000)
    padded[0, : len(speech)] = torch.from_numpy(speech)
    padded[1] = torch.randn(padded.shape[1], generator=torch.Generator().manual_seed(0)) * 0.1
    counts = torch.tensor([len(speech), padded.shape[1]])
    with torch.inference_mode():
        alone = network(torch.from_numpy(speech)[None])[0]
        together = network(padded, counts)[0, : len(alone)]
    torch.testing.assert_close(together, alone, atol=1e-3, rtol=1e-3)


def _data(folder: Path) -> Path:
    """Sentences enough that some are held out."""
    corpus = folder / "voice-assistant-nlu"
    corpus.mkdir(parents=True)
    rooms = ["kitchen", "hall", "attic", "garage", "office", "bathroom", "garden", "cellar"]
    lines = [f"{verb} the {room} {thing}" for verb in ("open", "close", "light", "clean", "show")
            for room in rooms for thing in ("door", "lamp")]  # fmt: skip
    rows = "".join(json.dumps({"text": text}) + "\n" for text in lines)
    (corpus / "train.jsonl").write_text(rows, encoding="utf-8")
    assert texts.held_out(folder)
    people = folder / "people" / "common-voice"
    people.mkdir(parents=True)
    _recording(people, "THE GARDEN IS OPEN", "train")
    _recording(people, "nobody closed the cellar door", "train")
    _recording(people, "where is the attic", "dev")
    return folder


def _recording(folder: Path, text: str, split: str, *, labelled: str | None = None) -> None:
    """A recording of `text` in a set of recordings, which may say that it was another."""
    samples, rate = voice("hibari").speak(text.lower(), seed=1)
    name = f"{stable_seed('recording', text)}.flac"
    write_audio(folder / name, resample(samples, rate), 16_000)
    row = {"audio": name, "text": labelled or text, "split": split}
    with (folder / "labels.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


SMALL = (
    "seed=3", "speech.random_runs=0", "fit.steps=6", "fit.save_every=0",
    "fit.batch_frames=1000", "tune.steps=4", "tune.batch_frames=1000", "tune.save_every=0",
)  # fmt: skip


@needs_voices
@pytest.mark.recipe
def test_the_recipe_makes_a_tuned_ear_and_resumes(tmp_path: Path, speech: np.ndarray) -> None:
    torch.set_num_threads(1)
    job = recipe.Job(
        read_settings(recipe.Recipe(), None, SMALL), _data(tmp_path / "data"), tmp_path / "work",
        tmp_path / "out", workers=2,
    )  # fmt: skip
    scores = recipe.train(job, lambda _line: None)
    assert {score.name: score.phones > 0 for score in scores} == {
        "unseen speakers, clean": True, "unseen voice, clean": True, "people, common-voice": True
    }  # fmt: skip
    learned = tune.clip_versions(job.work, job.data)
    assert sum(item.source == "people" for item in learned) == 2 * frames.TIMES["common-voice"]
    ear = Ear.load(job.out)
    assert ear.encoder.name == "moonshine-tiny-tuned"
    hearing = ear.listen(speech)
    np.testing.assert_allclose(np.exp(hearing.log_posteriors).sum(1), 1.0, atol=1e-4)
    sequences = load_phonotactics(job.out)
    kitchen = parse("k ɪ tʃ")  # said in many of the sentences
    assert sequences.following(kitchen).argmax() in parse("ə ɪ")
    assert load_phone_distance(job.out).costs.shape == (42, 42)
    assert "moonshine-tiny" in (job.out / "README.md").read_text(encoding="utf-8")

    whole = {path.name: path.read_bytes() for path in job.out.iterdir()}
    _train_with_kills(job, tmp_path)
    again = {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()}
    assert sorted(again) == sorted(whole)
    assert [name for name in whole if again[name] != whole[name]] == []

    (job.out / TUNED).write_bytes(b"something else")
    with pytest.raises(ModelError, match=TUNED):
        Ear.load(job.out)
    other = replace(job, recipe=replace(job.recipe, seed=4))
    with pytest.raises(DataError, match="made with another recipe"):
        recipe.train(other, lambda _line: None)


def _train_with_kills(job: recipe.Job, folder: Path) -> None:
    """The same training in processes that are killed: among the speech, the frames, the steps."""
    work = folder / "killed"
    command = [
        sys.executable, "-c", "from mondegreen.cli.main import run; run()", "train", "phones",
        str(job.data), "-o", str(folder / "again"), "--work", str(work), "--workers", "2",
        "--threads", "1", *(part for change in SMALL for part in ("--set", change)),
    ]  # fmt: skip
    for pattern in ("frames/.parts/*.partial", fit_reader.CHECKPOINT, tune.CHECKPOINT):
        run = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        while not any(path.stat().st_size for path in work.glob(pattern)):
            assert run.poll() is None, f"ended before {pattern} was there"
            time.sleep(0.01)
        run.send_signal(signal.SIGKILL)
        run.wait()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "resumed at step 6" in done.stderr  # the fit was over
    assert re.search(r"resumed at step [1-4]\n", done.stderr)  # the tuning had begun


def test_recordings_get_the_phones_that_were_said(tmp_path: Path) -> None:
    folder = tmp_path / "people" / "some"
    folder.mkdir(parents=True)
    _recording(folder, "TURN ON THE LIGHT", "train")
    _recording(folder, "what time is it", "train", labelled="bring me some breakfast at eleven")
    _recording(folder, "where is the attic", "dev")
    with alone(tmp_path / "work", folder=True) as lock:
        recordings.build(tmp_path, tmp_path / "work" / "a", lock, measured=False, workers=1)
        recordings.build(tmp_path, tmp_path / "work" / "b", lock, measured=True, workers=1)
    (light,) = clips.Clips.open(tmp_path / "work" / "a")  # the one of other words is left out
    assert (light.text, light.voice) == ("turn on the light", "some")
    assert light.phones in {parse(f"t ɜ ɹ n {on} n ð ə l aɪ t") for on in ("ɔ", "ɑ")}
    (attic,) = clips.Clips.open(tmp_path / "work" / "b")
    assert attic.text == "where is the attic"


def test_speakers_of_a_set_that_is_all_for_training_are_held_out(tmp_path: Path) -> None:
    folder = tmp_path / "people" / "an4"
    folder.mkdir(parents=True)
    rows = [{"audio": f"{i}.flac", "text": "yes", "speaker": f"s{i % 40}", "split": "train"}
            for i in range(200)]  # fmt: skip
    (folder / "labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    learned = recordings.recordings(tmp_path, measured=False)
    measured = recordings.recordings(tmp_path, measured=True)
    assert len(learned) + len(measured) == 200
    assert {row.speaker for row in learned}.isdisjoint(row.speaker for row in measured)
    assert measured
    (folder / "labels.jsonl").write_text('{"audio": 1}\n')
    with pytest.raises(DataError, match=r"labels.jsonl:1: expected an object with audio and split"):
        recordings.recordings(tmp_path, measured=False)


def test_the_recipe_that_ships_is_the_usual_one() -> None:
    path = Path(recipe.__file__).parent.parent / "recipes" / "phones.toml"
    assert read_settings(replace(recipe.Recipe(), seed=9), path) == recipe.Recipe()
    named = set(re.findall(r"^(\w+) =", path.read_text(encoding="utf-8"), re.MULTILINE))
    assert named == set(re.findall(r"^(\w+) =", to_toml(recipe.Recipe()), re.MULTILINE))


def test_a_reader_gives_back_its_weights(tmp_path: Path) -> None:
    from mondegreen.model.phone_network import PhoneNetwork, Shape

    torch.manual_seed(0)
    whole = PhoneNetwork(Shape())
    for parameter in whole.parameters():  # equal tensors would be stored once
        torch.nn.init.normal_(parameter)
    sequences = phonotactics.fit([(1, 2, 3)])
    prior, counts = np.full(42, -np.log(42)), np.ones((42, 42))
    export_reader.export(whole, tmp_path, MoonshineEncoder(), prior, "# card\n", sequences, counts)
    weights = export_reader.weights_of(tmp_path)
    for name, values in whole.state_dict().items():
        if not name.startswith("middle"):
            torch.testing.assert_close(weights[name], values, atol=2e-3, rtol=2e-3)


def test_what_is_no_reader_gives_no_weights(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no phone reader there"):
        export_reader.weights_of(tmp_path)
    folder = Path(shutil.copytree(shipped("phones"), tmp_path / "reader"))
    about = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    for data, message in (
        (b"junk" * 9, "cannot be opened"),
        ((shipped("silero") / "silero.onnx").read_bytes(), "has the inputs"),
    ):
        (folder / NETWORK).write_bytes(data)
        with pytest.raises(ModelError, match="SHA-256"):
            export_reader.weights_of(folder)
        about["files"][NETWORK] = hashlib.sha256(data).hexdigest()
        (folder / DESCRIPTION).write_text(json.dumps(about), encoding="utf-8")
        with pytest.raises(ModelError, match=message):
            export_reader.weights_of(folder)


def test_training_never_hears_the_speakers_it_is_measured_with() -> None:
    rng = np.random.default_rng(0)
    drawn = {clips.draw_voice(rng) for _ in range(2_000)}
    assert {name.split("-")[0] for name in drawn} == {"hibari", "flite", "espeak"}
    assert clips.UNSEEN_VOICE not in drawn
    kept = {clips.draw_unseen_speaker(rng).removeprefix("kokoro-") for _ in range(200)}
    assert kept == set(clips.UNSEEN_SPEAKERS)


def test_a_batch_that_explodes_spoils_nothing() -> None:
    state = State(
        lambda: torch.nn.Linear(2, 1), [Rate("", 0.1)], weight_decay=0.0, average=0.5,
        schedule=lambda _: 1.0,
    )  # fmt: skip
    before = state.network.weight.detach().clone()

    def explode(times: int) -> None:
        for _ in range(times):
            state.descend(state.network(torch.full((1, 2), torch.nan)).sum(), 1.0)

    explode(MOST_SPOILT - 1)
    torch.testing.assert_close(state.network.weight.detach(), before)
    state.descend(state.network(torch.ones(1, 2)).sum(), 1.0)
    assert not torch.equal(state.network.weight.detach(), before)
    assert torch.isfinite(state.average.weight).all()
    with pytest.raises(ModelError, match="diverged"):
        explode(MOST_SPOILT)
