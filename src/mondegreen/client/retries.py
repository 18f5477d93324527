"""When to ask a server again that could not answer."""

from __future__ import annotations

import random

AGAIN = (429, 502, 503, 504)
"""Statuses of a server that is busy, ending or not yet there."""
_LONGEST_PAUSE = 10.0


def pause(attempt: int, wait: str | None = None) -> float:
    """Seconds before the next try: what the server says, or twice as long each time.

    Neither without chance: clients that were turned away together come back one after another.
    """
    seconds = float(wait) if wait is not None and wait.isdecimal() else 0.2 * 2.0**attempt
    return min(_LONGEST_PAUSE, seconds * random.uniform(1.0, 1.5))


__all__ = ["AGAIN", "pause"]
