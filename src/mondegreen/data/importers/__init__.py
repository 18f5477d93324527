"""Readers of the formats that spoken-language data comes in, one module each."""
