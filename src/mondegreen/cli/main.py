"""The `mondegreen` command: the verbs, and the one place where errors become exit codes."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from ..errors import MondegreenError, in_one_line
from ..version import __version__
from .hear import hear
from .shared.options import BAD_INPUT

INTERNAL, INTERRUPTED, PIPE_CLOSED = 70, 130, 141
"""Exit codes beyond 0 (done), 1 (something was not understood) and BAD_INPUT, as sysexits and
shells have them."""

_LATER = {
    "answers": "Count right answers; bring an index to a server (needs the extra 'answer').",
    "ask": "Answer a question from an index of pages (needs the extra 'answer').",
    "index": "Make an index of pages, to be asked (needs the extra 'answer').",
    "phones": "Write down the sounds of speech, phone by phone (IPA), with no words in mind.",
    "say": "Say a text into a sound file.",
    "doctor": "Check this installation. Exit code 1: something it needs is missing or damaged.",
    "cache": "What is kept for the next start: where, how much, and how to remove it.",
    "complexity": "Measure how hard a voice task is, and what accuracy it can have.",
    "data": "Import, check, split, speak, worsen and align spoken-language data.",
    "early": "Decide before the speaker has stopped: calibrate, measure, look.",
    "evaluate": "Score an engine on labelled recordings, or compare two.",
    "export": "Write a general model from a training's checkpoint (needs the extra 'train').",
    "grammar": "Check, sample and list the words of a grammar.",
    "home": "Check the names of your home.",
    "nasality": "How nasal speech is: score, track, prompts, record. Not a medical device.",
    "serve": "Serve many over HTTP, WebSocket, Wyoming and a page (needs the extra 'serve').",
    "train": "Train the models that ship (needs the extra 'train').",
}
"""Verbs whose modules load only when they are used, with their line in the help.

A module has a group of verbs, `app`, or is one verb: a function of its own name."""

_debug = False


class _Later(TyperCommand):
    """Stands in for verbs until they are used: nothing must wait for imports it does not need."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        module = import_module(f"mondegreen.cli.{self.name}")
        verbs = getattr(module, "app", None)
        if verbs is None:
            verbs = typer.Typer(add_completion=False, rich_markup_mode=None)
            verbs.command()(getattr(module, str(self.name)))
        return typer.main.get_command(verbs).make_context(*args, **kwargs)


class _Verbs(TyperGroup):
    """The top level, with late verbs and our error handling around whatever runs."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *_LATER]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in _LATER:
            return _Later(cmd_name, help=_LATER[cmd_name], callback=None)
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: Any) -> Any:
        with _errors_become_exit_codes():
            return super().invoke(ctx)


@contextmanager
def _errors_become_exit_codes() -> Iterator[None]:
    try:
        try:
            yield
        finally:
            sys.stdout.flush()  # a full disk or a closed pipe shows here, not at the end
    except MondegreenError as error:
        _stop(str(error), BAD_INPUT, error)
    except KeyboardInterrupt as error:
        _stop("stopped", INTERRUPTED, error, label="")
    except BrokenPipeError:
        _drop_output()  # whoever read it has seen enough
        raise typer.Exit(PIPE_CLOSED) from None
    except OSError as error:
        if error.errno == errno.ENOSPC:
            _drop_output()
            _stop("the disk is full: make room and run this again", BAD_INPUT, error)
        place = f"{error.filename}: " if error.filename else ""
        _stop(f"{place}{error.strerror or error}", BAD_INPUT, error)
    except Exception as error:
        if isinstance(error, typer.Exit | typer.Abort) or hasattr(error, "exit_code"):
            raise  # typer's own: usage errors and exits
        fault = f"{type(error).__name__}: {error}".splitlines()[0]
        _stop(f"{fault} (a fault in mondegreen; --debug shows where)", INTERNAL, error)


def _drop_output() -> None:
    """Let what is still buffered go nowhere: Python flushes at its end and would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _stop(message: str, code: int, error: BaseException, *, label: str = "error: ") -> None:
    if _debug:
        raise error
    print(label + in_one_line(message), file=sys.stderr)
    raise typer.Exit(code) from None


app = typer.Typer(
    cls=_Verbs,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Speech straight to meaning, offline: recordings in, intents and slots out.",
)
app.command()(hear)


def _show_version(requested: bool) -> None:
    if requested:
        print(f"mondegreen {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Say which.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
) -> None:
    del version, debug  # handled before: see _show_version and run


def run() -> None:
    """Entry point of the `mondegreen` command. `--debug` may stand anywhere on the line."""
    global _debug  # noqa: PLW0603  (one process, one command line)
    arguments = sys.argv[1:]
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if "--debug" in options:
        _debug = True
        arguments.remove("--debug")
    if sys.stderr is None:
        # Its number must not go to the next file that is opened: libraries write there.
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115  (until the end)
    if sys.stdout is None:
        print("error: standard output is closed; send it to a file or a pipe", file=sys.stderr)
        sys.exit(BAD_INPUT)
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal cannot show must not end the run.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    app(arguments, prog_name="mondegreen")
