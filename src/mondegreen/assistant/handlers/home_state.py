"""The state of the home: volume, lights, devices, heating, covers, locks, as they were asked to be.

Nothing here moves a real lamp; a handler that does is registered in place of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import wording
from .handler import Handler, Outcome, Request

VOLUME_STEP = 10
BRIGHTNESS_STEP = 20
"""Percent. Players and lamps of today move by 5–10 and 10–25 when told "up" once."""
DEFAULT_PERCENT = 50
"""Where "up" starts from when nobody has named a level yet."""
_DIRECTIONS = {"up": 1, "down": -1}


def set_volume(request: Request) -> Outcome:
    """Set the volume to `level`, or `change` it: up, down, mute, unmute."""
    change = request.text("change")
    if change in ("mute", "unmute"):
        request.store.put("volume", "", muted=change == "mute")
        return Outcome("Muted." if change == "mute" else "Sound on.")
    step = request.number("step")
    level = _target_level(request, "volume", "", VOLUME_STEP if step is None else step)
    if level is None:
        return Outcome("How loud?")
    request.store.put("volume", "", level=level, muted=False)
    return Outcome(fields={"level": level})


def query_volume(request: Request) -> Outcome:
    """Say how loud it is."""
    if request.store.get("volume", "", "muted"):
        return Outcome("The sound is muted.")
    level = request.store.get("volume", "", "level")
    if level is None:
        return Outcome("Nobody has set the volume yet.")
    return Outcome(f"The volume is at {level} percent.")


def light_switcher(**properties: Any) -> Handler:
    """Sets properties of a `lamp`, or of the lights in `room` or on `floor` (all when none is
    said)."""

    def switch(request: Request) -> Outcome:
        request.store.put(*_lights(request), **properties)
        return Outcome()

    return switch


def set_brightness(request: Request) -> Outcome:
    """Set lights to `level` percent, or `change` them up or down."""
    level = _target_level(request, *_lights(request), BRIGHTNESS_STEP)
    if level is None:
        return Outcome("How bright?")
    request.store.put(*_lights(request), level=level, on=level > 0)
    return Outcome(fields={"level": level})


def set_color(request: Request) -> Outcome:
    """Give lights a `color`, which also turns them on."""
    color = request.text("color")
    if not color:
        return Outcome("Which color?")
    request.store.put(*_lights(request), color=color, on=True)
    return Outcome()


def query_light(request: Request) -> Outcome:
    """Say whether lights are on, how bright, and in which color."""
    thing, place = _lights(request)
    on = request.store.get(thing, place, "on")
    one = bool(request.text("lamp"))
    name = f"the {thing}" if one else f"the {place} lights" if place else "the lights"
    if on is None:
        return Outcome(f"Nobody has asked me to switch {name} yet.")
    verb = "is" if one else "are"
    if not on:
        return Outcome(f"The {name[4:]} {verb} off.")
    color = request.store.get(thing, place, "color")
    level = request.store.get(thing, place, "level")
    brightness = "" if level is None else f" at {level} percent"
    return Outcome(f"The {name[4:]} {verb} {color or 'on'}{brightness}.")


def _lights(request: Request) -> tuple[str, str]:
    """Thing and place in the store of the lights that are spoken of."""
    lamp = request.text("lamp")
    return (lamp, "") if lamp else ("light", request.text("room") or request.text("floor"))


def set_thermostat(request: Request) -> Outcome:
    """Set the heating to `degrees`, or by `step` degrees (one when none is said) up or down as
    `change` says."""
    room = request.text("room")
    degrees = request.number("degrees")
    direction = _DIRECTIONS.get(request.text("change"))
    if degrees is None and direction is None:
        return Outcome("To how many degrees?")
    if degrees is None and direction is not None:
        last_degrees = request.store.get("heating", room, "degrees")
        if last_degrees is None:
            return Outcome("Tell me first how many degrees it should be.")
        step = request.number("step")
        degrees = last_degrees + direction * (1 if step is None else step)
    request.store.put("heating", room, degrees=degrees)
    return Outcome(fields={"degrees": degrees})


def query_thermostat(request: Request) -> Outcome:
    """Say what the heating is set to."""
    room = request.text("room")
    degrees = request.store.get("heating", room, "degrees")
    place = f" in the {room}" if room else ""
    if degrees is None:
        return Outcome(f"Nobody has set the heating{place} yet.")
    return Outcome(f"The heating{place} is set to {wording.value(degrees)} degrees.")


def query_temperature(request: Request) -> Outcome:
    """Say that there is no thermometer; what has one registers in place of this."""
    room = request.text("room")
    return Outcome(f"I have no thermometer{f' in the {room}' if room else ''}.")


def query_humidity(request: Request) -> Outcome:
    """Say that there is no hygrometer; what has one registers in place of this."""
    room = request.text("room")
    return Outcome(f"I have no hygrometer{f' in the {room}' if room else ''}.")


def query_sensor(request: Request) -> Outcome:
    """Say that the `sensor` cannot be read; what can registers in place of this."""
    return Outcome(f"I cannot read the {request.text('sensor') or 'sensor'}.")


def switch_off(request: Request) -> Outcome:
    """Remember that a `device` is off, or everything there is: devices and lights."""
    if request.text("device") != "everything":
        return mover("device", "off")(request)
    room = request.text("room")
    request.store.change_all(room, device="off", on=False)
    return Outcome(f"Everything{f' in the {room}' if room else ''} is off.")


def set_fan_speed(request: Request) -> Outcome:
    """Remember how fast a `fan` turns, `level` percent; above zero it is on."""
    fan, level = request.text("fan"), request.number("level")
    if not fan or level is None:
        return Outcome("How fast?")
    request.store.put(fan, request.text("room"), device="on" if level > 0 else "off")
    return Outcome()


def set_cover(request: Request) -> Outcome:
    """Remember how far a cover is open."""
    cover, level = request.text("cover"), request.number("level")
    if not cover or level is None:
        return Outcome("How far?")
    request.store.put(cover, request.text("room"), cover=f"at {wording.value(level)} percent")
    return Outcome()


def mover(slot: str, state: str) -> Handler:
    """Remembers that what the slot names (a cover, a door) is now in that state."""

    def move(request: Request) -> Outcome:
        thing = request.text(slot)
        if not thing:
            return Outcome(f"Which {slot}?")
        request.store.put(thing, request.text("room"), **{slot: state})
        return Outcome()

    return move


def reporter(slot: str) -> Handler:
    """Says which state what the slot names was last brought to."""

    def report(request: Request) -> Outcome:
        thing, room = request.text(slot), request.text("room")
        if not thing:
            return Outcome(f"Which {slot}?")
        state = request.store.get(thing, room, slot)
        name = f"the {f'{room} ' if room else ''}{thing}"
        if state is None:
            return Outcome(f"Nobody has told me about {name} yet.")
        verb = "are" if thing.endswith("s") else "is"
        return Outcome(f"{name[0].upper()}{name[1:]} {verb} {state}.")

    return report


def _target_level(request: Request, thing: str, place: str, step: float) -> int | None:
    """The level in percent that was asked for, 0–100, or None when none was."""
    level = request.number("level")
    direction = _DIRECTIONS.get(request.text("change"))
    if level is None and direction is not None:
        last_level = request.store.get(thing, place, "level")
        level = (DEFAULT_PERCENT if last_level is None else last_level) + direction * step
    return None if level is None else min(100, max(0, round(level)))


HANDLERS: Mapping[str, Handler] = {
    "SetVolume": set_volume,
    "QueryVolume": query_volume,
    "LightOn": light_switcher(on=True),
    "LightOff": light_switcher(on=False),
    "SetBrightness": set_brightness,
    "SetColor": set_color,
    "QueryLight": query_light,
    "SetThermostat": set_thermostat,
    "QueryThermostat": query_thermostat,
    "QueryTemperature": query_temperature,
    "QueryHumidity": query_humidity,
    "QuerySensor": query_sensor,
    "DeviceOn": mover("device", "on"),
    "DeviceOff": switch_off,
    "QueryDevice": reporter("device"),
    "SetFanSpeed": set_fan_speed,
    "OpenCover": mover("cover", "open"),
    "CloseCover": mover("cover", "closed"),
    "SetCover": set_cover,
    "QueryCover": reporter("cover"),
    "LockDoor": mover("door", "locked"),
    "UnlockDoor": mover("door", "unlocked"),
    "QueryLock": reporter("door"),
}
