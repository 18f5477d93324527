from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mondegreen.audio.samples import RATE, Samples
from mondegreen.errors import DataError, MissingExtra, ModelError, SettingsError
from mondegreen.phonetics.inventory import PHONES
from mondegreen.speech.ear import Ear
from mondegreen.speech.encoder import SpeechEncoder, load_encoder

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("safetensors")

from mondegreen.speech.transformers_encoder import TransformersEncoder  # noqa: E402

LAYERS: dict[str, Any] = {
    "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 20,
    "conv_dim": (8,) * 7, "num_conv_pos_embeddings": 8, "num_conv_pos_embedding_groups": 2,
    "feat_proj_dropout": 0.5, "hidden_dropout": 0.5, "layerdrop": 0.5,
}  # fmt: skip
TOKENS = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 1}


def wav2vec2() -> Any:
    return transformers.Wav2Vec2Model(transformers.Wav2Vec2Config(hidden_size=16, **LAYERS))


def wavlm() -> Any:
    """Its convolutions as in the large models: with biases, so the level of the sound matters."""
    large = {"feat_extract_norm": "layer", "conv_bias": True}
    return transformers.WavLMModel(transformers.WavLMConfig(hidden_size=24, **LAYERS, **large))


def hubert() -> Any:
    return transformers.HubertForCTC(transformers.HubertConfig(hidden_size=16, **LAYERS))


def whisper() -> Any:
    config = transformers.WhisperConfig(
        d_model=20, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16, vocab_size=30,
        max_source_positions=50, max_target_positions=10, num_mel_bins=80, dropout=0.5, **TOKENS,
    )  # fmt: skip
    return transformers.WhisperForConditionalGeneration(config)


def moonshine() -> Any:
    config = transformers.MoonshineConfig(
        vocab_size=30, hidden_size=16, intermediate_size=20, encoder_num_hidden_layers=1,
        decoder_num_hidden_layers=1, encoder_num_attention_heads=2, decoder_num_attention_heads=2,
        max_position_embeddings=64, **TOKENS,
    )  # fmt: skip
    return transformers.MoonshineForConditionalGeneration(config)


# Model, numbers in a frame, samples between frames.
FAMILIES: dict[str, tuple[Callable[[], Any], int, int]] = {
    "wav2vec2": (wav2vec2, 16, 320),
    "wavlm": (wavlm, 24, 320),
    "hubert": (hubert, 16, 320),
    "whisper": (whisper, 20, 320),
    "moonshine": (moonshine, 16, 384),
}


def saved(folder: Path, family: str, seed: int = 0) -> Path:
    """A model with random weights, as `transformers` writes it, but for the preprocessing."""
    torch.manual_seed(seed)
    FAMILIES[family][0]().save_pretrained(folder)
    if family == "whisper":
        transformers.WhisperFeatureExtractor(feature_size=80, chunk_length=1).save_pretrained(
            folder
        )
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("models")
    return {family: saved(place / family, family) for family in FAMILIES}


@pytest.fixture
def copy(folders: dict[str, Path], tmp_path: Path) -> Callable[[str], Path]:
    """A copy of a family's folder, to damage."""
    return lambda family: shutil.copytree(folders[family], tmp_path / family)


def sound(length: int, seed: int = 0) -> Samples:
    return np.random.default_rng(seed).uniform(-0.3, 0.3, length).astype(np.float32)


@pytest.mark.parametrize("family", FAMILIES)
def test_frames_follow_the_clock(folders: dict[str, Path], family: str) -> None:
    _, size, stride = FAMILIES[family]
    ear: SpeechEncoder = load_encoder("transformers", model=folders[family])
    assert (ear.name, ear.size, ear.frame_seconds) == ("transformers", size, stride / RATE)
    assert len(bytes.fromhex(ear.digest)) == 32
    for length in (8_000, 16_000, 16_001, 40_123):
        frames = ear.encode(sound(length))
        assert frames.shape[1] == size
        assert frames.dtype == np.float32
        assert 0 <= math.ceil(length / stride) - len(frames) <= 2
        assert np.isfinite(frames).all()


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("length", [0, 1, 399, 400, 1_000, 3_999])
def test_short_audio_gives_a_frame(folders: dict[str, Path], family: str, length: int) -> None:
    _, size, stride = FAMILIES[family]
    frames = load_encoder(f"transformers:{folders[family]}").encode(sound(length))
    expected = max(1, math.ceil(length / stride))
    assert max(1, expected - 2) <= len(frames) <= expected
    assert frames.shape[1] == size
    assert np.isfinite(frames).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_sound_gives_the_same_frames(folders: dict[str, Path], family: str) -> None:
    audio, threads = sound(20_000), torch.get_num_threads()
    one, other = (TransformersEncoder(folders[family]) for _ in range(2))
    first = one.encode(audio)
    assert np.array_equal(first, one.encode(audio))
    assert np.array_equal(first, other.encode(audio))
    assert one.digest == other.digest
    assert not np.allclose(first, one.encode(sound(20_000, seed=1)))
    assert torch.get_num_threads() == threads


