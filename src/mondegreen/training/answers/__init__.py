"""Fits the few numbers by which answers are chosen and trusted."""
