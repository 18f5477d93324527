"""Shortens Kokoro's style vectors to what is worth shipping: 54 speakers at 8 lengths, 0.2 MB.

Kokoro publishes every speaker as 510 vectors, one for each number of symbols to be spoken. They
change slowly, so a few of them and the lines between do.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import numpy as np

from ...errors import DataError
from ...jobs.files import replacing
from ...voices.kokoro import DESCRIPTION, FORMAT, STYLES

LENGTHS = (5, 10, 20, 40, 80, 160, 320, 509)
_ROWS, _SIZE = 510, 256


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
        if numbers.size != _ROWS * _SIZE:
            raise DataError(f"{path} holds {numbers.size} numbers, expected {_ROWS} x {_SIZE}")
        styles.append(numbers.reshape(_ROWS, _SIZE)[list(LENGTHS)])
    stored = io.BytesIO()
    np.savez_compressed(
        stored, styles=np.array(styles, np.float16), lengths=np.array(LENGTHS, np.float64)
    )
    data = stored.getvalue()
    about = {
        "format": FORMAT,
        "sha256": hashlib.sha256(data).hexdigest(),
        "voices": [path.stem for path in paths],
    }
    out.mkdir(parents=True, exist_ok=True)
    with replacing(out / STYLES) as temporary:
        temporary.write_bytes(data)
    with replacing(out / DESCRIPTION) as temporary:
        temporary.write_text(json.dumps(about, indent=1), encoding="utf-8")
    return len(paths)
