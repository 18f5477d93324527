"""Data divided into train, dev and test, by sentence, speaker or unseen value."""
