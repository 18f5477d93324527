"""Options whose value is several values in one text."""

from __future__ import annotations

from ...errors import SettingsError


def parse_range(text: str, name: str) -> tuple[float, float]:
    """LOW:HIGH, or one number for both. Raises SettingsError, which names the option `name`."""
    low, colon, high = text.partition(":")
    try:
        limits = float(low), float(high if colon else low)
    except ValueError:
        limits = (1.0, 0.0)
    if not limits[0] <= limits[1]:
        raise SettingsError(f"{name}: found {text!r}, expected LOW:HIGH, such as 0.8:1.3")
    return limits


def parse_names(text: str) -> list[str]:
    """Names between commas."""
    return [name.strip() for name in text.split(",") if name.strip()]
