"""The model card of the scales."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

from .examples import Example
from .fit_scales import Settings


def card(examples: Sequence[Example], settings: Settings) -> str:
    """The model card, in Markdown."""
    synthesised = [e for e in examples if e.origin == "synthesised"]
    counts = {o: sum(e.origin == o for e in examples) for o in ("voice", "person")}
    speakers, texts = ({getattr(e, name) for e in synthesised} for name in ("speaker", "sentence"))
    sentences = f"{len(texts)} sentences by {len(speakers)}"
    voices = ", ".join(settings.voices)
    people = (
        f"{counts['person']} of people, who are taken for typical speakers: Common Voice (Mozilla, "
        "CC0), LibriSpeech (Panayotov et al. 2015, CC BY 4.0), speechocean762 (Zhang et al. 2021, "
        "Apache-2.0), CREMA-D (Cao et al. 2014, ODbL 1.0), CMU AN4 (free for any purpose), Precise "
        "Community Data (Mycroft AI, public domain), Custom Speech Commands (Shawn Hymel, CC BY "
        "4.0)"
        if counts["person"]
        else "none of people"
    )
    made_of = fill(
        f"{len(synthesised):,} utterances of VocalTractLab (Birkholz 2013; GPL-3.0, a tool of "
        f"benchmarks/nasality_synthesis.py, none of which ships) with a known opening of the "
        f"velum, {sentences} speakers of one anatomy; {counts['voice']:,} of the voices {voices}; "
        f"{people}. What is synthesised counts as it is and {settings.versions} times worsened by "
        "rooms, noise and lines.",
        100,
    )
    return f"""# Nasality

Three linear scales over the frames and the posteriors of the shipped phone reader, and over levels
in thirds of an octave: `dose`, a regression on the area of the velum's opening; `vowels`, which
tells vowels beside nasals from others; `consonants`, which tells nasals from voiced consonants. The
last two never saw an open velum. A unit is a step: from closed to 0.2 cm² in VocalTractLab.

**Made by** `mondegreen train nasality DATA --set people={settings.people} --set
seed={settings.seed}`:
{made_of}

**Measured** by `benchmarks/nasality.py`; see docs/nasality.md.

**Use**: research, and following one adult speaker over time. Not a medical device: no diagnosis,
no severity scale, no norms for children, nothing claimed for dysarthric speech. Other readers need
scales of their own.
"""
