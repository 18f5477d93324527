"""Data made out of data: speech, noise, word times, encoder frames."""
