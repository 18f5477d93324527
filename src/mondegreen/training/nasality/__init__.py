"""Fits the weights by which the velum is judged."""
