"""The beginning of an utterance: all texts have a say, and the intent is known before the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mondegreen.audio.samples import RATE, Samples
from mondegreen.early.policy import Policy
from mondegreen.engines.general.beginning import APART, guess
from mondegreen.engines.general.choice import Written
from mondegreen.engines.general.engine import GeneralEngine
from mondegreen.engines.general.interpreter import Reading
from mondegreen.engines.general.model_folder import Balance
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.speech.doubts import Doubts
from mondegreen.speech.hearing import Hearing
from mondegreen.speech.listener import WINDOW, Listener
from mondegreen.types import Decided, Event, Final, Outlook, Partial, SpeechEnded

Say = Callable[..., Samples]
SILENCE = np.zeros(RATE, np.float32)
LIKELY = {("play", "jazz"): 0.9, ("pay", "jazz"): 0.2, ("play", "chess"): 0.6}


def read(words: tuple[str, ...], doubts: Doubts = ()) -> Reading:
    """Of two intents the first, as likely as LIKELY says if that is all, and a half if not."""
    del doubts
    share = LIKELY[words]
    return Reading(words, np.log([share, 1.0 - share]), np.log([0.5, 0.5]), (), 0.0)


@pytest.fixture(scope="module")
def general(starter: GrammarEngine) -> GeneralEngine:
    return GeneralEngine.load(ear=starter.ear)


def events_of(engine: GeneralEngine, sound: Samples, policy: Policy) -> list[Event]:
    with engine.stream(policy=policy) as stream:
        events = [
            event
            for start in range(0, len(sound), 1_600)
            for event in stream.feed(sound[start : start + 1_600])
        ]
        return events + stream.finish()


def test_texts_have_a_say_by_how_likely_they_were_written() -> None:
    likelihoods = {("play", "jazz"): 0.5, ("pay", "jazz"): 0.25, ("play", "chess"): 0.25}
    written = [Written(words, float(np.log(share))) for words, share in likelihoods.items()]
    mixed = guess(written, read, Balance(writer=1.0))
    assert mixed.whole == pytest.approx([0.65, 0.35])
    assert mixed.reading.words == ("play", "jazz")
    flat = guess(written, read, Balance(writer=0.0))
    assert flat.whole[0] == pytest.approx((0.9 + 0.2 + 0.6) / 3)


def test_the_longer_the_pause_the_more_a_sentence_is_taken_for_whole() -> None:
    mixed = guess([Written(("play", "jazz"), 0.0)], read, Balance())
    shares = [float(mixed.intents(pause)[0]) for pause in (0.0, 0.1, 0.5, 2.0)]
    assert shares == sorted(shares)
    assert shares[0] == pytest.approx(0.7)
    assert shares[-1] == pytest.approx(0.9, abs=0.01)
    assert mixed.intents(0.3).sum() == pytest.approx(1.0)


def test_a_beginning_is_less_sure_than_the_same_words_as_a_whole(general: GeneralEngine) -> None:
    interpreter = general.knowledge.interpreter
    sure = {"begun": 0.0, "whole": 0.0}
    for text in ("play", "set", "turn on the", "what is the", "remind me"):
        reading = interpreter.read(tuple(text.split()))
        assert np.exp(reading.begun).sum() == pytest.approx(1.0)
        sure["begun"] += float(np.exp(reading.begun.max()))
        sure["whole"] += float(np.exp(reading.intents.max()))
    assert sure["begun"] < sure["whole"]


def test_the_same_words_twice_are_one_text() -> None:
    twice = [Written(("pay", "jazz"), np.log(0.3)), Written(("pay", "jazz"), np.log(0.3)),
             Written(("play", "jazz"), np.log(0.4))]  # fmt: skip
    mixed = guess(twice, read, Balance(writer=1.0))
    assert mixed.reading.words == ("pay", "jazz")
    assert mixed.whole[0] == pytest.approx(0.6 * 0.2 + 0.4 * 0.9)


def test_the_intent_is_decided_while_somebody_speaks(general: GeneralEngine, say: Say) -> None:
    spoken = say("wake me up at seven am tomorrow morning please")
    sound = np.concatenate([SILENCE, spoken, SILENCE])
    events = events_of(general, sound, Policy(doubts={"intent": 0.1}))
    (decided,) = [event for event in events if isinstance(event, Decided)]
    (ended,) = [event for event in events if isinstance(event, SpeechEnded)]
    (final,) = [event for event in events if isinstance(event, Final)]
    assert (decided.part, decided.value) == ("intent", "alarm_set")
    assert decided.time < ended.time - 0.5
    alone = replace(general.understand(sound), compute_ms=0.0, audio_seconds=0.0)
    assert replace(final.result, compute_ms=0.0, audio_seconds=0.0) == alone


def test_the_words_so_far_begin_where_the_speech_began(general: GeneralEngine, say: Say) -> None:
    """However long ago that is: the encoder's window covers 3 s of it."""
    spoken = say("remind me that the meeting about the new kitchen was moved to monday at noon")
    assert len(spoken) / RATE > 1.2 * WINDOW * general.ear.frame_seconds
    sound = np.concatenate([SILENCE, spoken, SILENCE])
    events = events_of(general, sound, Policy(doubts={"intent": 0.1}))
    words = [event.transcript for event in events if isinstance(event, Partial)]
    assert len(words) > 3
    assert all(text.startswith("remind me") for text in words[-3:])
    assert words[-1].endswith("noon")


def test_it_is_written_down_only_when_asked_and_when_enough_is_new(
    general: GeneralEngine, say: Say
) -> None:
    sound, turn = say("play some jazz in the kitchen"), general.begin()
    listener = Listener(general.ear)
    turn.hear(listener.listen(sound[: round(0.8 * RATE)]))
    assert turn._beginning.guess is None
    before = turn.outlook()
    first = turn._beginning.guess
    assert isinstance(before, Outlook)
    assert before.likeliest("intent") is not None
    turn.hear(listener.listen(sound[: round((0.8 + APART / 2) * RATE)]))
    turn.outlook()
    assert turn._beginning.guess is first
    turn.hear(listener.listen(sound[: round((0.8 + 2 * APART) * RATE)]))
    turn.outlook()
    assert turn._beginning.guess is not first


def test_before_the_first_sound_nothing_is_expected(general: GeneralEngine) -> None:
    turn = general.begin()
    assert turn.outlook() is None
    hearing: Hearing = Listener(general.ear).listen(SILENCE)
    turn.hear(hearing)
    assert turn.outlook() is None
    assert turn.so_far() is None


def test_a_pause_longer_than_the_window_is_counted(general: GeneralEngine, say: Say) -> None:
    """The encoder hears 3 s, and then no sound at all."""
    turn, listener = general.begin(), Listener(general.ear)
    spoken = say("play some jazz")
    turn.hear(listener.listen(spoken, 0.0))
    before = turn.outlook()
    for seconds in (2, 4):
        turn.hear(listener.listen(np.concatenate([spoken, *[SILENCE] * seconds]), float(seconds)))
    after = turn.outlook()
    assert isinstance(before, Outlook)
    assert isinstance(after, Outlook)
    assert before.quiet == 0.0
    assert after.quiet == pytest.approx(WINDOW * general.ear.frame_seconds, abs=0.1)
