"""Training of networks that read a meaning off the encoder's frames."""
