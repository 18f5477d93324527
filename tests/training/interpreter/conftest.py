"""A language model that is small enough to learn in a test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

MARKS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


@pytest.fixture(scope="session")
def small_bert(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """`small_bert(words, marks)` is the name of a BERT with these pieces, not trained on anything,
    as a recipe takes it."""
    tokenizers = pytest.importorskip("tokenizers")
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")

    def make(words: Sequence[str], marks: Sequence[str] = MARKS) -> str:
        place: Path = tmp_path_factory.mktemp("bert")
        numbers = {piece: i for i, piece in enumerate([*marks, *words])}
        pieces = tokenizers.Tokenizer(tokenizers.models.WordPiece(numbers, unk_token="[UNK]"))
        transformers.PreTrainedTokenizerFast(tokenizer_object=pieces).save_pretrained(place)
        torch.manual_seed(1)
        config = transformers.BertConfig(
            vocab_size=len(numbers), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
            num_attention_heads=4,
        )  # fmt: skip
        transformers.BertModel(config).save_pretrained(place)
        return f"transformers:{place}"

    return make
