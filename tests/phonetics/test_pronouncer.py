from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mondegreen.errors import GrammarError
from mondegreen.phonetics.inventory import BLANK, PHONES, from_misaki, parse, spell
from mondegreen.phonetics.pronouncer import (
    MOST_LETTERS,
    MOST_PER_PHRASE,
    Pronouncer,
    lexicon_words,
    read_lexicon,
    sentence_phonemes,
)
from mondegreen.phonetics.recent import Recent

pronouncer = Pronouncer()


def pronunciations(word: str) -> list[str]:
    return [spell(p) for p in pronouncer.word(word)]


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("and", ["æ n d", "ə n d", "ə n", "n"]),
        ("a", ["ə", "eɪ"]),
        ("of", ["ə v", "ʌ v"]),
        ("the", ["ð ə", "ð i"]),
        ("read", ["ɹ i d", "ɹ ɛ d"]),
        ("live", ["l aɪ v", "l ɪ v"]),
        ("record", ["ɹ ɛ k ə ɹ d", "ɹ ə k ɔ ɹ d"]),
        ("water", ["w ɔ ɾ ə ɹ", "w ɔ t ə ɹ", "w ɔ t ə"]),
        ("bath", ["b æ θ", "b ɑ θ"]),
        ("car", ["k ɑ ɹ", "k ɑ"]),
        ("caught", ["k ɔ t", "k ɑ t"]),
        ("new", ["n u", "n j u"]),
        ("running", ["ɹ ʌ n ɪ ŋ", "ɹ ʌ n ɪ n"]),
        ("button", ["b ʌ t n", "b ʌ t ə n"]),
        ("little", ["l ɪ ɾ ə l", "l ɪ t ə l"]),
        ("internet", ["ɪ n t ə ɹ n ɛ t", "ɪ n ə ɹ n ɛ t"]),
        ("rockin'", ["ɹ ɑ k ɪ n"]),
        ("googled", ["ɡ u ɡ ə l d"]),
        ("radiohead", ["ɹ eɪ d i oʊ h ɛ d"]),
    ],
)
def test_the_forms_people_use_are_there(word: str, forms: list[str]) -> None:
    assert set(forms) <= set(pronunciations(word))


def test_the_default_reading_comes_first() -> None:
    assert pronunciations("schedule")[0] == "s k ɛ dʒ u l"
    assert pronunciations("read")[0] == "ɹ i d"


@pytest.mark.parametrize("word", ["kitchen", "lights", "espresso", "tomorrow", "jazz"])
def test_agrees_with_the_sentence_engine(word: str) -> None:
    assert pronouncer.word(word)[0] == from_misaki(sentence_phonemes(word))


def test_names() -> None:
    assert [spell(p) for p in pronouncer.phrase("AC/DC")] == ["eɪ s i d i s i"]
    assert spell(pronouncer.phrase("Beyoncé")[0]).endswith("s eɪ")
    assert "ɡ ʌ n z ə n ɹ oʊ z ɪ z" in [spell(p) for p in pronouncer.phrase("Guns N' Roses")]
    assert spell(pronouncer.phrase("Mr. Blue Sky")[0]) == "m ɪ s t ə ɹ b l u s k aɪ"


def test_accents_do_not_matter_to_known_words() -> None:
    assert pronouncer.word("café") == pronouncer.word("cafe") == pronouncer.word("CAFÉ")


def test_names_that_mislead_are_said_right() -> None:
    assert pronunciations("angeles")[0] == "æ n dʒ ə l ə s"
    assert pronunciations("Rosalía") == pronunciations("rosalia")
    assert not pronouncer.is_guess("Tiësto")
    assert spell(pronouncer.phrase("Dr. Dre")[0]) == "d ɑ k t ə ɹ d ɹ eɪ"


