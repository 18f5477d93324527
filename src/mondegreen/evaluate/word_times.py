"""When the words of a traced utterance were said, and which of them an oracle needs."""

from __future__ import annotations

from ..audio.samples import Samples
from ..engines.engine import Engine
from ..engines.grammar.engine import GrammarEngine
from ..engines.grammar.oracle import words_needed
from ..errors import MondegreenError
from ..phonetics.pronouncer import Pronouncer
from ..speech.alignment import align
from ..text.read_aloud import spoken_words
from .early_figures import Timed
from .traces import Trace
from .trial import Answer


def timed(engine: Engine, samples: Samples, trace: Trace) -> Timed:
    """A trace with the times of its words in `samples` (N,).

    The words are those of the labels; where there are none and the result is right, the result's.
    What cannot be aligned has no times; the oracle is a grammar's, other engines have none.
    """
    words = spoken_words(trace.utterance.text) or _understood(trace)
    if not words:
        return Timed(trace, (), (), {})
    pronouncer = engine.pronouncer if isinstance(engine, GrammarEngine) else Pronouncer()
    try:
        alignment = align(engine.ear.listen(samples), words, pronouncer)
    except MondegreenError:
        return Timed(trace, (), (), {})
    needed = words_needed(engine.graph, words) if isinstance(engine, GrammarEngine) else {}
    starts = tuple(word.start for word in alignment.words)
    return Timed(trace, starts, tuple(word.end for word in alignment.words), needed)


def _understood(trace: Trace) -> tuple[str, ...]:
    meaning = Answer(trace.final).meaning
    if trace.final is None or meaning is None or not trace.right(meaning):
        return ()
    return spoken_words(trace.final.transcript)
