"""Engines: audio in, meaning out. The contract they share, and one room for each."""
