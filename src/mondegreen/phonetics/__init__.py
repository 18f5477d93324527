"""Sounds of words: the phone inventory, pronunciations, and how far apart two of them are."""
