"""The log of a server: whole lines, and nobody waits for whoever should read them."""

from __future__ import annotations

import os

from mondegreen.serve.log import Log


def test_lines_are_written_in_their_order() -> None:
    reading, writing = os.pipe()
    log = Log(writing)
    for number in range(50):
        log.add(f"line {number}")
    assert log.written(60)
    written = os.read(reading, 65_536).decode().splitlines()
    assert written == [f"mondegreen: line {number}" for number in range(50)]
    os.close(reading)
    os.close(writing)


def test_nobody_waits_for_a_reader_that_stopped() -> None:
    reading, writing = os.pipe()
    log = Log(writing)
    for _ in range(10_000):
        log.add("x" * 100)  # ten times what the pipe holds, and more than may wait
    assert not log.written(0.01)
    content = b""
    while not log.written(0.01):
        content += os.read(reading, 65_536)
    log.add("the last")
    assert log.written(60)
    content += os.read(reading, 65_536)
    lines = content.decode().splitlines()
    assert 2_000 <= len(lines) < 10_000
    left_out = [line for line in lines if "lines were left out" in line]
    assert left_out
    assert lines[-1].endswith("the last")
    os.close(reading)
    os.close(writing)
