"""What was asked for last stays, within so many letters."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from mondegreen.phonetics.recent import Recent


def test_what_was_asked_for_last_stays() -> None:
    recent: Recent[int] = Recent(9)
    for number, word in enumerate(("one", "two", "six")):
        recent.keep(word, number)
    assert recent.get("one") == 0
    recent.keep("four", 3)
    assert recent.all() == {"four": 3, "one": 0}
    assert recent.get("two") is None


def test_a_word_that_is_longer_than_all_may_be_is_not_kept() -> None:
    recent: Recent[str] = Recent(9)
    recent.keep("far too long a word", "")
    assert recent.all() == {}
    recent.keep("short", "")
    assert recent.all() == {"short": ""}


@given(st.lists(st.text(alphabet="ab", max_size=6)))
def test_there_are_never_more_letters_than_may_be(words: list[str]) -> None:
    recent: Recent[str] = Recent(10)
    for word in words:
        recent.keep(word, word)
        assert sum(map(len, recent.all())) <= 10
        assert recent.get(word) == word
    last = list(dict.fromkeys(reversed(words)))
    assert list(reversed(recent.all())) == last[: len(recent.all())]


def test_threads_share_it() -> None:
    recent: Recent[int] = Recent(60)

    def ask(number: int) -> bool:
        word = str(number % 50)
        recent.keep(word, number % 50)
        return recent.get(word) in (None, number % 50)

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(20_000)))
    assert sum(map(len, recent.all())) <= 60
