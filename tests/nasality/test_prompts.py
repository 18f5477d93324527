from __future__ import annotations

import pytest

from mondegreen.errors import SettingsError
from mondegreen.nasality.prompts import SETS, prompt_set
from mondegreen.nasality.sound_classes import COGNATES, NASAL, VOWEL
from mondegreen.phonetics.inventory import INDEX
from mondegreen.phonetics.pronouncer import usual_pronouncer
from mondegreen.text.read_aloud import spoken_words


def _phones(text: str) -> list[set[int]]:
    """The phones of each word, in any of its pronunciations."""
    pronouncer = usual_pronouncer()
    return [{p for way in pronouncer.word(word) for p in way} for word in spoken_words(text)]


@pytest.mark.parametrize("name", ["zoo", "stops"])
def test_prompts_for_hypernasality_have_no_nasal(name: str) -> None:
    for sentence in SETS[name].sentences:
        for word, phones in zip(spoken_words(sentence), _phones(sentence), strict=True):
            assert not phones & NASAL, word


def test_the_zoo_has_most_vowels_and_every_stop() -> None:
    phones = set().union(*_phones(SETS["zoo"].text))
    assert len(phones & VOWEL) >= 13
    assert set(COGNATES) - {INDEX["ɾ"]} <= phones


def test_nasal_prompts_are_full_of_nasals() -> None:
    words = _phones(SETS["nasal"].text)
    assert sum(bool(word & NASAL) for word in words) > 0.7 * len(words)


def test_an_unknown_set_names_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="did you mean 'zoo'"):
        prompt_set("zo")
    with pytest.raises(SettingsError) as refused:
        prompt_set("xxxxxx")
    assert str(refused.value).count("zoo") == 1
