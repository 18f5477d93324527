"""The service over a real worker process: utterances, texts, streams, grammars, and its limits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mondegreen.errors import AudioError, Busy, GrammarError, SettingsError
from mondegreen.serve.config import Limits, read_serve_settings
from mondegreen.serve.service import Service
from mondegreen.types import Event, Final

OnLoop = Callable[[Any], Any]


def test_a_file_and_raw_sound_mean_the_same(
    service: Service, on_loop: OnLoop, pcm: Callable[[str], bytes], example: bytes
) -> None:
    from_file = on_loop(service.understand(example))
    assert (from_file.intent, from_file.values()) == ("PlayMusic", {"title": "Rhapsody in Blue"})
    assert from_file.reply == "Playing 'Rhapsody in Blue'."
    raw = on_loop(service.understand(pcm("play rhapsody in blue"), rate=16_000, act=False))
    assert (raw.intent, raw.reply) == ("PlayMusic", "")


def test_words_of_a_result_mean_what_was_heard(
    service: Service, on_loop: OnLoop, example: bytes
) -> None:
    result = on_loop(service.understand(example, act=False))
    back = on_loop(service.read(result.transcript.capitalize() + ".", act=False))
    assert back.slots == result.slots  # with the times that only the ear can know
    assert on_loop(service.read(result.transcript)).reply == "Playing 'Rhapsody in Blue'."
    typed = on_loop(service.read("Set a timer for 5 minutes"))
    assert (typed.intent, typed.reply) == ("SetTimer", "Timer set for 5 minutes.")
    on_loop(service.read("cancel the timer"))


def test_a_stream_gives_what_its_file_gives(
    service: Service, on_loop: OnLoop, pcm: Callable[[str], bytes]
) -> None:
    sound = pcm("play rhapsody in blue") + bytes(2 * 16_000)

    async def listen() -> list[Event]:
        stream = await service.open_stream()

        async def feed() -> None:
            for start in range(0, len(sound), 2_561):  # an odd size cuts samples in two
                await stream.feed(sound[start : start + 2_561])
            await stream.finish()

        feeding = asyncio.create_task(feed())
        events = [event async for event in stream.events()]
        await feeding
        return events

    events = on_loop(listen())
    final = events[-1]
    assert isinstance(final, Final)
    assert final.result.reply == "Playing 'Rhapsody in Blue'."
    assert events[0].type == "speech_started"


@pytest.mark.parametrize(
    ("sound", "options", "message"),
    [
        (b"", {}, "empty file"),
        (b"no sound at all, but words" * 10, {}, "found"),
        (b"\x00" * 3, {"rate": 16_000}, "expected a multiple of 2"),
        (b"\x00" * 2 * 16_000 * 31, {"rate": 16_000}, "more than 30 s"),
    ],
)
def test_what_is_no_sound_is_said(
    service: Service, on_loop: OnLoop, sound: bytes, options: dict[str, int], message: str
) -> None:
    with pytest.raises(AudioError) as caught:
        on_loop(service.understand(sound, **options))
    assert message in str(caught.value)


def test_what_makes_no_sense_is_said_before_anybody_works(
    service: Service, on_loop: OnLoop
) -> None:
    for call in (
        service.understand(b"", rate=1),
        service.understand(b"", n_best=0),
        service.read(" "),
        service.read("word " * 1_000),
        service.say("hello", speed=9.0),
        service.open_stream(rate=0),
        service.open_stream(channels=99),
        service.open_stream(risk=2.0),
        service.open_stream(risk=float("nan")),
    ):
        with pytest.raises(SettingsError):
            on_loop(call)


def test_a_stream_takes_the_risks_that_the_engine_is_calibrated_for(
    service: Service, on_loop: OnLoop
) -> None:
    with pytest.raises(
        SettingsError, match=r"risk of 0\.5, and starter@\S+ is calibrated for 0\.01"
    ):
        on_loop(service.open_stream(risk=0.5))
    on_loop(service.open_stream(risk=0.05)).close()


def test_a_grammar_replaces_the_other_only_if_it_works(
    on_loop: OnLoop, pcm: Callable[[str], bytes], tmp_path: Path
) -> None:
    coffee = Path("examples/coffee_maker.yaml").read_text("utf-8")

    async def go() -> None:
        settings = read_serve_settings(None, {"workers": 2, "act": False}, {})
        service = Service(settings)
        service.start()
        try:
            await service.wait_until_ready()
            with pytest.raises(GrammarError, match="this grammar came without files"):
                await service.use_grammar(
                    "context:\n  expressions:\n    a: ['$x:y go']\n"
                    "  slots:\n    x: {catalogue: /etc/passwd}\n"
                )
            with pytest.raises(GrammarError, match="used but not defined"):
                await service.use_grammar("context:\n  expressions:\n    a: ['$x:y go']\n")
            assert service.model.startswith("starter@")
            assert service.grammar_text is None
            await service.use_grammar(coffee)
            assert (service.grammar_text, "orderDrink" in service.intents) == (coffee, True)
            text = "can I get a small latte"
            understandings = await asyncio.gather(*(service.read(text) for _ in range(4)))
            assert {one.model for one in understandings} == {service.model}
            await service.set_slot("size", {"small": ["tiny little"]})
            assert (await service.read("can I get a tiny little latte")).status == "understood"
            with pytest.raises(GrammarError, match="no slot"):
                await service.set_slot("nothing", ["a"])
            # A worker that ends is replaced by one that understands the same.
            for member in list(service._crew._members):
                member.kill()
            while service._crew.restarts < 2 or not service.ready:
                await asyncio.sleep(0.05)
            assert (await service.read("can I get a tiny little latte")).status == "understood"
        finally:
            await service.close()

    del pcm, tmp_path
    on_loop(go())


def test_more_than_can_be_done_is_refused(on_loop: OnLoop, example: bytes) -> None:
    limits = replace(Limits(), waiting=1, streams=2, patience=0.01)

    async def go() -> None:
        service = Service(
            read_serve_settings(None, {"workers": 1, "act": False, "limits": limits}, {})
        )
        with pytest.raises(Busy, match="still being loaded"):
            await service.understand(example)
        service.start()
        try:
            await service.wait_until_ready()
            tasks = [service.understand(example) for _ in range(12)]
            results = await asyncio.gather(*tasks, return_exceptions=True)
            refused = [one for one in results if isinstance(one, Busy)]
            assert 1 <= len(refused) < 12
            assert all(isinstance(one, Busy) or one.intent == "PlayMusic" for one in results)
            streams = [await service.open_stream() for _ in range(2)]
            with pytest.raises(Busy, match="2 streams are open"):
                await service.open_stream()
            streams[0].close()
            (await service.open_stream()).close()
        finally:
            await service.close()
        with pytest.raises(Busy, match="ending"):
            await service.understand(example)

    on_loop(go())


def test_a_grammar_that_cannot_be_loaded_is_said(on_loop: OnLoop, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("context: 3\n")

    async def go() -> None:
        service = Service(read_serve_settings(None, {"workers": 2, "engine": str(bad)}, {}))
        service.start()
        try:
            with pytest.raises(GrammarError, match=r"bad\.yaml"):
                await service.wait_until_ready()
            with pytest.raises(GrammarError, match=r"bad\.yaml"):
                await service.read("hello")
            assert not service.ready
        finally:
            await service.close()

    on_loop(go())


def test_the_engine_takes_lists_and_a_threshold(
    on_loop: OnLoop, pcm: Callable[[str], bytes], tmp_path: Path
) -> None:
    grammar = 'language: en\nintents: {Open: {data: [{sentences: ["open the {door}"]}]}}\n'
    (tmp_path / "grammar.yaml").write_text(grammar)
    (tmp_path / "lists.yaml").write_text("lists: {door: {values: [garage, cellar]}}\n")
    options = {
        "workers": 1, "act": False, "engine": str(tmp_path / "grammar.yaml"),
        "lists": str(tmp_path / "lists.yaml"), "refuse_below": 1.0,
    }  # fmt: skip

    async def go() -> None:
        service = Service(read_serve_settings(None, options, {}))
        service.start()
        try:
            await service.wait_until_ready()
            for _ in range(2):  # as it was begun, and after the same grammar came over the network
                assert (await service.read("open the cellar")).values() == {"door": "cellar"}
                result = await service.understand(pcm("open the cellar"), rate=16_000)
                assert result.status == "not_understood"
                await service.use_grammar(grammar)
        finally:
            await service.close()

    on_loop(go())
