"""Meanings decided before the speaker has stopped: when they may be, and when they must not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import mondegreen
from mondegreen.early.pauses import Costs, going_on
from mondegreen.early.policy import RISK, Policy
from mondegreen.engines.grammar import token_passing
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.engines.grammar.onward import Onward
from mondegreen.engines.grammar.search import Search
from mondegreen.engines.grammar.settled import GOES_ON, outlook
from mondegreen.engines.grammar.token_passing import Fillings, TokenPassing
from mondegreen.engines.grammar.turn import ONSET
from mondegreen.types import ALL, Decided, Event, Final, SpeechEnded

Say = Callable[..., np.ndarray]
CHUNK = 1_600
SILENCE = np.zeros(16_000, np.float32)

GRAMMAR = """
context:
  expressions:
    Light:
      - "(please) turn the light $state:state (please)"
    Volume:
      - "set the volume to $pv.TwoDigitInteger:level"
    Note:
      - "write down $mondegreen.Words:text"
    Open:
      - "open the door (in the $room:room)"
    Close:
      - "close the door"
    CloseAll:
      - "close the door [of the house, of every house]"
  slots:
    state: ["on", "off"]
    room: [kitchen, cellar]
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> GrammarEngine:
    path = tmp_path_factory.mktemp("early") / "house.yaml"
    path.write_text(GRAMMAR, encoding="utf-8")
    return mondegreen.load(str(path))


def events_of(engine: GrammarEngine, *parts: np.ndarray) -> list[Event]:
    sound = np.concatenate([SILENCE, *parts, SILENCE, SILENCE])
    events: list[Event] = []
    with engine.stream() as stream:
        for start in range(0, len(sound), CHUNK):
            events += stream.feed(sound[start : start + CHUNK])
    return events


def only(events: list[Event], kind: type) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


def decided_whole(events: list[Event]) -> list[Decided]:
    return [e for e in events if isinstance(e, Decided) and e.part == ALL]


def decided_parts(events: list[Event]) -> dict[str, object]:
    return {e.part: e.value for e in events if isinstance(e, Decided)}


def test_a_meaning_that_nothing_can_change_is_decided_before_the_pause_is_over(
    engine: GrammarEngine, say: Say
) -> None:
    events = events_of(engine, say("turn the light off"))
    (decided,) = decided_whole(events)
    (final,) = only(events, Final)
    assert isinstance(final, Final)
    assert decided.meaning is not None
    assert events.index(decided) < events.index(final)
    assert decided.time < final.time - 0.1
    assert decided.meaning.key == final.result.meaning.key == ("Light", (("state", "'off'"),))
    assert 0 <= decided.risk <= RISK
    assert list(decided_parts(events)) == ["intent", "slot:state", "all"]
    (slot,) = decided.meaning.slots
    (same,) = final.result.slots
    assert slot.start == pytest.approx(same.start, abs=0.1)


@pytest.mark.parametrize(
    "text",
    [
        "open the door",  # a room may follow
        "close the door",  # another intent's words may follow
        "set the volume to fifty",  # fifty five
        "write down milk and honey",  # free words have no end
    ],
)
def test_what_may_still_change_waits_until_nobody_would_go_on(
    engine: GrammarEngine, say: Say, text: str
) -> None:
    events = events_of(engine, say(text))
    (final,) = only(events, Final)
    assert isinstance(final, Final)
    assert final.result.status == "understood"
    waited_for(events)


def waited_for(events: list[Event]) -> None:
    """All of a meaning was decided late enough in the pause, if at all before its end."""
    ends = [event.time for event in only(events, SpeechEnded)]
    assert ends
    for event in decided_whole(events):
        # The last phone lies up to 0.15 s before the end of the sound.
        assert going_on(GOES_ON, event.time - ends[-1] + 0.15) <= RISK


