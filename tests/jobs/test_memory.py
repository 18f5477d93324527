"""What is loaded is not looked through again."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from mondegreen.jobs.memory import keep_loaded


class Ring:
    """An object that only a garbage collection can free."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leaves the collector as it was."""
    yield
    gc.unfreeze()


def test_what_is_loaded_is_passed_over() -> None:
    ring = Ring()
    assert any(other is ring for other in gc.get_objects())
    keep_loaded()
    assert not any(other is ring for other in gc.get_objects())
    assert gc.get_freeze_count() > 1_000


def test_what_was_replaced_is_freed_all_the_same() -> None:
    ring = Ring()
    gone = weakref.ref(ring)
    keep_loaded()
    del ring
    gc.collect()
    assert gone() is not None
    keep_loaded()
    assert gone() is None
