"""One client: what it asks for, answered in the order in which it came."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wyoming.asr import Transcript, TranscriptChunk, TranscriptStart, TranscriptStop
from wyoming.error import Error
from wyoming.handle import Handled, NotHandled
from wyoming.intent import NotRecognized
from wyoming.ping import Pong

from ...errors import AudioError, Busy, MondegreenError, SettingsError
from ...types import Understanding
from ..acting import UNDONE
from ..log import fault, note
from . import sentences
from .info import LANGUAGE, info
from .messages import Gone, Messages, Refused
from .pcm import format_of
from .spoken_command import Patience, SpokenCommand

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wyoming.event import Event, Eventable

    from ..service import Service
    from .names import Names

SORRY = "Sorry, I did not understand."
_LONGEST_PING = 1_000
"""Characters that come back."""


class Connection:
    """One connection. `run` ends with it."""

    def __init__(self, service: Service, messages: Messages, names: Names) -> None:
        self._service, self._messages, self._names = service, messages, names
        self._patience = Patience()
        self._utterance: SpokenCommand | None = None
        self._context: dict[str, object] | None = None
        self._began = 0.0
        self._route = "asr"
        self._is_answering = False
        self.is_ending = False
        """Set when the server ends: what is asked already is answered, and nothing after it."""
        self._answers: dict[str, Callable[[Event], Awaitable[None]]] = {
            "describe": self._describe,
            "ping": self._ping,
            "transcribe": self._transcribe,
            "audio-start": self._start,
            "audio-chunk": self._chunk,
            "audio-stop": self._stop,
            "transcript": self._converse,
            "recognize": self._recognize,
        }

    @property
    def is_busy(self) -> bool:
        """Whether somebody is speaking, or waits for an answer."""
        speaking = self._utterance is not None and not self._utterance.is_told
        return speaking or self._is_answering

    async def run(self) -> None:
        """Answer until the client leaves, or sends what is no message."""
        try:
            while not self.is_ending or self.is_busy:
                event = await self._messages.next()
                # Other events are for other servers: clients may send them all the same.
                answer = self._answers.get(event.type)
                if answer is not None:
                    self._is_answering = True
                    await answer(event)
                    self._is_answering = False
        except Gone:
            pass
        except Exception as error:
            await self._fail(error)
        finally:
            if self._utterance is not None:
                self._utterance.close()

    async def _describe(self, event: Event) -> None:
        del event
        await self._messages.send(info(replies=not self._offers_intents))

    async def _ping(self, event: Event) -> None:
        text = event.data.get("text")
        await self._messages.send(Pong(text[:_LONGEST_PING] if isinstance(text, str) else None))

    async def _transcribe(self, event: Event) -> None:
        self._patience = Patience.of(event.data.get("vad_sensitivity"))
        self._context = _context(event)
        self._forget_utterance()
        await self._names.take(event.data.get("transcript_names"))

    async def _start(self, event: Event) -> None:
        format_of(event.data)
        self._forget_utterance()
        self._listen()

    async def _chunk(self, event: Event) -> None:
        form = format_of(event.data)
        if event.payload:
            utterance = self._utterance or self._listen()
            await utterance.feed(form, event.payload)

    async def _stop(self, event: Event) -> None:
        del event
        utterance = self._utterance or self._listen()
        if not utterance.is_told:
            await utterance.finish()
        self._forget_utterance()

    def _listen(self) -> SpokenCommand:
        self._route, self._began = "asr", time.perf_counter()
        self._utterance = SpokenCommand(self._service, self._patience, self._tell)
        return self._utterance

    def _forget_utterance(self) -> None:
        if self._utterance is not None:
            self._utterance.close()
        self._utterance = None

    async def _tell(self, outcome: Understanding | Exception) -> None:
        """The transcript of an utterance: the sentence of what it means, "" where it means nothing.

        Home Assistant says by itself that it heard nothing when it is given no text; where the
        settings want it, it is given the words, and whoever knows more than the grammar may try.
        """
        if isinstance(outcome, Exception):
            await self._fail(outcome)
            return
        text = ""
        if outcome.status == "understood":
            text = sentences.sentence(outcome.transcript, outcome.slots)
            self._service.remember(replace(outcome, transcript=text))
        elif outcome.status == "not_understood" and self._utterance is not None:
            with suppress(MondegreenError):  # no words are better than no answer
                text = await self._utterance.words()
        self._count(outcome.status, text)
        chunks = [TranscriptChunk(text)] if text else []
        with suppress(Gone):  # whoever reads the connection sees it too
            await self._messages.send(
                TranscriptStart(self._context, LANGUAGE),
                *chunks,
                Transcript(text, self._context, LANGUAGE),
                TranscriptStop(),
            )

    async def _converse(self, event: Event) -> None:
        """Home Assistant's conversation: a text to be acted on, by it or by us."""
        if self._offers_intents:
            await self._recognize(event)
            return
        understanding = await self._read("handle", event, act=True)
        context = _context(event)
        if understanding.status == "understood" and understanding.reply not in UNDONE:
            await self._messages.send(Handled(understanding.reply, context))
        else:
            await self._messages.send(NotHandled(understanding.reply or SORRY, context))

    async def _recognize(self, event: Event) -> None:
        """What a text means."""
        understanding = await self._read("intent", event, act=False)
        context = _context(event)
        answer: Eventable = NotRecognized(SORRY, context)
        if understanding.status == "understood":
            answer = replace(sentences.intent_of(understanding), context=context)
        await self._messages.send(answer)

    async def _read(self, route: str, event: Event, *, act: bool) -> Understanding:
        """What the text of a message means: as it was heard, if it was heard a minute ago."""
        self._route, self._began = route, time.perf_counter()
        text = event.data.get("text")
        if not isinstance(text, str):
            raise Refused("bad-message", "found a message without its text, expected a string")
        await self._service.wait_until_ready()
        if not text.strip():
            return Understanding("no_speech", confidence=1.0)
        understanding = await self._service.read(text, act=act)
        self._count(understanding.status, text)
        return understanding

    @property
    def _offers_intents(self) -> bool:
        """Whether others act on what is understood: Home Assistant, or nobody here does."""
        service = self._service
        return not service.settings.act or sentences.belongs_to_home_assistant(service.intents)

    async def _fail(self, error: Exception) -> None:
        """Say what is wrong and end the connection: only its end makes old clients give up."""
        code = _code(error)
        self._count(code)
        expected = isinstance(error, (Refused, MondegreenError))
        if not expected:
            note(fault(error))
        with suppress(Gone):
            await self._messages.send(
                Error(str(error) if expected else "a fault in mondegreen", code)
            )
        self._messages.close()

    def _count(self, status: str, text: str = "") -> None:
        seconds = time.perf_counter() - self._began if self._began else 0.0
        counters = self._service.counters
        counters.requests.labels("wyoming", self._route, status).inc()
        counters.seconds.labels("wyoming", self._route).observe(seconds)
        quoted = f" {text!r}" if text and self._service.settings.log_text else ""
        note(f"wyoming {self._route}: {status} after {seconds:.2f} s{quoted}")


def _context(event: Event) -> dict[str, Any] | None:
    """What a client wants to have back with the answer."""
    context = event.data.get("context")
    return context if isinstance(context, dict) else None


def _code(error: Exception) -> str:
    """What a program makes of an error."""
    if isinstance(error, Refused):
        return error.code
    kinds = ((Busy, "busy"), (AudioError, "bad-audio"), (SettingsError, "bad-message"))
    return next((code for kind, code in kinds if isinstance(error, kind)), "failed")
