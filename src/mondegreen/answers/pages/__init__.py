"""Readers of pages: files of many formats to titled text in sections."""
