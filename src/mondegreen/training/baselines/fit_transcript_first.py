"""Speech to a transcript and then its meaning, by one decoder, token by token.

The strong end-to-end baseline: WhiSLU's order (Wang et al. 2023, Interspeech) on the decoder that
the general model tunes, from the same weights and on the same speech. A meaning is written as
words: "wake me at seven ; alarm set ; time : seven".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...data.make.frame_cache import FrameCache
from ...data.manifest import Manifest
from ...model.attention_decoder import AttentionDecoder
from ...model.transcribers import moonshine
from ...speech.moonshine import MoonshineEncoder
from ...types import Meaning
from ..interpreter.fit_transcriber import Spoken, Tuning, tune
from ..interpreter.labelled_sentences import Names, Sentence, sentence_of, slot_of

_PART, _IS = " ; ", " : "


def written(sentence: Sentence) -> str:
    """The transcript and the meaning as the decoder is to write them."""
    slots = (
        f"{_plain(span.slot)}{_IS}{' '.join(sentence.words[span.start : span.end])}"
        for span in sentence.spans
    )
    return _PART.join((" ".join(sentence.words), _plain(sentence.intent), *slots))


def _plain(name: str) -> str:
    return name.replace("_", " ")


@dataclass(frozen=True)
class Reader:
    """Takes what the decoder wrote for a meaning."""

    intents: Mapping[str, str]
    slots: Mapping[str, str]
    """Names by how they are written."""

    @classmethod
    def of(cls, names: Names) -> Reader:
        """One that knows these names."""
        intents, slots = names.intents, names.slots
        return cls({_plain(n): n for n in intents}, {_plain(n): n for n in slots})

    def meaning(self, text: str) -> Meaning | None:
        """The meaning in a text; None where it names no intent that there is."""
        _, *parts = text.split(_PART)
        intent = self.intents.get(parts[0].strip()) if parts else None
        if intent is None:
            return None
        slots = []
        for part in parts[1:]:
            name, _, value = part.partition(_IS)
            if name.strip() in self.slots and value.strip():
                slots.append(slot_of(self.slots[name.strip()], value.split()))
        return Meaning(intent, tuple(slots))


def fit(
    manifest: Manifest,
    cache: Path,
    settings: Tuning,
    say: Callable[[str], None],
    *,
    seed: int = 1,
    checkpoint: Path | None = None,
) -> tuple[AttentionDecoder, Reader]:
    """The decoder fitted on the recordings of a manifest, whose frames are in `cache`."""
    frames = FrameCache.open(cache, manifest, name=MoonshineEncoder.name)
    sentences = {row.id: sentence_of(row) for row in manifest}
    published = moonshine()
    spoken = [Spoken(frames[i], published.tokens_of(written(s))) for i, s in sentences.items()]
    decoder = tune(spoken, published, settings, say, seed=seed, checkpoint=checkpoint)
    return decoder, Reader.of(Names.of(sentences.values()))


__all__ = ["Reader", "fit", "written"]
