"""What stays loaded for as long as a process runs."""

from __future__ import annotations

import gc


def keep_loaded() -> None:
    """Let garbage collections pass over all that is loaded by now.

    A grammar is a million small objects, and looking through them in the middle of an utterance
    takes 100 ms. Called again, what has become garbage since is collected first.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


__all__ = ["keep_loaded"]
