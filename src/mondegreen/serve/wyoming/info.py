"""What the server says it can do. It is said before the engine is loaded."""

from __future__ import annotations

from typing import Any

from wyoming.info import (
    AsrModel,
    AsrProgram,
    Attribution,
    HandleModel,
    HandleProgram,
    Info,
    IntentModel,
    IntentProgram,
)

from ...version import __version__

NAME = "mondegreen"
LANGUAGE = "en"
_ABOUT = "Speech straight to meaning, offline"
_ATTRIBUTION = Attribution("mondegreen", "https://pypi.org/project/mondegreen/")


def info(*, replies: bool) -> Info:
    """Speech to text, and text to replies or else to intents.

    Home Assistant waits one second for it, and takes the intents where both are offered; so one is.
    """
    asr = AsrProgram(
        models=[AsrModel(languages=[LANGUAGE], **_artifact(NAME))],
        supports_transcript_streaming=True,
        # The end of a command is found here, often before the speaker's pause is over.
        requires_external_vad=False,
        # The reader learned from sound as microphones give it.
        prefers_auto_gain_enabled=False,
        prefers_noise_reduction_enabled=False,
        **_artifact(NAME),
    )
    if replies:
        model = HandleModel(languages=[LANGUAGE], **_artifact(NAME))
        handle = HandleProgram(models=[model], **_artifact(NAME))
        return Info(asr=[asr], handle=[handle])
    intents = IntentModel(languages=[LANGUAGE], **_artifact(NAME))
    return Info(asr=[asr], intent=[IntentProgram(models=[intents], **_artifact(NAME))])


def _artifact(name: str) -> dict[str, Any]:
    return {
        "name": name, "attribution": _ATTRIBUTION, "installed": True, "description": _ABOUT,
        "version": __version__,
    }  # fmt: skip
