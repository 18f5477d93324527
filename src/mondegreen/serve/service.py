"""What every interface serves: one engine in several processes, its streams, grammars and replies.

HTTP, WebSocket and Wyoming are ways to talk to a `Service`; none of them knows an engine.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from ..errors import Busy, GrammarError, SettingsError
from ..settings import check_share
from ..types import Event, Final, Understanding
from . import wire
from .config import ServeSettings, engine_settings
from .counters import Counters
from .crew import Crew
from .member import MemberStream
from .remembered import Remembered

VOICE = "hibari"
_RATES = range(4_000, 192_001)
_MOST_CHANNELS = 8


@dataclass(frozen=True)
class Checked:
    """What there is to say about the text of a grammar."""

    findings: Sequence[Mapping[str, Any]]
    """Severity, code, message, source and line of each; see `grammar.analysis.check.Finding`."""
    summary: Mapping[str, Any]

    @property
    def has_errors(self) -> bool:
        """Whether it cannot be used."""
        return any(finding["severity"] == "error" for finding in self.findings)


class ServiceStream:
    """A stream of speech, any number of utterances. Feed and read it from two tasks."""

    def __init__(self, stream: MemberStream, service: Service) -> None:
        self._stream, self._service = stream, service

    async def feed(self, pcm: bytes) -> None:
        """More 16-bit little-endian sound, cut anywhere; waits while two seconds are unheard.

        Raises AudioError for what is no sound, and Busy when the worker is gone.
        """
        await self._stream.feed(pcm)

    async def finish(self) -> None:
        """The end: what is being said counts, and `events` ends after it. Raises as `feed`."""
        await self._stream.feed(b"", last=True)

    async def events(self) -> AsyncIterator[Event]:
        """What happens, as it happens; a `Final` has its reply. Raises as `feed`."""
        async for event in self._stream.events():
            self._service.note(event)
            yield event

    def close(self) -> None:
        """Forget the stream, whether or not it is at its end."""
        self._stream.drop()


class Service:
    """One engine for many. All methods belong to one event loop.

    Sound is understood in worker processes. Whoever asks for more than they can do waits for
    `limits.patience` and is then told so by Busy; nothing queues up beyond `limits.waiting`.
    """

    def __init__(self, settings: ServeSettings) -> None:
        self.settings = settings
        self.counters = Counters()
        self._remembered = Remembered()
        self.home = settings.home
        """Where the names of the home are; "" where there are none."""
        load = self._load(settings.engine)
        self._crew = Crew(settings.workers or os.cpu_count() or 1, load, settings.limits)
        self._grammar_text: str | None = None
        self._changing = asyncio.Lock()
        """Held while the grammar, the home or a slot is replaced: each goes by the others."""
        self._draining = asyncio.Event()
        for name, about, value in (
            ("streams", "Streams that are open.", lambda: self._crew.streams),
            ("waiting", "Requests that wait for a worker.", lambda: self._crew.waiting),
            ("ready", "1 when speech is understood.", lambda: float(self.ready)),
            ("worker_restarts", "Workers that ended and were replaced.",
             lambda: self._crew.restarts),
            ("worker_cpu_seconds", "Processor time of the workers' work.",
             lambda: self._crew.cpu),
        ):  # fmt: skip
            self.counters.watch(name, about, value)

    def start(self) -> None:
        """Start the workers; the engine loads in the background."""
        self._crew.start()

    @property
    def ready(self) -> bool:
        """Whether speech is understood by now, and still."""
        return self._crew.ready and self.accepting

    @property
    def accepting(self) -> bool:
        """Whether new work is taken; no longer once the server is told to end."""
        return not self._draining.is_set()

    async def draining(self) -> None:
        """Wait until the server is told to end: whoever has a stream ends it when it is silent."""
        await self._draining.wait()

    async def quiet(self) -> None:
        """Take no more work, and wait until all streams are over; most of `limits.drain`."""
        self._draining.set()
        until = time.monotonic() + 0.8 * self.settings.limits.drain
        while self._crew.streams and time.monotonic() < until:
            await asyncio.sleep(0.05)

    async def wait_until_ready(self) -> None:
        """Wait for the engine. Raises what is wrong with its grammar or model."""
        await self._crew.opened()

    @property
    def model(self) -> str:
        """Name and digest of the grammar or model; "" before it is loaded."""
        return "" if self._crew.loaded is None else self._crew.loaded.model

    @property
    def intents(self) -> Mapping[str, Mapping[str, str]]:
        """Kind of each slot by name, by intent; none before the engine is loaded."""
        return {} if self._crew.loaded is None else self._crew.loaded.intents

    @property
    def replies(self) -> Mapping[str, str]:
        """Reply template by intent; none before the engine is loaded."""
        return {} if self._crew.loaded is None else self._crew.loaded.replies

    @property
    def unused(self) -> list[str]:
        """What is to be said of a home and of lists that the grammar has no use for."""
        return [] if self._crew.loaded is None else self._crew.loaded.unused

    @property
    def grammar_text(self) -> str | None:
        """The grammar that a client brought; None for the one that the server began with."""
        return self._grammar_text

    async def understand(
        self, sound: bytes, *, rate: int = 0, channels: int = 1, act: bool = True, n_best: int = 1
    ) -> Understanding:
        """What one utterance means: a sound file, or with a `rate` raw 16-bit little-endian sound.

        With `act` what it asks for is done, where the server acts at all, and the reply is there.
        It is remembered for a minute by its words. Raises AudioError for what is no sound or too
        long, SettingsError for a rate or a number that makes no sense, and Busy.
        """
        if rate:
            _check_sound(rate, channels)
        _check_n_best(n_best)
        seconds = self.settings.limits.seconds
        task = wire.Hear(sound, seconds, rate, channels, self._acts(act), n_best)
        return self._understanding(await self._crew.ask(task))

    async def write_down(self, pcm: bytes, *, rate: int = 16_000, channels: int = 1) -> str:
        """The words of raw 16-bit sound whatever they mean; "" where nobody speaks.

        Raises AudioError for what is no sound or too long, SettingsError for a rate that makes no
        sense, and Busy.
        """
        _check_sound(rate, channels)
        task = wire.WriteDown(pcm, self.settings.limits.seconds, rate, channels)
        reply = await self._crew.ask(task)
        assert isinstance(reply, wire.WrittenDown)
        return reply.text

    async def read(self, text: str, *, act: bool = True) -> Understanding:
        """What a text means: what was heard in these words within a minute, else by the grammar.

        Raises SettingsError for a text that is too long or an engine that reads none, and Busy.
        """
        self._check_text(text)
        remembered = self._remembered.get(text)
        if remembered is not None:
            return await self.answer(remembered) if self._acts(act) else remembered
        return self._understanding(await self._crew.ask(wire.Read(text, self._acts(act))))

    async def ask(self, text: str) -> dict[str, Any]:
        """The answer to a question in writing, from the index: see `answers.Answer.to_json`.

        Raises SettingsError for a text that is too long, a server without an index, and Busy.
        """
        self._check_text(text)
        return await self._ask(wire.Ask(text))

    async def ask_aloud(self, sound: bytes, *, rate: int = 0, channels: int = 1) -> dict[str, Any]:
        """The answer to a question in sound, as `understand` takes it. Raises as both do."""
        if rate:
            _check_sound(rate, channels)
        seconds = self.settings.limits.seconds
        return await self._ask(wire.Ask("", sound, seconds, rate, channels))

    async def answer(self, understanding: Understanding) -> Understanding:
        """The same with its reply, once what it asks for is done; as it is, where nothing is.

        Where it cannot be done the reply says so (`acting.UNDONE`). Raises Busy.
        """
        if not self.settings.act:
            return understanding
        reply = await self._crew.ask(wire.Answer(understanding))
        assert isinstance(reply, wire.Meant)
        return reply.understanding

    async def open_stream(
        self,
        *,
        rate: int = 16_000,
        channels: int = 1,
        act: bool = True,
        n_best: int = 1,
        risk: float | None = None,
        doubt: float | None = None,
        partials: bool = True,
    ) -> ServiceStream:
        """A stream of 16-bit little-endian sound.

        `risk` is the share of utterances in which a part may be decided wrongly, as in
        `Engine.stream`; where none is stated, parts are decided up to a `doubt` that nothing is
        shown of. Without `partials` nobody looks at unfinished speech, which costs a third. Under
        load the looks are left out first. Raises SettingsError for what makes no sense and for a
        risk that the engine was not calibrated for, and Busy when there are too many streams.
        """
        _check_sound(rate, channels)
        _check_n_best(n_best)
        if risk is not None:
            check_share("risk", risk)
        task = wire.Open(rate, channels, self._acts(act), n_best, risk, partials, doubt)
        return ServiceStream(await self._crew.open(task), self)

    async def say(self, text: str, *, voice: str = VOICE, speed: float = 1.0) -> bytes:
        """A text said: a WAV file. Raises SettingsError for an unknown voice or no words."""
        self._check_text(text)
        if not 0.5 <= speed <= 2.0:
            raise SettingsError(f"speed is {speed}, expected a number from 0.5 to 2")
        reply = await self._crew.ask_clerk(wire.Say(text, voice, speed))
        assert isinstance(reply, wire.Spoken)
        return reply.wav

    async def check_grammar(self, text: str) -> Checked:
        """What `mondegreen grammar check` says about a grammar. Raises GrammarError, Busy."""
        return await self._check(wire.Check(text, self.home, self.settings.lists))

    async def use_grammar(self, text: str) -> Checked:
        """Understand by another grammar from now on, once it is known to work.

        Streams go on with the old one until their utterance is over. Raises GrammarError for one
        with a mistake in it; then the old one stays.
        """
        checked = await self._check(wire.Check(text, self.home, self.settings.lists, compiled=True))
        if checked.has_errors:
            errors = [f for f in checked.findings if f["severity"] == "error"]
            raise GrammarError(str(errors[0]["message"]), source="grammar", line=errors[0]["line"])
        async with self._changing:
            await self._crew.change(self._load(text, is_text=True))
            self._grammar_text = text
            self._remembered.clear()
        return checked

    async def use_home(self, home: str) -> None:
        """Understand with the names of another home from now on; slots that were set stay so.

        `home` is what `mondegreen hear --home` takes, and may be the same with other names in it.
        Streams go on with the old ones until their utterance is over. Raises GrammarError for names
        that the grammar cannot take and where a slot that was set is there no more, and Busy; then
        the old ones stay.
        """
        async with self._changing:
            text = self._grammar_text
            source = self.settings.engine if text is None else text
            load = self._load(source, is_text=text is not None, home=home)
            await self._crew.change(replace(load, slots=self._crew.slots))
            self.home = home
            self._remembered.clear()

    async def set_slot(
        self, name: str, values: Mapping[str, Sequence[str]] | Sequence[str]
    ) -> None:
        """Replace what may be said for a slot: names, or each value with the ways it is said.

        Raises GrammarError for a slot that the grammar does not have, SettingsError for an engine
        whose slots are fixed, and Busy.
        """
        pairs = values.items() if isinstance(values, Mapping) else ((v, [v]) for v in values)
        ways = {value: list(spoken) for value, spoken in pairs}
        size = sum(len(value) + sum(map(len, spoken)) for value, spoken in ways.items())
        most = self.settings.limits.grammar
        if size > most:
            raise GrammarError(f"found {size:,} characters of values, expected at most {most:,}")
        async with self._changing:
            await self._crew.change(wire.SetSlot(name, ways))
            self._remembered.clear()

    async def close(self) -> None:
        """End the workers once they have done what they were told (`limits.drain` seconds)."""
        await self._crew.close(self.settings.limits.drain)

    def remember(self, understanding: Understanding) -> None:
        """Keep a meaning for a minute by its words, for `read`."""
        self._remembered.add(understanding)

    def note(self, event: Event) -> None:
        """Count what happened in a stream, and remember what was understood."""
        self.counters.count(event)
        if isinstance(event, Final):
            self._remembered.add(event.result)

    def _load(self, source: str, *, is_text: bool = False, home: str | None = None) -> wire.Load:
        has = self.settings
        engine = engine_settings(has, self.home if home is None else home)
        return wire.Load(source, is_text, engine, has.act, has.store, has.index)

    async def _ask(self, task: wire.Ask) -> dict[str, Any]:
        reply = await self._crew.ask(task)
        assert isinstance(reply, wire.FromPages)
        return reply.answer

    def _understanding(self, reply: wire.Reply) -> Understanding:
        assert isinstance(reply, wire.Meant)
        self.counters.count(reply.understanding)
        self._remembered.add(reply.understanding)
        return reply.understanding

    async def _check(self, task: wire.Check) -> Checked:
        size = len(task.text.encode())
        if size > self.settings.limits.grammar:
            raise GrammarError(
                f"found {size:,} bytes, expected at most {self.settings.limits.grammar:,}"
            )
        reply = await self._crew.ask_clerk(task)
        assert isinstance(reply, wire.Checked)
        return Checked(reply.findings, reply.summary)

    def _acts(self, act: bool) -> bool:
        return act and self.settings.act

    def _check_text(self, text: str) -> None:
        most = self.settings.limits.text
        if not text.strip() or len(text) > most:
            raise SettingsError(f"found a text of {len(text)} characters, expected 1 to {most}")


def _check_sound(rate: int, channels: int) -> None:
    if rate not in _RATES or not 1 <= channels <= _MOST_CHANNELS:
        raise SettingsError(
            f"found {channels} channels at {rate} Hz, expected 1 to {_MOST_CHANNELS} at "
            f"{_RATES[0]} to {_RATES[-1]} Hz"
        )


def _check_n_best(n_best: int) -> None:
    if not 1 <= n_best <= 50:
        raise SettingsError(f"n_best is {n_best}, expected 1 to 50")


__all__ = ["Busy", "Checked", "Service", "ServiceStream"]
