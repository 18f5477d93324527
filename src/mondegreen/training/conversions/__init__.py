"""Weights and lists of others, brought into the form that ships."""
