"""`mondegreen doctor`: what is installed, which weights, how fast this machine is."""

from __future__ import annotations

import platform
import re
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Any

import typer

from .shared.options import AsJson
from .shared.output import print_json

_SENTENCE = "set a timer for five minutes"


@dataclass(frozen=True)
class Check:
    """One thing that `doctor` looks at."""

    name: str
    ok: bool
    state: str
    needed: bool = True
    """Whether mondegreen cannot work without it."""


def doctor(
    as_json: AsJson = False,
) -> None:
    """Check this installation. Exit code 1: something it needs is missing or damaged."""
    wheels = packages()
    groups = {
        "packages": [check for check in wheels if check.needed],
        "extras": [check for check in wheels if not check.needed],
        "models": weights(),
        "voices": voices(),
        "machine": [processor(), disk(), cache(), microphone()],
    }
    understanding, speed = measure()
    groups["understanding"] = [understanding]
    checks = [{"group": name, **asdict(check)} for name in groups for check in groups[name]]
    ok = all(check["ok"] for check in checks if check["needed"])
    if as_json:
        print_json({"ok": ok, "checks": checks, "speed": speed})
    else:
        show(groups)
        if not ok:
            print("something that mondegreen needs is missing: see above", file=sys.stderr)
    raise typer.Exit(0 if ok else 1)


def packages() -> list[Check]:
    """mondegreen, Python, and every package mondegreen names, by extra."""
    checks = [Check("python", True, f"{platform.python_version()} on {platform.machine()}")]
    for line in ["mondegreen", *(requires("mondegreen") or [])]:
        name = re.split(r"[^\w.-]", line, maxsplit=1)[0]
        extra = re.search(r"extra == ['\"](\w+)['\"]", line)
        if extra and (extra[1] == "dev" or name == "mondegreen"):
            continue  # an extra that another one brings has lines of its own
        older = re.search(r"python_version < ['\"](\d+)\.(\d+)['\"]", line)
        if older and sys.version_info >= (int(older[1]), int(older[2])):
            continue  # only earlier versions of Python need it
        label = f"{name} [{extra[1]}]" if extra else name
        try:
            checks.append(Check(label, True, version(name), needed=extra is None))
        except PackageNotFoundError:
            requirement = f"'mondegreen[{extra[1]}]'" if extra else f"'{line.partition(';')[0]}'"
            advice = f"not installed: pip install {requirement}"
            checks.append(Check(label, False, advice, needed=extra is None))
    return checks


def processor() -> Check:
    """How this machine multiplies in 8 bits, which decides how fast it is."""
    from ..weights.arithmetic import eight_bit_arithmetic, processor_flags, sums_exactly

    flags = processor_flags()
    name = eight_bit_arithmetic(flags)
    if name is None:
        return Check("8-bit arithmetic", True, "not known: this system does not say")
    slower = platform.machine() in ("x86_64", "AMD64") and not sums_exactly(flags)
    more = ": sums are made exact at the cost of a third more time" if slower else ""
    return Check("8-bit arithmetic", True, name + more)


def weights() -> list[Check]:
    """The models, each opened, which checks that its file is the one expected.

    All of them, whatever was checked before; other starts take a file that passed for the same.
    """
    from ..audio.voice_activity import FrameScorer
    from ..engines.grammar.confidence import default_calibration
    from ..jobs.cache import CHECKED, Cache
    from ..speech.ear import Ear
    from ..speech.phone_folder import load_phone_distance, load_phonotactics
    from ..speech.transcriber import Transcriber

    Cache(CHECKED).clear()
    return [
        _try("voice activity", FrameScorer),
        _try("speech encoder and phone head", Ear.load),
        _try("phone sequences", load_phonotactics),
        _try("phone confusions", load_phone_distance),
        _try("confidence", default_calibration),
        _try("transcriber", Transcriber.load),
    ]


def voices() -> list[Check]:
    """The built-in voice, and how many others this machine has."""
    from ..errors import MondegreenError
    from ..voices import usable_voices

    try:
        usable = usable_voices()
    except MondegreenError as error:
        return [Check("other voices", False, str(error), needed=False)]
    others = len(usable) - ("hibari" in usable)
    more = f"{others} more" if others else "no more (pip install 'mondegreen[voices]' adds 54)"
    return [
        Check("voice hibari", "hibari" in usable, "ready" if "hibari" in usable else "missing"),
        Check("other voices", others > 0, more, needed=False),
    ]


