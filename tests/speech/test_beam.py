"""Several hypotheses of a tuned decoder, over real audio."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mondegreen.audio.samples import Samples
from mondegreen.engines.general.model_folder import MEMORY, SHIPPED, STEP, model_folder
from mondegreen.speech.beam import BeamTranscriber
from mondegreen.speech.encoder import Frames
from mondegreen.speech.transcriber import Transcriber

TEXT = "turn off the lights in the living room"


@pytest.fixture(scope="module")
def beam() -> BeamTranscriber:
    folder = model_folder(SHIPPED)
    return BeamTranscriber.load(folder.file(MEMORY), folder.file(STEP), folder.remedy)


@pytest.fixture(scope="module")
def frames(say: Callable[..., Samples]) -> Frames:
    return Transcriber.load().attend(say(TEXT))


def test_the_likeliest_text_is_what_was_said(beam: BeamTranscriber, frames: Frames) -> None:
    hypotheses = beam.hypotheses(frames, 5)
    assert hypotheses[0].text == TEXT
    shares = [hypothesis.log_probability for hypothesis in hypotheses]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] < 0.0
    assert len({hypothesis.text for hypothesis in hypotheses}) == len(hypotheses) <= 5


def test_one_row_is_greedy_and_no_likelier_than_the_best_of_many(
    beam: BeamTranscriber, frames: Frames
) -> None:
    (greedy,) = beam.hypotheses(frames, 1)
    # 8-bit sums of several rows are rounded together.
    assert greedy.log_probability <= beam.hypotheses(frames, 6)[0].log_probability + 0.2


def test_silence_ends(beam: BeamTranscriber) -> None:
    assert len(beam.hypotheses(np.zeros((400, 288), np.float32), 3)) <= 3
