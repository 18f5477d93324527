"""`mondegreen ask`: a question answered from an index of pages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import SettingsError, in_one_line
from .shared.options import AsJson, Lexicon
from .shared.output import note, print_json

if TYPE_CHECKING:
    from ..answers.answer import Answer, Candidate
    from ..answers.answerer import Answerer


def ask(
    question: Annotated[
        str | None, typer.Argument(help="The question in writing, or a recording of it.")
    ] = None,
    index: Annotated[
        str | None,
        typer.Option("--index", "-i", help="What 'mondegreen index' made, or its address."),
    ] = None,
    mic: Annotated[bool, typer.Option("--mic", help="Listen to the microphone.")] = False,
    speak: Annotated[
        Path | None, typer.Option(help="Write the spoken answer to this file.")
    ] = None,
    lexicon: Lexicon = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question from an index of pages (needs the extra 'answer').

    Exit code 1: nothing was found, or nothing is sure.
    """
    from ..answers import open as open_index
    from ..audio.write import check_writable
    from ..phonetics.pronouncer import Pronouncer

    if index is None:
        raise SettingsError("no index: add -i INDEX, which 'mondegreen index PAGES -o INDEX' makes")
    if (question is None) == (not mic):
        raise SettingsError("ask one thing: a question in writing, a recording, or --mic")
    if speak is not None:
        check_writable(speak)
    answerer = open_index(index, pronouncer=Pronouncer.from_file(lexicon) if lexicon else None)
    answer = _from_microphone(answerer) if question is None else _asked(answerer, question)
    if as_json:
        print_json(answer.to_json())
    else:
        _show(answer)
    if speak is not None:
        _speak(answer.text, speak)
    if answer.status != "answered":
        raise typer.Exit(1)


def _asked(answerer: Answerer, question: str) -> Answer:
    """A name that looks like a recording's is one: nobody asks "question.wav"."""
    from ..audio.formats import FOREIGN_SUFFIXES, SUFFIXES

    path = Path(question)
    try:
        there = path.is_file()
    except (OSError, ValueError):  # too long for a name
        there = False
    if there or (
        path.suffix.lower() in SUFFIXES | FOREIGN_SUFFIXES and " " not in question.strip()
    ):
        return answerer.ask(path)
    return answerer.ask(question)


def _from_microphone(answerer: Answerer) -> Answer:
    from ..audio.microphone import listen
    from ..audio.utterances import pieces

    note("listening")
    piece = next(pieces(listen()), None)
    if piece is None:
        raise SettingsError("the microphone ended before anything was said")
    return answerer.ask(piece.samples)


def _show(answer: Answer) -> None:
    if answer.status == "no_speech":
        note("no speech was heard")
        return
    print(in_one_line(f"heard: {answer.question}"))
    shown = answer.candidates[:1] if answer.status == "answered" else answer.candidates
    if not shown:
        print(answer.text)
    elif answer.status == "unsure":
        print("not sure; it may be one of these:")
    for candidate in shown:
        _show_candidate(candidate)
    if answer.other is not None:
        print("Another page says:")
        _show_candidate(answer.other)


def _show_candidate(candidate: Candidate) -> None:
    print(in_one_line(candidate.text))
    for meant in candidate.meant:
        print(in_one_line(f"  {meant.transcribed} → {meant.word}"))
    print(in_one_line(f"  {candidate.source} ({candidate.confidence:.0%}) {candidate.link}"))


def _speak(text: str, path: Path) -> None:
    from ..audio.write import write_audio
    from ..text.spoken_text import unspeakable
    from ..voices.voice import voice

    if not text:
        note(f"there was nothing to say, so {path} was not written")
        return
    spoken = text if not unspeakable(text) else _sayable(text)
    samples, rate = voice("hibari").speak(spoken)
    write_audio(path, samples, rate)


def _sayable(text: str) -> str:
    """Without the characters that no voice can say; pages have them, and their users do not."""
    from ..text.spoken_text import unspeakable

    return " ".join(word for word in text.split() if not unspeakable(word)) or "I cannot say it."
