"""Spoken-language data: voices that make speech from text."""
