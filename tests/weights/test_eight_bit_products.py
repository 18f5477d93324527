"""A network whose matrices have 8 bits multiplies in 8 bits, and says nearly the same."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from mondegreen.errors import ModelError
from mondegreen.language.minilm import PACKAGE, MiniLM
from mondegreen.weights.eight_bit_products import with_eight_bit_products

TEXTS = [
    "who wrote the Principia", "Isaac Newton published his Principia in 1687.",
    "The Romans called the town Lutetia Parisiorum.", "It rains in the mountains.",
]  # fmt: skip


@pytest.fixture(scope="module")
def network() -> bytes:
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("needs the extra 'answer'")
    return (Path(spec.submodule_search_locations[0]) / "model.onnx").read_bytes()


def test_all_products_with_stored_matrices_are_in_eight_bits(network: bytes) -> None:
    changed = with_eight_bit_products(network, "the network")
    assert network.count(b"MatMulInteger") == 0
    assert changed.count(b"MatMulInteger") == 36  # six layers of six matrices
    assert changed.count(b"DynamicQuantizeLinear") == 24  # three of them have one input
    assert abs(len(changed) - len(network)) < 20_000


def test_its_vectors_are_nearly_the_same(network: bytes) -> None:
    assert network
    full, small = MiniLM().embed(TEXTS), MiniLM(eight_bits=True).embed(TEXTS)
    cosines = (full * small).sum(axis=1)
    assert ((cosines > 0.98) & (cosines < 0.99999)).all()
    assert np.abs(full @ full.T - small @ small.T).max() < 0.05


@pytest.mark.parametrize("length", [1, 100, 10_000, 1_000_000])
def test_half_a_network_is_refused(network: bytes, length: int) -> None:
    with pytest.raises(ModelError, match="half is no ONNX network"):
        with_eight_bit_products(network[:length], "half")


def test_what_has_no_such_products_is_refused() -> None:
    with pytest.raises(ModelError, match="the reader has no products"):
        with_eight_bit_products(b"\x08\x08", "the reader")