def microphone() -> Check:
    """The microphone that --mic would use."""
    from ..audio.microphone import microphone_name
    from ..errors import MondegreenError

    try:
        return Check("microphone", True, microphone_name(), needed=False)
    except MondegreenError as error:
        return Check("microphone", False, str(error), needed=False)


def disk() -> Check:
    """Room where the assistant keeps its store."""
    from ..jobs.paths import data_folder

    folder = data_folder()
    place = next(p for p in (folder, *folder.parents) if p.exists())
    free = shutil.disk_usage(place).free / 1e9
    return Check("free disk", free > 0.1, f"{free:.1f} GB at {place}")


def cache() -> Check:
    """Where compiled grammars are kept, and how much room they take."""
    from .cache import contents

    return Check("cache", True, contents(), needed=False)


def measure() -> tuple[Check, dict[str, float]]:
    """Load the starter grammar and understand one spoken sentence: the whole way, timed."""
    import numpy as np

    import mondegreen

    from ..errors import MondegreenError
    from ..voices import voice

    speed: dict[str, float] = {}
    try:
        engine = _timed(speed, "load_ms", lambda: mondegreen.load("starter"))
        noise = np.random.default_rng(0).normal(0, 0.05, 48_000).astype(np.float32)
        engine.ear.encode(noise)  # the first run sets up memory
        _timed(speed, "encode_3s_ms", lambda: engine.ear.encode(noise))
        samples, rate = voice("hibari").speak(_SENTENCE)
        result = _timed(speed, "understand_ms", lambda: engine.understand(samples, rate))
    except MondegreenError as error:
        return Check("understanding", False, str(error)), speed
    speed["times_faster_than_speech"] = round(
        1000 * result.audio_seconds / max(speed["understand_ms"], 0.1), 1
    )
    line = (
        f"'{_SENTENCE}' {result.status.replace('_', ' ')} in {speed['understand_ms']:.0f} ms, "
        f"3 s encoded in {speed['encode_3s_ms']:.0f} ms, loaded in {speed['load_ms']:.0f} ms"
    )
    return Check("understanding", result.status == "understood", line), speed


def _timed(speed: dict[str, float], name: str, do: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    result = do()
    speed[name] = round(1000 * (time.perf_counter() - began), 1)
    return result


def _try(name: str, load: Callable[[], object]) -> Check:
    from ..errors import MondegreenError

    try:
        load()
    except MondegreenError as error:
        return Check(name, False, str(error))
    except (ImportError, OSError) as error:  # a broken native library
        return Check(name, False, f"{type(error).__name__}: {error}")
    return Check(name, True, "ready")


def show(groups: Mapping[str, list[Check]]) -> None:
    """Print a line for each group, and one for each check that failed, with what to do about it."""
    from rich.table import Table
    from rich.text import Text

    from .shared.console import PipedConsole

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for name, checks in groups.items():
        summary = _summary(name, checks)
        if summary:
            table.add_row(Text("ok", style="green"), Text(name), Text(summary))
        for check in checks:
            if not check.ok:
                style = "red" if check.needed else "dim"
                reason = f"{check.name}: {check.state}"
                table.add_row(Text("missing", style=style), Text(name), Text(reason))
    PipedConsole(highlight=False).print(table)


def _summary(group: str, checks: list[Check]) -> str:
    """What of a group is in order, in a few words; --json has each check with its version."""
    passed = [check for check in checks if check.ok]
    if group == "packages":
        own = [f"{c.name} {c.state}" for c in passed if c.name in ("mondegreen", "python")]
        return "; ".join([*own, f"{len(passed) - len(own)} others"])
    if group == "extras":  # those with nothing missing; a name is "torch [train]"
        whole = {_extra(check): True for check in checks}
        whole.update({_extra(check): False for check in checks if not check.ok})
        return ", ".join(name for name, is_whole in whole.items() if is_whole)
    if group == "models":
        return ", ".join(check.name for check in passed)
    if group == "understanding":
        return ", ".join(check.state for check in passed)
    return "; ".join(f"{check.name}: {check.state}" for check in passed)


def _extra(check: Check) -> str:
    return check.name.partition("[")[2].rstrip("]")