def test_frames_are_those_of_the_model(folders: dict[str, Path]) -> None:
    audio = sound(16_000)
    with torch.inference_mode():
        model = transformers.Wav2Vec2Model.from_pretrained(folders["wav2vec2"]).eval()
        waves = model(torch.from_numpy(audio)[None]).last_hidden_state[0].numpy()
        whole = transformers.WhisperModel.from_pretrained(folders["whisper"]).eval()
        extractor = transformers.WhisperFeatureExtractor.from_pretrained(folders["whisper"])
        mel = extractor(audio, sampling_rate=RATE, return_tensors="pt").input_features
        windowed = whole.encoder(mel).last_hidden_state[0].numpy()
    assert TransformersEncoder(folders["wav2vec2"]).encode(audio) == pytest.approx(waves, abs=1e-5)
    assert TransformersEncoder(folders["whisper"]).encode(audio) == pytest.approx(
        windowed, abs=1e-5
    )


def test_audio_beyond_the_window_is_heard_window_by_window(folders: dict[str, Path]) -> None:
    ear, audio = TransformersEncoder(folders["whisper"]), sound(40_000)
    frames = ear.encode(audio)
    assert len(frames) == 125
    assert np.array_equal(frames[50:100], ear.encode(audio[16_000:32_000]))
    assert np.array_equal(frames[100:], ear.encode(audio[32_000:]))


def test_the_folders_preprocessing_is_used(copy: Callable[[str], Path]) -> None:
    folder = copy("wavlm")
    plain = TransformersEncoder(folder)
    transformers.Wav2Vec2FeatureExtractor(do_normalize=True).save_pretrained(folder)
    normalising = TransformersEncoder(folder)
    audio = 0.1 * sound(16_000)
    level = ((audio - audio.mean()) / np.sqrt(audio.var() + 1e-7)).astype(np.float32)
    assert normalising.encode(audio) == pytest.approx(plain.encode(level), abs=1e-4)
    assert normalising.encode(audio) == pytest.approx(normalising.encode(10 * audio), abs=1e-2)
    assert plain.encode(audio) != pytest.approx(plain.encode(level), abs=1e-1)
    assert normalising.digest != plain.digest  # a reader trained on one cannot read the other


def test_the_digest_follows_the_weights(folders: dict[str, Path], tmp_path: Path) -> None:
    for family in ("wav2vec2", "whisper"):
        digest = TransformersEncoder(folders[family]).digest
        moved = shutil.copytree(folders[family], tmp_path / f"{family}-moved")
        assert TransformersEncoder(moved).digest == digest
        assert TransformersEncoder(saved(tmp_path / family, family, seed=1)).digest != digest


def test_sharded_and_half_precision_weights(folders: dict[str, Path], tmp_path: Path) -> None:
    model = transformers.Wav2Vec2Model.from_pretrained(folders["wav2vec2"])
    model.save_pretrained(tmp_path / "shards", max_shard_size="10KB")
    assert not (tmp_path / "shards" / "model.safetensors").exists()
    sharded = TransformersEncoder(tmp_path / "shards")
    expected = TransformersEncoder(folders["wav2vec2"]).encode(sound(9_000))
    assert np.array_equal(sharded.encode(sound(9_000)), expected)
    model.half().save_pretrained(tmp_path / "half")
    halved = TransformersEncoder(tmp_path / "half").encode(sound(9_000))
    assert halved.dtype == np.float32
    assert halved == pytest.approx(expected, abs=0.05)
    next((tmp_path / "shards").glob("model-*.safetensors")).unlink()
    with pytest.raises(ModelError, match=r"lacks model-.*download them"):
        TransformersEncoder(tmp_path / "shards")


@pytest.mark.parametrize("name", ["{}/nothing", "./nothing", "~/a/b/nothing"])
def test_an_unknown_folder_is_named(tmp_path: Path, name: str) -> None:
    name = name.format(tmp_path)
    with pytest.raises(ModelError, match=rf"{name} is not a folder; give one") as raised:
        load_encoder(f"transformers:{name}")
    assert "\n" not in str(raised.value)


def test_a_hub_name_out_of_reach_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="'nobody/nothing' is neither a folder here nor") as raised:
        load_encoder("transformers:nobody/nothing")
    assert "\n" not in str(raised.value)


def test_a_hub_name_is_fetched_without_pickles(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from fnmatch import fnmatch

    requests: list[str] = []

    def fetch(name: str, *, allow_patterns: list[str]) -> str:
        requests.extend(allow_patterns)
        return str(folders[name.partition("/")[2]])

    monkeypatch.setattr("huggingface_hub.snapshot_download", fetch)
    assert load_encoder("transformers:someone/hubert").size == 16
    assert not any(fnmatch(f, p) for f in ("pytorch_model.bin", "model.pt") for p in requests)


def without_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def without_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def cut_short(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1_000])


def without_a_layer(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    kept = {name: tensor for name, tensor in tensors.items() if "encoder.layers.0" not in name}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})


