from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soxr
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.audio.read import read_audio
from mondegreen.audio.samples import Samples
from mondegreen.speech.moonshine import MoonshineEncoder
from mondegreen.speech.transcriber import Transcriber, loop_start
from mondegreen.speech.word_pieces import END, START, likely_tokens, text_of, word_pieces
from mondegreen.voices.voice import voice


@pytest.fixture(scope="module")
def encoder() -> MoonshineEncoder:
    return MoonshineEncoder()


@pytest.fixture(scope="module")
def transcriber() -> Transcriber:
    return Transcriber.load()


@lru_cache(maxsize=16)
def spoken(text: str) -> Samples:
    samples, rate = voice("hibari").speak(text, seed=1)
    return np.asarray(soxr.resample(samples, rate, 16_000), np.float32)


@lru_cache(maxsize=1)
def read_aloud() -> Samples:
    """Twelve seconds of Dickens, read by a person: from moonshine-voice 0.0.73 (MIT)."""
    return read_audio(Path(__file__).with_name("two_cities.ogg")).samples


def words(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalpha() or c == " ")


@pytest.mark.parametrize(
    "text",
    [
        "play rhapsody in blue",
        "turn on the kitchen lights",
        "what is the weather in paris tomorrow",
    ],
)
def test_writes_down_commands(
    encoder: MoonshineEncoder, transcriber: Transcriber, text: str
) -> None:
    assert words(transcriber.write_down(encoder.encode(spoken(text)))) == text


def test_words_are_spelled_as_today(encoder: MoonshineEncoder, transcriber: Transcriber) -> None:
    frames = encoder.encode(spoken("remind me to call bob tomorrow"))
    assert "to-morrow" in text_of(transcriber.tokens(frames))
    assert words(transcriber.write_down(frames)) == "remind me to call bob tomorrow"


def test_writes_down_a_person(encoder: MoonshineEncoder, transcriber: Transcriber) -> None:
    # Twelve seconds: more than the 384 frames from which a full-length mask breaks the graph.
    frames = encoder.encode(read_aloud())
    assert len(frames) > 384
    transcript = words(transcriber.write_down(frames))
    assert transcript.startswith("it was the best of times it was the worst of times")
    assert "it was the age of wisdom it was the age of foolishness" in transcript


def test_the_limit_holds(encoder: MoonshineEncoder, transcriber: Transcriber) -> None:
    frames = encoder.encode(spoken("play rhapsody in blue"))
    every = transcriber.tokens(frames)
    assert START not in every
    assert END not in every
    assert transcriber.tokens(frames, max_tokens=2) == every[:2]
    assert transcriber.tokens(frames, max_tokens=0) == []


class _Counted:
    """An ONNX session that counts its runs."""

    def __init__(self, session: Any) -> None:
        self._session, self.runs = session, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def run(self, *inputs: Any) -> Any:
        self.runs += 1
        return self._session.run(*inputs)


@pytest.mark.parametrize(
    ("expected", "most_runs"),
    [
        ("turn on the kitchen lights.", 1),
        ("turn on the kitchen", 3),
        ("turn on the living room lights.", 5),
        ("lock the front door.", 8),
        ("", 8),
    ],
)
def test_what_is_expected_makes_it_faster_and_not_other(
    encoder: MoonshineEncoder, transcriber: Transcriber, expected: str, most_runs: int
) -> None:
    counted = _Counted(transcriber._session)
    fast = Transcriber(counted, encoder)
    transcript = fast.write_down(fast.attend(spoken("turn on the kitchen lights")), expected)
    assert transcript == "Turn on the kitchen lights."
    assert counted.runs <= most_runs


def test_the_limit_holds_for_what_is_expected(
    encoder: MoonshineEncoder, transcriber: Transcriber
) -> None:
    frames = encoder.encode(spoken("turn on the kitchen lights"))
    every = transcriber.tokens(frames)
    for most in range(len(every) + 1):
        assert transcriber.tokens(frames, most, expected=every) == every[:most]
    loop = [every[0]] * 40
    assert transcriber.tokens(frames, expected=loop) == every