RIVALS = {
    "a slot against words": ("turn on the kitchen", {
        "OnName": "turn on the $name:name", "OnLights": "turn on the $area:area lights"}),
    "words against a slot": ("play music", {
        "Play": "play music", "Song": "play $song:song"}),
    "a short value against a long one": ("play for", {
        "Song": "play $song:song", "For": "play for $name:name"}),
    "a slot against the same one": ("go kitchen", {
        "To": "go $area:to", "From": "go $area:source first"}),
    "words against free words": ("read the list", {
        "Read": "read the list", "Any": "read $mondegreen.Words:what"}),
    "a word against a longer one": ("open the car", {
        "Open": "open the car", "Roll": "open the carpet"}),
}  # fmt: skip


@pytest.mark.parametrize("turned", [False, True], ids=["as written", "turned round"])
@pytest.mark.parametrize("case", RIVALS)
def test_whatever_may_still_go_on_is_waited_for(
    tmp_path: Path, say: Say, case: str, turned: bool
) -> None:
    """However two sentences that begin alike are written down, and in whichever order."""
    text, sentences = RIVALS[case]
    order = reversed(list(sentences)) if turned else iter(sentences)
    lines = [f'    {intent}:\n      - "{sentences[intent]}"' for intent in order]
    slots = (
        "  slots:\n    name: [kitchen]\n    area: [kitchen]\n    song: [four, music box dancer]\n"
    )
    path = tmp_path / "rivals.yaml"
    path.write_text("context:\n  expressions:\n" + "\n".join(lines) + "\n" + slots, "utf-8")
    events = events_of(mondegreen.load(str(path)), say(text))
    (final,) = only(events, Final)
    assert isinstance(final, Final)
    assert final.result.intent == next(iter(sentences))
    waited_for(events)


def test_free_words_in_the_middle_are_not_decided(tmp_path: Path, say: Say) -> None:
    """What was said for them is written down only when the utterance is over."""
    path = tmp_path / "list.yaml"
    path.write_text(
        'context: {expressions: {Put: ["put $mondegreen.Words:what on the list"]}}', "utf-8"
    )
    events = events_of(mondegreen.load(str(path)), say("put fresh bread on the list"))
    assert decided_parts(events) == {"intent": "Put"}
    (final,) = only(events, Final)
    assert isinstance(final, Final)
    assert "bread" in final.result.values()["what"]


def test_other_speech_decides_nothing(engine: GrammarEngine, say: Say) -> None:
    events = events_of(engine, say("the constitution of norway is older than most"))
    assert only(events, Decided) == []
    assert only(events, Final)


def test_each_utterance_decides_once(engine: GrammarEngine, say: Say) -> None:
    pause = np.zeros(32_000, np.float32)
    events = events_of(engine, say("turn the light on please"), pause, say("turn the light off"))
    meanings = [event.meaning for event in decided_whole(events)]
    assert [m.values()["state"] for m in meanings if m is not None] == ["on", "off"]


def test_an_engine_that_refuses_more_decides_less(engine: GrammarEngine, say: Say) -> None:
    sound = say("turn the light off")
    strict = replace(engine, calibration=replace(engine.calibration, threshold=1.0))
    assert decided_whole(events_of(engine, sound))
    assert decided_whole(events_of(strict, sound)) == []


