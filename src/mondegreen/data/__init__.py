"""Spoken-language data: manifests, importers, and what is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..exports import when_used

if TYPE_CHECKING:
    from .make.frame_cache import FrameCache
    from .manifest import Manifest, write_manifest
    from .utterance import SlotLabel, Utterance

__all__ = ["FrameCache", "Manifest", "SlotLabel", "Utterance", "write_manifest"]

__getattr__ = when_used(
    __name__,
    {
        "FrameCache": "make.frame_cache",
        "Manifest": "manifest",
        "SlotLabel": "utterance",
        "Utterance": "utterance",
        "write_manifest": "manifest",
    },
)