@pytest.mark.parametrize(
    ("word", "as_word", "spelled"),
    [
        ("led", "l ɛ d", "ɛ l i d i"),
        ("LED", "l ɛ d", "ɛ l i d i"),
        ("hvac", "eɪ tʃ v æ k", "eɪ tʃ v i eɪ s i"),
        ("id", "ɪ d", "aɪ d i"),
        ("oled", "oʊ l ɛ d", "oʊ ɛ l i d i"),
    ],
)
def test_abbreviations_are_words_and_letters(word: str, as_word: str, spelled: str) -> None:
    assert {as_word, spelled} <= set(pronunciations(word))


def test_guesses_are_told_from_known_words() -> None:
    assert pronouncer.is_guess("blorpington")
    assert pronouncer.is_guess("luftballons")
    assert not any(map(pronouncer.is_guess, ["water", "AC/DC", "99", "rockin'", "joe's", "b"]))
    assert not Pronouncer({"blorpington": ["b l ɔ ɹ p"]}).is_guess("Blorpington")


@pytest.mark.parametrize("silent", ["", "?", "宇多田"])
def test_the_unsayable_has_no_pronunciation(silent: str) -> None:
    assert pronouncer.word(silent) == ()
    assert pronouncer.phrase(silent) == ()


def test_a_name_with_an_unsayable_word_has_no_pronunciation() -> None:
    assert pronouncer.phrase("play 宇多田") == ()


def test_phrases_equals_phrase_and_lattice_covers_it() -> None:
    names = ["Blue Sky", "The Who", "U2", "?"]
    assert pronouncer.phrases(names) == [pronouncer.phrase(n) for n in names]
    words, readings = zip(*pronouncer.lattice("Blue Sky"), strict=True)
    assert words == ("blue", "sky")
    assert pronouncer.phrase("Blue Sky")[0] == readings[0][0] + readings[1][0]


def test_the_users_lexicon_wins() -> None:
    own = Pronouncer({"Dre": ["d ɹ i"], "the who": ["ð ə h u"]})
    assert own.word("dre") == (parse("d ɹ i"),)
    assert own.phrase("Dr. Dre")[0][-3:] == parse("d ɹ i")
    assert own.phrase("The Who") == (parse("ð ə h u"),)


def test_a_lexicon_with_an_unknown_phone_is_refused() -> None:
    with pytest.raises(GrammarError, match="unknown phone 'q'"):
        Pronouncer({"queue": ["q u"]})
    with pytest.raises(GrammarError, match="no phones"):
        Pronouncer({"queue": []})


def test_lexicon_file(tmp_path: Path) -> None:
    path = tmp_path / "my.lexicon"
    path.write_text(
        "# artists\n\nDre\td ɹ eɪ\nsade  ʃ ɑ d eɪ   # not sayd\n"
        "sade  s ɑ d eɪ\nsigur rós\ts i ɡ ʊ ɹ\n",
        encoding="utf-8",
    )
    assert read_lexicon(path)["sade"] == ("ʃ ɑ d eɪ", "s ɑ d eɪ")
    own = Pronouncer.from_file(path)
    assert own.word("Sade") == (parse("ʃ ɑ d eɪ"), parse("s ɑ d eɪ"))
    assert own.phrase("Sigur Rós") == (parse("s i ɡ ʊ ɹ"),)


@pytest.mark.parametrize(
    ("content", "line"),
    [("dre d ɹ eɪ\n", 1), ("# x\ndre\td ɹ eɪ\nfoo\tp xx\n", 3), ("\nlonely\n", 2)],
)
def test_lexicon_mistakes_name_their_line(tmp_path: Path, content: str, line: int) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(GrammarError) as caught:
        Pronouncer.from_file(path)
    assert caught.value.line == line
    assert f"bad.txt:{line}:" in str(caught.value)


