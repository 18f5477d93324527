"""What tests share: speech made by voices that install with the project, and loaded engines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import settings

import mondegreen
from mondegreen.audio.samples import Samples, resample
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.jobs.cache import VARIABLE
from mondegreen.voices.voice import voice

# A busy machine is no reason to fail; speed is watched by benchmarks.
settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")


@lru_cache(maxsize=256)
def _speech(text: str, name: str) -> Samples:
    samples, rate = voice(name).speak(text, seed=1)
    return resample(samples, rate)


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What is compiled goes into a folder of this run; processes that tests start share it."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(folder))
        yield folder


@pytest.fixture(scope="session")
def say() -> Callable[..., Samples]:
    """`say(text)` gives 16 kHz mono samples of the built-in voice."""

    def speak(text: str, name: str = "hibari") -> Samples:
        return _speech(text, name)

    return speak


@pytest.fixture(scope="session")
def starter() -> GrammarEngine:
    """The starter grammar, loaded once. Tests that change an engine load their own."""
    return mondegreen.load("starter")


@pytest.fixture
def calls() -> Callable[[Callable[[], object], int], int]:
    """`calls(do, most)` is how many functions `do()` calls: its work, the same on any machine.

    It fails as soon as there are more than `most`. What `do()` raises goes through.
    """

    def count(do: Callable[[], object], most: int) -> int:
        total = 0

        def note(frame: object, event: str, argument: object) -> None:
            nonlocal total
            del frame, argument
            total += event in ("call", "c_call")
            if total > most:
                sys.setprofile(None)
                pytest.fail(f"more than {most:,} calls")

        before = sys.getprofile()
        sys.setprofile(note)
        try:
            do()
        finally:
            sys.setprofile(before)
        return total

    return count


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`install(name, code, group, points)` puts a package with entry points on the path.

    Its one module has the package's name; `points` holds lines such as "two = package:Two".
    """

    def add(name: str, code: str, group: str, *points: str) -> None:
        folder = tmp_path / f"packages-{name}"
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (folder / f"{name}.py").write_text(code, encoding="utf-8")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *points]) + "\n")
        monkeypatch.syspath_prepend(folder)
        monkeypatch.delitem(sys.modules, name, raising=False)

    return add


@pytest.fixture(scope="session", params=["whisper", "moonshine"])
def speech_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small speech encoder–decoder of transformers with its processor, trained on nothing."""
    transformers = pytest.importorskip("transformers")
    tokenizers = pytest.importorskip("tokenizers")
    torch = pytest.importorskip("torch")
    torch.manual_seed(5)
    kind, folder = str(request.param), tmp_path_factory.mktemp(str(request.param))
    bytewise = kind == "whisper"
    pieces = tokenizers.Tokenizer(tokenizers.models.BPE(byte_fallback=not bytewise))
    level = tokenizers.pre_tokenizers.ByteLevel
    pieces.pre_tokenizer = (
        level(add_prefix_space=False) if bytewise else tokenizers.pre_tokenizers.Metaspace()
    )
    marks = (
        ["<|endoftext|>", "<|startoftranscript|>", "<|notimestamps|>"]
        if bytewise
        else ["<s>", "</s>"]
    )
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=340, show_progress=False, special_tokens=marks,
        initial_alphabet=level.alphabet() if bytewise else list("abcdefghijklmnopqrstuvwxyz',"),
    )  # fmt: skip
    pieces.train_from_iterator(["play the first song by queen", "turn off the light"], trainer)
    end = marks[0] if bytewise else marks[1]
    transformers.PreTrainedTokenizerFast(tokenizer_object=pieces, eos_token=end).save_pretrained(
        folder
    )
    ids = {"eos_token_id": marks.index(end), "pad_token_id": marks.index(end)}
    if bytewise:
        config = transformers.WhisperConfig(
            vocab_size=pieces.get_vocab_size(), d_model=32, encoder_layers=2, decoder_layers=2,
            encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=48,
            decoder_ffn_dim=48, decoder_start_token_id=1, bos_token_id=1, init_std=0.3, **ids,
        )  # fmt: skip
        transformers.WhisperFeatureExtractor().save_pretrained(folder)
        model = transformers.WhisperForConditionalGeneration(config)
    else:
        config = transformers.MoonshineConfig(
            vocab_size=pieces.get_vocab_size(), hidden_size=32, intermediate_size=48,
            encoder_num_hidden_layers=2, decoder_num_hidden_layers=2,
            encoder_num_attention_heads=4, decoder_num_attention_heads=4,
            decoder_start_token_id=0, bos_token_id=0, initializer_range=0.3,
            partial_rotary_factor=0.5, **ids,
        )  # fmt: skip
        transformers.Wav2Vec2FeatureExtractor(do_normalize=False).save_pretrained(folder)
        model = transformers.MoonshineForConditionalGeneration(config)
    with torch.no_grad():  # what pads is all zeros in a new table, and could never be written
        model.get_input_embeddings().weight[marks.index(end)] = 0.3 * torch.randn(32)
    model.save_pretrained(folder)
    return folder
