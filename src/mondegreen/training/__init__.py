"""Fitting weights (extra `[train]`). Nothing that runs a model imports this package."""
