"""The other side of `speed.py --peer`: runs in an environment of its own, which has faster-whisper.

    python faster_whisper_peer.py MODEL SPEECH.npy

For each line on standard input it writes the speech down once, on one thread with int8, and prints
the CPU milliseconds that took.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from faster_whisper import WhisperModel  # type: ignore[import-not-found, unused-ignore]


def main() -> None:
    """Answer until the input ends."""
    model = WhisperModel(sys.argv[1], device="cpu", compute_type="int8", cpu_threads=1)
    speech = np.load(sys.argv[2], allow_pickle=False)
    for _ in sys.stdin:
        began = time.process_time()
        segments, _ = model.transcribe(speech, language="en")
        text = " ".join(segment.text for segment in segments)  # only now it is computed
        print(1000 * (time.process_time() - began), flush=True)
        print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
