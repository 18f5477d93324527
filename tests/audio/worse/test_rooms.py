"""Rooms that were never built sound as acoustics says they should."""

from __future__ import annotations

import numpy as np
import pytest

from mondegreen.audio.worse.rooms import (
    SOUND_SPEED,
    Room,
    draw_room,
    impulse_response,
    room_response,
)


def reverberation(response: np.ndarray) -> float:
    """Seconds for 60 dB, from the fall between -5 and -25 dB (Schroeder 1965)."""
    energy = np.cumsum(response[::-1].astype(float) ** 2)[::-1]
    decibels = 10 * np.log10(energy / energy[0])
    first, last = np.argmax(decibels < -5), np.argmax(decibels < -25)
    return float(3 * (last - first) / 16_000)


@pytest.mark.parametrize("seconds", [0.2, 0.4, 0.7])
def test_reverberation_follows_eyring(seconds: float) -> None:
    size = (5.1, 4.3, 2.9)
    surface = 2 * (size[0] * size[1] + size[1] * size[2] + size[2] * size[0])
    absorption = 1 - np.exp(-0.161 * np.prod(size) / (surface * seconds))
    room = Room(size, (1.1, 1.3, 1.5), (3.9, 2.9, 1.2), (absorption, absorption))
    assert room.reverberation == pytest.approx(seconds)
    # Eyring's formula is for a diffuse field, which a box with even walls only approaches.
    assert reverberation(impulse_response(room)) == pytest.approx(seconds, rel=0.25)


def test_the_first_echo_comes_off_the_nearest_wall() -> None:
    room = Room((40.0, 40.0, 40.0), (20.0, 20.0, 3.0), (24.0, 20.0, 3.0), (0.5, 0.5))
    response = np.abs(impulse_response(room))
    assert response[0] == pytest.approx(1.0, abs=0.05)
    floor = np.hypot(4.0, 6.0)
    at = (floor - 4.0) / SOUND_SPEED * 16_000
    first_echo = 20 + int(np.argmax(response[20:]))
    assert first_echo == pytest.approx(at, abs=1.5)
    assert response[first_echo] == pytest.approx(np.sqrt(0.5) * 4.0 / floor, rel=0.5)


def test_high_tones_die_sooner() -> None:
    room = Room((5.0, 4.0, 2.8), (1.0, 1.0, 1.5), (4.0, 3.0, 1.5), (0.1, 0.4))
    response = impulse_response(room)
    tail = np.abs(np.fft.rfft(response[1600:4800]))
    bins = len(tail)
    assert tail[: bins // 8].mean() > 5 * tail[bins // 2 :].mean()


def test_drawn_rooms_are_livable_and_stay_the_same() -> None:
    for number in range(40):
        room = draw_room(np.random.default_rng([0x700B, number]))
        assert 0.08 <= room.reverberation <= 0.85
        assert all(0 < place < size for place, size in zip(room.speaker, room.size, strict=True))
        response = room_response(number)
        assert np.isfinite(response).all()
        assert np.array_equal(response, impulse_response(room))
    assert not np.array_equal(room_response(1)[:800], room_response(2)[:800])
