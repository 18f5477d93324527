"""Deciding before the speaker has stopped: policies that read outlooks and know no engine."""