def at_8_khz(folder: Path) -> None:
    transformers.Wav2Vec2FeatureExtractor(sampling_rate=8_000).save_pretrained(folder)


def without_preprocessing(folder: Path) -> None:
    (folder / "preprocessor_config.json").unlink()


def longer_window(folder: Path) -> None:
    transformers.WhisperFeatureExtractor(feature_size=80, chunk_length=2).save_pretrained(folder)


def unknown_kind(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "of-tomorrow"}')


def text_model(folder: Path) -> None:
    config = transformers.BertConfig(
        vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=8,
    )  # fmt: skip
    transformers.BertModel(config).save_pretrained(folder)


@pytest.mark.parametrize(
    ("family", "damage", "says"),
    [
        ("wav2vec2", without_config, "holds no config.json; give"),
        ("wav2vec2", without_weights, r"holds no model.safetensors \(found no weights\); give"),
        ("wav2vec2", pickled, r"no model.safetensors \(found pytorch_model.bin.*save_pretrained"),
        ("wav2vec2", cut_short, "cannot load"),
        ("wav2vec2", without_a_layer, "weights lack encoder.layers.0.* and 15 more that a wav2"),
        ("whisper", without_a_layer, "weights lack encoder.layers.0.* more that a whisper"),
        ("wav2vec2", at_8_khz, "hears sound at 8000 Hz; mondegreen hears at 16000 Hz"),
        ("whisper", without_preprocessing, "holds no preprocessor_config.json.*copy it"),
        ("whisper", longer_window, "does not work as a speech encoder"),
        ("wav2vec2", unknown_kind, "cannot load .*of-tomorrow.*update transformers"),
        ("wav2vec2", text_model, "holds a bert model, which reads input_ids; expected"),
    ],
)
def test_a_folder_that_will_not_do_is_refused(
    copy: Callable[[str], Path], family: str, damage: Callable[[Path], None], says: str
) -> None:
    folder = copy(family)
    damage(folder)
    with pytest.raises(ModelError, match=says) as raised:
        TransformersEncoder(folder)
    assert "\n" not in str(raised.value)
    assert str(folder) in str(raised.value)


def test_samples_of_two_channels_are_refused(folders: dict[str, Path]) -> None:
    with pytest.raises(ValueError, match=r"\(2, 800\)"):
        TransformersEncoder(folders["moonshine"]).encode(np.zeros((2, 800), np.float32))


@pytest.mark.parametrize("library", ["torch", "transformers"])
def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtra, match=r"pip install 'mondegreen\[train\]'"):
        load_encoder("transformers:anything")


def test_options_that_no_encoder_takes() -> None:
    for name in ("transformers", "transformers:"):
        with pytest.raises(SettingsError, match=r"'model'; transformers takes: model, threads"):
            load_encoder(name)
    with pytest.raises(SettingsError, match=r"'moonshine-tiny:x'.*moonshine-tiny takes: threads"):
        load_encoder("moonshine-tiny:x")
    with pytest.raises(SettingsError, match="'colour'"):
        load_encoder("transformers:x", colour="red")
    with pytest.raises(
        SettingsError, match=r"unknown encoder 'transformer'; did you mean.*known.*transformers"
    ):
        load_encoder("transformer:x")


@pytest.mark.slow
@pytest.mark.skipif(
    not (shutil.which("flite") and shutil.which("espeak-ng")), reason="flite and espeak-ng"
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # PyTorch on its older ONNX exporter
def test_a_reader_is_trained_on_it_and_refuses_another(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    """The whole recipe on a few sentences and 24 numbers a frame."""
    pytest.importorskip("onnx")
    from mondegreen.settings import read_settings
    from mondegreen.training.phones import recipe

    corpus = tmp_path / "voice-assistant-nlu"
    corpus.mkdir()
    texts = [f"{verb} the {thing} number {number}" for verb in ("open", "close", "count")
            for thing in ("door", "window") for number in range(10, 20)]  # fmt: skip
    rows = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    (corpus / "train.jsonl").write_text(rows, encoding="utf-8")
    changes = (
        "speech.random_runs=0", "speech.commands=40", "fit.steps=2", "fit.shape.width=16",
        "fit.shape.blocks=2",
    )  # fmt: skip
    encoder = f"transformers:{folders['wavlm']}"
    settings = read_settings(recipe.Recipe(encoder=encoder), None, changes)
    job = recipe.Job(settings, tmp_path, tmp_path / "work", tmp_path / "out", workers=1)
    recipe.train(job, lambda _line: None)

    hearing = Ear.load(job.out, encoder).listen(sound(16_000))
    assert hearing.log_posteriors.shape == (49, len(PHONES))
    assert hearing.frame_seconds == 0.02
    other = f"transformers:{saved(tmp_path / 'other', 'wavlm', seed=1)}"
    with pytest.raises(ModelError, match=r"trained on the encoder transformers.*train a reader"):
        Ear.load(job.out, other)
    with pytest.raises(DataError, match=r"another recipe \(encoder\..*delete this one"):
        recipe.train(replace(job, recipe=replace(settings, encoder=other)), lambda _line: None)
