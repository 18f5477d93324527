"""Phonotactics as shipped, and what their file must be."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.errors import ModelError
from mondegreen.phonetics.inventory import PHONES, parse
from mondegreen.phonetics.phonotactics import END, START, Phonotactics
from mondegreen.speech.phone_folder import PHONOTACTICS, load_phonotactics
from mondegreen.weights.arrays import Arrays

READER = Path(str(files("mondegreen"))) / "weights" / "phones"
phones = st.lists(st.integers(1, len(PHONES) - 1), max_size=12)


@pytest.fixture(scope="module")
def shipped() -> Phonotactics:
    return load_phonotactics()


@given(phones)
def test_what_may_follow_sums_to_one(sounds: list[int]) -> None:
    model = load_phonotactics()
    following = model.following(model.context(sounds))
    assert following.shape == (len(PHONES),)
    # Numbers are kept in 16 bits.
    assert float(np.exp(following).sum()) == pytest.approx(1, abs=2e-3)


def test_english_is_likelier_than_its_phones_in_another_order(shipped: Phonotactics) -> None:
    english = [parse("p l eɪ ð ə n ɛ k s t s ɔ ŋ"), parse("s t ɹ ɔ ŋ"), parse("k w aɪ ə t")]
    for sounds in english:
        assert shipped.log_probability(sounds) > shipped.log_probability(sounds[::-1]) + 5


def test_the_context_begins_with_the_utterance_and_forgets_its_far_end(
    shipped: Phonotactics,
) -> None:
    longest = len(shipped.orders) - 1
    assert shipped.context([]) == (START,)
    assert shipped.context([3, 4]) == (START, 3, 4)
    sounds = list(range(1, longest + 4))
    assert shipped.context(sounds) == tuple(sounds[-longest:])
    assert shipped.context(sounds[: longest - 1]) == (START, *sounds[: longest - 1])


def test_nothing_that_was_said_ends_at_once(shipped: Phonotactics) -> None:
    start, word = shipped.context([]), shipped.context(parse("s t ɑ p"))
    assert shipped.following(start)[END] < shipped.following(word)[END] - 3


def test_a_file_comes_back_as_it_was(tmp_path: Path, shipped: Phonotactics) -> None:
    path = tmp_path / "model.npz"
    np.savez_compressed(path, allow_pickle=False, **shipped.arrays())
    sounds = parse("t ɜ ɹ n ɔ n")
    assert Phonotactics.load(Arrays(path, "get another")).log_probability(
        sounds
    ) == shipped.log_probability(sounds)


def _saved(array: np.ndarray) -> bytes:
    file = BytesIO()
    np.save(file, array)
    return file.getvalue()


def _scratched() -> bytes:
    content = bytearray((READER / PHONOTACTICS).read_bytes())
    content[len(content) // 2 : len(content) // 2 + 2_000] = bytes(2_000)
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04 not an archive", b"plain text", _saved(np.zeros(3)), _scratched()],
    ids=["empty", "half an archive", "text", "one array", "scratched"],
)
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.npz does not do \(.+\); get another"):
        Phonotactics.load(Arrays(path, "get another"))


def _swapped(keys: np.ndarray) -> np.ndarray:
    return np.concatenate([keys[1::-1], keys[2:]])


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("orders", lambda _: np.array(99), "99 orders"),
        ("orders", lambda _: np.array(0), "0 orders"),
        ("orders", lambda _: np.array([8]), r"expected int64 \(\)"),
        ("orders", lambda _: np.array(8.0), "orders is float64"),
        ("keys2", lambda keys: keys[:-1], r"log2 is float16 \(\d+,\), expected float16 \(\d+\)"),
        ("keys2", lambda keys: keys.astype(np.int64), "keys2 is int64"),
        ("keys2", _swapped, "keys2 do not ascend"),
        ("contexts3", _swapped, "contexts3 do not ascend"),
        ("keys1", lambda keys: keys + np.uint64(30), "are no probabilities of phones"),
        ("log1", lambda log: log * 0, "are no probabilities of phones"),
        ("log1", lambda log: log * 1_000, "are no probabilities of phones"),
        ("log2", lambda log: log * np.float16(np.nan), "log2 holds numbers that are not finite"),
        (
            "rest4",
            lambda rest: rest + np.float16(np.inf),
            "rest4 holds numbers that are not finite",
        ),
        ("rest4", lambda rest: rest + np.float16(1_000), "are no probabilities of phones"),
        ("rest8", lambda _: np.array([{}]), "pickle"),
    ],
)
def test_arrays_that_are_no_model_are_refused(
    tmp_path: Path,
    shipped: Phonotactics,
    name: str,
    change: Callable[[np.ndarray], np.ndarray],
    message: str,
) -> None:
    path, arrays = tmp_path / "model.npz", shipped.arrays()
    np.savez(path, **{**arrays, name: change(arrays[name])})
    with pytest.raises(ModelError, match=message):
        Phonotactics.load(Arrays(path, "get another"))


def test_a_missing_array_is_named(tmp_path: Path, shipped: Phonotactics) -> None:
    path, arrays = tmp_path / "model.npz", shipped.arrays()
    del arrays["contexts5"]
    np.savez(path, **arrays)
    with pytest.raises(ModelError, match="it holds no contexts5"):
        Phonotactics.load(Arrays(path, "get another"))
