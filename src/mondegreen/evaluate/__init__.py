"""Scores of what was understood, and how far they can be trusted."""
