"""The grammar engine: speech to meaning over a grammar or catalogue, with nothing to train."""
