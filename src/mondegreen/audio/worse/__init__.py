"""Speech made worse on purpose: rooms, noise, codecs and effects, for training and testing."""
