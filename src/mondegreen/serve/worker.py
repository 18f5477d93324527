"""A process that understands: tasks come in on standard input, replies go out on standard output.

The search holds Python's lock while it runs, so two cores need two processes. Sound files are
decoded here too: a decoder that a hostile file brings down takes none of the connections with it.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ..errors import SettingsError
from . import wire
from .log import fault, finish, note

if TYPE_CHECKING:
    from ..answers.answerer import Answerer
    from ..assistant.assistant import Assistant
    from ..assistant.session import Session
    from ..engines.engine import Engine
    from .follower import Follower


_SAID_EVERY = 16 << 10
"""Bytes of a stream after which the server is told that they were heard, if nothing happened: a
quarter of what it sends ahead. Telling it of every 80 ms cost as much as detecting speech."""


class Worker:
    """One engine, and the streams that it follows."""

    def __init__(self, send: Callable[[wire.Response], None]) -> None:
        self._send = send
        self._inbox: queue.SimpleQueue[wire.Request | None] = queue.SimpleQueue()
        self._engine: Engine | None = None
        self._unused: list[str] = []
        """See wire.Loaded."""
        self._assistant: Assistant | None = None
        self._answerer: Answerer | None = None
        self._streams: dict[int, Follower] = {}
        self._unsaid: dict[int, int] = {}
        """Bytes of each stream that were taken in, of which the server was not told."""

    def put(self, request: wire.Request | None) -> None:
        """Something to do; None is the end."""
        self._inbox.put(request)

    def run(self) -> None:
        """Do what comes, in its order, until the end."""
        while (request := self._inbox.get()) is not None:
            number, task = request.number, request.task
            if isinstance(task, wire.Load | wire.SetSlot):
                # Compiling takes seconds; who speaks meanwhile is understood by the old grammar.
                threading.Thread(target=self._reply, args=(number, task), daemon=True).start()
            elif isinstance(task, wire.Drop):
                self._forget(number)
            elif not isinstance(task, wire.Sound) or number in self._streams:
                self._reply(number, task)

    def _reply(self, number: int, task: wire.Task) -> None:
        began = time.thread_time()
        try:
            reply: wire.Reply | None = self._do(number, task)
        except Exception as error:
            reply = failed = wire.failure_of(error)
            if not failed.error:
                note(fault(error))
            self._forget(number)
        if reply is None:
            return
        self._send(wire.Response(number, reply, time.thread_time() - began))

    def _forget(self, number: int) -> None:
        self._streams.pop(number, None)
        self._unsaid.pop(number, None)

    def _do(self, number: int, task: wire.Task) -> wire.Reply | None:
        if isinstance(task, wire.Load):
            return self._load(task)
        if isinstance(task, wire.SetSlot):
            assert self._engine is not None
            self._engine.set_slot(task.name, task.values)
            return self._loaded()
        if isinstance(task, wire.Check):
            return _check(task)
        if isinstance(task, wire.Say | wire.WriteDown | wire.Ask):
            return self._speech(task)
        if isinstance(task, wire.Sound):
            return self._follow(number, task)
        return self._understand(number, task)

    def _speech(self, task: wire.Say | wire.WriteDown | wire.Ask) -> wire.Reply:
        from .sounds import spoken, words_of

        if isinstance(task, wire.Ask):
            return self._ask(task)
        if isinstance(task, wire.Say):
            return spoken(task)
        assert self._engine is not None
        return words_of(task, self._engine.ear)

    def _ask(self, task: wire.Ask) -> wire.FromPages:
        from .acting import without_folders
        from .sounds import recording_of

        if self._answerer is None:
            raise SettingsError("there is no index to answer from; serve with --index INDEX")
        if task.text:
            answer = self._answerer.ask_text(task.text)
        else:
            answer = self._answerer.ask_speech(recording_of(task).samples)
        return wire.FromPages(without_folders(answer.to_json()))

    def _follow(self, number: int, sound: wire.Sound) -> wire.Progress | None:
        events = self._streams[number].feed(sound.pcm, last=sound.last)
        size = self._unsaid.get(number, 0) + len(sound.pcm)
        if not (events or sound.last) and size < _SAID_EVERY:
            self._unsaid[number] = size
            return None
        self._unsaid.pop(number, None)
        if sound.last:
            self._forget(number)
        return wire.Progress(size, [event.to_json() for event in events], sound.last)

    def _understand(self, number: int, task: wire.Task) -> wire.Reply:
        from .acting import answered

        acts = isinstance(task, wire.Answer) or getattr(task, "act", False)
        session = self._session(acts=acts, n_best=getattr(task, "n_best", 1))
        if isinstance(task, wire.Open):
            from .follower import Follower

            self._streams[number] = Follower(session, task, self._inbox.empty)
            return wire.Done()
        if isinstance(task, wire.Hear):
            from .sounds import recording_of

            understanding = session.engine.understand(recording_of(task), n_best=task.n_best)
        elif isinstance(task, wire.Read):
            understanding = session.engine.read(task.text)
        else:
            assert isinstance(task, wire.Answer)
            understanding = task.understanding
        return wire.Meant(answered(session, understanding))

    def _session(self, *, acts: bool, n_best: int) -> Session:
        from ..assistant.session import Session

        assert self._engine is not None
        return Session(self._engine, self._assistant if acts else None, n_best)

    def _load(self, task: wire.Load) -> wire.Loaded:
        import mondegreen

        from ..assistant.assistant import Assistant
        from ..engines.load import unused_settings
        from ..grammar.source import GrammarText
        from .acting import STORE_PATIENCE, from_pages

        settings: dict[str, Any] = dict(task.settings)
        # An ear is 111 MB and 0.6 s: the next engine listens with the one that is open.
        if self._engine is not None and (task.is_text or _takes_ear(task.source)):
            settings["ear"] = self._engine.ear
        if task.is_text:
            from ..engines.grammar.engine import GrammarEngine

            engine: Engine = GrammarEngine.load(GrammarText(task.source), **settings)
        else:
            engine = mondegreen.load(task.source, **settings)
        for name, values in task.slots.items():
            engine.set_slot(name, values)
        _warm(engine)
        if task.index and self._answerer is None:
            self._answerer = _open_index(task.index, engine)
        handlers = {} if self._answerer is None else {"Ask": from_pages(self._answerer)}
        store = Path(task.store) if task.store else None
        self._assistant = (
            Assistant.load(engine.schema, store=store, handlers=handlers) if task.act else None
        )
        if self._assistant is not None:
            self._assistant.store.patience = STORE_PATIENCE
        self._engine = engine
        given = "home" in settings or "lists" in settings  # else nothing is unpacked for it
        self._unused = unused_settings(engine) if given else []
        return self._loaded()

    def _loaded(self) -> wire.Loaded:
        assert self._engine is not None
        schema = self._engine.schema
        intents = {intent: dict(slots) for intent, slots in schema.intents.items()}
        return wire.Loaded(self._engine.model, intents, dict(schema.replies), self._unused)


def _takes_ear(source: str) -> bool:
    """Whether the engine of a source can share an ear; of several it is the first that is told."""
    from ..engines.load import BETWEEN, ENGINES, kind_of

    kind = kind_of(source)
    first = source.partition(BETWEEN)[0].strip() if kind == "several" else source
    return ENGINES.takes(kind_of(first), "ear")


def _warm(engine: Engine) -> None:
    """Understand something once: what opens when it is first needed is open then."""
    import numpy as np

    from ..audio.utterances import Piece, Segment

    noise = np.random.default_rng(0).normal(0.0, 0.01, 16_000).astype(np.float32)
    engine.understand(noise)
    engine.understand_piece(Piece(Segment(0.0, 1.0), noise, 0.0))


def _open_index(index: str, engine: Engine) -> Answerer:
    """What answers from an index, and has answered once."""
    from ..answers import open as open_index

    answerer = open_index(index, ear=engine.ear)
    answerer.ask_text("what is this about")
    return answerer


def _check(task: wire.Check) -> wire.Checked:
    from ..errors import GrammarError
    from ..grammar.analysis.check import Finding, check
    from ..grammar.load import load_grammar
    from ..grammar.source import GrammarText
    from ..phonetics.pronouncer import Pronouncer

    source = GrammarText(task.text)
    home, lists = task.home or None, task.lists or None
    try:
        grammar = load_grammar(source, lists=lists, home=home)
    except GrammarError as error:
        message = str(error).removeprefix(f"{error.source}:{error.line}: ")
        unreadable = Finding("error", "unreadable", message, error.source, error.line)
        return wire.Checked([asdict(unreadable)], {})
    findings = check(grammar, Pronouncer(grammar.lexicon))
    if task.compiled and not any(finding.severity == "error" for finding in findings):
        from ..engines.grammar.cached import Written, load_compiled
        from ..jobs.cache import GRAMMARS, Cache

        load_compiled(Written(source, lists=lists, home=home), Cache(GRAMMARS))
    summary = {
        "grammar": grammar.name, "intents": len(grammar.intents),
        "expressions": len(grammar.sentences), "slots": len(grammar.slot_types),
    }  # fmt: skip
    return wire.Checked([asdict(finding) for finding in findings], summary)


def _listen(worker: Worker, pipe: BinaryIO) -> None:
    """Take in tasks as they come, so that it shows whether any wait."""
    while (data := wire.read_message(pipe)) is not None:
        worker.put(wire.as_request(data))
    worker.put(None)


def main() -> None:
    """The process: until its standard input ends, as it does when the server is gone."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the server says when, by closing the pipe
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no reply
    sending = threading.Lock()

    def send(response: wire.Response) -> None:
        data = memoryview(wire.packed(response))
        with sending:
            while data:
                data = data[replies.write(data) :]

    worker = Worker(send)
    threading.Thread(target=_listen, args=(worker, sys.stdin.buffer), daemon=True).start()
    with suppress(BrokenPipeError):
        worker.run()
    finish()
    os._exit(0)  # threads may still compile a grammar that nobody waits for


if __name__ == "__main__":
    main()
