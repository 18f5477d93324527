"""Moonshine tiny as published, out of the wheel of moonshine-voice, for `weights/moonshine`.

    pip download --no-deps moonshine-voice==0.0.73
    python -m mondegreen.training.conversions.published_moonshine WHEEL FOLDER

The wheel is 115 MB when it is installed, of which 44 are weights, and brings a runtime of its own
for four kinds of machine. The weights are taken over to the byte.
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

from ...errors import ModelError
from ...speech.moonshine import DECODER, ENCODER, PIECES, PublishedDescription
from ...weights.folder import write_folder

SHA256 = {
    ENCODER: "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221",
    DECODER: "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0",
    PIECES: "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
}
"""Of the files of release 0.0.73."""
CARD = """# Moonshine tiny

Speech to words, 27 M parameters in 8 bits: an encoder, which makes a frame of 288 numbers every
24 ms, and a decoder, which writes English in pieces of words.

**Made by** `python -m mondegreen.training.conversions.published_moonshine WHEEL FOLDER` from the
wheel of moonshine-voice 0.0.73 (Moonshine AI, MIT, see LICENSE; Jeffries et al. 2024,
arXiv:2410.15608), whose files are taken over to the byte.

**Use**: free words, second opinions on readings in doubt, and the frames that the general model's
transcriber and the training begin with. The ear that reads phones has an encoder of its own, tuned
from this one. It is trained on nothing of ours.
"""
_IN_WHEEL = "moonshine_voice/assets/tiny-en/"
_LICENCE = "moonshine_voice-0.0.73.dist-info/licenses/LICENSE"


def convert(wheel: Path, out: Path) -> None:
    """Write the folder `out` from `wheel`. Raises ModelError for another file or release."""
    try:
        with zipfile.ZipFile(wheel) as packed:
            files = {name: packed.read(_IN_WHEEL + name) for name in SHA256}
            licence = packed.read(_LICENCE)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise ModelError(f"{wheel} is no wheel of moonshine-voice 0.0.73 ({error})") from error
    for name, data in files.items():
        if hashlib.sha256(data).hexdigest() != SHA256[name]:
            raise ModelError(f"{wheel} has another {name} than moonshine-voice 0.0.73")
    write_folder(out, PublishedDescription, files, CARD)
    (out / "LICENSE").write_bytes(licence)


if __name__ == "__main__":
    convert(*map(Path, sys.argv[1:]))
