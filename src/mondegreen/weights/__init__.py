"""Weights that ship, each with its model card and the command that rebuilds it."""
