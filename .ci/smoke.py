"""What works on every Python: all modules can be imported, and a recording is understood.

Run with the Python of an environment in which mondegreen is installed without its extras.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import mondegreen

ROOT = Path(__file__).parents[1]
EXTRAS = frozenset(
    {"fastapi", "httpx", "matplotlib", "onnx", "prometheus_client", "pyarrow", "python_multipart",
     "safetensors", "scipy", "sounddevice", "starlette", "torch", "transformers", "uvicorn",
     "websockets", "wyoming", "zeroconf"}
)  # fmt: skip
"""Packages that only extras bring."""
COMMANDS = {
    ("hear", "examples/play-rhapsody-in-blue.wav"): "PlayMusic",
    ("hear", "examples/coffee-order.flac", "--grammar", "examples/coffee_maker.yaml"): "orderDrink",
}


def import_all() -> int:
    """Import every module, but for those that need an extra; how many there were."""
    count = 0
    for module in pkgutil.walk_packages(mondegreen.__path__, "mondegreen."):
        try:
            importlib.import_module(module.name)
            count += 1
        except (ImportError, mondegreen.MissingExtra) as error:
            cause = error if isinstance(error, ImportError) else error.__cause__
            name = getattr(cause, "name", None) or ""
            if name.partition(".")[0] not in EXTRAS:
                raise
    return count


def main() -> None:
    """Raise whatever does not work."""
    count = import_all()
    for arguments, intent in COMMANDS.items():
        command = [sys.executable, "-c", "from mondegreen.cli.main import run; run()"]
        out = subprocess.run(
            [*command, *arguments, "--json", "--no-act"],
            cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
        ).stdout  # fmt: skip
        result = json.loads(out)
        if result["intent"] != intent:
            sys.exit(f"{arguments[1]}: found {result['intent']}, expected {intent}")
    print(f"Python {sys.version.split()[0]}: {count} modules, {len(COMMANDS)} recordings")


if __name__ == "__main__":
    main()