def test_a_lexicons_words_are_those_that_are_looked_up(tmp_path: Path) -> None:
    path = tmp_path / "my.lexicon"
    path.write_text("O’Brien\toʊ b ɹ aɪ\nBeyoncé\tb i\nAC/DC\ti s i\n", encoding="utf-8")
    own = Pronouncer.from_file(path)
    assert own.phrase("O'Brien")[0] == parse("oʊ b ɹ aɪ")
    assert own.phrase("beyoncé")[0] == parse("b i")
    assert own.phrase("AC/DC")[0] == parse("i s i")
    path.write_text("???\tn u\n", encoding="utf-8")
    with pytest.raises(GrammarError, match="no word in it"):
        read_lexicon(path)


def test_a_missing_lexicon_is_a_grammar_error(tmp_path: Path) -> None:
    with pytest.raises(GrammarError, match="cannot read the lexicon"):
        Pronouncer.from_file(tmp_path / "none.txt")


def test_a_word_on_very_many_lines_is_refused_once_over(tmp_path: Path) -> None:
    path = tmp_path / "own.lexicon"
    path.write_text("play\tp l eɪ\n" * 300_000, encoding="utf-8")  # a square of it: minutes
    with pytest.raises(GrammarError, match="'play' has more than 100 pronunciations"):
        read_lexicon(path)


def test_what_is_remembered_has_an_end() -> None:
    asked = Pronouncer()
    asked.word("first")
    longest = 1_500
    assert longest**2 / 2 > MOST_LETTERS
    for length in range(1, longest):  # unsayable, and quickly so
        asked.stressed("?" * length)
    readings, stressed = asked.answers()
    assert 0 < sum(map(len, readings)) <= MOST_LETTERS
    assert 0 < sum(map(len, stressed)) <= MOST_LETTERS
    assert "?" * (longest - 1) in readings
    assert "first" not in readings
    assert asked.word("first") == Pronouncer().word("first")


def test_words_are_read_the_same_by_several_threads_while_others_are_forgotten() -> None:
    words = lexicon_words()[1_000:1_400]
    alone = Pronouncer()
    expected = [(alone.word(word), alone.stressed(word)) for word in words]
    shared = Pronouncer()
    shared._cache, shared._stressed = Recent(300), Recent(300)

    def ask(word: str) -> tuple[object, object]:
        return shared.word(word), shared.stressed(word)

    with ThreadPoolExecutor(4) as threads:
        for answers in (threads.map(ask, words) for _ in range(3)):
            assert list(answers) == expected


def test_a_pronouncer_goes_to_another_process() -> None:
    own = Pronouncer({"Dre": ["d ɹ i"]})
    own.word("light")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
        assert processes.submit(own.word, "dre").result() == (parse("d ɹ i"),)
        assert processes.submit(own.word, "light").result() == own.word("light")


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz'éø -", min_size=1, max_size=16))
def test_pronunciations_are_valid_distinct_and_few(text: str) -> None:
    for readings in (pronouncer.word(text), pronouncer.phrase(text)):
        assert len(readings) <= MOST_PER_PHRASE
        assert len(set(readings)) == len(readings)
        for phones in readings:
            assert phones
            assert all(BLANK < p < len(PHONES) for p in phones)


def test_common_words_cost_the_decoder_little() -> None:
    words = ["play", "music", "turn", "kitchen", "lights", "timer", "minutes", "weather", "song"]
    assert sum(len(pronouncer.word(w)) for w in words) / len(words) <= 2.2


def test_a_number_that_begins_with_a_point_is_read_so() -> None:
    assert sentence_phonemes(".5 litres") == sentence_phonemes("point five litres")


@pytest.mark.parametrize(("word", "letters"), [("ev", "e v"), ("ir", "i r"), ("kexp", "k e x p")])
def test_short_words_in_no_dictionary_may_be_letters(word: str, letters: str) -> None:
    pronouncer = Pronouncer()
    assert pronouncer.phrase(letters)[0] in pronouncer.word(word)
    assert len(pronouncer.word(word)) > 1
