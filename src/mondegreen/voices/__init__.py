"""Voices that turn text into speech, behind one registry."""
