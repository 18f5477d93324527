"""Nasality: how open the velum sounds, with the ear that understands commands.

Research, and following one speaker over time. Not a medical device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..exports import when_used

if TYPE_CHECKING:
    from .judgement import Nasality
    from .nasometer import Nasometer, shipped_nasometer
    from .prompts import prompt_set

__all__ = ["Nasality", "Nasometer", "prompt_set", "shipped_nasometer"]

__getattr__ = when_used(
    __name__,
    {
        "Nasality": "judgement",
        "Nasometer": "nasometer",
        "prompt_set": "prompts",
        "shipped_nasometer": "nasometer",
    },
)
