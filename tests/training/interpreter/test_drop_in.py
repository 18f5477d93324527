"""Any language model may be dropped in: here a small one that reads from left to right."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("tokenizers")

import tokenizers
import transformers

from mondegreen.engines.general.interpreter import Interpreter as Running
from mondegreen.engines.general.model_folder import Balance, model_folder
from mondegreen.errors import ModelError
from mondegreen.model.language_model import Adapt, language_model
from mondegreen.training.interpreter.export_interpreter import export, slots_of_intents
from mondegreen.training.interpreter.fit_certainty import NOBODY
from mondegreen.training.interpreter.fit_interpreter import Fit, fit
from mondegreen.training.interpreter.labelled_sentences import Labelled, Sentence

SENTENCES = [
    Sentence(f"{verb}{value}", (verb, "the", *value.split()), intent,
             (Labelled(slot, 2, 2 + len(value.split())),))
    for verb, intent, slot, values in (
        ("play", "music", "song", ("yesterday", "blue moon", "thriller", "imagine")),
        ("water", "garden", "plant", ("roses", "apple tree", "ferns", "lemon tree")),
    )
    for value in values
]  # fmt: skip


@pytest.fixture(scope="module")
def decoder_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small Llama with a byte-pair vocabulary, not trained on anything."""
    folder = tmp_path_factory.mktemp("llama")
    pieces = tokenizers.Tokenizer(tokenizers.models.BPE())
    pieces.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=True)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=320, show_progress=False,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    pieces.train_from_iterator([" ".join(s.words) for s in SENTENCES], trainer)
    transformers.PreTrainedTokenizerFast(tokenizer_object=pieces).save_pretrained(folder)
    config = transformers.LlamaConfig(
        vocab_size=320, hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2,
    )  # fmt: skip
    transformers.LlamaModel(config).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("manner", ["full", "lora", "frozen"])
def test_it_is_fitted_and_runs_as_it_was_fitted(
    tmp_path: Path, decoder_folder: Path, manner: Adapt
) -> None:
    settings = Fit(
        language_model=f"transformers:{decoder_folder}", adapt=manner, epochs=30,
        batch_pieces=64, rate=3e-3, head_rate=1e-2, drop=0.0, swap=0.0, average=0.5,
    )  # fmt: skip
    interpreter = fit(SENTENCES, (), settings)
    words = [sentence.words for sentence in SENTENCES]
    meanings = interpreter.read(words)
    assert [m.intent for m in meanings] == [s.intent for s in SENTENCES]
    slots_of = slots_of_intents(SENTENCES)
    export(
        interpreter, tmp_path, name="small", slots_of=slots_of, certainty=NOBODY,
        balance=Balance(), card="# small\n", transcriber={}, bits=8,
    )  # fmt: skip
    running = Running.load(model_folder(tmp_path))
    assert running.slots == interpreter.names.slots == ("plant", "song")
    for row, meaning in zip(words, meanings, strict=True):
        reading = running.read(row)
        assert running.intents[reading.intent] == meaning.intent
        assert [running.slots[span.slot] for span in reading.spans] == [
            slot.name for slot in meaning.slots
        ]


def test_a_folder_without_a_language_model_is_named(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ModelError, match=str(place)):
            language_model(f"transformers:{place}")
