"""The domains of Home Assistant, to tell one that is misspelt from one that nobody speaks of.

A device of an unknown domain is in no slot that takes lights or locks, and nothing else tells why.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...registry import closest
from ..expression import Notice
from .home import Home

DOMAINS = frozenset({
    "ai_task", "air_quality", "alarm_control_panel", "assist_satellite", "automation",
    "binary_sensor", "button", "calendar", "camera", "climate", "conversation", "counter", "cover",
    "date", "datetime", "device_tracker", "event", "fan", "geo_location", "group", "humidifier",
    "image", "image_processing", "input_boolean", "input_button", "input_datetime", "input_number",
    "input_select", "input_text", "lawn_mower", "light", "lock", "media_player", "notify",
    "number", "person", "plant", "remote", "scene", "schedule", "script", "select", "sensor",
    "siren", "stt", "sun", "switch", "tag", "text", "time", "timer", "todo", "tts", "update",
    "vacuum", "valve", "wake_word", "water_heater", "weather", "zone",
})  # fmt: skip
"""What entities of Home Assistant may be, whether or not somebody speaks of them."""


def unknown_domains(home: Home) -> Iterator[Notice]:
    """A warning for each device whose domain Home Assistant does not have."""
    for device in home.devices:
        if device.domain not in DOMAINS:
            near = _meant(device.domain)
            remedy = f"did you mean {near!r}?" if near else "it has light, switch, fan, cover, …"
            yield Notice(
                f"Home Assistant has no domain {device.domain!r}, so sentences that ask for a "
                f"domain pass over the device {device.name!r}; {remedy}",
                home.source, device.line, "warning",
            )  # fmt: skip


def _meant(domain: str) -> str | None:
    """The domain that was probably meant: slips seldom hit the first letter ("lite", "climate")."""
    all_names = sorted(DOMAINS)
    alike = closest(domain, [name for name in all_names if name[0] == domain[0]])
    return alike or closest(domain, all_names)
