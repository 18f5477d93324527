"""Voices: text into speech, and the phones that were spoken."""

# Names of voices are here at once; what speaks is imported when a voice is made.
from .voice import MissingProgram, PhonemeVoice, Voice, usable_voices, voice

__all__ = ["MissingProgram", "PhonemeVoice", "Voice", "usable_voices", "voice"]
