"""mondegreen: speech straight to meaning, offline.

import mondegreen
engine = mondegreen.load("starter")
result = engine.understand("order.wav")
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from .errors import (
    AudioError,
    DataError,
    GrammarError,
    MissingExtra,
    ModelError,
    MondegreenError,
    OutputError,
    SettingsError,
)
from .exports import when_used
from .types import (
    Alternative,
    Decided,
    Event,
    Final,
    Meaning,
    Outlook,
    Partial,
    Prospect,
    Revised,
    Slot,
    SpeechEnded,
    SpeechStarted,
    Understanding,
)
from .version import __version__

# ONNX Runtime 1.32 looks up a server of Microsoft's and leaves a file in the home folder, and the
# client of the Hugging Face hub says in every request who asks, unless these are set before either
# is imported. Nothing leaves the machine.
os.environ["ORT_DISABLE_TELEMETRY"] = os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

if TYPE_CHECKING:
    from pathlib import Path

    from .audio.read import read_audio, read_blocks
    from .early.policy import Policy
    from .engines.engine import Engine, Schema, Turn
    from .engines.grammar.search import SearchSettings
    from .engines.stream import Stream
    from .phonetics.pronouncer import Pronouncer
    from .speech.ear import Ear
    from .speech.hearing import Hearing
    from .voices.voice import voice

__all__ = [
    "Alternative", "AudioError", "DataError", "Decided", "Ear", "Engine", "Event", "Final",
    "GrammarError", "Hearing", "Meaning", "MissingExtra", "ModelError", "MondegreenError",
    "Outlook", "OutputError", "Partial", "Policy", "Pronouncer", "Prospect", "Revised", "Schema",
    "SearchSettings", "SettingsError", "Slot", "SpeechEnded", "SpeechStarted", "Stream", "Turn",
    "Understanding", "__version__", "load", "read_audio", "read_blocks", "voice",
]  # fmt: skip


def load(source: str | Path | None = None, *, engine: str | None = None, **settings: Any) -> Engine:
    """The engine for a grammar (`"starter"` ships with mondegreen, or a path) or a model folder.

    `engine` names the kind of engine where the source does not say it itself: "grammar", or one
    that an installed package brings. `settings` go to it; for grammars they are `lexicon`, `lists`,
    `home`, `phones`, `encoder`, `threads`, `ear`, `refuse_below` (see docs/python-api.md). Raises
    GrammarError for a grammar with a mistake in it, ModelError for weights that do not match and
    SettingsError for an unknown kind of engine.
    """
    from .engines.load import load as load_engine

    return load_engine(source, engine=engine, **settings)


__getattr__ = when_used(
    __name__,
    {
        "Ear": "speech.ear",
        "Engine": "engines.engine",
        "Hearing": "speech.hearing",
        "Policy": "early.policy",
        "Pronouncer": "phonetics.pronouncer",
        "Schema": "engines.engine",
        "SearchSettings": "engines.grammar.search",
        "Stream": "engines.stream",
        "Turn": "engines.engine",
        "read_audio": "audio.read",
        "read_blocks": "audio.read",
        "voice": "voices.voice",
    },
)