@given(st.lists(st.from_regex(r"[a-z']{1,12}", fullmatch=True), min_size=1, max_size=6))
def test_likely_tokens_spell_the_text(words: list[str]) -> None:
    text = " ".join(words)
    assert text_of(likely_tokens(text)) == text[0].upper() + text[1:]


def test_likely_tokens_are_the_transcribers_own(
    encoder: MoonshineEncoder, transcriber: Transcriber
) -> None:
    for text in ("turn on the kitchen lights.", "open the garage door."):
        tokens = transcriber.tokens(encoder.encode(spoken(text)))
        assert likely_tokens(text) == tokens
    assert likely_tokens("") == []
    assert text_of(likely_tokens("☃")) == "☃"  # byte by byte


def test_a_readers_words_are_spelled_as_the_transcriber_spells_them(
    encoder: MoonshineEncoder, transcriber: Transcriber
) -> None:
    tokens = transcriber.tokens(encoder.encode(read_aloud()))
    assert len(tokens) > 20
    assert likely_tokens(text_of(tokens)) == tokens


def test_what_was_said_is_likelier_than_what_was_not(transcriber: Transcriber) -> None:
    frames = transcriber.attend(spoken("turn on the kitchen lights"))
    texts = ["turn on the kitchen lights", "turn off the kitchen lights", "good night", ""]
    right, other, foreign, nothing = map(transcriber.forced(frames).likelihood, texts)
    assert -1.0 < right < 0.0
    assert other < right - 4
    assert foreign < other
    assert nothing < right - 4
    # Each is asked by itself.
    assert transcriber.forced(frames).likelihood(texts[1]) == other


def test_capitals_and_marks_are_the_transcribers_choice(transcriber: Transcriber) -> None:
    frames = transcriber.attend(spoken("well, I live in paris, and she lives in boston"))
    plain = "well i live in paris and she lives in boston"
    written = transcriber.write_down(frames)
    assert "Paris" in written
    assert transcriber.forced(frames).likelihood(plain) > -4.0


@pytest.mark.parametrize("seconds", [0.1, 2.0])
def test_noise_stays_short(
    encoder: MoonshineEncoder, transcriber: Transcriber, seconds: float
) -> None:
    rng = np.random.default_rng(0)
    noise = (rng.normal(size=int(16_000 * seconds)) * 0.05).astype(np.float32)
    assert len(transcriber.tokens(encoder.encode(noise))) <= 6.5 * seconds + 6


def test_frames_of_another_encoder_are_refused(transcriber: Transcriber) -> None:
    with pytest.raises(ValueError, match=r"\(10, 416\)"):
        transcriber.write_down(np.zeros((10, 416), np.float32))


def test_the_tokenizer() -> None:
    pieces = word_pieces()
    assert len(pieces) == 32_768
    assert pieces[START], pieces[END] == (b"<s>", b"</s>")
    tokens = [pieces.index("▁the".encode()), pieces.index(b"\xc3"), pieces.index(b"\xa9")]
    assert text_of([START, *tokens, END, 32_001]) == "theé"
    assert text_of(tokens[:2]) == "the"  # half a character is left out, not an error


@given(
    st.lists(st.integers(3, 20), max_size=10, unique=True),
    st.lists(st.integers(21, 40), min_size=1, max_size=12, unique=True),
)
def test_a_loop_is_cut_to_its_first_round(before: list[int], loop: list[int]) -> None:
    tokens = before + loop * 4
    starts = (loop_start(tokens[:n]) for n in range(len(tokens) + 1))
    assert next(s for s in starts if s is not None) == len(before) + len(loop)


@pytest.mark.parametrize("tokens", [[], [5], [5, 5, 5], [5, 6, 5, 6, 5, 6], [5, 6, 7, 5, 6, 7]])
def test_ordinary_repetition_is_no_loop(tokens: list[int]) -> None:
    assert loop_start(tokens) is None


def test_loops() -> None:
    assert loop_start([9, 5, 5, 5, 5]) == 2
    assert loop_start([9, 5, 6, 7, 5, 6, 7, 5, 6, 7]) == 4
