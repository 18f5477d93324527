"""Several engines, asked one after the other."""
