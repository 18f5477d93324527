"""What can be said of a grammar from its text: mistakes, ambiguity, samples, membership."""
