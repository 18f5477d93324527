"""Manifests as other tools read them."""
