"""The one alphabet of sounds: read, written, and picked out of a reader's scores."""

from __future__ import annotations

import numpy as np
import pytest

from mondegreen.phonetics.inventory import BLANK, PHONES, best_path, from_misaki, parse, spell


def test_symbols_are_read_and_written() -> None:
    assert spell(parse("tʃ ɪ p")) == "tʃ ɪ p"
    assert spell(from_misaki("ʧˈɪp, plˈA")) == "tʃ ɪ p p l eɪ"
    assert parse("") == ()
    for wrong in ("q", PHONES[BLANK]):
        with pytest.raises(ValueError, match=f"unknown phone '{wrong}'; the inventory is: i ɪ"):
            parse(f"p {wrong}")


def test_the_best_path_collapses_as_ctc_does() -> None:
    b, i = parse("b i")
    labels = [0, b, b, 0, b, i, i, 0]
    scores = np.full((len(labels), len(PHONES)), -8.0, np.float32)
    scores[np.arange(len(labels)), labels] = -0.01
    assert best_path(scores) == (b, b, i)
    assert best_path(scores[:0]) == ()
