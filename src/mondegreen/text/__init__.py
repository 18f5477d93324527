"""Written text and spoken words: reading aloud, numbers, tokens."""
