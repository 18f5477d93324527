"""One command as it is spoken: answered as soon as its meaning is certain."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ...types import (
    Decided,
    Final,
    Partial,
    Revised,
    Seconds,
    SpeechEnded,
    SpeechStarted,
    Understanding,
)
from ..service import Service, ServiceStream
from .messages import Refused
from .pcm import Format, Narrow

NOTHING_SAID: Seconds = 10.0
"""Sound without speech after which there is nothing to wait for."""
SCRAP: Seconds = 1.8
"""Speech that means nothing and is shorter, with the pause of 0.8 s behind it, is a cough or the
end of the wake word: the command may still come."""
AFTER_SCRAP: Seconds = 3.0
"""Sound for which it is waited for."""
_HASTY = 0.05
"""Highest doubt of an early decision where the client wants quick answers. It states no risk: a
client cannot know what the engine was calibrated for."""


@dataclass(frozen=True)
class Patience:
    """How soon a command may be taken for complete."""

    early: bool = True
    """Before the speaker's pause is over, where the meaning is certain."""
    doubt: float | None = None
    """Highest doubt of that; None is the usual one."""

    @classmethod
    def of(cls, sensitivity: object) -> Patience:
        """That of `vad_sensitivity`: "relaxed", "default" or "aggressive"."""
        if sensitivity == "relaxed":
            return cls(early=False)
        return cls(doubt=_HASTY) if sensitivity == "aggressive" else cls()


class SpokenCommand:
    """Sound that comes, until the meaning is told: by `tell`, once, whoever waits for it.

    `tell` is given the result, and a failure instead where something fails.
    """

    def __init__(
        self,
        service: Service,
        patience: Patience,
        tell: Callable[[Understanding | Exception], Awaitable[None]],
    ) -> None:
        self._service, self._patience, self._tell = service, patience, tell
        self._format: Format | None = None
        self._narrow = Narrow(2)
        self._size = 0
        self._sound: list[bytes] = []
        """All of it, 16-bit, where its words may be asked for."""
        self._waits_until: Seconds = NOTHING_SAID
        self._ended = self._is_settled = False
        self._stream: ServiceStream | None = None
        self._following: asyncio.Task[None] | None = None

    @property
    def is_told(self) -> bool:
        """Whether the meaning was told, or why there is none."""
        return self._following is not None and self._following.done()

    async def feed(self, form: Format, pcm: bytes) -> None:
        """More sound. Raises Refused for another format than before, and as the service does."""
        if self._is_settled or self._ended:
            return
        if self._stream is None:
            await self._begin(form)
        elif form != self._format:
            raise Refused("bad-audio", "found sound that changes its format, expected one format")
        assert self._stream is not None
        self._size += len(pcm)
        narrow = self._narrow.feed(pcm)
        if self._service.settings.wyoming_words:
            self._sound.append(narrow)
        await self._stream.feed(narrow)
        if self._size > self._waits_until * form.second:
            await self._end()

    async def finish(self) -> None:
        """The end of the sound: wait until the meaning is told."""
        if self._following is None:
            await self._tell(Understanding("no_speech", confidence=1.0))
            return
        if not self._is_settled:
            await self._end()
        await asyncio.wait([self._following])

    async def words(self) -> str:
        """What was said, whatever it means; "" where that is not asked for. Raises as `feed`."""
        if self._format is None or not self._sound:
            return ""
        frame = 2 * self._format.channels
        longest = int(self._service.settings.limits.seconds * self._format.rate) * frame
        sound = b"".join(self._sound)[:longest]
        return await self._service.write_down(
            sound[: len(sound) // frame * frame],
            rate=self._format.rate,
            channels=self._format.channels,
        )

    def close(self) -> None:
        """Forget it, whether or not anything was told."""
        if self._following is not None:
            self._following.cancel()
        if self._stream is not None:
            self._stream.close()

    async def _begin(self, form: Format) -> None:
        self._format, self._narrow = form, Narrow(form.width)
        # Whoever speaks while the engine is loading waits; what they say waits in their socket.
        await self._service.wait_until_ready()
        self._stream = await self._service.open_stream(
            rate=form.rate,
            channels=form.channels,
            act=False,
            doubt=self._patience.doubt,
            partials=self._patience.early,
        )
        self._following = asyncio.create_task(self._follow(self._stream))

    async def _end(self) -> None:
        assert self._stream is not None
        if not self._ended:
            self._ended = True
            await self._stream.finish()

    async def _follow(self, stream: ServiceStream) -> None:
        outcome: Understanding | Exception
        try:
            outcome = await self._meaning(stream)
        except Exception as error:
            outcome = error
        finally:
            self._is_settled = True
            stream.close()
        await self._tell(outcome)

    async def _meaning(self, stream: ServiceStream) -> Understanding:
        """The first command in the stream; where there is none, what was heard last."""
        last = Understanding("no_speech", confidence=1.0)
        words, decided = "", None
        async for event in stream.events():
            if isinstance(event, SpeechStarted):
                self._waits_until = self._service.settings.limits.seconds
            elif isinstance(event, SpeechEnded):
                # What was too faint to be anything has no result either.
                self._waits_until = max(NOTHING_SAID, event.time + AFTER_SCRAP)
            elif isinstance(event, Partial):
                words = event.transcript
            elif isinstance(event, Decided) and event.meaning is not None:
                decided = event
            elif isinstance(event, Revised) and event.part == "all":
                decided = None
            elif isinstance(event, Final):
                last = event.result
                if last.status == "understood" or last.audio_seconds >= SCRAP:
                    return last
                words, decided = "", None
                self._waits_until = event.time + AFTER_SCRAP
            # A meaning may be settled before the last of its words is heard.
            if decided is not None and (sooner := await self._as_said(words, decided)) is not None:
                return sooner
        return last

    async def _as_said(self, words: str, decided: Decided) -> Understanding | None:
        """What was decided, once the words so far are a sentence of that meaning, which can be
        passed on."""
        meaning = decided.meaning
        if not self._patience.early or self._ended or not words or meaning is None:
            return None
        as_written = (await self._service.read(words, act=False)).meaning
        if as_written is None or as_written.key != meaning.key:
            return None
        return Understanding(
            "understood", meaning.intent, meaning.slots, 1.0 - decided.doubt, words,
            decided_at=decided.time,
        )  # fmt: skip
