"""Language models: sentence embedders behind one registry."""
