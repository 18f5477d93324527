"""A data set at a glance: statistics and pictures."""