def test_a_fork_leaves_the_search_as_it_was(engine: GrammarEngine, say: Say) -> None:
    scores = engine.ear.listen(np.concatenate([say("turn the light off"), SILENCE])).scores()
    half = len(scores) // 2
    alone, forked = Search(engine.graph, engine.settings), Search(engine.graph, engine.settings)
    tokens = TokenPassing(Fillings(engine.graph))
    alone.advance(scores[:half])
    forked.advance(scores[:half])
    tokens.follow(forked)
    onward = Onward()
    onward.follow(forked)
    fork, fork_tokens, fork_onward = forked.fork(), tokens.fork(), onward.fork()
    fork.advance(scores[half:])
    fork_tokens.follow(fork)
    fork_onward.follow(fork)
    standing = engine.calibration, engine.ear.frame_seconds
    ahead = outlook(fork, fork_tokens, fork_onward, *standing, pause=0.5)
    now = outlook(forked, tokens, onward, *standing, pause=0.0)
    assert ahead is not None
    assert now is not None
    assert [d.prospect.part for d in Policy().decide(ahead, {})] == ["intent", "slot:state", "all"]
    # Somebody is still speaking.
    assert "all" not in [d.prospect.part for d in Policy().decide(now, {})]
    alone.advance(scores[half:])
    forked.advance(scores[half:])
    np.testing.assert_array_equal(alone.finals()[1], forked.finals()[1])
    assert len(fork.frames) == len(forked.frames) == len(alone.frames)


def test_silence_before_the_first_word_is_waited_through(engine: GrammarEngine, say: Say) -> None:
    """It leaves the same sentence with the same score, without the beginnings of all sentences."""
    hearing = engine.ear.listen(np.concatenate([SILENCE, say("turn the light off"), SILENCE]))
    scores = hearing.scores()
    first = int(np.flatnonzero(hearing.sounding())[0])
    waited, searched = (Search(engine.graph, engine.settings) for _ in range(2))
    waited.wait(scores[: first - ONSET])
    waited.advance(scores[first - ONSET :])
    searched.advance(scores)
    assert len(waited.frames) == len(searched.frames)
    assert waited.finals()[1].max() == pytest.approx(searched.finals()[1].max(), abs=0.01)
    live = [sum(len(frame.state) for frame in one.frames[:first]) for one in (waited, searched)]
    assert live[0] < live[1] / 2
    with pytest.raises(ValueError, match="silence alone"):
        waited.wait(scores[:1])


@pytest.mark.parametrize(("costs", "finals"), [(None, 2), (Costs(), 1)])
def test_who_stops_amid_a_sentence_is_waited_for_where_costs_are_stated(
    engine: GrammarEngine, say: Say, costs: Costs | None, finals: int
) -> None:
    """And what is understood then is what the file gives, pause included."""
    pause = np.zeros(13_000, np.float32)
    sound = np.concatenate([SILENCE, say("turn the light"), pause, say("off"), SILENCE, SILENCE])
    with engine.stream(policy=Policy(costs=costs)) as stream:
        events = stream.feed(sound)
    results = [event.result for event in events if isinstance(event, Final)]
    assert len(results) == finals
    if costs is not None:
        (result,) = results
        assert result.intent == "Light"
        assert replace(result, compute_ms=0.0) == replace(
            engine.understand(sound), compute_ms=0.0, audio_seconds=result.audio_seconds
        )


def test_a_sentence_that_is_over_ends_after_the_usual_pause(
    engine: GrammarEngine, say: Say
) -> None:
    times = []
    for costs in (None, Costs()):
        sound = np.concatenate([SILENCE, say("turn the light off"), SILENCE, SILENCE])
        with engine.stream(policy=Policy(costs=costs)) as stream:
            times += [e.time for e in stream.feed(sound) if isinstance(e, Final)]
    assert len(times) == 2
    assert times[0] == times[1]


def test_where_much_may_come_only_the_best_tokens_are_kept(
    starter: GrammarEngine, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = starter.ear.listen(say("set the kitchen lights to twenty percent")).scores()
    search = Search(starter.graph, starter.settings)
    search.advance(scores[: len(scores) // 2])
    limits = {10_000: np.zeros(0), 40: np.zeros(0)}
    for limit in limits:
        monkeypatch.setattr(token_passing, "MOST", limit)
        tokens = TokenPassing(Fillings(starter.graph))
        tokens.follow(search)
        limits[limit] = np.sort(tokens.both().score)[::-1]
    everything, few = limits.values()
    assert len(few) <= 80 < len(everything)
    assert few[0] == everything[0]
